"""An entry of the audit log as a sentence: who did what, with each field's new and old value."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from scheduling.changes.settings import BY_COLUMN
from scheduling.numbers import masked, spaced
from scheduling.rota import schedule
from scheduling.words.mrkdwn import by, escaped
from scheduling.words.times import Clock, dated, length, span_time, wall_clock, wall_time
from storage.models import AuditEntry, Team

# Labels of fields, in the order shown; other fields follow under their own names.
LABELS = {
    **{column: one.called for column, one in BY_COLUMN.items()},
    "phone": "number",
    "second_phone": "second number",
    "slack_user_id": "Slack user",
    "member": "who",
    "start": "start",
    "end": "end",
    "reason": "reason",
}
# Fields that the sentence already has, or that go without saying.
SAID = {
    "name", "is_active", "escalates", "effective_from", "place", "leaves_on", "order", "shift",
    "day_of_week", "start_time", "duration_hours", "shifts", "override", "change", "begins_at",
}  # fmt: skip
LONGEST = 300  # characters of a value
NUMBERS = ("phone", "second_phone")


class Facts(NamedTuple):
    """The facts before and after (None if there are none), and how the reader sees them."""

    before: dict[str, Any] | None
    after: dict[str, Any] | None
    clock: Clock
    full: bool
    at: datetime

    def get(self, key: str) -> Any:
        """Return a field's new value, or its old one if it is gone."""
        return {**(self.before or {}), **(self.after or {})}.get(key)

    def old(self, key: str) -> Any:
        """Return a field's old value, or its new one if there was none."""
        return {**(self.after or {}), **(self.before or {})}.get(key)

    def called(self) -> str:
        """Return the former name of the person or thing it's about."""
        return escaped(str(self.old("name")))

    def changed(self) -> list[str]:
        """Return the fields that changed, in the order of the labels."""
        before, after = self.before or {}, self.after or {}
        known = [*LABELS, *sorted({*before, *after} - LABELS.keys())]
        return [key for key in known if before.get(key) != after.get(key)]

    def said(self, key: str) -> str:
        """Return a field with its value: 'number +1 312-555-0133'."""
        return f"{_label(key)} {self._value(key, self.get(key))}"

    def moved(self, key: str) -> str:
        """Return a field's new value and its old one: 'number to +1 … (was +1 …)'."""
        before, after = ((one or {}).get(key) for one in (self.before, self.after))
        return f"{_label(key)} to {self._value(key, after)} (was {self._value(key, before)})"

    def rest(self) -> str:
        """Return the fields not yet in the sentence: ': number +1 …, time zone UTC'."""
        new = not (self.before and self.after)
        shown = [
            self.said(key) if new else self.moved(key)
            for key in self.changed()
            if key not in SAID and not (new and self.get(key) in (None, False))
            and not isinstance(self.get(key) if key == "member" else None, int)
        ]  # fmt: skip
        return f": {', '.join(shown)}" if shown else ""

    def _value(self, key: str, value: Any) -> str:
        if isinstance(value, str) and len(value) > LONGEST:
            value = f"{value[: LONGEST - 1]}…"
        if key in BY_COLUMN:
            return BY_COLUMN[key].beside_another(value, self.clock)
        if value is None:
            return "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if key in ("start", "end"):
            return wall_clock(datetime.fromisoformat(text), self.clock)
        if key in NUMBERS:
            return spaced(text) if self.full else masked(text)
        return f"<@{text}>" if key == "slack_user_id" else escaped(text)


def _label(key: str) -> str:
    return LABELS.get(key, key.replace("_", " "))


def entry(row: AuditEntry, team: Team, *, full: bool) -> str:
    """Return an entry as a line of mrkdwn; numbers in `full`, or masked."""
    clock = schedule.clock_of(team)
    before, after = (json.loads(text) if text else None for text in (row.before, row.after))
    facts = Facts(before, after, clock, full, row.created_at)
    sentence = ACTIONS.get(row.action)
    did = sentence(facts) if sentence else f"{escaped(row.action)}{facts.rest()}"
    return f"• {wall_clock(row.created_at, clock)}: {by(row.actor)} {did}"


# --- sentences --------------------------------------------------------------------------------


def _settings(facts: Facts) -> str:
    return f"changed the {', '.join(facts.moved(key) for key in facts.changed())}"


def _member_edited(facts: Facts) -> str:
    """Return 'changed Bob’s name to Robert (was Bob), time zone to UTC (was none)'."""
    return f"changed {facts.called()}’s {', '.join(facts.moved(key) for key in facts.changed())}"


