"""Taking a change back: the rows it touched are put back, and what is to come is dealt anew.

What is past stays as it was, and so does whoever the history needs: a member who was taken in
becomes inactive, a shift that was added never was in force, an override that ran for a while did.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, NamedTuple

from scheduling import leads
from scheduling.changes import overrides, own_entries, teams, waiting
from scheduling.changes.operation import Actor, Operation, Outcome
from scheduling.changes.people import namesakes, with_field
from scheduling.changes.settings import BY_COLUMN
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications import planner
from scheduling.numbers import masked
from scheduling.rota import first_turn, schedule
from scheduling.words.lines import Line
from storage.database import read_instant, stored_instant, writing
from storage.models import Assignment, AuditEntry, Member, Override, Proposal, Shift, Team
from storage.queries import rows as stored_rows
from storage.queries.rows import Row
from storage.statuses import ProposalStatus

# What of a team can be put back: not the anchor or the planner's mark, which nobody sets.
SETTINGS = (*BY_COLUMN, "begins_at")


# --- the operation ----------------------------------------------------------------------------


class TakenBack(Outcome, frozen=True):
    """The change that was taken back, and when that was."""

    change: Proposal
    at: datetime


class Undo(Operation[TakenBack], frozen=True):
    """Take back a change: the one of the proposal with this number."""

    kind: ClassVar = "undo"
    shown_first: ClassVar = True
    proposal: int

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:  # noqa: ARG002
        """Raise Refusal unless the actor leads the team; every team, if the change took that."""
        actor.needs_to_lead(team)
        stored = waiting.find(self.proposal).touched or "[]"
        if reaches_every_team(stored):
            actor.needs_to_lead_every_team()
        if raises_limit_again(stored):
            actor.needs_to_lead_every_team(teams.RAISING)

    def apply(self, team: Team, actor: str, now: datetime) -> TakenBack:
        """Take it back; see `take_back`. Raises NothingToDo if that was done before."""
        last = waiting.find(self.proposal)
        if last.status != ProposalStatus.DONE:
            raise NothingToDo(f"“{last.title}” is already undone.")
        entered = own_entries.since(team, last)
        take_back(team, last.title, last.touched or "[]", entered, actor=actor, now=now)
        return TakenBack(f"Undo “{last.title}”", last, now)


# --- the rows ---------------------------------------------------------------------------------


class Touched(NamedTuple):
    """A row as it was before a change and after it, as stored; None where it was not there."""

    table: str
    id: int
    before: Row | None
    after: Row | None


def rows(team: Team, since: datetime) -> dict[tuple[str, int], Row]:
    """Return what a change at `since` could touch, as it is stored, by table and id."""
    found = stored_rows.of_team(team.id, since)
    mine = found["teams", team.id]
    return {**found, ("teams", team.id): {name: mine[name] for name in SETTINGS}}


def touched(before: dict[tuple[str, int], Row], after: dict[tuple[str, int], Row]) -> list[Touched]:
    """Return which rows differ between two snapshots."""
    return [
        Touched(*key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def as_json(of: list[Touched]) -> str:
    """Return touched rows as they are kept with a change."""
    return json.dumps([(row.table, row.id, row.before, row.after) for row in of])


def reaches_every_team(stored: str) -> bool:
    """Tell whether a change touched what is not one team's: who leads every one."""
    return any(
        row.table == "admins" and (row.before or row.after or {}).get("team_id") is None
        for row in (Touched(*one) for one in json.loads(stored))
    )


def raises_limit_again(stored: str) -> bool:
    """Tell whether undoing a change raises a text limit above the usual one."""
    column = "most_segments"
    return any(
        teams.raises_limit(row.after.get(column, 0), row.before.get(column, 0))
        for row in (Touched(*one) for one in json.loads(stored))
        if row.table == "teams" and row.before and row.after
    )


