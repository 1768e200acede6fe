"""Members enter their own numbers: nobody else has to know them, and each agrees to be texted."""

from datetime import datetime
from typing import ClassVar

from scheduling.changes.members import edit_member, send_again
from scheduling.changes.operation import Actor, Operation, Outcome
from scheduling.changes.people import facts_of, member_of, mentioned
from scheduling.errors import NotAllowed
from scheduling.notifications import queue
from storage.models import AuditEntry, Member, Team


class NumberEntered(Outcome, frozen=True):
    """Whose number is known now; `sent_again` says whether an SMS that failed goes there."""

    member: Member
    sent_again: bool


class EnterNumber(Operation[NumberEntered], frozen=True):
    """Enter one's own number, and by that agree to be texted there. `phone` is E.164.

    The text that asks for an OK goes there at once.
    """

    kind: ClassVar = "number entered"
    member: int
    phone: str

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:  # noqa: ARG002
        """Raise Refusal for anybody but themselves: nobody agrees for somebody else."""
        me = actor.known_in(team)
        if me is None or me.id != self.member or me.has_left:
            raise NotAllowed("Everybody enters their own number.")

    def apply(self, team: Team, actor: str, now: datetime) -> NumberEntered:
        """Store it, and that they agreed; see `edit_member`. Whoever left with it has none then."""
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
        return NumberEntered(title, member, send_again(member, now))


def _give_up(team: Team, phone: str, actor: str, now: datetime) -> None:
    """Take a number off somebody who left: whoever has it now enters it themselves.

    It's mostly the same person, who was on the team by name only.
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
    """Return the members and contacts who have no number yet, in the order in which they came."""
    return [one for one in Member.of_team(team) if one.phone is None and not one.has_left]
