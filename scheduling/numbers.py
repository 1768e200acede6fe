"""Phone numbers: parsed, checked, and masked for those who need not see them."""

from functools import lru_cache

from scheduling.errors import Refusal

EXAMPLE = "+13125550101"


def parse_number(text: str) -> str:
    """Return a phone number as E.164, for example '+13125550101'.

    Raises Refusal for what cannot be called. A number without its country is not guessed, for a
    guess that is wrong rings at a stranger's: the refusal offers the likely one instead.
    """
    import phonenumbers  # noqa: PLC0415 - 10 MB of metadata that only a new number needs

    def e164(number: phonenumbers.PhoneNumber) -> str:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        try:
            guess = phonenumbers.parse(text, "US")
        except phonenumbers.NumberParseException:
            guess = None
        example = e164(guess) if guess and phonenumbers.is_valid_number(guess) else EXAMPLE
        raise Refusal(
            f"“{text}” is not a phone number I can call. "
            f"Write it with + and the country code, for example {example}.",
            "phone",
        ) from None
    if not phonenumbers.is_valid_number(number):
        raise Refusal(
            f"{text} is not a number that exists: check the digits. "
            f"A right one looks like {EXAMPLE}.",
            "phone",
        )
    return e164(number)


def masked(number: str) -> str:
    """Return a number of which one sees the country and the last two digits: '+1••••••••01'."""
    return f"{number[:2]}{'•' * (len(number) - 4)}{number[-2:]}"


@lru_cache(maxsize=1024)
def spaced(number: str) -> str:
    """Return a number as people write it: '+1 312-555-0101'."""
    import phonenumbers  # noqa: PLC0415 - see parse_number

    return phonenumbers.format_number(
        phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
