"""Why a message didn't arrive, or may not arrive: our own reasons, not a provider's.

Each is a sentence, for a warning or the list of notifications. Pure.
"""

from scheduling.words.lines import typed

# Of an attempt.
UNFORESEEN = "Something unexpected went wrong: see the log."
NO_TRACE = "I couldn’t find the message there, so I’ll check once more before resending it."
# Of tomorrow's messages.
NOBODY_THEN = "Nobody is on call then."
NO_CHANNEL = f"No channel is set. To set one: {typed('settings')}."


def not_answered(times: str) -> str:
    """Return that we've given up on a text whose outcome is unknown; `times` is 'three times'."""
    return f"I tried {times} and got no answer."


def segments_used_up(most: int, *, duty: bool) -> str:
    """Return that a text would exceed the team's limit; `duty` is whether it's an on-call text."""
    if duty:
        return f"The team has hit its limit of {most} SMS segments in 24 hours."
    return (
        f"The team has hit its limit for tests and other extra texts: {most} SMS segments in 24 "
        "hours."
    )


def opted_out(*, in_slack: bool) -> str:
    """Return that somebody has opted out; `in_slack` is whether we can write to them there."""
    instead = " I’ll write in Slack instead." if in_slack else ""
    return (
        f"They opted out (replied STOP). To opt back in, they can text START to my number.{instead}"
    )


# Also for both: the number was never confirmed, so STOP may have come from a stranger.
DOUBTFUL_NUMBER = (
    "I got STOP from their number, which they never confirmed. If it’s theirs, they can text START "
    f"to my number. If not, they can enter theirs: {typed('number')}."
)
# Of a text, and of tomorrow's messages.
NO_NUMBER = "They haven’t entered a phone number yet."


def no_number(whom: str) -> str:
    """Return that there's no number for somebody; `whom` is how a command names them."""
    return (
        f"{NO_NUMBER} I’ll write in Slack instead. A lead can ask again: "
        f"{typed(f'members confirm {whom}')}."
    )


def never_reached(whom: str) -> str:
    """Return that a number may be wrong; `whom` is how a command names its owner."""
    return (
        "Their number isn’t confirmed and has never received a text. A lead can ask for an OK: "
        f"{typed(f'members confirm {whom}')}."
    )
