"""Undoes a change: restores the rows it changed, and deals the future shifts again.

The past stays as it was, and so do rows that the history needs: an added member becomes inactive,
an added shift never was in force, and an override that ran for a while keeps its past part.
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

# A team's columns that can be restored: not the anchor or the planner's mark, which nobody sets.
SETTINGS = (*BY_COLUMN, "begins_at")


# --- the operation ----------------------------------------------------------------------------


class Undone(Outcome, frozen=True):
    """The change that was undone, and when it had been made."""

    change: Proposal
    at: datetime


class Undo(Operation[Undone], frozen=True):
    """Undo the change of the proposal with this number."""

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

    def apply(self, team: Team, actor: str, now: datetime) -> Undone:
        """Undo it; see `undo_change`. Raises NothingToDo if it's already undone."""
        last = waiting.find(self.proposal)
        if last.status != ProposalStatus.DONE:
            raise NothingToDo(f"“{last.title}” is already undone.")
        entered = own_entries.since(team, last)
        undo_change(team, last.title, last.touched or "[]", entered, actor=actor, now=now)
        return Undone(f"Undo “{last.title}”", last, now)


# --- the rows ---------------------------------------------------------------------------------


class ChangedRow(NamedTuple):
    """A row as stored before and after a change; None if it didn't exist."""

    table: str
    id: int
    before: Row | None
    after: Row | None


def rows(team: Team, since: datetime) -> dict[tuple[str, int], Row]:
    """Return all rows that a change at `since` could affect, as stored, by table and id."""
    found = stored_rows.of_team(team.id, since)
    mine = found["teams", team.id]
    return {**found, ("teams", team.id): {name: mine[name] for name in SETTINGS}}


