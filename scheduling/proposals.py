"""Changes that are shown before they are made: preview, confirm, discard, undo.

A preview carries the change out in a savepoint, compares who is on call before and after, and
rolls it back: what is shown is what would happen, by the very code that makes it happen. Confirming
does the same again and keeps it, if it still does what was shown.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

from peewee import IntegrityError

from scheduling import messages, overrides, planning, schedule, timeline
from scheduling.errors import Refusal
from scheduling.timeline import Move
from storage.database import database, read_instant, reading, stored_instant, writing
from storage.models import AuditEntry, Override, Proposal, Team

Facts = Mapping[str, Any]
Row = dict[str, Any]
Told = TypeVar("Told")

# So long a change can be taken back.
UNDO_WITHIN = timedelta(hours=24)
# Further ahead no override can be.
FARTHEST = timedelta(days=800)
# What of a team an undo puts back. Not the anchor or the marks of the planner: they are no
# settings, and time has gone on since.
SETTINGS = (
    "name",
    "channel_id",
    "time_zone",
    "notify_at",
    "strategy",
    "weeks_ahead",
    "sms_text",
    "second_day_sms",
)
UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Trial(Generic[Told]):
    """What a change did, or would do: its own words, and whose shifts move."""

    told: Told
    moves: list[Move]
    kept: bool
    proposal: Proposal


def propose(
    team: Team,
    kind: str,
    facts: Facts,
    deed: Callable[[Team, datetime], Told],
    *,
    title: Callable[[Told], str],
    actor: str,
    now: datetime,
    asked: str | None = None,
) -> Trial[Told]:
    """Make a change at once if nobody's shift moves by it; else store it, to be confirmed.

    `deed` carries it out, `facts` are what it takes to do so again. `asked` is the Slack user who
    has to agree: then it waits in any case. Raises whatever the deed refuses.
    """
    with writing():
        carried = _carry_out(team, deed, now, lambda moves, _: not moves and not asked)
        proposal = Proposal.create(
            team=team,
            actor=actor,
            asked=asked,
            kind=kind,
            facts=json.dumps(facts),
            title=title(carried.told),
            fingerprint=carried.fingerprint,
            status="done" if carried.kept else "open",
            touched=_as_json(carried.touched) if carried.kept else None,
            created_at=now,
            settled_at=now if carried.kept else None,
        )
    return Trial(carried.told, carried.moves, carried.kept, proposal)


def confirm(
    proposal: Proposal, deed: Callable[[Team, datetime], Told], *, actor: str, now: datetime
) -> Trial[Told]:
    """Carry out what was shown. If by now it would do something else, nothing is changed.

    Then `kept` is false and the moves are to be shown anew. Whose shifts move is told. Raises
    Refusal when it is settled already, or the deed refuses.
    """
    with writing():
        row = open_one(proposal.id)
        carried = _carry_out(row.team, deed, now, lambda _, found: found == row.fingerprint)
        if carried.kept:
            row.status, row.settled_at = "done", now
            row.touched = _as_json(carried.touched)
            if row.kind == UNDO:
                Proposal.update(status="undone").where(
                    Proposal.id == json.loads(row.facts)["proposal"]
                ).execute()
            _tell(row, carried.moves, actor, now)
        else:
            row.fingerprint = carried.fingerprint
        row.save()
    return Trial(carried.told, carried.moves, carried.kept, row)


def open_one(number: int) -> Proposal:
    """Return a proposal that waits. Raises Refusal if it is settled, or unknown."""
    with reading():
        row = Proposal.get_or_none(Proposal.id == number)
    if row is None:
        raise Refusal("I do not know that change. Please type the command again.")
    settled = {
        "done": "is done already; nothing was done twice",
        "undone": "was made and taken back",
        "declined": "was declined",
        "discarded": "was discarded",
    }
    if row.status in settled:
        raise Refusal(f"“{row.title}” {settled[row.status]}. `/oncall` shows who is on call now.")
    return row


def settle(proposal: Proposal, status: Literal["declined", "discarded"], now: datetime) -> Proposal:
    """Let a proposal go without making the change. Raises Refusal if it is settled already."""
    with writing():
        row = open_one(proposal.id)
        row.status, row.settled_at = status, now
        row.save()
        return row


def waiting_swaps(team: Team, user: str | None = None) -> list[Proposal]:
    """Return the swaps that wait for an answer, of or to a Slack user or all, the oldest first."""
    with reading():
        query = Proposal.select().where(
            Proposal.team == team, Proposal.status == "open", Proposal.asked.is_null(False)
        )
        if user is not None:
            query = query.where((Proposal.asked == user) | (Proposal.actor == user))
        return list(query.order_by(Proposal.id))


# --- undo -------------------------------------------------------------------------------------


def last_change(team: Team, now: datetime) -> Proposal:
    """Return the team's last change that can be taken back. Raises Refusal if there is none."""
    with reading():
        row = (
            Proposal.select()
            .where(
                Proposal.team == team,
                Proposal.status == "done",
                Proposal.kind != UNDO,
                Proposal.touched != "[]",
            )
            .order_by(Proposal.settled_at.desc(), Proposal.id.desc())
            .first()
        )
    if row is None or now - row.settled_at > UNDO_WITHIN:
        last = f" The last one, “{row.title}”, is older." if row else ""
        raise Refusal(
            f"Nothing was changed in {team.name} in the last 24 hours that I could take back."
            f"{last} `/oncall audit` shows who changed what."
        )
    return row  # type: ignore[no-any-return]


