"""Swaps: two members take each other's spans, once the one who was asked agrees."""

from datetime import datetime
from typing import ClassVar

from scheduling.changes import overrides
from scheduling.changes.operation import Actor, Operation, Outcome, loaded
from scheduling.changes.people import member_of, mentioned
from scheduling.errors import NotAllowed, Refusal
from scheduling.rota import queue, schedule
from scheduling.words.lines import Line, mention
from scheduling.words.mrkdwn import escaped
from scheduling.words.times import clock_time, wall_clock
from storage.database import reading, writing
from storage.models import Member, Proposal, Team
from storage.statuses import ProposalStatus

Span = tuple[datetime, datetime]


class Swapped(Outcome, frozen=True):
    """Who takes whose span: `one` gives `ones`, `other` gives `others`."""

    one: Member
    ones: Span
    other: Member
    others: Span


class Swap(Operation[Swapped], frozen=True):
    """Let two members take each other's spans: `one` asks for it, `other` has to agree."""

    kind: ClassVar = "swap"
    one: int
    ones: Span
    other: int
    others: Span

    @property
    def begins(self) -> datetime:
        """When the first of both shifts begins."""
        return min(self.ones[0], self.others[0])

    def asks(self, actor: Actor, team: Team, now: datetime) -> Member:
        """Return who has to agree, if the actor is the one who gives.

        Raises Refusal if they aren't, if that is nobody else, or somebody who isn't in Slack.
        """
        with reading():
            me = actor.member_of(team, now)
            if me is None or me.id != self.one:
                raise NotAllowed("Only whoever gives a shift can propose to swap it.")
            if self.other == self.one:
                raise Refusal("A swap takes two. Name somebody else.")
            other = member_of(team, self.other)
            if other.slack_user_id is None:
                raise Refusal(
                    f"{escaped(other.name)} is not in Slack, so I cannot ask them.",
                    suggest=(
                        "A lead can make two overrides instead: ",
                        Line(f"override {mention(other)} friday"),
                        ".",
                    ),
                )
            return other

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:
        """Raise Refusal unless both are in the rotation still, and the one who agrees was asked.

        That each gives what is their own, `swap` checks.
        """
        for number in (self.one, self.other):
            member = member_of(team, number)
            if not queue.takes_turns(member, now):
                raise NotAllowed(
                    f"{mentioned(member)} isn’t in {escaped(team.name)}’s rotation any more. "
                    "Nothing was changed."
                )
        me = actor.member_of(team, now)
        if me is None or me.id != self.other:
            raise NotAllowed("Only whoever was asked can accept that.")

    def apply(self, team: Team, actor: str, now: datetime) -> Swapped:
        """Swap them; see `swap`."""
        one, other = member_of(team, self.one), member_of(team, self.other)
        swap(team, one, self.ones, other, self.others, actor=actor, now=now)
        clock = schedule.clock_of(team)
        first, second = (wall_clock(span[0], clock) for span in (self.ones, self.others))
        title = f"Swap {mentioned(one)}’s {first} for {mentioned(other)}’s {second}"
        return Swapped(title, one, self.ones, other, self.others)


def swap(
    team: Team,
    one: Member,
    ones: tuple[datetime, datetime],
    other: Member,
    others: tuple[datetime, datetime],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Let two members take each other's spans: two overrides, or neither.

    Raises Refusal unless each is on call, alone, in the whole of their own span, all of it to come.
    """
    with writing():
        now = schedule.open_instant(team, now)
        clock = schedule.clock_of(team)
        for member, (start, end) in ((one, ones), (other, others)):
            if start <= now:
                raise Refusal(
                    "A shift that has begun cannot be swapped.",
                    suggest=(
                        "Swap one that is still to come, or hand over the rest: ",
                        Line("override @bob now for 3 hours"),
                        ".",
                    ),
                )
            theirs = schedule.segments(team, start, end)
            if any(segment.members != (member.id,) for segment in theirs):
                raise Refusal(
                    f"{member.name} is not on call for all of {clock_time(start, clock)} "
                    f"to {clock_time(end, clock)}.",
                    suggest=(
                        "Swap a shift that is theirs: ",
                        Line(f"mine {mention(member)}"),
                        " lists them.",
                    ),
                )
        # Each can take back only what covers their own shift: not half of the bargain.
        for member, (start, end), whose in ((other, ones, one), (one, others, other)):
            overrides.create(
                team,
                member,
                start,
                end,
                reason=f"swap with {whose.name}",
                actor=whose.slack_user_id or actor,
                now=now,
            )


def waiting(team: Team, now: datetime, user: str | None = None) -> list[Proposal]:
    """Return the swaps that wait for an answer, of or to a Slack user or all, the oldest first.

    Those of a shift that has begun are left out: they can't be accepted any more.
    """
    with reading():
        query = Proposal.select().where(
            Proposal.team == team,
            Proposal.status == ProposalStatus.OPEN,
            Proposal.asked.is_null(False),
        )
        if user is not None:
            query = query.where((Proposal.asked == user) | (Proposal.actor == user))
        return [row for row in query.order_by(Proposal.id) if stored(row).begins > now]


def stored(proposal: Proposal) -> Swap:
    """Return the swap that a proposal stands for."""
    return loaded(Swap, proposal.facts)