def changed_rows(
    before: dict[tuple[str, int], Row], after: dict[tuple[str, int], Row]
) -> list[ChangedRow]:
    """Return the rows that differ between two snapshots."""
    return [
        ChangedRow(*key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def as_json(of: list[ChangedRow]) -> str:
    """Return changed rows as they are stored with a change."""
    return json.dumps([(row.table, row.id, row.before, row.after) for row in of])


def reaches_every_team(stored: str) -> bool:
    """Return whether a change affected more than one team: the leads of every team."""
    return any(
        row.table == "admins" and (row.before or row.after or {}).get("team_id") is None
        for row in (ChangedRow(*one) for one in json.loads(stored))
    )


def raises_limit_again(stored: str) -> bool:
    """Tell whether undoing a change raises a text limit above the usual one."""
    column = "most_segments"
    return any(
        teams.raises_limit(row.after.get(column, 0), row.before.get(column, 0))
        for row in (ChangedRow(*one) for one in json.loads(stored))
        if row.table == "teams" and row.before and row.after
    )


def undo_change(
    team: Team,
    title: str,
    stored: str,
    entered: Mapping[int, set[str]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Restore the rows that the change with this `title` affected, from `now` on.

    `entered` are columns that members have entered about themselves since, by member: these stay.
    Raises Refusal if a later change depends on it, or if a unique value, such as a number, now
    belongs to somebody else.
    """
    with writing():
        now = schedule.open_instant(team, now)
        team = Team.get_by_id(team.id)
        found = [_with_entered(ChangedRow(*row), entered) for row in json.loads(stored)]
        if any(_is_another(row) for row in found):
            raise Refusal(
                f"“{title}” can’t be undone: later changes build on it.",
                suggest=(
                    Line("audit"),
                    " shows them. Change it back by hand instead.",
                ),
            )
        morning, zone = planner.morning(team, now), schedule.zone_of(team)
        # Rows that the change made go first: they may have the number of those they replaced.
        for row in sorted(found, key=lambda row: row.before is not None):
            _put_back(team, row, now)
        if any(_moves_the_beginning(row) for row in found) and not schedule.has_begun(team, now):
            # Everything is still in the future, so it's dealt as if for the first time.
            Assignment.delete().where(Assignment.team == team).execute()
        if not any(row.table == "rotation_marks" for row in found):
            first_turn.rotation_changes(team, schedule.monday_of(team, now), now)
        team = Team.get_by_id(team.id)
        planner.keep_morning(team, morning, now)
        if schedule.zone_of(team) != zone:
            schedule.move_running_ends(team, now)
        schedule.regenerate(team, now)
        AuditEntry.record(team, actor, "change taken back", now, before={"change": title})


def _with_entered(row: ChangedRow, entered: Mapping[int, set[str]]) -> ChangedRow:
    """Return a row as if a member’s own later entries had been there all along.

    Unless the change itself set the same column, which is a conflict as with any later change.
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


def _moves_the_beginning(row: ChangedRow) -> bool:
    was, now = ((one or {}).get("begins_at") for one in (row.before, row.after))
    return row.table == "teams" and was != now


def _put_back(team: Team, row: ChangedRow, now: datetime) -> None:
    match row.table:
        case "overrides":
            _put_back_override(row, now)
        case "team_members" if row.before is None:
            # Not deleted, because their messages and the past refer to them.
            gone = {"is_active": 0, "escalates": 0, "updated_at": stored_instant(now)}
            stored_rows.update(row.table, row.id, gone)
        case "shifts" if row.before is None and row.after is not None:
            stored_rows.update(row.table, row.id, {"active_until": row.after["active_from"]})
        case "rotation_changes" if row.before is None and row.after is not None:
            stored_rows.delete(row.table, row.id)
            if row.after["kind"] == "leave":  # its day may have come meanwhile
                member = row.after["team_member_id"]
                Member.update(is_active=True, updated_at=now).where(Member.id == member).execute()
        case "teams" if row.before is not None:
            teams.not_taken(team, row.before["name"], row.before["channel_id"])
            stored_rows.update(row.table, row.id, row.before)
        case _ if row.before is None:
            stored_rows.delete(row.table, row.id)
        case "admins":
            _restore_lead(team, row.id, row.before)
        case "team_members":
            _keep_members_apart(team, row.id, row.before, row.after or {})
            _restore(row, row.before)
        case "shifts":
            _keep_shifts_apart(team, row.id, row.before)
            _restore(row, row.before)
        case _:
            _restore(row, row.before)


def _restore(row: ChangedRow, before: Row) -> None:
    put = stored_rows.insert if row.after is None else stored_rows.update
    put(row.table, row.id, before)


def _restore_lead(team: Team, number: int, row: Row) -> None:
    known = leads.everywhere() if row["team_id"] is None else leads.named(team)
    if row["slack_user_id"] not in known:
        # The id of a deleted row may have been given to another lead.
        is_free = stored_rows.one("admins", number) is None
        stored_rows.insert("admins", number if is_free else None, row)


def _keep_shifts_apart(team: Team, number: int, row: Row) -> None:
    """Raise Refusal if another shift now has a shift's number."""
    others = [one.shift_number for one in Shift.in_force(team) if one.id != number]
    if row["active_until"] is None and row["shift_number"] in others:
        raise _by_hand(
            f"There’s another shift {row['shift_number']} now",
            Line(f"shifts remove {row['shift_number']}"),
        )


def _keep_members_apart(team: Team, number: int, row: Row, changed: Row) -> None:
    """Raise Refusal if somebody else now has a member’s former name, number or Slack user."""
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


def _put_back_override(row: ChangedRow, now: datetime) -> None:
    """Undo the making, change or cancelling of an override, from now on; its past part stays."""
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


def _is_another(row: ChangedRow) -> bool:
    """Return whether a row was changed since; columns added by an upgrade don't count."""
    if row.table == "admins" and row.after is None:
        return False  # another lead now has that id
    stored = stored_rows.one(row.table, row.id)
    if stored is None or row.after is None:
        return stored != row.after
    return any(stored[name] != value for name, value in row.after.items())
