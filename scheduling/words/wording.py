"""Small pieces of wording: numbers of things, and what is set in bold. Pure."""


def several(number: int, noun: str, nouns: str = "") -> str:
    """Return a number of things, for example '1 shift' or '2 shifts'; `nouns` if it takes no s."""
    return f"{number} {noun if number == 1 else nouns or f'{noun}s'}"


def bold(text: str) -> str:
    """Return mrkdwn in bold, whatever in it is bold already: stars within stars would be shown.

    A star that somebody typed is none of ours: `escaped` has put its twin in its place.
    """
    return f"*{text.replace('*', '')}*"
