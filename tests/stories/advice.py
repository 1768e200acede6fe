"""Commands whose answers contain advice, and how to find the commands in an answer."""

import re
from collections.abc import Iterator

SUGGESTED = re.compile(r"`(/oncall[^`]*)`")

READ = (
    "", "who", "who next", "who next week", "who tonight", "who 2027-06-01", "schedule",
    "schedule 2 weeks", "schedule from 2027-06-01 to 2027-06-08", "mine", "why", "why tomorrow",
    "members", "members history", "shifts", "overrides", "escalation", "admins", "teams",
    "audit", "notifications", "costs",
)  # fmt: skip
MISTAKEN = (
    "override @bob", "override @bob someday", "override @bob tomorrow for",
    "override @nobody friday", "override", "override cancel 99", "override edit",
    "override cancel", "take someday", "take today", "take friday 14:00", "swap @carol friday",
    "swap", "mine @bob @carol", "members history @bob x", "members remove @nobody",
    "members edit @bob", "members move @bob", "members activate @carol x", "shifts remove 99",
    "shifts add", "settings zone Mars", "settings confirm x", "schedule foo", "audit 99",
    "notifications 99", "notifications page 9", "generate x", "undo", "ok", "teams add x",
    "overrides x", "members x", "teams x", "audit x", "shifts x", "notifications page x",
    "admins remove @bob", "escalation remove @bob", "halp", "cancel", "why friday",
    "who friday to sunday",
)  # fmt: skip
# These have a wrong number, day or person.
OFFENDING = (
    "override cancel x", "override edit 99 friday", "mine @nobody", "schedule 99 weeks",
    "shifts add 7 funday 24h 08:00", "shifts add 7 monday 300h 08:00", "take for 2 hours",
    "override @bob tomorrow to 2027-12-30", "take tomorrow to 2027-12-30", "who someday",
    "who next month", "members remove @carol from yesterday", "take monday", "take tonight",
)  # fmt: skip


def texts_of(block: object) -> Iterator[str]:
    """Yield all texts in a block."""
    if isinstance(block, dict):
        for key, value in block.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts_of(value)
    elif isinstance(block, list):
        for one in block:
            yield from texts_of(one)
