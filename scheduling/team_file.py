"""A team as a TOML file: imported and exported."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduling import roster, rotation, schedule, shifts, teams
from scheduling.errors import Refusal
from scheduling.numbers import parse_number
from scheduling.teams import COMMAND_LINE
from storage.database import reading, writing
from storage.models import DAYS, STRATEGIES, Member, Shift, Team

# What can stand under [settings], with what it is called in the table and its kind.
SETTINGS: dict[str, tuple[str, type]] = {
    "sms": ("sms_text", str),
    "second_day": ("second_day_sms", bool),
    "confirm": ("confirm_within", int),
    "summary": ("weekly_summary", bool),
    "sms_cap": ("most_segments", int),
    "weeks_ahead": ("weeks_ahead", int),
}


class Problems(Exception):
    """A team file cannot be taken; `lines` say what is wrong and what would be right, each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def import_team(data: dict[str, Any], now: datetime) -> Team:
    """Make a team, with its members and shifts, of what a TOML file says; all of it or nothing.

    The team may exist if nobody and nothing is in it yet. Members take turns in their order.
    Raises Problems with everything that is wrong.
    """
    reader = _Reader(data)
    described = reader.team()
    people = reader.members()
    slots = reader.shifts()
    contacts = reader.contacts()
    wanted = reader.settings()
    if reader.problems:
        raise Problems(reader.problems)
    with writing():
        team = Team.get_or_none(Team.name == described["name"])
        if team is None:
            try:
                team = teams.make(**described, actor=COMMAND_LINE, now=now)
            except Refusal as refusal:
                raise Problems([refusal.message]) from refusal
        elif Member.of_team(team) or Shift.of_team(team):
            raise Problems(
                [
                    f"The team “{team.name}” has members or shifts already; nothing was imported. "
                    "Change it with /oncall, or give the team in the file another name."
                ]
            )
        else:
            team.channel_id = described["channel"] or team.channel_id
            for key in ("time_zone", "notify_at", "strategy"):
                setattr(team, key, described[key])
            team.save()
        try:
            for person in people:
                second = person.pop("second")
                joined = roster.add_member(team, **person, actor=COMMAND_LINE, now=now)
                Member.update(second_phone=second).where(Member.id == joined.member.id).execute()
            for contact in contacts:
                roster.add_contact(team, **contact, actor=COMMAND_LINE, now=now)
            if changed := {key: to for key, to in wanted.items() if getattr(team, key) != to}:
                teams.change(team, changed, actor=COMMAND_LINE, now=now)
            for slot in slots:
                shifts.add_shift(team, **slot, actor=COMMAND_LINE, now=now)
        except Refusal as refusal:
            raise Problems([refusal.message]) from refusal
    return team


