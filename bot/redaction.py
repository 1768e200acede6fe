"""Removes from a line what must not be shown: tokens, passwords in URLs, phone numbers."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from scheduling.numbers import masked

# A shorter secret could be part of an ordinary word.
SHORTEST = 6
_TOKEN = re.compile(r"(xox[a-z]|xapp)-[\w%-]+")
_CREDENTIALS = re.compile(r"\b(Bearer|Basic) [\w+/=.~%-]+")
_LOGIN = re.compile(r"://[^\s/@\"'<>]+@")
# As Twilio writes them, in a URL, or spaced for people.
_NUMBER = re.compile(r"(?:\+|%2B)\d(?:[ ().-]{0,2}\d){6,14}\b", re.IGNORECASE)


class Redactor:
    """Redacts text. `secrets` are values that are removed wherever they occur.

    With `numbers=False` phone numbers stay: an operator may see the bot's own.
    """

    def __init__(self, secrets: Iterable[str] = (), *, numbers: bool = True) -> None:
        self._numbers = numbers
        found = {secret for secret in secrets if len(secret) >= SHORTEST}
        forms = {
            form for one in found for form in (one, quote(one, safe=""), json.dumps(one)[1:-1])
        }
        # Longest first, since one may be the beginning of another.
        words = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self._secrets = re.compile(words or r"(?!)")

    def __call__(self, text: str) -> str:
        """Return the text, redacted."""
        text = self._secrets.sub("…", text)
        text = _CREDENTIALS.sub(r"\1 …", text)
        text = _TOKEN.sub(r"\1-…", text)
        text = _LOGIN.sub("://…@", text)
        return _NUMBER.sub(_masked, text) if self._numbers else text


def _masked(found: re.Match[str]) -> str:
    return masked("+" + re.sub(r"\D", "", found[0].upper().removeprefix("%2B")))
