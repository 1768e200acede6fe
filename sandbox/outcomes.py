"""How an SMS ends, and when: the statuses it goes through by the clock."""

import re
from dataclasses import dataclass
from datetime import timedelta

BLOCKED = 30450  # by Twilio's fraud guard
SENDING, SENT, FINAL = timedelta(seconds=0.5), timedelta(seconds=1), timedelta(seconds=3)
_OUTCOME = re.compile(
    r"(?P<word>delivered|delivery_unknown|guarded)"
    r"|(?P<end>undelivered|failed|refuse):(?P<code>\d{5,6})"
    r"|stuck:(?P<stuck>queued|sending|sent)"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the SMS to a number end; `parse` explains the words."""

    end: str = "delivered"
    code: int | None = None
    stuck: bool = False
    guarded: bool = False

    @classmethod
    def parse(cls, text: str) -> "Outcome":
        """Read an outcome; raises ValueError.

        - `delivered`
        - `delivery_unknown`: it arrives, through a carrier that says that it sends no receipts
        - `undelivered:30003`, `failed:30007`: accepted, then lost with that error code
        - `stuck:queued`, `stuck:sending`: it waits until its validity period is over
        - `stuck:sent`: never final; it arrives, through a carrier that sends no receipts
        - `guarded`: Twilio's fraud guard blocks it, unless it is sent without a risk check
        - `refuse:21211`: not accepted at all
        """
        found = _OUTCOME.fullmatch(text)
        if found is None:
            raise ValueError(f"no such outcome: {text!r}")
        if found["stuck"]:
            return cls(found["stuck"], stuck=True)
        if found["word"] == "guarded":
            return cls("undelivered", BLOCKED, guarded=True)
        return cls(found["word"] or found["end"], int(found["code"]) if found["code"] else None)

    @property
    def arrives(self) -> bool:
        """Whether the phone gets it."""
        return self.end in ("delivered", "delivery_unknown", "sent")

    def code_of(self, status: str) -> int | None:
        """Return the error code that goes with a status."""
        return self.code if status == self.end else None

    def steps(self, validity: timedelta | None = None) -> list[tuple[timedelta, str]]:
        """Return the statuses it goes through and when, counted from the moment it was accepted.

        If it's still waiting to leave when its `validity` is over, it fails.
        """
        steps = [(timedelta(), "queued"), (SENDING, "sending"), (SENT, "sent")]
        if self.stuck:
            waits = steps[: [word for _, word in steps].index(self.end) + 1]
            drops = validity is not None and self.end != "sent"
            return [*waits, (validity, "failed")] if drops and validity else waits
        if self.end == "failed":
            return [*steps[:2], (SENT, "failed")]
        return [*steps, (FINAL, self.end)]