def undo(team: Team, proposal: Proposal, *, actor: str, now: datetime) -> None:
    """Put back what a change touched, from now on; what is past stays as it was.

    Raises Refusal when something was built on it since.
    """
    with writing():
        now = schedule.open_instant(team, now)
        touched = [_Touched(*row) for row in json.loads(proposal.touched or "[]")]
        if any(_stored(row.table, row.id) != row.after for row in touched):
            raise Refusal(
                f"Something was built on “{proposal.title}” since, so it cannot be taken back as a "
                "whole. `/oncall audit` shows what; change it by hand, for example with "
                "`/oncall override @bob tomorrow`."
            )
        members = [row for row in touched if row.table == "team_members"]
        for row in touched:
            if row not in members:
                _put_back(row, now)
        # A member who is to go can only do so once no assignment needs them.
        schedule.regenerate(Team.get_by_id(team.id), now)
        for row in members:
            _put_back(row, now)
        AuditEntry.record(team, actor, "change taken back", now, before={"change": proposal.title})


def _put_back(row: "_Touched", now: datetime) -> None:
    if row.table == "overrides":
        _put_back_override(row, now)
    elif row.before is None:
        _take_out(row, now)
    elif row.after is None:
        columns = {"id": row.id, **row.before}
        database.execute_sql(
            f"INSERT INTO {row.table} ({', '.join(columns)}) "
            f"VALUES ({', '.join('?' * len(columns))})",
            tuple(columns.values()),
        )
    else:
        _update(row.table, row.id, row.before)


def _put_back_override(row: "_Touched", now: datetime) -> None:
    """Undo an override, or its end, from now on: while it held, it was true."""
    override = Override.get_by_id(row.id)
    if row.before is None:
        if override.cancelled_at is None and override.end_datetime > now:
            overrides.end_before(override, now)
        return
    start, end = (read_instant(row.before[name]) for name in ("start_datetime", "end_datetime"))
    if start >= now:
        _update(row.table, row.id, row.before)
    elif end > now:
        if override.cancelled_at is None:
            overrides.end_before(override, now)
        Override.create(
            team=override.team_id,
            team_member=row.before["team_member_id"],
            start_datetime=now,
            end_datetime=end,
            reason=row.before["reason"],
            created_by=row.before["created_by"],
            created_at=now,
        )


def _take_out(row: "_Touched", now: datetime) -> None:
    try:
        with database.atomic():
            database.execute_sql(f"DELETE FROM {row.table} WHERE id = ?", (row.id,))
    except IntegrityError:  # the history needs it
        ended: Row
        if row.table == "team_members":
            ended = {"is_active": 0, "updated_at": stored_instant(now)}
        else:
            ended = {"active_until": stored_instant(now)}
        _update(row.table, row.id, ended)


# --- how --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Carried(Generic[Told]):
    told: Told
    moves: list[Move]
    fingerprint: str
    touched: list["_Touched"]
    kept: bool


@dataclass(frozen=True, slots=True)
class _Touched:
    """A row as it was before a change and after it; None where it was not there."""

    table: str
    id: int
    before: Row | None
    after: Row | None


