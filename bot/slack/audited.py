"""An entry of the audit log in words: who did what, and each field that changed, before → after."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from scheduling.changes.settings import BY_COLUMN
from scheduling.numbers import masked
from scheduling.rota import schedule
from scheduling.words.mrkdwn import by, escaped
from scheduling.words.times import Clock, clock_time
from storage.models import AuditEntry, Team

# What an entry tells, in this order, each with its name where the value alone says too little.
LABELS = {
    **{column: one.called for column, one in BY_COLUMN.items()},
    "name": "name",
    "phone": "number",
    "second_phone": "second number",
    "slack_user_id": "Slack user",
    "is_active": "in the rotation",
    "escalates": "escalation contact",
    "effective_from": "from",
    "place": "place",
    "leaves_on": "leaves on",
    "order": "order",
    "day_of_week": "",
    "start_time": "",
    "duration_hours": "hours",
    "shifts": "",
    "member": "",
    "start": "from",
    "begins_at": "from",
    "end": "to",
    "reason": "reason",
    "change": "",
}
# What an entry is about: it stands before the rest, unless it is what changed.
ABOUT = ("name", "shift", "override")
LONGEST = 300  # characters of a value
NUMBERS = ("phone", "second_phone")


def entry(row: AuditEntry, team: Team, *, full: bool) -> str:
    """Return an entry as a line of mrkdwn; numbers in `full`, or masked."""
    clock = schedule.clock_of(team)
    before, after = (json.loads(told) if told else None for told in (row.before, row.after))
    known = {**(before or {}), **(after or {})}
    about = [key for key in ABOUT if key in known][:1]
    name = escaped(str((before or known).get(about[0], known[about[0]]))) if about else ""
    keys = [key for key in LABELS if key in known]
    keys += sorted(known.keys() - LABELS.keys() - {*ABOUT, "member"})
    parts = [
        f"{label} {told}".strip()
        for key in keys
        for label in [LABELS.get(key, key.replace("_", " "))]
        if (told := _told(key, before, after, clock, about=about, full=full))
    ]
    details = f": {', '.join(parts)}" if parts else ""
    return (
        f"• {clock_time(row.created_at, clock)} {by(row.actor)}: *{row.action}*"
        + (f" {name}" if name else "")
        + details
    )


def _told(
    key: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    clock: Clock,
    *,
    about: list[str],
    full: bool,
) -> str:
    """Return what became of one field; '' if there is nothing to tell."""
    if key == "member" and any(isinstance((one or {}).get(key), int) for one in (before, after)):
        return ""  # an id tells nobody anything
    if before is not None and after is not None:
        old, new = before.get(key), after.get(key)
        if old == new:
            return ""
        if key not in before:  # from when on, and the like: nothing was there that changed
            return _value(key, new, clock, full=full)
        if key not in after:
            return _value(key, old, clock, full=full)
        return " → ".join(_value(key, value, clock, full=full) for value in (old, new))
    value = (before or after or {}).get(key)
    return "" if key in about or value in (None, False) else _value(key, value, clock, full=full)


def _value(key: str, value: Any, clock: Clock, *, full: bool) -> str:
    if isinstance(value, str) and len(value) > LONGEST:
        value = f"{value[: LONGEST - 1]}…"
    if key in BY_COLUMN:
        return BY_COLUMN[key].beside_another(value)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    worded: dict[str, Callable[[], str]] = {
        "begins_at": lambda: clock_time(datetime.fromisoformat(text), clock),
        "start": lambda: clock_time(datetime.fromisoformat(text), clock),
        "end": lambda: clock_time(datetime.fromisoformat(text), clock),
        "slack_user_id": lambda: f"<@{text}>",
        "change": lambda: text,  # a title of ours, with mentions in it
    }
    if key in NUMBERS:
        return text if full else masked(text)
    return worded.get(key, lambda: escaped(text))()
