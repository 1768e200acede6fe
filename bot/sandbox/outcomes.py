"""What becomes of an SMS, and when: the statuses it goes through by the clock."""

import re
from dataclasses import dataclass
from datetime import timedelta

SENDING, SENT, FINAL = timedelta(seconds=0.5), timedelta(seconds=1), timedelta(seconds=3)
_OUTCOME = re.compile(
    r"(?P<word>delivered|delivery_unknown)"
    r"|(?P<end>undelivered|failed|refuse):(?P<code>\d{5,6})"
    r"|stuck:(?P<stuck>queued|sending|sent)"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the SMS to a number; `parse` explains the words."""

    end: str = "delivered"
    code: int | None = None
    stuck: bool = False

    @classmethod
    def parse(cls, text: str) -> "Outcome":
        """Read an outcome; raises ValueError.

        - `delivered`
        - `delivery_unknown`: it arrives, by a carrier that says that it sends no receipts
        - `undelivered:30003`, `failed:30007`: taken, and lost later with that error code
        - `stuck:queued`, `stuck:sending`, `stuck:sent`: never final; only the last one arrives,
          from a carrier that sends no receipts
        - `refuse:21211`: not taken at all
        """
        found = _OUTCOME.fullmatch(text)
        if found is None:
            raise ValueError(f"no such outcome: {text!r}")
        if found["stuck"]:
            return cls(found["stuck"], stuck=True)
        return cls(found["word"] or found["end"], int(found["code"]) if found["code"] else None)

    @property
    def arrives(self) -> bool:
        """Whether the phone gets it."""
        return self.end in ("delivered", "delivery_unknown", "sent")

    def steps(self) -> list[tuple[timedelta, str]]:
        """Return the statuses it takes and when, counted from the moment it was taken."""
        steps = [(timedelta(), "queued"), (SENDING, "sending"), (SENT, "sent")]
        if self.stuck:
            return steps[: [word for _, word in steps].index(self.end) + 1]
        if self.end == "failed":
            return [*steps[:2], (SENT, "failed")]
        return [*steps, (FINAL, self.end)]