def _carry_out(
    team: Team,
    deed: Callable[[Team, datetime], Told],
    now: datetime,
    keep: Callable[[list[Move], str], bool],
) -> _Carried[Told]:
    """Carry out a deed and keep what it did, or not, as `keep` decides by moves and fingerprint."""
    team = Team.get_by_id(team.id)
    since = schedule.open_instant(team, now)
    before, planned = schedule.segments(team, since, since + FARTHEST), schedule.planned_until(team)
    rows = _rows(team, since)
    with database.atomic() as savepoint:
        told = deed(team, now)
        after = schedule.segments(team, since, since + FARTHEST)
        # The first plan of all, and the end of the last, count in whole; else what both reach.
        ends = [end for end in (planned, schedule.planned_until(team)) if end]
        moves = timeline.moves(before, after, min(ends, default=since))
        fingerprint = _fingerprint(moves, since)
        kept = keep(moves, fingerprint)
        touched = _touched(rows, _rows(team, since)) if kept else []
        if not kept:
            savepoint.rollback()
    return _Carried(told, moves, fingerprint, touched, kept)


def _fingerprint(moves: list[Move], since: datetime) -> str:
    """Return what tells two previews apart; what runs already begins 'now', whenever that is."""
    told = [
        ("now" if one.start == since else one.start.isoformat(), one.end.isoformat(), one.after)
        for one in moves
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _rows(team: Team, since: datetime) -> dict[tuple[str, int], Row]:
    """Return what an undo of a change at `since` could have to put back, as it is stored."""
    mine = "team_id = ?"
    asked: tuple[tuple[str, str, tuple[object, ...]], ...] = (
        ("teams", "id = ?", (team.id,)),
        ("team_members", mine, (team.id,)),
        ("shifts", mine, (team.id,)),
        ("rotation_changes", mine, (team.id,)),
        ("overrides", f"{mine} AND end_datetime >= ?", (team.id, stored_instant(since))),
        ("admins", "1", ()),
    )
    found = {}
    for table, where, values in asked:
        cursor = database.execute_sql(f"SELECT * FROM {table} WHERE {where}", values)
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            columns = dict(zip(names, row, strict=True))
            found[table, columns.pop("id")] = _kept(table, columns)
    return found


def _kept(table: str, columns: Row) -> Row:
    return {name: columns[name] for name in SETTINGS} if table == "teams" else columns


def _touched(
    before: dict[tuple[str, int], Row], after: dict[tuple[str, int], Row]
) -> list[_Touched]:
    keys = sorted(before.keys() | after.keys())
    return [
        _Touched(*key, before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _as_json(touched: list[_Touched]) -> str:
    return json.dumps([(row.table, row.id, row.before, row.after) for row in touched])


def _stored(table: str, number: int) -> Row | None:
    cursor = database.execute_sql(f"SELECT * FROM {table} WHERE id = ?", (number,))
    names = [column[0] for column in cursor.description]
    row = cursor.fetchone()
    if row is None:
        return None
    columns = dict(zip(names, row, strict=True))
    del columns["id"]
    return _kept(table, columns)


def _update(table: str, number: int, columns: Row) -> None:
    marks = ", ".join(f"{name} = ?" for name in columns)
    database.execute_sql(f"UPDATE {table} SET {marks} WHERE id = ?", (*columns.values(), number))


# --- telling ----------------------------------------------------------------------------------


def _tell(proposal: Proposal, moves: list[Move], actor: str, now: datetime) -> None:
    """Write to each whose shifts move, in Slack, exactly what moves for them."""
    if not moves:
        return
    team = proposal.team
    people = schedule.names(team)
    for number in dict.fromkeys(one for move in moves for one in (*move.before, *move.after)):
        member = people[number]
        theirs = [
            messages.MovedTurn(
                move.start,
                move.end,
                comes=number in move.after,
                others=tuple(
                    planning.person(people[one])
                    for one in (move.before if number in move.after else move.after)
                    if one != number
                ),
            )
            for move in moves
            if (number in move.before) != (number in move.after)
        ]
        if theirs and member.slack_user_id:
            text = messages.moved_note(
                team.name, proposal.title, actor, theirs, zone=schedule.zone_of(team), now=now
            )
            key = f"moved:{proposal.id}:{number}"
            planning.write_to(team, member, text, purpose="moved", key=key, now=now)
