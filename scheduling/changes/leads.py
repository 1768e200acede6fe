"""Changes to the leads of a team."""

from datetime import datetime
from typing import ClassVar

from scheduling import leads
from scheduling.changes.operation import Actor, Operation, Outcome
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications import queue
from scheduling.words.directs import new_lead_direct
from scheduling.words.lines import Line
from scheduling.words.mrkdwn import by, escaped, is_slack_user
from storage.database import stored_instant, writing
from storage.models import Admin, AuditEntry, Team
from storage.statuses import Purpose


class LeadChanged(Outcome, frozen=True):
    """The Slack user who became a lead, or ceased to be one.

    `still` is why a removed lead still leads every team, as the front found it.
    """

    user: str
    still: str = ""


class AddLead(Operation[LeadChanged], frozen=True):
    """Make a Slack user a lead of the team."""

    kind: ClassVar = "lead added"
    user: str

    def apply(self, team: Team, actor: str, now: datetime) -> LeadChanged:
        """Add them; see `add`."""
        add(team, self.user, actor=actor, now=now)
        return LeadChanged(f"Make {by(self.user)} a lead of {escaped(team.name)}", self.user)


class RemoveLead(Operation[LeadChanged], frozen=True):
    """Remove a lead; `still` goes into the outcome as it is."""

    kind: ClassVar = "lead removed"
    user: str
    still: str = ""

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:  # noqa: ARG002
        """Raise Refusal unless the actor leads the team; every team, if the removed lead does."""
        if self.user in leads.everywhere():
            actor.needs_to_lead_every_team()
        else:
            actor.needs_to_lead(team)

    def apply(self, team: Team, actor: str, now: datetime) -> LeadChanged:
        """Remove them; see `remove`."""
        remove(team, self.user, actor=actor, now=now)
        title = f"Remove {by(self.user)} as a lead of {escaped(team.name)}"
        return LeadChanged(title, self.user, self.still)


def add(team: Team, user: str, *, actor: str, now: datetime) -> None:
    """Make a Slack user a lead of a team, and notify them. Raises Refusal if they are one."""
    with writing():
        if leads.is_named(user, team):
            raise NothingToDo(
                f"{by(user)} already leads {team.name}.",
                "user",
                suggest=(Line("admins"), " lists the leads."),
            )
        Admin.create(team=team, slack_user_id=user, added_by=actor, created_at=now)
        AuditEntry.record(team, actor, "lead added", now, after={"slack_user_id": user})
        if user != actor:
            queue.write_to(
                team,
                None,
                new_lead_direct(team.name, actor if is_slack_user(actor) else None),
                user=user,
                purpose=Purpose.MOVED,
                key=f"lead:{team.id}:{user}:{stored_instant(now)}",
                now=now,
            )


def remove(team: Team, user: str, *, actor: str, now: datetime) -> None:
    """Remove a lead; one of every team is removed from all of them.

    Raises Refusal if nobody named them.
    """
    with writing():
        theirs = (Admin.team == team) | Admin.team.is_null()
        if not Admin.delete().where(Admin.slack_user_id == user, theirs).execute():
            raise Refusal(
                f"{by(user)} wasn’t added as a lead of {team.name}, so I can’t remove them. "
                "Workspace admins, owners and everyone in ONCALL_ADMINS lead every team.",
                suggest=("; ", Line("admins"), " lists the leads."),
            )
        AuditEntry.record(team, actor, "lead removed", now, before={"slack_user_id": user})
