"""Changes the order of the rotation."""

from datetime import date, datetime
from typing import ClassVar

from scheduling.changes.operation import Operation, Outcome
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import first_turn, queue, schedule
from scheduling.words import titles
from scheduling.words.lines import Line
from scheduling.words.mrkdwn import escaped
from storage.database import writing
from storage.models import Assignment, AuditEntry, Member, RotationChange, Team

MOST_NAMES = 8  # of a new order, in its title


class Reordered(Outcome, frozen=True):
    """The rotation order from a Monday on, and the first shift in it.

    first: None if none is planned, or somebody else covers it
    """

    monday: date
    members: list[Member]
    first: Assignment | None


class Reorder(Operation[Reordered], frozen=True):
    """Change the order of the coming rotation; `order` has all of its members' ids."""

    kind: ClassVar = "members reordered"
    about_turns: ClassVar = True
    order: list[int]

    def apply(self, team: Team, actor: str, now: datetime) -> Reordered:
        """Reorder them; see `reorder`."""
        monday = reorder(team, list(self.order), actor=actor, now=now)
        people = schedule.members_by_id(team)
        names = [escaped(people[one].name) for one in self.order[:MOST_NAMES]]
        more = ["…"] if len(self.order) > MOST_NAMES else []
        order = ", ".join([*names, *more])
        title = f"Change the rotation’s order to {order}{titles.since(monday)}"
        return Reordered(
            title,
            monday,
            [people[one] for one in self.order],
            _first_turn(team, monday, now),
        )


def _first_turn(team: Team, monday: date, now: datetime) -> Assignment | None:
    """Return the first assignment from a Monday on, unless somebody else covers it."""
    first = schedule.first_assignment(team, monday, now)
    if first is None:
        return None
    on_call = schedule.on_call(team, first.start_datetime).members
    return first if first.team_member_id in on_call else None


def reorder(team: Team, order: list[int], *, actor: str, now: datetime) -> date:
    """Change the order of the coming rotation, from next Monday on.

    At once while nobody has a shift in the running week. `order` has each id of `queue.coming`.
    Raises Refusal if somebody is missing or named twice, or nothing changes.
    """
    with writing():
        now = schedule.open_instant(team, now)
        monday = schedule.monday_of_changes(team, now)
        present = queue.order(team, monday)
        if sorted(order) != sorted(present):
            raise Refusal(
                "The order must name everybody in the rotation once.",
                "order",
                suggest=(Line("members"), " lists them."),
            )
        if order == present:
            raise NothingToDo("That’s already the order.", "order")
        for place, number in enumerate(order, start=1):
            RotationChange.create(
                team=team,
                team_member=number,
                kind="reorder",
                effective_from=monday,
                position=place,
                created_at=now,
            )
        first_turn.rotation_changes(team, monday, now)
        schedule.regenerate(team, now)
        names = {member.id: member.name for member in Member.of_team(team)}
        AuditEntry.record(
            team,
            actor,
            "members reordered",
            now,
            before={"order": [names[number] for number in present]},
            after={"order": [names[number] for number in order], "effective_from": monday},
        )
    return monday
