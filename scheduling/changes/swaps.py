"""Swaps: two members take each other's spans, once the one who is asked agrees."""

from datetime import datetime
from typing import ClassVar

from scheduling.changes import overrides
from scheduling.changes.operation import Actor, Agreed, Outcome
from scheduling.changes.people import member_of, mentioned
from scheduling.errors import AboutSomebody, NotAllowed, Refusal
from scheduling.notifications.snapshot import person
from scheduling.rota import queue, schedule
from scheduling.words.agreement import Terms, Wish
from scheduling.words.lines import Line, mention
from scheduling.words.mrkdwn import escaped
from scheduling.words.times import span_with_zone, wall_clock
from storage.database import writing
from storage.models import Member, Team

Span = tuple[datetime, datetime]


class Swapped(Outcome, frozen=True):
    """Who takes whose span: `one` gives `ones`, `other` gives `others`."""

    one: Member
    ones: Span
    other: Member
    others: Span


class Swap(Agreed[Swapped], frozen=True):
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

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:
        """Raise Refusal unless the actor gives their own span, and asks somebody else."""
        me = actor.member_of(team, now)
        if me is None or me.id != self.one:
            raise NotAllowed("You can only offer your own shifts in a swap.")
        if self.other == self.one:
            raise Refusal("A swap takes two. Name somebody else.")

    def asks(self, actor: Actor, team: Team, now: datetime) -> Member:  # noqa: ARG002 - all swaps
        """Return the owner of the other shift. Raises Refusal if they aren't in Slack."""
        other = member_of(team, self.other)
        if other.slack_user_id is None:
            raise Refusal(
                f"{escaped(other.name)} isn’t in Slack, so I can’t ask them.",
                suggest=(
                    "A lead can make two overrides instead: ",
                    Line(f"override {mention(other)} friday"),
                    ".",
                ),
            )
        return other

    def agree(self, actor: Actor, asker: str, team: Team, now: datetime) -> None:  # noqa: ARG002
        """Raise Refusal unless the actor was asked, and both are still in the rotation.

        `swap` checks that both give their own shifts.
        """
        for number in (self.one, self.other):
            member = member_of(team, number)
            if not queue.takes_turns(member, now):
                raise NotAllowed(
                    f"{mentioned(member)} isn’t in {escaped(team.name)}’s rotation anymore. "
                    "Nothing was changed."
                )
        me = actor.member_of(team, now)
        if me is None or me.id != self.other:
            raise NotAllowed("Only the person I asked can accept that.")

    def terms(self, asker: str, asked: str, team: Team, now: datetime) -> Terms:  # noqa: ARG002
        """Return the shifts that change hands, ready to be worded."""
        one, other = (person(member_of(team, number)) for number in (self.one, self.other))
        clock = schedule.clock_of(team)
        return Terms(Wish.SWAP, team.name, one, other, self.ones, clock, now, back=self.others)

    def apply(self, team: Team, actor: str, now: datetime) -> Swapped:
        """Swap them; see `swap`."""
        one, other = member_of(team, self.one), member_of(team, self.other)
        swap(team, one, self.ones, other, self.others, actor=actor, now=now)
        clock = schedule.clock_of(team)
        first, second = (wall_clock(span[0], clock) for span in (self.ones, self.others))
        title = f"Swap {mentioned(one)}’s {first} for {mentioned(other)}’s {second}"
        return Swapped(title, one, self.ones, other, self.others)


def _not_on_call(member: Member, span: str) -> Refusal:
    return AboutSomebody(
        f"{member.name} isn’t on call for all of {span}.",
        member.slack_user_id,
        f"You’re not on call for all of {span}.",
        suggest=("Swap one of their shifts: ", Line(f"mine {mention(member)}"), " lists them."),
        own_suggest=("Swap one of your shifts: ", Line("mine"), " lists them."),
    )


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

    Raises Refusal unless each is on call alone during the whole of their span, which is to come.
    """
    with writing():
        now = schedule.open_instant(team, now)
        clock = schedule.clock_of(team)
        for member, (start, end) in ((one, ones), (other, others)):
            if start <= now:
                raise Refusal(
                    "A shift that has started can’t be swapped.",
                    suggest=(
                        "Swap an upcoming one, or have somebody cover the rest: ",
                        Line("override @bob now for 3 hours"),
                        ".",
                    ),
                )
            theirs = schedule.segments(team, start, end)
            if any(segment.members != (member.id,) for segment in theirs):
                raise _not_on_call(member, span_with_zone(start, end, clock, now))
        # Each override is made by the one it covers, who can't cancel the other half of the swap.
        for member, (start, end), whose in ((other, ones, one), (one, others, other)):
            overrides.create(
                team,
                member,
                start,
                end,
                reason="swap",
                actor=whose.slack_user_id or actor,
                now=now,
            )
