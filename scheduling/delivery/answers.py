"""The answers to replies: what an OK has confirmed, the next turn, who is on call.

One number may be one person's first phone and another's second. A reply is taken to come from the
person whose first phone it is, and the answer names anybody else it speaks of.
"""

from datetime import datetime

from scheduling import phones
from scheduling.delivery import acknowledge
from scheduling.notifications import snapshot
from scheduling.rota import schedule
from scheduling.words.lines import typed
from scheduling.words.people import Person
from scheduling.words.replies import (
    already_confirmed_answer,
    confirmed_answer,
    fitted,
    next_answer,
    not_confirmed_answer,
    number_confirmed_answer,
    taken_answer,
    who_answer,
)
from storage.models import Member, Notification, Team

MINE, ALL = typed("mine"), typed("")


def speakers(owners: list[Member], phone: str) -> list[Member]:
    """Return the owners who speak from a number: if it is anyone's first phone, only they."""
    return [owner for owner in owners if owner.phone == phone] or owners


def upcoming(owners: list[Member], phone: str, now: datetime, opening: str = "") -> str:
    """Return the current or next turn of each person who speaks from a phone, soonest first."""
    return fitted(opening, _turns(speakers(owners, phone), now), MINE)


def who(owners: list[Member], now: datetime) -> str:
    """Return who is on call in the teams of a phone's owners."""
    one_a_team = {owner.team_id: owner for owner in owners}.values()
    return fitted("", [_who(owner.team, owner.time_zone, now) for owner in one_a_team], ALL)


def confirm(
    owners: list[Member], phone: str, now: datetime, written: datetime | None = None
) -> str:
    """Take an OK for the phone's first owner who has something to confirm; return the answer.

    It doesn't confirm what they were asked only after the instant when it was `written`.
    """
    speaking = speakers(owners, phone)
    for members in _people(owners, phone):
        own = {member: acknowledge.own_open(member, now, phone, written)[:1] for member in members}
        to_take = {member: acknowledge.open_to_take(member, now, written) for member in members}
        for by_member in (own, to_take):
            for member, found in by_member.items():
                for duty in found:
                    acknowledge.acknowledge(duty, member, "sms", now)
        sentences = _confirmed(own, now, theirs=members[0] in speaking)
        for member, found in to_take.items():
            person = snapshot.person(member)
            # A team's channel shows all of them, so it's named once.
            for duty in {duty.team_id: duty for duty in found}.values():
                sentences.append(_taken(person, duty, thanked=bool(sentences)))
        if sentences:
            return fitted(sentences[0], sentences[1:], MINE)
    for member in speaking:
        if before := acknowledge.last_acknowledged(member, now):
            at = before.acknowledged_at
            clock = schedule.clock_of(before.team, member.time_zone)
            return already_confirmed_answer(snapshot.person(member), at, clock, now)
    if phones.is_confirmed(phone):
        return upcoming(owners, phone, now, number_confirmed_answer(snapshot.person(speaking[0])))
    # A yes to nothing: their answer to this text is one.
    theirs = speaking[0].phone == phone
    return not_confirmed(speaking[0]) if theirs else upcoming(owners, phone, now)


def not_confirmed(member: Member) -> str:
    """Return what asks whoever wrote whether it's this member, whose number isn't confirmed."""
    return not_confirmed_answer(snapshot.person(member), member.team.name)


def _confirmed(own: dict[Member, list[Notification]], now: datetime, *, theirs: bool) -> list[str]:
    """Return the answer to an OK that confirmed turns: one sentence for each team."""
    sentences: list[str] = []
    for member, duties in own.items():
        for duty in duties:
            turn = schedule.coming(duty.team, now)[0]
            clock = schedule.clock_of(duty.team, member.time_zone)
            person, name = snapshot.person(member), duty.team.name
            if sentences:
                whose = None if theirs else person
                span = (turn.start, turn.end)
                sentences.append(next_answer(name, clock, now, span, whose))
            else:
                sentences.append(confirmed_answer(person, name, turn.end, clock, theirs=theirs))
    return sentences


def _taken(person: Person, duty: Notification, *, thanked: bool) -> str:
    unreached, team = snapshot.person(duty.recipient), duty.team
    in_channel = team.channel_id is not None
    return taken_answer(
        person,
        unreached,
        team.name,
        in_channel=in_channel,
        named=Team.are_several(),
        thanked=thanked,
    )


def _people(owners: list[Member], phone: str) -> list[list[Member]]:
    """Return a number's owners grouped by person, starting with those whose first phone it is."""
    found: dict[str, list[Member]] = {}
    for owner in sorted(owners, key=lambda owner: owner.phone != phone):
        found.setdefault(_identity(owner), []).append(owner)
    return list(found.values())


def _identity(member: Member) -> str:
    return member.slack_user_id or member.name.casefold()


def _turns(members: list[Member], now: datetime) -> list[str]:
    several = len({_identity(member) for member in members}) > 1
    found = [(member, schedule.next_turn(member.team, member.id, now)) for member in members]
    takes_turns = [one for one in found if one[1] or one[0].is_active] or found[:1]
    takes_turns.sort(key=lambda one: (one[1] is None, one[1].start if one[1] else now))
    return [
        next_answer(
            member.team.name,
            schedule.clock_of(member.team, member.time_zone),
            now,
            (turn.start, turn.end) if turn else None,
            snapshot.person(member) if several else None,
        )
        for member, turn in takes_turns
    ]


def _who(team: Team, zone: str | None, now: datetime) -> str:
    on_call, *later = schedule.coming(team, now)
    people = schedule.members_by_id(team, [on_call])
    persons = [snapshot.person(people[member]) for member in on_call.members]
    until = on_call.end if persons or later else None
    return who_answer(team.name, schedule.clock_of(team, zone), persons, until)
