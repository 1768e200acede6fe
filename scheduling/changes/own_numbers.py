"""Members enter their own numbers: nobody else needs to know them, and they agree to be texted."""

from datetime import datetime
from typing import ClassVar

from scheduling.changes.members import edit_member, resend_failed
from scheduling.changes.operation import Actor, Operation, Outcome
from scheduling.changes.people import facts_of, member_of, mentioned
from scheduling.errors import NotAllowed
from scheduling.notifications import queue
from storage.models import AuditEntry, Member, Team


class NumberEntered(Outcome, frozen=True):
    """The member with their new number; `resent` is whether a failed SMS goes there."""

    member: Member
    resent: bool


class EnterNumber(Operation[NumberEntered], frozen=True):
    """Enter one's own number, which means agreeing to be texted there. `phone` is E.164.

    The text that asks for an OK goes there at once.
    """

    kind: ClassVar = "number entered"
    member: int
    phone: str

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:  # noqa: ARG002
        """Raise Refusal for anybody else: nobody can agree for another person."""
        me = actor.known_in(team)
        if me is None or me.id != self.member or me.has_left:
            raise NotAllowed("You can only enter your own number here.")

    def apply(self, team: Team, actor: str, now: datetime) -> NumberEntered:
        """Store it, and that they agreed; a former member with it loses it. See `edit_member`."""
        member = member_of(team, self.member)
        _give_up(team, self.phone, actor, now)
        edit_member(
            team,
            member,
            name=member.name,
            phone=self.phone,
            slack_user_id=member.slack_user_id,
            time_zone=member.time_zone,
            second_phone=member.second_phone,
            actor=actor,
            now=now,
        )
        member = member_of(team, self.member)
        # Carriers may ask for proof of it.
        after = {"name": member.name, "phone": member.phone}
        AuditEntry.record(team, actor, "agreed to texts", now, after=after)
        queue.send_hello(team, member, now)
        title = f"Enter the number of {mentioned(member)}"
        return NumberEntered(title, member, resend_failed(member, now))


def _give_up(team: Team, phone: str, actor: str, now: datetime) -> None:
    """Remove a number from a former member, since its present owner enters it.

    Usually that is the same person, who was on the team without a Slack account.
    """
    for former in Member.of_team(team):
        if former.phone == phone and former.has_left:
            before = facts_of(former)
            former.phone = former.second_phone = None
            former.updated_at = now
            former.save()
            AuditEntry.record(
                team, actor, "member edited", now, before=before, after=facts_of(former)
            )


def missing(team: Team) -> list[Member]:
    """Return the members and contacts who have no number yet, in the order they were added."""
    return [one for one in Member.of_team(team) if one.phone is None and not one.has_left]
