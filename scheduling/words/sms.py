"""The words of every SMS but the answers to replies. Pure.

An SMS fits one GSM-7 segment (160 characters) wherever the names allow: what can be missed is
dropped first.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduling.words.gsm import shortest_loss
from scheduling.words.people import Person, Slot, Turn, first_name, listed
from scheduling.words.times import Clock, clock_time, length, time_of_day, zone_mark

# Segments within 24 hours that a team can be allowed.
MOST_SEGMENTS_A_DAY = 10_000
# What a team's own wording of the morning's SMS can have put in, and what that is.
PLACEHOLDERS = {
    "first": "the first name of who is on call",
    "name": "their full name",
    "team": "the team",
    "until": "when the turn ends",
    "next": "who takes over",
    "covering": "for whom they stand in",
    "day": "day 2 of 2, on a shift of several days",
}
# What a team's own wording begins from: the morning's SMS as it is where a team has none.
DEFAULT_TEXT = "Good morning, {first}! You are on call for {team} until {until}. Next: {next}."
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """Return what stands in braces in a wording and is none of PLACEHOLDERS."""
    found = dict.fromkeys(match[0] for match in _PLACEHOLDER.finditer(text))
    unknown = [one for one in found if one[1:-1] not in PLACEHOLDERS]
    left = _PLACEHOLDER.sub("", text)
    return unknown + [brace for brace in "{}" if brace in left]


def sample_sms(name: str, team: str, clock: Clock, text: str | None) -> str:
    """Return the morning's SMS of a made-up day, so that people see what a wording comes to."""
    until = datetime(2026, 11, 25, 8, tzinfo=clock.zone)
    turn = Turn(team, clock, (Person(name),), until, day=(2, 2), next_up=(Person("Bob"),))
    return morning_sms(Person(name), turn, text)


def morning_sms(person: Person, turn: Turn, text: str | None = None) -> str:
    """Return the SMS of the notify time, to somebody who is on call then; `text` is a wording."""
    if text:
        return _filled_in(text, person, turn) + _ask(turn) + _late(turn)
    day = f"Day {turn.day[0]} of {turn.day[1]}: you" if turn.day else "You"
    return _on_call_sms(f"Good morning, {first_name(person)}! {day} are on call", "", turn)


def handoff_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to somebody who comes on call at any other time."""
    return _on_call_sms(f"{first_name(person)}, you are on call", " from now", turn)


def _on_call_sms(opening: str, since: str, turn: Turn) -> str:
    until = f"{since} until {clock_time(turn.until, turn.clock)}"
    covering = f", covering for {listed(turn.covering)}" if turn.covering else ""
    following = f" Next: {listed(turn.next_up)}." if turn.next_up else ""
    late = _ask(turn) + _late(turn)
    return shortest_loss(
        f"{opening} for {turn.team}{until}{covering}.{following}{late}",
        f"{opening} for {turn.team}{until}{covering}.{late}",
        f"{opening} for {turn.team}{until}.{late}",
        f"{opening}{until}.{late}",
        f"{opening}{until}.{_ask(turn)}",
    )


def _ask(turn: Turn) -> str:
    if not turn.confirm_within:
        return ""
    how = "Reply OK" if turn.hears else "Confirm in Slack"
    return f" {how} within {turn.confirm_within} min."


def _filled_in(text: str, person: Person, turn: Turn) -> str:
    known = {
        "first": first_name(person),
        "name": person.name,
        "team": turn.team,
        "until": clock_time(turn.until, turn.clock),
        "next": listed(turn.next_up) or "nobody",
        "covering": listed(turn.covering),
        "day": f"day {turn.day[0]} of {turn.day[1]}" if turn.day else "",
    }
    return _PLACEHOLDER.sub(lambda match: known.get(match[1], match[0]), text).strip()


def _late(turn: Turn) -> str:
    if not turn.late_since:
        return ""
    if turn.first_sent:  # that was in time, or said itself how late it was
        return f" (Sent again; first sent at {time_of_day(turn.first_sent, turn.clock)}.)"
    due = time_of_day(turn.late_since, turn.clock)
    return f" ({length(turn.late_by)} late, due at {due}.)"


def trial_sms(
    person: Person,
    team: str,
    clock: Clock,
    now: datetime,
    turn: tuple[datetime, datetime] | None,
) -> str:
    """Return the SMS of `/oncall test`. `turn` is the person's present turn, or the next one.

    The time tells two tests apart, for people and where one is looked for by its text.
    """
    at = f"{time_of_day(now, clock)} {zone_mark(now, clock)}"
    opening = f"Test from WhoseOnFirst at {at}: this is how I reach you, {first_name(person)}."
    if turn is None:
        return opening
    start, end = turn
    since = (
        f"from {clock_time(start, clock)}"
        if start > now
        else f"now, until {clock_time(end, clock)}"
    )
    return shortest_loss(f"{opening} You are on call for {team} {since}.", opening)


def escalation_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to those who are told when the person on call can't be reached."""
    until = f" until {clock_time(turn.until, turn.clock)}"
    ask = f" {'Reply OK' if turn.hears else 'Confirm in Slack'} if you see to it."
    return shortest_loss(
        f"I cannot reach {person.name}, who is on call for {turn.team}{until}.{ask}",
        f"I cannot reach {person.name}, who is on call for {turn.team}.{ask}",
        f"I cannot reach {person.name}, on call{until}.{ask}",
    )


