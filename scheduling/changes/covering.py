"""Who may have whom cover, and who has to agree first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from scheduling.changes.operation import Actor
from scheduling.changes.people import everyone, member_of, mentioned
from scheduling.errors import AboutSomebody, NotAllowed, Refusal
from scheduling.notifications.snapshot import person
from scheduling.rota import queue, schedule
from scheduling.rota.timeline import OnCallPeriod, on_call_periods
from scheduling.words.agreement import Terms, Wish
from scheduling.words.lines import Line
from scheduling.words.mrkdwn import by, escaped
from scheduling.words.people import Person
from scheduling.words.times import clock_time, span_time
from storage.models import LONGEST_OVERRIDE, Member, Override, Team
from storage.queries import timeline

# An override that begins this soon is made at once: there may be no time to wait for an answer.
SOON = timedelta(hours=2)


class Wanted(Protocol):
    """An override that somebody wants to make, or to change."""

    @property
    def member(self) -> int: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def reason(self) -> str | None: ...


def may_put(
    wanted: Wanted, actor: Actor, team: Team, now: datetime, changed: Override | None = None
) -> None:
    """Raise Refusal unless the actor may: for themselves, for their own shifts, or as a lead.

    Somebody who found cover for their shift may also change that override, given as `changed`.
    """
    known, me = actor.known_in(team), actor.member_of(team, now)
    if me is not None and wanted.member == me.id:
        return
    start, end = max(wanted.start, now), max(wanted.end, now)
    contact = known if me is None and known is not None and known.escalates else None
    if contact is not None and wanted.member == contact.id and not actor.leads(team):
        _running_turn_only(team, start, end, now)
        return
    if me is not None and _is_own_shift(wanted, me, team, now, changed):
        return
    if me is not None and not actor.leads(team):
        actor.roles.needs_to_be_known()
        text = span_time(start, end, schedule.clock_of(team), now)
        can_be = changed is None and timedelta() < end - start <= LONGEST_OVERRIDE
        raise NotAllowed(
            "Only leads can put somebody else on call for a shift that isn’t yours.",
            ask=actor.roles.others(team),
            suggest=("You can cover it yourself: ", Line(f"take {text}"), ".") if can_be else (),
        )
    actor.needs_to_lead(team)


def _is_own_shift(
    wanted: Wanted, me: Member, team: Team, now: datetime, changed: Override | None
) -> bool:
    """Return whether only they are on call by the rotation in the whole span."""
    start, end = max(wanted.start, now), max(wanted.end, now)
    holders = {
        one.covered if changed and one.override and one.override.id == changed.id else one.members
        for one in schedule.segments(team, start, end)
    }
    return start < end and holders == {(me.id,)}


def _running_turn_only(team: Team, start: datetime, end: datetime, now: datetime) -> None:
    """Raise Refusal unless it's the running turn to its end, all that a contact may take."""
    turn = schedule.coming(team, now)[0]
    if start <= now and end <= turn.end:
        return
    clock = schedule.clock_of(team)
    raise Refusal(
        f"You’re an escalation contact of {escaped(team.name)} and not in its rotation, so you "
        f"can only take the current shift, until {clock_time(turn.end, clock)}.",
        suggest=(": ", Line(f"take now to {turn.end.astimezone(clock.zone):%Y-%m-%d %H:%M}"), "."),
    )


# --- who has to agree -------------------------------------------------------------------------


def to_ask(
    wanted: Wanted, actor: Actor, team: Team, now: datetime, changed: Override | None = None
) -> Member | None:
    """Return who has to agree before the actor has this made; None if it's made at once.

    That is the person who would cover, or the one whose shift a member would take. Nobody is asked
    if the actor is a lead, if it begins within two hours, or if the request can't be delivered.
    Raises Refusal for the shifts of several people, and if only leads could do it.
    """
    me = actor.member_of(team, now)
    if me is None or wanted.end <= now or actor.leads(team):
        return None
    if wanted.member != me.id:
        return _who_would_cover(wanted, actor, team, now, changed)
    theirs = _of_others(wanted, me, team, now, changed)
    if all(one.start <= now + SOON for one in theirs):
        return None
    holders = _holders(theirs, me)
    if len(holders) > 1 or wanted.start <= now + SOON:
        raise _one_at_a_time(theirs, me, actor, team, now)
    [holder] = holders
    other = member_of(team, holder)
    can_ask = other.slack_user_id and actor.roles.reaches(other.slack_user_id)
    return other if can_ask else None


def _who_would_cover(
    wanted: Wanted, actor: Actor, team: Team, now: datetime, changed: Override | None
) -> Member | None:
    start, end = max(wanted.start, now), wanted.end
    agreed = changed is not None and changed.team_member_id == wanted.member
    if changed and agreed and changed.start_datetime <= start and end <= changed.end_datetime:
        return None
    if start <= now + SOON:
        return None
    other = member_of(team, wanted.member)
    if other.slack_user_id is None or not _can_be_on_call(other, now):
        gone = "isn’t in Slack" if other.slack_user_id is None else "isn’t in the rotation anymore"
        raise NotAllowed(
            f"{mentioned(other)} {gone}, so I can’t ask them. Only leads can put them on call.",
            ask=actor.roles.others(team),
        )
    return other


