"""/oncall schedule, mine: the schedule as a table with pages; one's own shifts."""

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from bot.slack import offers, when
from bot.slack.blocks import TABLE_ROWS, Button, Reply, Table, fitting, noted
from bot.slack.command import Section, subcommand
from bot.slack.days import FARTHEST
from bot.slack.features import on_call, setup
from bot.slack.people import find_member
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from scheduling.changes.people import everyone, mentioned
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import rotation, schedule, turns
from scheduling.rota.timeline import OnCallPeriod, Segment
from scheduling.words.lines import number_of
from scheduling.words.mrkdwn import covering_note, escaped, isolated
from scheduling.words.times import Clock, clock_time, dated, length, wall_clock
from scheduling.words.wording import joined, several
from storage.models import Member, Team

WEEKS, MOST_WEEKS = 2, 104
MOST_TURNS = 20  # listed of one person
MONTHS = "january february march april may june july august september october november december"


@subcommand(
    "schedule",
    Section.NOW,
    takes="[WHICH]",
    does="the next two weeks; also `schedule month`, `schedule 4 weeks`",
    examples=(
        "schedule",
        "schedule week",
        "schedule 4 weeks",
        "schedule month",
        "schedule from 2026-12-01 to 2026-12-24",
    ),
    question=True,
)
def show(request: Request) -> Reply:
    """Return the timeline of the requested days, with buttons to the previous and next page."""
    team = request.team
    clock = schedule.clock_of(team)
    first, last = _days(request)
    today = request.now.astimezone(clock.zone).date()
    # Nobody who looks ahead needs the part of today that is over.
    start = rotation.instant(first, time(), clock.zone)
    if first <= today <= last and not _from_to(request.words):
        start = max(start, request.now)
    end = rotation.instant(last + timedelta(days=1), time(), clock.zone)
    planned = schedule.planned_until(team) or request.now
    found = _shown_segments(team, start, end, planned, request.now)
    if not any(segment.members for segment in found):
        return _nothing(request, first, last, end > planned)
    people = schedule.members_by_id(team)
    own = request.own_clock
    yours = own if own.zone.key != team.time_zone else None
    shown = found[: TABLE_ROWS - 1]
    table = _table(team, people, shown, request.now, yours)
    if (fits := fitting(table)) < len(shown):
        shown = shown[:fits]
        table = _table(team, people, shown, request.now, yours)
    if len(shown) < len(found):
        last = max(first, shown[-1].end.astimezone(clock.zone).date() - timedelta(days=1))
    put = offers.to_put_in(request)
    cut = f" I plan {several(team.weeks_ahead, 'week')} ahead." if end > planned else ""
    return Reply.of(
        _title(team, first, last),
        table=table,
        small_print=f"Times in {team.time_zone}.{cut}"
        + (f" To change who’s on call: {put}." if put else ""),
        buttons=_pages(today, first, last),
        title="Schedule",
    )


def _shown_segments(
    team: Team, start: datetime, end: datetime, planned: datetime, now: datetime
) -> list[Segment]:
    """Return the segments to show; after the planned end only overrides, as the rest is open."""
    edge = max(planned, now)
    return [
        segment
        for before, after in ((start, min(edge, end)), (max(edge, start), end))
        if before < after
        for segment in schedule.segments(team, before, after)
        if segment.members or before < edge
    ]


def _table(
    team: Team,
    people: dict[int, Member],
    segments: list[Segment],
    now: datetime,
    yours: Clock | None,
) -> Table:
    clock = schedule.clock_of(team)
    rows, lines = [], []
    for segment in segments:
        # The last turn is cut off where the shown days end, which isn't a handoff.
        whole = segment
        if segment is segments[-1]:
            whole = schedule.coming(team, segment.start)[0].segments[0]
        begins, ends = wall_clock(segment.start, clock), wall_clock(whole.end, clock)
        since = "now" if segment.start <= now < segment.end else begins
        nobody = "nobody" if _is_too_early(team, segment) else "NOBODY"
        who = _names(people, segment.members) or nobody
        note = _note(team, people, segment)
        rows.append((since, ends, who, note, wall_clock(segment.start, yours) if yours else ""))
        lines.append(
            f"• {since} to {ends}: *{escaped(who)}*" + (f" ({escaped(note)})" if note else "")
        )
    heading = ("From", "Until", "On call", "Note", "From, your time")
    used = [place for place in range(len(heading)) if any(row[place] for row in rows)]
    return Table(
        tuple(heading[place] for place in used),
        tuple(tuple(row[place] for place in used) for row in rows),
        "\n".join(lines),
    )


