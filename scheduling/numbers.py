"""Phone numbers: parsed, checked, and masked for people who needn't see them.

What people type is checked strictly before the library parses it, because the library finds a
number in any text: it silently drops extensions and reads letters as digits.
"""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from scheduling.errors import Refusal
from scheduling.words.visible import quoted, visible

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

EXAMPLE = "+13125550101"
LONGEST = 40  # characters, with spaces and punctuation
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
# Slack sometimes turns a number into a link: <tel:+13125550101|+1 312 555 0101>.
_LINK = re.compile(r"<tel:([^|>]+)(?:\|[^>]*)?>")
_EXTENSION = re.compile(
    r"[;,#*].*\d|ext|(?<=[\s\d.)-])x\W*\d|\b(?:доб|durchwahl|poste|anexo|ramal)\b"
)
_NUMBER = re.compile(r"[(\s]*\+?[\d\s().\-/]*\d[\d\s().\-/]*")


def parse_number(text: str, country: str | None = None) -> str:
    """Return a phone number as E.164, for example '+13125550101'.

    A number without + is read as people in `country` ('US') dial it. Without a country it isn't
    guessed, because a wrong guess would reach a stranger. Raises Refusal if the text isn't exactly
    one number, or the number doesn't exist or can't be texted.
    """
    import phonenumbers  # noqa: PLC0415 - 10 MB of metadata that only a new number needs

    typed = _plain(text)
    shown = quoted(text, LONGEST)
    _check_signs(typed, shown)
    number = _read(typed, country)
    if number is None or not phonenumbers.is_valid_number(number):
        raise _invalid(typed, shown)
    if kind := _untextable(number):
        raise Refusal(
            f"{shown} is {kind}, which I don’t text. Give a mobile number, for example {EXAMPLE}.",
            "phone",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_of_number(number: str) -> str | None:
    """Return the country of an E.164 number as two letters, 'US'; None if it has none."""
    import phonenumbers  # noqa: PLC0415 - see parse_number

    found = phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    return found if found in phonenumbers.SUPPORTED_REGIONS else None


def _plain(text: str) -> str:
    """Return what was typed with plain dashes, spaces and digits."""
    text = text.strip()
    link = _LINK.fullmatch(text)
    plain = unicodedata.normalize("NFKC", visible(link[1] if link else text)).translate(_DASHES)
    digits = (str(unicodedata.decimal(one)) if one.isdecimal() else one for one in plain)
    return "".join(digits).strip().lower().removeprefix("tel:").strip(" ,;")


def _check_signs(typed: str, shown: str) -> None:
    """Raise Refusal if there is anything but one number in it."""
    if _NUMBER.fullmatch(typed):
        return
    if typed.count("+") > 1:
        why = "is more than one number. Give one at a time"
    elif re.search(r"\d", typed) and _EXTENSION.search(typed):
        why = "has an extension, and a text can’t reach one. Give a direct number"
    elif re.search(r"\d", typed) and any(one.isalpha() for one in typed):
        why = "has letters in it. Give the number alone, in digits"
    else:
        why = "isn’t a phone number I can text. Write it with + and the country code"
    raise Refusal(f"{shown} {why}, for example {EXAMPLE}.", "phone")


def _read(typed: str, country: str | None) -> "PhoneNumber | None":
    import phonenumbers  # noqa: PLC0415 - see parse_number

    tries = [(typed, country)]
    digits = re.sub(r"\D", "", typed)
    if "+" not in typed and digits.startswith("00"):  # the international prefix in most countries
        tries.insert(0, (f"+{digits[2:]}", None))
    for text, where in tries:
        try:
            found = phonenumbers.parse(text, where)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(found) or (text, where) == tries[-1]:
            return found
    return None


def _invalid(typed: str, shown: str) -> Refusal:
    """Return the refusal of an invalid number, with the number that was probably meant."""
    import phonenumbers  # noqa: PLC0415 - see parse_number

    digits = re.sub(r"\D", "", typed)
    if "+" in typed:
        said = f"{shown} isn’t a valid number: check the digits"
        return Refusal(f"{said}. It should look like {EXAMPLE}.", "phone")
    example = EXAMPLE
    for guess in (_read(f"+{digits}", None), _read(typed, "US")):
        if guess and phonenumbers.is_valid_number(guess):
            example = phonenumbers.format_number(guess, phonenumbers.PhoneNumberFormat.E164)
            break
    return Refusal(
        f"{shown} isn’t a phone number I can text. "
        f"Write it with + and the country code, for example {example}.",
        "phone",
    )


def _untextable(number: "PhoneNumber") -> str | None:
    """Return what kind of number this is if it shouldn't be texted, else None."""
    import phonenumbers  # noqa: PLC0415 - see parse_number

    kinds = {
        phonenumbers.PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
        phonenumbers.PhoneNumberType.SHARED_COST: "a shared-cost number",
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER: "a forwarding number",
        phonenumbers.PhoneNumberType.PAGER: "a pager number",
        phonenumbers.PhoneNumberType.UAN: "a company access number",
        phonenumbers.PhoneNumberType.VOICEMAIL: "a voicemail number",
    }
    if phonenumbers.region_code_for_number(number) == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        return "a satellite or global-service number"
    return kinds.get(phonenumbers.number_type(number))


def masked(number: str) -> str:
    """Return a number with only its country and last two digits visible: '+1••••••••01'."""
    return f"{number[:2]}{'•' * (len(number) - 4)}{number[-2:]}"


@lru_cache(maxsize=1024)
def spaced(number: str) -> str:
    """Return a number as people write it: '+1 312-555-0101'."""
    import phonenumbers  # noqa: PLC0415 - see parse_number

    return phonenumbers.format_number(
        phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