def _can_be_on_call(member: Member, now: datetime) -> bool:
    return member.escalates or queue.takes_turns(member, now)


def _of_others(
    wanted: Wanted, me: Member, team: Team, now: datetime, changed: Override | None
) -> list[OnCallPeriod]:
    """Return the periods that would be taken from somebody else.

    Cover that the actor arranged is left out: they may undo that without asking.
    """
    segments = schedule.segments(team, max(wanted.start, now), wanted.end)
    lying = {one.override.id for one in segments if one.override}
    made_by_me = Override.select(Override.id).where(
        Override.id.in_(list(lying)), Override.created_by == me.slack_user_id
    )
    own = {one.id for one in made_by_me} | ({changed.id} if changed else set())
    return [
        one
        for one in on_call_periods(segments)
        if set(one.members) - {me.id}
        and not all(part.override and part.override.id in own for part in one.segments)
    ]


def _holders(theirs: list[OnCallPeriod], me: Member) -> list[int]:
    return list(dict.fromkeys(one for part in theirs for one in part.members if one != me.id))


def _one_at_a_time(
    theirs: list[OnCallPeriod], me: Member, actor: Actor, team: Team, now: datetime
) -> Refusal:
    people, first = schedule.members_by_id(team), theirs[0]
    at_once = _holders([first], me)
    if len(at_once) > 1:
        return NotAllowed(
            f"{everyone(people, at_once)} are on call together then. Only leads can put you on "
            "call in their place.",
            ask=actor.roles.others(team),
        )
    text = span_time(first.start, first.end, schedule.clock_of(team), now)
    return Refusal(
        f"That’s more than one shift, of {everyone(people, _holders(theirs, me))}. Take one at a "
        "time, so I can ask whoever has it.",
        suggest=("For example: ", Line(f"take {text}"), "."),
    )


# --- agreeing ---------------------------------------------------------------------------------


def may_agree(
    wanted: Wanted,
    actor: Actor,
    asker: str,
    team: Team,
    now: datetime,
    *,
    changed: Override | None = None,
) -> None:
    """Raise Refusal unless the actor has to agree, and nothing changed since they were asked.

    They may still agree within two hours of its beginning, but not after it.
    """
    me, other = (_still_there(team, user, now) for user in (asker, actor.id))
    if wanted.start <= now:
        raise NotAllowed("It has already started. Nothing was changed.")
    if wanted.member == me.id:
        theirs = _holders(_of_others(wanted, me, team, now, changed), me)
        if theirs != [other.id]:
            raise _not_theirs(other)
    elif wanted.member != other.id:
        raise NotAllowed("Only the person I asked can accept that.")
    elif not _is_own_shift(wanted, me, team, now, changed):
        raise _not_theirs(me)


def _not_theirs(member: Member) -> Refusal:
    return AboutSomebody(
        f"It isn’t {mentioned(member)}’s shift anymore. Nothing was changed.",
        member.slack_user_id,
        "It isn’t your shift anymore. Nothing was changed.",
    )


def _still_there(team: Team, user: str, now: datetime) -> Member:
    member = Member.in_slack(team, user)
    if member is None or not _can_be_on_call(member, now):
        raise NotAllowed(
            f"{by(user)} isn’t in {escaped(team.name)}’s rotation anymore. Nothing was changed."
        )
    return member


def terms(wanted: Wanted, asker: str, asked: str, team: Team, now: datetime) -> Terms:
    """Return what somebody is asked to agree to, ready to be worded.

    An offer may be longer than the shift of the person asked, who only reads about their own.
    """
    one, other = Member.in_slack(team, asker), Member.in_slack(team, asked)
    offer, start, end = one is not None and wanted.member == one.id, wanted.start, wanted.end
    if one and other and offer and start > now:
        theirs = [
            part for part in _of_others(wanted, one, team, now, None) if other.id in part.members
        ]
        if theirs:
            start, end = max(start, theirs[0].start), min(end, theirs[-1].end)
    return Terms(
        Wish.OFFER if offer else Wish.COVER,
        team.name,
        person(one) if one else Person(asker, asker),  # the asker has changed Slack accounts
        person(other) if other else Person(asked, asked),
        (start, end),
        schedule.clock_of(team),
        now,
        reason=wanted.reason,
    )


def covered(team: Team, found: Sequence[Override]) -> list[tuple[int, ...]]:
    """Return for each override the ids of the members it covers, without its own member."""
    if not found:
        return []
    first, last = min(one.start_datetime for one in found), max(one.end_datetime for one in found)
    assignments, _ = timeline.all_in(team.id, first, last)
    return [
        tuple(
            dict.fromkeys(
                work.member
                for work in assignments
                if work.member != one.team_member_id
                and work.start < one.end_datetime
                and work.end > one.start_datetime
            )
        )
        for one in found
    ]
