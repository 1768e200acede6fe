"""`python -m tests.docs.samples`: writes the texts for the registration into docs/twilio.md.

The sample messages, and the words with which people agree to get them, as the bot has them.
"""

import re
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduling.words.directs import consent, number_direct
from scheduling.words.people import Person, Turn
from scheduling.words.sms import escalation_sms, handoff_sms, hello_sms, morning_sms
from scheduling.words.times import Clock

PAGE = Path(__file__).parents[2] / "docs" / "twilio.md"
TEAM, ZONE = "Acme Support", ZoneInfo("America/Chicago")
CLOCK = Clock(ZONE, twelve=True)
CHANGING = r"Bob|Carol|Fri Nov 27, 8:00 AM CST|\b10 min\b"


def samples() -> list[str]:
    """Return a text of each kind for the registration, with the variable parts in brackets."""
    bob, carol = Person("Bob"), Person("Carol")
    until = datetime(2026, 11, 27, 8, tzinfo=ZONE)
    asks = Turn(TEAM, CLOCK, (bob,), until, next_up=(carol,), confirm_within=10)
    texts = [
        morning_sms(bob, asks),
        handoff_sms(bob, Turn(TEAM, CLOCK, (bob,), until, next_up=(carol,))),
        hello_sms(bob, TEAM, takes_turns=True),
        escalation_sms(bob, asks),
    ]
    return [re.sub(CHANGING, r"[\g<0>]", text) for text in texts]


def agreeing() -> list[str]:
    """Return the request for a number, and what people agree to, as plain text."""
    said = {
        "The bot's message": number_direct(TEAM, None),
        "The form in which they enter their number": consent(TEAM),
    }
    return [f"> {what}: “{_plain(words)}”" for what, words in said.items()]


def with_samples(page: str) -> str:
    """Return the page with the present texts."""
    texts = [f"{number}. {text}" for number, text in enumerate(samples(), 1)]
    return _filled(_filled(page, "samples", "\n".join(texts)), "opt-in", "\n>\n".join(agreeing()))


def _filled(page: str, name: str, words: str) -> str:
    begin, end = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{words}\n{end}{after}"


def _plain(mrkdwn: str) -> str:
    return re.sub(r":\w+: |\*", "", mrkdwn)


def main() -> None:
    """Rewrite the samples in the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_samples(page), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