def _member_added(facts: Facts) -> str:
    since, place = _day(facts.get("effective_from")), facts.get("place")
    return f"added {facts.called()} starting {since}, in position {place}{facts.rest()}"


def _leaves(facts: Facts) -> str:
    return f"scheduled {facts.called()} to leave on {_day(facts.get('leaves_on'))}"


def _stays(facts: Facts) -> str:
    return f"kept {facts.called()} in the rotation (was leaving on {_day(facts.old('leaves_on'))})"


def _reordered(facts: Facts) -> str:
    now, was = (escaped(", ".join(map(str, order or []))) for order in _both(facts, "order"))
    since = _day(facts.get("effective_from"))
    return f"changed the order to {now} (was {was}), starting {since}"


def _contact_added(facts: Facts) -> str:
    return f"made {facts.called()} an escalation contact{facts.rest()}"


def _override(facts: Facts) -> str:
    """Return 'override 7 (Dave, Fri Nov 27, 2:00 PM to 6:00 PM)', and its reason."""
    start, end = (datetime.fromisoformat(facts.old(key)) for key in ("start", "end"))
    span = span_time(start, end, facts.clock, facts.at)
    reason = f". Reason: {escaped(facts.old('reason'))}" if facts.old("reason") else ""
    who = escaped(facts.old("member"))
    return f"override {facts.get('override')} ({who}, {span}){reason}"


def _override_edited(facts: Facts) -> str:
    return f"changed override {facts.get('override')}{facts.rest()}"


def _shift(facts: dict[str, Any], clock: Clock) -> str:
    """Return when a weekly shift is: 'Sundays 8:00 AM, 1 day'."""
    start = wall_time(time.fromisoformat(facts["start_time"]), twelve=clock.twelve)
    return f"{facts['day_of_week']}s {start}, {length(timedelta(hours=facts['duration_hours']))}"


def _one_shift(did: str) -> Callable[[Facts], str]:
    def said(facts: Facts) -> str:
        slot = _shift(facts.after or facts.before or {}, facts.clock)
        return f"{did} shift {facts.get('shift')} ({slot})"

    return said


def _shift_edited(facts: Facts) -> str:
    now, was = (_shift(one or {}, facts.clock) for one in (facts.after, facts.before))
    return f"changed shift {facts.get('shift')} to {now} (was {was})"


def _shifts_replaced(facts: Facts) -> str:
    now, was = (_shifts(some or [], facts.clock) for some in _both(facts, "shifts"))
    begins = facts.get("begins_at")
    at = wall_clock(datetime.fromisoformat(begins), facts.clock) if begins else ""
    since = f", starting {at}" if at else ""
    turns = f"; {facts.moved('strategy')}" if facts.get("strategy") else ""
    if not was:
        return f"set the shifts{since}: {now}{turns}"
    return f"replaced the shifts{since}: {now} (was {was}){turns}"


def _shifts(found: list[Any], clock: Clock) -> str:
    """Return shifts in words; older entries have them as text."""
    return "; ".join(_shift(one, clock) if isinstance(one, dict) else escaped(one) for one in found)


def _both(facts: Facts, key: str) -> tuple[Any, Any]:
    return (facts.after or {}).get(key), (facts.before or {}).get(key)


def _day(text: str | None) -> str:
    return dated(date.fromisoformat(text)) if text else "now"


ACTIONS: dict[str, Callable[[Facts], str]] = {
    "team made": lambda facts: f"created the team {facts.called()}",
    "settings changed": _settings,
    "member added": _member_added,
    "member edited": _member_edited,
    "member removed": lambda facts: f"removed {facts.called()} from the rotation",
    "member leaves": _leaves,
    "member stays": _stays,
    "members reordered": _reordered,
    "agreed to texts": lambda facts: f"agreed to get texts{facts.rest()}",
    "escalation contact added": _contact_added,
    "escalation contact removed": lambda facts: (
        f"removed {facts.called()} as an escalation contact"
    ),
    "lead added": lambda facts: f"made <@{facts.get('slack_user_id')}> a lead",
    "lead removed": lambda facts: f"removed <@{facts.get('slack_user_id')}> as a lead",
    "override created": lambda facts: f"made {_override(facts)}",
    "override edited": _override_edited,
    "override cancelled": lambda facts: f"canceled {_override(facts)}",
    "shift added": _one_shift("added"),
    "shift edited": _shift_edited,
    "shift removed": _one_shift("removed"),
    "shifts replaced": _shifts_replaced,
    # The title is ours and has mentions in it, so it isn't escaped.
    "change taken back": lambda facts: f"undid “{facts.get('change')}”",
}