def all_clear_sms(person: Person, by_whom: Person, team: str, *, arrived: bool = False) -> str:
    """Return the SMS to those who were told, once somebody has it.

    `arrived` is whether the person on call has the SMS, and only has not confirmed it.
    """
    if by_whom == person:
        return shortest_loss(
            f"All is well: {person.name} is reached, and on call for {team}.",
            f"All is well: {person.name} is reached.",
        )
    return shortest_loss(
        f"{by_whom.name} sees to it: {person.name} of {team} "
        f"{'has not confirmed' if arrived else 'could not be reached'}.",
        f"{by_whom.name} sees to it.",
    )


def going_off_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to somebody who is not in Slack and whose turn has just ended."""
    who = listed(turn.people) or "nobody"
    verb = "are" if len(turn.people) > 1 else "is"
    return shortest_loss(
        f"{first_name(person)}, your turn for {turn.team} has ended: {who} {verb} on call now.",
        f"{first_name(person)}, your turn on call has ended.",
    )


def summary_sms(team: str, clock: Clock, week: Sequence[Slot]) -> str:
    """Return the week's list as an SMS, by the names of the days: 'Mon Alice, Wed-Thu Carol'."""
    told = []
    for slot in week:
        first = slot.start.astimezone(clock.zone)
        last = (slot.end - timedelta(minutes=1)).astimezone(clock.zone)
        at = time_of_day(slot.start, clock)
        usual = at == time_of_day(week[0].start, clock)
        nights = round((slot.end - slot.start) / timedelta(days=1))
        until = f"-{last - timedelta(days=1):%a}" if nights > 1 else ""
        day = f"{first:%a}{until}" + ("" if usual else f" {at}")
        covered = f" (for {' and '.join(map(first_name, slot.covered))})" if slot.covered else ""
        told.append(f"{day} {' and '.join(map(first_name, slot.people)) or 'nobody'}{covered}")
    return f"{team} this week: {', '.join(told)}."


def hello_sms(person: Person, team: str, *, takes_turns: bool, hears: bool = True) -> str:
    """Return the SMS that asks somebody to confirm their number, if a reply would reach us."""
    if not hears:
        what = (
            f"in {team}'s on-call rotation" if takes_turns else f"an escalation contact of {team}"
        )
        return shortest_loss(
            f"Hello {first_name(person)}, WhoseOnFirst here: you are {what}. My texts come from "
            "this number. STOP for no SMS.",
            "WhoseOnFirst here: your on-call texts come from this number. STOP for no SMS.",
        )
    if not takes_turns:
        return shortest_loss(
            f"Hello {first_name(person)}, WhoseOnFirst here: I write to you when {team}'s person "
            "on call can't be reached. Reply OK so that I know I reach you.",
            "WhoseOnFirst here: you are an escalation contact. Reply OK so that I know I reach "
            "you, or STOP for no SMS.",
        )
    return shortest_loss(
        f"Hello {first_name(person)}, WhoseOnFirst here: you are in {team}'s on-call rotation. "
        "Reply OK so that I know I reach you, or STOP for no SMS.",
        f"WhoseOnFirst here: you are in {team}'s on-call rotation. Reply OK so that I know I reach "
        "you, or STOP for no SMS.",
        "You are in an on-call rotation. Reply OK so that I know I reach you, or STOP for no SMS.",
    )