def take_back(
    team: Team,
    title: str,
    stored: str,
    entered: Mapping[int, set[str]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Put back what the change called `title` touched, from `now` on.

    `entered` are the columns that members have entered of themselves since, by member: they stay.
    Raises Refusal when something was built on it since, or when something of it can only be one's,
    and is another's by now.
    """
    with writing():
        now = schedule.open_instant(team, now)
        team = Team.get_by_id(team.id)
        found = [_with_entered(Touched(*row), entered) for row in json.loads(stored)]
        if any(_is_another(row) for row in found):
            raise Refusal(
                f"Something was built on “{title}” since, so it can’t be undone as a whole.",
                suggest=(
                    Line("audit"),
                    " shows what; change it by hand, for example with ",
                    Line("override @bob tomorrow"),
                    ".",
                ),
            )
        morning = planner.morning(team, now)
        # What the change made goes first: it may have the number of what it took the place of.
        for row in sorted(found, key=lambda row: row.before is not None):
            _put_back(team, row, now)
        if any(_moves_the_beginning(row) for row in found) and not schedule.has_begun(team, now):
            # All of it is to come: it's dealt as if for the first time.
            Assignment.delete().where(Assignment.team == team).execute()
        if not any(row.table == "rotation_marks" for row in found):
            first_turn.rotation_changes(team, schedule.monday_of(team, now), now)
        team = Team.get_by_id(team.id)
        planner.keep_morning(team, morning, now)
        schedule.regenerate(team, now)
        AuditEntry.record(team, actor, "change taken back", now, before={"change": title})


def _with_entered(row: Touched, entered: Mapping[int, set[str]]) -> Touched:
    """Return a row as if a member’s own later entries had been there all along.

    Not where the change itself set the same column: that is a conflict, as with anybody's change.
    """
    columns = entered.get(row.id, set()) if row.table == "team_members" else set()
    now = stored_rows.one(row.table, row.id) if columns else None
    if now is None or row.after is None:
        return row
    before, after = row.before, row.after
    if before is not None:
        columns = {
            one for one in columns if one == "updated_at" or before.get(one) == after.get(one)
        }
    own = {one: now[one] for one in columns}
    return row._replace(before=before and {**before, **own}, after={**after, **own})


def _moves_the_beginning(row: Touched) -> bool:
    was, now = ((one or {}).get("begins_at") for one in (row.before, row.after))
    return row.table == "teams" and was != now


def _put_back(team: Team, row: Touched, now: datetime) -> None:
    match row.table:
        case "overrides":
            _put_back_override(row, now)
        case "team_members" if row.before is None:
            # Not deleted: what was written to them, and the past, speaks of them.
            gone = {"is_active": 0, "escalates": 0, "updated_at": stored_instant(now)}
            stored_rows.update(row.table, row.id, gone)
        case "shifts" if row.before is None and row.after is not None:
            stored_rows.update(row.table, row.id, {"active_until": row.after["active_from"]})
        case "rotation_changes" if row.before is None and row.after is not None:
            stored_rows.delete(row.table, row.id)
            if row.after["kind"] == "leave":  # whose day may have come meanwhile
                member = row.after["team_member_id"]
                Member.update(is_active=True, updated_at=now).where(Member.id == member).execute()
        case "teams" if row.before is not None:
            teams.not_taken(team, row.before["name"], row.before["channel_id"])
            stored_rows.update(row.table, row.id, row.before)
        case _ if row.before is None:
            stored_rows.delete(row.table, row.id)
        case "admins":
            _let_lead_again(team, row.id, row.before)
        case "team_members":
            _keep_members_apart(team, row.id, row.before, row.after or {})
            _restore(row, row.before)
        case "shifts":
            _keep_shifts_apart(team, row.id, row.before)
            _restore(row, row.before)
        case _:
            _restore(row, row.before)


def _restore(row: Touched, before: Row) -> None:
    put = stored_rows.insert if row.after is None else stored_rows.update
    put(row.table, row.id, before)


def _let_lead_again(team: Team, number: int, row: Row) -> None:
    known = leads.everywhere() if row["team_id"] is None else leads.named(team)
    if row["slack_user_id"] not in known:
        # The id of a row that was deleted may be another lead's by now.
        is_free = stored_rows.one("admins", number) is None
        stored_rows.insert("admins", number if is_free else None, row)


def _keep_shifts_apart(team: Team, number: int, row: Row) -> None:
    """Raise Refusal if another shift has a shift's number by now."""
    others = [one.shift_number for one in Shift.in_force(team) if one.id != number]
    if row["active_until"] is None and row["shift_number"] in others:
        raise _by_hand(
            f"There’s another shift {row['shift_number']} now",
            Line(f"shifts remove {row['shift_number']}"),
        )


def _keep_members_apart(team: Team, number: int, row: Row, changed: Row) -> None:
    """Raise Refusal if another has a member’s former name, number or Slack user by now."""
    was_there = changed.get("is_active") or changed.get("escalates")
    stayed = was_there and changed.get("name") == row["name"]
    if (row["is_active"] or row["escalates"]) and not stayed:
        for other in namesakes(team, row["name"], Member.get_by_id(number)):
            raise _by_hand(
                f"There’s another {other.name} now",
                with_field(other, "name", f"{other.name} B"),
            )
    for other in Member.of_team(team):
        if other.id == number:
            continue
        if other.phone and other.phone == row["phone"]:
            raise _by_hand(
                f"{masked(other.phone)} is {other.name}’s number now",
                with_field(other, "phone", "+13125550121"),
            )
        if other.slack_user_id and other.slack_user_id == row["slack_user_id"]:
            raise _by_hand(
                f"That Slack user is {other.name} now", with_field(other, "slack", "none")
            )


def _by_hand(taken: str, line: Line) -> Refusal:
    return Refusal(
        f"{taken}, so this can’t be undone.",
        suggest=("Change it by hand, for example with ", line, "."),
    )


def _put_back_override(row: Touched, now: datetime) -> None:
    """Undo an override, its change or its end, from now on: while it held, it was true."""
    override = Override.get_by_id(row.id)
    if row.before is None:
        if override.cancelled_at is None and override.end_datetime > now:
            overrides.end_before(override, now)
        return
    start, end = (read_instant(row.before[edge]) for edge in ("start_datetime", "end_datetime"))
    if start >= now and override.start_datetime >= now:
        stored_rows.update(row.table, row.id, row.before)
        return
    if override.cancelled_at is None and override.end_datetime > now:
        overrides.end_before(override, now)
    if end > now:
        overrides.lay_beneath(
            Override(
                team=override.team_id,
                team_member=row.before["team_member_id"],
                start_datetime=max(start, now),
                end_datetime=end,
                reason=row.before["reason"],
                created_by=row.before["created_by"],
                created_at=now,
            ),
            row.id,
            now,
        )


def _is_another(row: Touched) -> bool:
    """Tell whether a row was changed since; a column that is newer than the change is no sign."""
    if row.table == "admins" and row.after is None:
        return False  # who has that id now is another lead
    stored = stored_rows.one(row.table, row.id)
    if stored is None or row.after is None:
        return stored != row.after
    return any(stored[name] != value for name, value in row.after.items())