def _note(team: Team, people: dict[int, Member], segment: Segment) -> str:
    """Return the note on a row: somebody covers, or the shift is unusually long."""
    if segment.override:
        covered = _names(people, segment.covered)
        note = f"for {covered}" if covered else "override"
        reason = segment.override.reason
        return f"{note}: {noted(reason)}" if reason else note
    if not segment.members:
        return "before the first shift" if _is_too_early(team, segment) else "gap"
    if len(segment.assignments) > 1:
        return f"{len(segment.assignments)} shifts at once"
    work = segment.assignments[0]
    clock = schedule.clock_of(team)
    begin, end = (at.astimezone(clock.zone).replace(tzinfo=None) for at in (work.start, work.end))
    hours = int((end - begin) / timedelta(hours=1))
    return f"{hours} h" if hours > 24 else ""


def _is_too_early(team: Team, segment: Segment) -> bool:
    """Return whether a segment is before the team begins, so that nobody has to be on call."""
    return team.begins_at is not None and segment.start < team.begins_at


def _names(people: dict[int, Member], members: tuple[int, ...]) -> str:
    return joined([isolated(people[member].name) for member in members])


def _nothing(request: Request, first: date, last: date, beyond: bool) -> Reply:
    team = request.team
    if schedule.planned_until(team) is None:
        may = offers.leads(request)
        return Reply.of(
            f":warning: Nobody is scheduled for *{escaped(team.name)}*. It needs members and shifts"
            + ("." if may else ", which a lead can add."),
            buttons=(setup.CONTINUE,) if may else (),
        )
    why = (
        f"Nothing is planned that far ahead yet. I plan {several(team.weeks_ahead, 'week')} ahead. "
        + offers.to_plan_further(request)
        if beyond
        else "Nobody was on call then."
    )
    today = request.now.astimezone(schedule.zone_of(team)).date()
    if last >= today:
        why = on_call.not_begun(team, request.now) or why
    title = _title(team, first, last)
    return Reply.of(title, why, buttons=_pages(today, first, last), title="Schedule")


def _title(team: Team, first: date, last: date) -> str:
    return f"*{escaped(team.name)}* schedule: {_day(first)} to {_day(last)}"


def _pages(today: date, first: date, last: date) -> tuple[Button, ...]:
    """Return the buttons to as many days before and after, if there is anything to show."""
    days = timedelta(days=(last - first).days + 1)
    one = timedelta(days=1)
    earlier = Button("‹ Earlier", f"schedule from {first - days} to {first - one}")
    later = Button("Later ›", f"schedule from {last + one} to {last + days}")
    return (
        *([earlier] if today - (first - days) <= FARTHEST else []),
        *([later] if last + days - today <= FARTHEST else []),
        Button("4 weeks", "schedule 4 weeks"),
        Button("My shifts", "mine"),
        Button("Cover a shift myself", "take"),
    )


def _days(request: Request) -> tuple[date, date]:
    """Return the first and last local day of the request."""
    words = [word.lower() for word in request.words]
    today = request.now.astimezone(schedule.zone_of(request.team)).date()
    monday = today - timedelta(days=today.weekday())
    known = {
        "": _weeks(monday, WEEKS),
        "week": _weeks(monday, 1),
        "this week": _weeks(monday, 1),
        "next week": _weeks(monday + rotation.WEEK, 1),
        "next": _weeks(monday + rotation.WEEK, 1),
        "month": _month(today.year, today.month),
        "this month": _month(today.year, today.month),
    }
    if found := known.get(" ".join(words)):
        return found
    if span := _from_to(request.words):
        return _between(request, *span)
    if (
        len(words) <= 2
        and (month := _month_named(words[0]))
        and (year := _year(words, month, today))
    ):
        return _month(year, month)
    weeks = number_of(words[0])
    if weeks is not None and words[1:] in ([], ["week"], ["weeks"]):
        if 1 <= weeks <= MOST_WEEKS:
            return _weeks(monday, weeks)
        raise Refusal(
            f"I show 1 to {MOST_WEEKS} weeks, not {weeks}. For example: "
            f"`{COMMAND} schedule 4 weeks`."
        )
    with suppress(Refusal):
        return when.local_days(" ".join(request.words), request.team, request.now, past=True)
    raise Refusal(
        f"I don’t know which weeks {echo(' '.join(request.words))} means. Give a number of "
        f"weeks, or two dates. For example: `{COMMAND} schedule 4 weeks`, `{COMMAND} "
        f"schedule december` or `{COMMAND} schedule from 2026-12-01 to 2026-12-24`."
    )


