"""`python -m tests.docs.samples`: writes the sample messages into docs/twilio.md.

They go into the registration of a campaign, so they have to be what the bot really sends.
"""

import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduling.words.people import Person, Turn
from scheduling.words.sms import escalation_sms, handoff_sms, hello_sms, morning_sms

PAGE = Path(__file__).parents[2] / "docs" / "twilio.md"
BEGIN, END = "<!-- samples:start -->", "<!-- samples:end -->"
TEAM, ZONE = "Acme Support", ZoneInfo("America/Chicago")


def samples() -> list[str]:
    """Return a text of each kind that a registration should show."""
    bob, carol = Person("Bob"), Person("Carol")
    until = datetime(2026, 11, 27, 8, tzinfo=ZONE)
    asks = Turn(TEAM, ZONE, (bob,), until, next_up=(carol,), confirm_within=10)
    return [
        morning_sms(bob, asks),
        handoff_sms(bob, Turn(TEAM, ZONE, (bob,), until, next_up=(carol,))),
        hello_sms(bob, TEAM, takes_turns=True),
        escalation_sms(bob, asks),
    ]


def with_samples(page: str) -> str:
    """Return the page with today's samples in it."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    quoted = "\n".join(f"{number}. {text}" for number, text in enumerate(samples(), 1))
    return f"{before}{BEGIN}\n{quoted}\n{END}{after}"


def main() -> None:
    """Rewrite the samples in the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_samples(page), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {len(samples())} samples\n")


if __name__ == "__main__":
    main()
