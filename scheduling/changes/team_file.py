"""A team as a TOML file: imported and exported."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any

from scheduling.changes import checks, members, people, settings, shifts, teams
from scheduling.changes.contacts import add_contact
from scheduling.changes.teams import COMMAND_LINE
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import marks, queue, rotation, schedule
from scheduling.words.lines import COMMAND, continued, plain
from storage.database import reading, writing
from storage.models import DAYS, STRATEGIES, Member, Shift, Team

# The keys allowed under [settings].
SETTINGS = {one.file[0]: one for one in settings.SETTINGS if one.file}


class Problems(Exception):
    """A team file can't be imported; each of `lines` says what is wrong and what would be right."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def import_team(
    data: dict[str, Any],
    now: datetime,
    *,
    source: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Team:
    """Make a team with its members and shifts from a TOML file; all of it or nothing.

    The team may exist if it's still empty. Members take turns in their order. `source` is the text
    of the file, for the line numbers of problems; `progress` is called with lines on how far it
    is. Raises Problems with everything that is wrong.
    """
    reader = _Reader(data, source)
    described = reader.team()
    people = reader.members(described["time_zone"])
    slots = reader.shifts()
    contacts = reader.contacts(described["time_zone"])
    wanted = reader.settings()
    progress(f"Read {len(people):,} members and {len(slots)} shifts.")
    if reader.problems:
        nobody_yet = Team(name=described["name"], time_zone="UTC")
        raise Problems([*reader.problems, *_refused_settings(nobody_yet, wanted)])
    with writing():
        team = _empty_team(described, now)
        try:
            members.add_first_members(team, people, actor=COMMAND_LINE, now=now)
        except Refusal as refusal:
            raise Problems([_plain(refusal)]) from refusal
        progress(f"Stored {len(people):,} members.")
        refused = []
        for where, contact in contacts:
            try:
                add_contact(team, **contact, actor=COMMAND_LINE, now=now)
            except Refusal as refusal:
                refused.append(f"{where}: {_plain(refusal)}")
        refused += _refused_settings(team, wanted)
        if wanted and not refused:
            with suppress(NothingToDo):
                teams.change(team, wanted, actor=COMMAND_LINE, now=now)
        for where, slot in slots:
            try:
                shifts.add_shift(team, **slot, actor=COMMAND_LINE, now=now)
            except Refusal as refusal:
                refused.append(f"{where}: {_plain(refusal)}")
            progress(f"Planned shift {slot['number']}.")
        if refused:
            raise Problems(refused)
    return team


def _empty_team(described: dict[str, Any], now: datetime) -> Team:
    """Return the file's team, still empty: a new one, or one that was just made."""
    found = Team.select().where(Team.name == described["name"]).first()
    try:
        if found is None:
            return teams.make(**described, actor=COMMAND_LINE, now=now)
        if Member.of_team(found) or Shift.of_team(found):
            raise Problems(
                [
                    f"The team “{found.name}” has members or shifts already; nothing was imported. "
                    f"Change it with {COMMAND}, or give the team in the file another name."
                ]
            )
        teams.not_taken(found, channel_id=described["channel"])
    except Refusal as refusal:
        raise Problems([_plain(refusal)]) from refusal
    team: Team = found
    team.channel_id = described["channel"] or team.channel_id
    for key in ("time_zone", "notify_at", "strategy"):
        setattr(team, key, described[key])
    team.save()
    marks.forget(team)
    return team


def _refused_settings(team: Team, wanted: dict[str, Any]) -> Iterator[str]:
    """Yield a line about each wrong setting; they are given by column."""
    for key, one in SETTINGS.items():
        if one.column in wanted:
            try:
                one.check(team, wanted[one.column])
            except Refusal as refusal:
                yield f"[settings], {key}: {_plain(refusal)}"


def _plain(refusal: Refusal) -> str:
    return continued(refusal.message, plain(refusal.suggest)).replace("`", "")