def export_team(team: Team, now: datetime) -> dict[str, Any]:
    """Return a team as `import_team` takes it: members in rotation order, shifts by number."""
    with reading():
        people = schedule.names(team)
        monday = rotation.monday_of(now, schedule.zone_of(team))
        # Far enough ahead that everybody who was added has joined.
        queue = roster.queue(team, monday + timedelta(weeks=52))
        described: dict[str, Any] = {
            "name": team.name,
            "time_zone": team.time_zone,
            "notify_at": team.notify_at,
            "strategy": team.strategy,
        }
        if team.channel_id:
            described["channel"] = team.channel_id
        usual = {key: Team._meta.fields[key].default for key, _ in SETTINGS.values()}
        usual["weeks_ahead"] = teams.WEEKS_AHEAD
        settings = {
            word: getattr(team, key)
            for word, (key, _) in SETTINGS.items()
            if getattr(team, key) != usual[key]
        }
        contacts = [member for member in people.values() if member.escalates]
        return {
            "team": described,
            **({"settings": settings} if settings else {}),
            "members": [_described(people[number]) for number in queue],
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
    described = {"name": member.name, "phone": member.phone}
    if member.slack_user_id:
        described["slack"] = member.slack_user_id
    if member.time_zone:
        described["time_zone"] = member.time_zone
    if member.second_phone:
        described["second"] = member.second_phone
    return described


class _Reader:
    """Reads a team file and keeps a line about everything that is wrong in it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self.problems: list[str] = []
        self._check_keys("the file", data, {"team", "settings", "members", "escalation", "shifts"})

    def team(self) -> dict[str, Any]:
        table = self._data.get("team")
        if not isinstance(table, dict):
            self.problems.append('[team] is missing. Begin the file with [team] and name = "…".')
            table = {}
        keys = {"name", "channel", "time_zone", "notify_at", "strategy"}
        self._check_keys("[team]", table, keys)
        zone = self._text(table, "[team]", "time_zone", "America/Chicago")
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            self.problems.append(
                f"[team] time_zone {zone!r} is unknown. Write it like America/Chicago."
            )
        strategy = self._text(table, "[team]", "strategy", "circular")
        if strategy not in STRATEGIES:
            self.problems.append(
                f"[team] strategy must be one of {', '.join(STRATEGIES)}; it is {strategy!r}."
            )
        notify_at = self._text(table, "[team]", "notify_at", "08:00")
        self._time("[team] notify_at", notify_at)
        return {
            "name": self._text(table, "[team]", "name"),
            "channel": self._text(table, "[team]", "channel", "") or None,
            "time_zone": zone,
            "notify_at": notify_at,
            "strategy": strategy,
        }

    def members(self) -> list[dict[str, Any]]:
        found = []
        seen: set[str] = set()
        for where, table in self._tables("members"):
            self._check_keys(where, table, {"name", "phone", "slack", "time_zone", "second"})
            phone = self._phone(table, where, "phone")
            second = self._phone(table, where, "second") if "second" in table else None
            if phone and phone in seen:
                self.problems.append(f"{where}: the phone {phone} stands twice in the file.")
            seen.add(phone)
            found.append(
                {
                    "name": self._text(table, where, "name"),
                    "phone": phone,
                    "slack_user_id": self._text(table, where, "slack", "") or None,
                    "time_zone": self._text(table, where, "time_zone", "") or None,
                    "second": second,
                }
            )
        return found

    def contacts(self) -> list[dict[str, Any]]:
        """Return the escalation contacts: members are known by their number or Slack user."""
        found = []
        for where, table in self._tables("escalation"):
            self._check_keys(where, table, {"name", "phone", "slack", "time_zone", "second"})
            found.append(
                {
                    "name": self._text(table, where, "name"),
                    "phone": self._phone(table, where, "phone"),
                    "slack_user_id": self._text(table, where, "slack", "") or None,
                    "time_zone": self._text(table, where, "time_zone", "") or None,
                }
            )
        return found

    def settings(self) -> dict[str, Any]:
        """Return the settings by column, those that are not given left out."""
        table = self._data.get("settings", {})
        if not isinstance(table, dict):
            self.problems.append("[settings] stands in single brackets, with a line each below it.")
            return {}
        self._check_keys("[settings]", table, set(SETTINGS))
        found = {}
        for word, (key, kind) in SETTINGS.items():
            if word in table and type(table[word]) is kind:
                found[key] = table[word]
            elif word in table:
                kinds = {str: "a text", bool: "true or false", int: "a number"}
                self.problems.append(f"[settings] {word} must be {kinds[kind]}.")
        return found

    def _phone(self, table: dict[str, Any], where: str, key: str) -> str:
        typed = self._text(table, where, key)
        try:
            return parse_number(typed) if typed else ""
        except Refusal as refusal:
            self.problems.append(f"{where}: {refusal.message}")
            return typed

    def shifts(self) -> list[dict[str, Any]]:
        found = []
        seen: set[int] = set()
        for where, table in self._tables("shifts"):
            self._check_keys(where, table, {"number", "day", "start", "hours"})
            number = self._number(table, where, "number", 99)
            if number in seen:
                self.problems.append(f"{where}: shift {number} stands twice in the file.")
            seen.add(number)
            day = self._text(table, where, "day").capitalize()
            if day and day not in DAYS:
                self.problems.append(f"{where}: {day!r} is not a day. Write it like Tuesday.")
            found.append(
                {
                    "number": number,
                    "day": day,
                    "hours": self._number(table, where, "hours", 168),
                    "start": self._time(where, self._text(table, where, "start", "08:00")),
                }
            )
        return sorted(found, key=lambda slot: slot["number"])

    def _tables(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        tables = self._data.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.problems.append(f"Each of the {name} needs a line [[{name}]] above it.")
            return []
        return [(f"[[{name}]] {place}", table) for place, table in enumerate(tables, start=1)]

    def _check_keys(self, where: str, table: dict[str, Any], known: set[str]) -> None:
        for key in sorted(table.keys() - known):
            self.problems.append(
                f"{where}: {key!r} is unknown. Known are {', '.join(sorted(known))}."
            )

    def _text(self, table: dict[str, Any], where: str, key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if isinstance(value, str) and (value.strip() or default is not None):
            return value.strip()
        self.problems.append(f'{where}: {key} is missing or no text. Write it like {key} = "…".')
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
            self.problems.append(f"{where}: {text!r} is not a time. Write it like 08:00.")
            return time(8)
        return wall