def _weeks(monday: date, weeks: int) -> tuple[date, date]:
    return monday, monday + timedelta(weeks=weeks, days=-1)


def _month(year: int, month: int) -> tuple[date, date]:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def _month_named(word: str) -> int | None:
    found = [
        n for n, name in enumerate(MONTHS.split(), 1) if len(word) >= 3 and name.startswith(word)
    ]
    return found[0] if len(found) == 1 else None


def _year(words: list[str], month: int, today: date) -> int | None:
    """Return the year of a month: the one typed, by default that of the next such month."""
    if len(words) == 1:
        return today.year + (month < today.month)
    return int(words[1]) if re.fullmatch(r"20\d\d", words[1]) else None


def _from_to(words: list[str]) -> tuple[str, str] | None:
    """Return the two days in 'from A to B', None for other texts."""
    text = " ".join(words)
    match = re.fullmatch(r"(?:from\s+)?(.+?)\s+(?:to|until|till|-)\s+(.+)", text, re.IGNORECASE)
    return (match[1], match[2]) if match else None


def _between(request: Request, one: str, other: str) -> tuple[date, date]:
    first = when.local_day(one, request.team, request.now, past=True)
    last = when.local_day(other, request.team, request.now, past=True)
    if last < first:
        raise Refusal(
            f"{_day(last)} is before {_day(first)}. Give the earlier day first, for example "
            f"`{COMMAND} schedule from {last} to {first}`."
        )
    if last - first >= timedelta(weeks=MOST_WEEKS):
        raise Refusal(
            f"I show {MOST_WEEKS} weeks at most. For example: `{COMMAND} schedule from {first} to "
            f"{first + timedelta(weeks=4)}`."
        )
    return first, last


def _day(day: date) -> str:
    return dated(day, year=True)


def _whose(request: Request) -> Member:
    if request.known_as is None:
        raise NothingToDo(
            f"You’re not in {escaped(request.team.name)}, so you have no shifts there. `{COMMAND} "
            "schedule` shows everyone’s."
        )
    return request.known_as


@subcommand(
    "mine",
    Section.NOW,
    takes="[@PERSON]",
    does="your next shifts, or somebody else’s",
    examples=("mine", "mine @bob"),
    takes_time=True,
    offered=_whose,
    question=True,
)
def mine(request: Request) -> Reply:
    """Return the coming shifts of the actor, or of another member."""
    if len(request.words) > 1:
        raise Refusal(f"One person at a time. For example: `{COMMAND} mine @bob`.")
    member = find_member(request, request.words[0]) if request.words else _whose(request)
    team = request.team
    own = member.slack_user_id == request.actor
    takes_turns = request.member is not None
    whose = "You have" if own else f"{mentioned(member)} has"
    lines = turn_lines(team, turns.coming(team, member, request.now), request.now)
    if not lines:
        return Reply.of(f"{whose} no upcoming shifts in {escaped(team.name)}.")
    more = f"\n… and {len(lines) - MOST_TURNS} more" if len(lines) > MOST_TURNS else ""
    buttons = [Button("Schedule", "schedule")]
    if own and takes_turns:
        buttons.insert(0, Button("Find cover", "override"))
        buttons.insert(1, Button("Swap", "swap"))
    return Reply.of(
        f"{whose} {several(len(lines), 'shift')} coming up in *{escaped(team.name)}*:",
        "\n".join(lines[:MOST_TURNS]) + more,
        buttons=buttons,
        title="Shifts",
    )


def turn_lines(team: Team, of: list[OnCallPeriod], now: datetime) -> list[str]:
    """Return somebody's turns as lines of mrkdwn, in order of time."""
    clock = schedule.clock_of(team)
    people = schedule.members_by_id(team)
    return [_turn(people, turn, now, clock) for turn in of]


def _turn(people: dict[int, Member], turn: OnCallPeriod, now: datetime, clock: Clock) -> str:
    start = "now" if turn.start <= now else clock_time(turn.start, clock)
    covering = covering_note(everyone(people, turn.covered), turn.reason)
    lasts = length(turn.end - max(turn.start, now))
    return f"• {start}, for {lasts}{covering}"