def export_team(team: Team, now: datetime) -> dict[str, Any]:
    """Return a team as `import_team` takes it: members in rotation order, shifts by number."""
    with reading():
        people = schedule.members_by_id(team)
        monday = rotation.monday_of(now, schedule.zone_of(team))
        # Far enough ahead that everybody who was added has joined.
        turns = queue.order(team, monday + timedelta(weeks=52))
        described: dict[str, Any] = {
            "name": team.name,
            "time_zone": team.time_zone,
            "notify_at": team.notify_at,
            "strategy": team.strategy,
        }
        if team.channel_id:
            described["channel"] = team.channel_id
        columns = Team._meta.fields
        usual = {one.column: columns[one.column].default for one in SETTINGS.values()}
        usual["weeks_ahead"] = teams.WEEKS_AHEAD
        others = {
            key: getattr(team, one.column)
            for key, one in SETTINGS.items()
            if getattr(team, one.column) != usual[one.column]
        }
        # Members in rotation order come first, as they will after an import.
        order = {number: place for place, number in enumerate(turns)}
        contacts = sorted(
            (member for member in people.values() if member.escalates),
            key=lambda member: (order.get(member.id, len(order)), member.id),
        )
        return {
            "team": described,
            **({"settings": others} if others else {}),
            "members": [_described(people[number]) for number in turns],
            **({"escalation": [_described(one) for one in contacts]} if contacts else {}),
            "shifts": [
                {
                    "number": shift.shift_number,
                    "day": shift.day_of_week,
                    "start": shift.start_time,
                    "hours": shift.duration_hours,
                }
                for shift in Shift.in_force(team)
            ],
        }


def _described(member: Member) -> dict[str, str]:
    described = {"name": member.name}
    if member.phone:
        described["phone"] = member.phone
    if member.slack_user_id:
        described["slack"] = member.slack_user_id
    if member.time_zone:
        described["time_zone"] = member.time_zone
    if member.second_phone:
        described["second"] = member.second_phone
    return described


class _Reader:
    """Reads a team file and keeps a line about each problem in it."""

    def __init__(self, data: dict[str, Any], source: str = "") -> None:
        self._data = data
        self._lines = _lines_of_tables(source)
        self.problems: list[str] = []
        self._check_keys("the file", data, {"team", "settings", "members", "escalation", "shifts"})

    def team(self) -> dict[str, Any]:
        table = self._data.get("team")
        if not isinstance(table, dict):
            self.problems.append('[team] is missing. Start the file with [team] and name = "…".')
            table = {}
        keys = {"name", "channel", "time_zone", "notify_at", "strategy"}
        self._check_keys("[team]", table, keys)
        zone = self._checked(table, "[team]", "time_zone", checks.check_zone, "America/Chicago")
        strategy = self._text(table, "[team]", "strategy", "circular")
        if strategy not in STRATEGIES:
            self.problems.append(
                f"[team] strategy must be one of {', '.join(STRATEGIES)}; it is {strategy!r}."
            )
        notify_at = self._checked(table, "[team]", "notify_at", checks.check_notify_at, "08:00")
        return {
            "name": self._checked(table, "[team]", "name", checks.check_team_name),
            "channel": self._optional(table, "[team]", "channel", checks.check_channel),
            "time_zone": zone,
            "notify_at": notify_at,
            "strategy": strategy,
        }

    def members(self, zone: str) -> list[dict[str, Any]]:
        """Return the members; numbers without + belong to the country of the team's `zone`."""
        tables = self._tables("members")
        found = [self._person(table, where, zone) for where, table in tables]
        for place, refusal in people.duplicates(found):
            self.problems.append(f"{tables[place][0]}: {_plain(refusal)}")
        return found

    def contacts(self, zone: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the escalation contacts, each with its place in the file.

        Members are recognized by their number or Slack user.
        """
        return [
            (where, self._person(table, where, zone)) for where, table in self._tables("escalation")
        ]

    def _person(self, table: dict[str, Any], where: str, zone: str) -> dict[str, Any]:
        self._check_keys(where, table, {"name", "phone", "slack", "time_zone", "second"})

        def phone(typed: str) -> str:
            return checks.check_phone(typed, zone)

        # People in Slack can enter their numbers themselves.
        needed = self._optional if table.get("slack") else self._checked
        person = {
            "name": self._checked(table, where, "name", checks.check_name),
            "phone": needed(table, where, "phone", phone),
            "slack_user_id": self._optional(table, where, "slack", checks.check_slack_user),
            "time_zone": self._optional(table, where, "time_zone", checks.check_zone),
            "second_phone": self._optional(table, where, "second", phone),
        }
        if person["second_phone"] and person["second_phone"] == person["phone"]:
            self.problems.append(
                f"{where}, second: it is the same number as phone. The second one is tried when "
                "that fails, so it must be another; or leave it out."
            )
        return person

    def settings(self) -> dict[str, Any]:
        """Return the given settings by column."""
        table = self._data.get("settings", {})
        if not isinstance(table, dict):
            self.problems.append(
                "[settings] goes in single brackets, with one line per setting below it."
            )
            return {}
        self._check_keys("[settings]", table, set(SETTINGS))
        found = {}
        kinds = {str: "a text", bool: "true or false", int: "a number"}
        for key, one in SETTINGS.items():
            if one.file and key in table:
                if type(table[key]) is one.file[1]:
                    found[one.column] = table[key]
                else:
                    self.problems.append(f"[settings] {key} must be {kinds[one.file[1]]}.")
        return found

    def shifts(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the shifts by their numbers, each with its place in the file."""
        found: list[tuple[str, dict[str, Any]]] = []
        seen: set[int] = set()
        for where, table in self._tables("shifts"):
            self._check_keys(where, table, {"number", "day", "start", "hours"})
            number = self._number(table, where, "number", 99)
            if number in seen:
                self.problems.append(f"{where}: shift {number} is in the file twice.")
            seen.add(number)
            day = self._text(table, where, "day").capitalize()
            if day and day not in DAYS:
                self.problems.append(f"{where}: {day!r} isn’t a day. Write it like Tuesday.")
            slot = {
                "number": number,
                "day": day,
                "hours": self._number(table, where, "hours", 168),
                "start": self._time(where, self._text(table, where, "start", "08:00")),
            }
            found.append((where, slot))
        return sorted(found, key=lambda one: one[1]["number"])

    def _tables(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        tables = self._data.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.problems.append(f"Each of the {name} needs a line [[{name}]] above it.")
            return []
        lines = self._lines.get(name, [])
        found = []
        for place, table in enumerate(tables, start=1):
            line = f" (line {lines[place - 1]})" if len(lines) == len(tables) else ""
            found.append((f"[[{name}]] {place}{line}", table))
        return found

    def _checked(
        self,
        table: dict[str, Any],
        where: str,
        key: str,
        check: Callable[[str], str],
        default: str | None = None,
    ) -> str:
        """Return the value of a key, as `check` returns it."""
        typed = self._text(table, where, key, default)
        if not typed and not default:
            return ""  # reported as missing, or optional
        try:
            return check(typed)
        except Refusal as refusal:
            self.problems.append(f"{where}, {key}: {_plain(refusal)}")
            return typed

    def _optional(
        self, table: dict[str, Any], where: str, key: str, check: Callable[[str], str]
    ) -> str | None:
        """Return the same, or None if the key is missing or its value empty."""
        return self._checked(table, where, key, check, "") or None

    def _check_keys(self, where: str, table: dict[str, Any], known: set[str]) -> None:
        for key in sorted(table.keys() - known):
            self.problems.append(
                f"{where}: {key!r} is unknown. Known are {', '.join(sorted(known))}."
            )

    def _text(self, table: dict[str, Any], where: str, key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if isinstance(value, str) and (value.strip() or default is not None):
            return value.strip()
        self.problems.append(f'{where}: {key} is missing or isn’t text. Write it like {key} = "…".')
        return default or ""

    def _number(self, table: dict[str, Any], where: str, key: str, most: int) -> int:
        value = table.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            return value
        self.problems.append(f"{where}: {key} must be a number from 1 to {most}.")
        return 1

    def _time(self, where: str, text: str) -> time:
        try:
            wall = time.fromisoformat(text)
        except ValueError:
            wall = None
        if wall is None or f"{wall:%H:%M}" != text:
            self.problems.append(f"{where}: {text!r} isn’t a time. Write it like 08:00.")
            return time(8)
        return wall


def _lines_of_tables(source: str) -> dict[str, list[int]]:
    """Return the numbers of the lines at which each [[table]] of a TOML file begins, by name."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        if header := re.match(r"\s*\[\[\s*(\w+)\s*\]\]", line):
            found.setdefault(header[1], []).append(number)
    return found
