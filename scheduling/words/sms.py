"""The words of every SMS except the answers to replies. Pure.

An SMS fits one GSM-7 segment (160 characters) if the names allow it: the least important parts are
dropped first. Times are on the reader's clock, and the zone is named once.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduling.words.gsm import shortest_loss
from scheduling.words.people import Person, Slot, Turn, first_name, listed
from scheduling.words.times import Clock, clock_time, length, time_of_day, wall_clock, zone_mark

# The highest limit on SMS segments per 24 hours that a team can set.
MOST_SEGMENTS_A_DAY = 10_000
# The placeholders of a team's own wording for the morning's SMS, with their meanings.
PLACEHOLDERS = {
    "first": "the first name of whoever is on call",
    "name": "their full name",
    "team": "the team",
    "until": "when their shift ends",
    "next": "who takes over",
    "covering": "who they’re covering",
    "day": "day 2 of 2, on a multi-day shift",
}
# The default morning SMS in that form, as a starting point for a team's own wording.
DEFAULT_TEXT = "Good morning, {first}. You're on call for {team} until {until}. Next: {next}."
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """Return the words in braces that aren't PLACEHOLDERS."""
    found = dict.fromkeys(match[0] for match in _PLACEHOLDER.finditer(text))
    unknown = [one for one in found if one[1:-1] not in PLACEHOLDERS]
    left = _PLACEHOLDER.sub("", text)
    return unknown + [brace for brace in "{}" if brace in left]


def sample_sms(name: str, team: str, clock: Clock, text: str | None) -> str:
    """Return the morning's SMS of a made-up day, as a sample of a wording."""
    until = datetime(2026, 11, 25, 8, tzinfo=clock.zone)
    turn = Turn(team, clock, (Person(name),), until, day=(2, 2), next_up=(Person("Bob"),))
    return morning_sms(Person(name), turn, text)


def morning_sms(person: Person, turn: Turn, text: str | None = None) -> str:
    """Return the SMS at the notify time, to somebody who is on call then.

    `text` is the team's own wording; only the request for an OK is added to it.
    """
    if text:
        needs_zone = "{until}" not in text
        since = ""
        if turn.since:
            mark = f" {zone_mark(turn.since, turn.clock)}" if needs_zone else ""
            since = f" (From {time_of_day(turn.since, turn.clock)}{mark}.)"
            needs_zone = False
        return _filled_in(text, person, turn) + since + _ask(turn) + _late(turn, zone=needs_zone)
    day = f"Day {turn.day[0]} of {turn.day[1]}: you're" if turn.day else "You're"
    return _on_call_sms(f"Good morning, {first_name(person)}. {day} on call", turn)


def handoff_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to somebody who goes on call at any other time."""
    return _on_call_sms(f"{first_name(person)}, you're now on call", turn)


def _on_call_sms(opening: str, turn: Turn) -> str:
    since = f" from {time_of_day(turn.since, turn.clock)}" if turn.since else ""
    until = f"{since} until {clock_time(turn.until, turn.clock)}"
    covering = f", covering {listed(turn.covering)}" if turn.covering else ""
    following = f" Next: {listed(turn.next_up)}." if turn.next_up else ""
    ask, late = _ask(turn), _late(turn)
    # If the team doesn't ask for an OK, few people know that they can send one.
    hint = " Reply OK to confirm." if turn.hears and not ask else ""
    return shortest_loss(
        f"{opening} for {turn.team}{until}{covering}.{following}{hint}{ask}{late}",
        f"{opening} for {turn.team}{until}{covering}.{following}{ask}{late}",
        f"{opening} for {turn.team}{until}{covering}.{ask}{late}",
        f"{opening} for {turn.team}{until}.{ask}{late}",
        f"{opening}{until}.{ask}{late}",
        f"{opening}{until}.{ask}",
    )


def _ask(turn: Turn) -> str:
    if not turn.confirm_within:
        return ""
    how = "Reply OK" if turn.hears else "Confirm in Slack"
    return f" {how} within {length(timedelta(minutes=turn.confirm_within))}."


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


def _late(turn: Turn, *, zone: bool = False) -> str:
    """Return how late a text is; `zone` is whether it has to name the zone."""
    if not turn.late_since:
        return ""
    if turn.first_sent:  # the first one was on time, or said how late it was
        mark = f" {zone_mark(turn.first_sent, turn.clock)}" if zone else ""
        return f" (Sent again; first sent at {time_of_day(turn.first_sent, turn.clock)}{mark}.)"
    return f" (Sent {length(turn.late_by)} late.)"


def test_sms(
    person: Person,
    team: str,
    clock: Clock,
    now: datetime,
    turn: tuple[datetime, datetime] | None,
) -> str:
    """Return the SMS of `/oncall test`. `turn` is the person's present shift, or the next one.

    It contains the time, so that people and a lookup by text can tell two tests apart.
    """
    opening = (
        f"WhoseOnFirst test at {time_of_day(now, clock)} {zone_mark(now, clock)}: "
        f"this is how I'll text you, {first_name(person)}."
    )
    if turn is None:
        return opening
    start, end = turn
    at, since = (start, "from") if start > now else (end, "now, until")
    same = zone_mark(at, clock) == zone_mark(now, clock)
    when = wall_clock(at, clock) if same else clock_time(at, clock)
    return shortest_loss(f"{opening} You're on call for {team} {since} {when}.", opening)


def escalation_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to escalation contacts when the person on call can't be reached."""
    until = clock_time(turn.until, turn.clock)
    ask = f" {'Reply OK' if turn.hears else 'Confirm in Slack'} if you'll handle it."
    return shortest_loss(
        f"{turn.team}: can't reach {person.name} (on call until {until}).{ask}",
        f"{turn.team}: can't reach {person.name} (on call).{ask}",
        f"Can't reach {person.name} (on call until {until}).{ask}",
    )


def all_clear_sms(person: Person, by_whom: Person, team: str, *, arrived: bool = False) -> str:
    """Return the all-clear for those who were alarmed, once somebody handles it.

    `arrived` is whether the person on call got the SMS and just hasn't confirmed it.
    """
    if by_whom == person:
        return shortest_loss(
            f"All clear: {person.name} has been reached and is on call for {team}.",
            f"All clear: {person.name} has been reached.",
        )
    but = "hasn't confirmed" if arrived else "couldn't be reached"
    return shortest_loss(
        f"{by_whom.name} is handling it: {person.name} ({team}) {but}.",
        f"{by_whom.name} is handling it.",
    )


def going_off_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to somebody who isn't in Slack and whose shift has just ended."""
    who = listed(turn.people) or "Nobody"
    verb = "are" if len(turn.people) > 1 else "is"
    return shortest_loss(
        f"{first_name(person)}, your {turn.team} shift is over. {who} {verb} on call now.",
        f"{first_name(person)}, your on-call shift is over.",
    )


def summary_sms(team: str, clock: Clock, week: Sequence[Slot]) -> str:
    """Return the weekly summary as an SMS: 'Mon Alice, Wed-Thu Carol'."""
    listed_slots, zoned = [], False
    for slot in week:
        first = slot.start.astimezone(clock.zone)
        last = (slot.end - timedelta(minutes=1)).astimezone(clock.zone)
        at = time_of_day(slot.start, clock)
        usual = at == time_of_day(week[0].start, clock)
        nights = round((slot.end - slot.start) / timedelta(days=1))
        until = f"-{last - timedelta(days=1):%a}" if nights > 1 else ""
        mark = "" if zoned else f" {zone_mark(slot.start, clock)}"
        zoned = zoned or not usual
        day = f"{first:%a}{until}" + ("" if usual else f" {at}{mark}")
        covered = f" (for {' and '.join(map(first_name, slot.covered))})" if slot.covered else ""
        who = " and ".join(map(first_name, slot.people)) or "nobody"
        listed_slots.append(f"{day} {who}{covered}")
    return f"{team} this week: {', '.join(listed_slots)}."


def hello_sms(person: Person, team: str, *, takes_turns: bool, hears: bool = True) -> str:
    """Return the SMS that asks somebody to confirm their number, if a reply would reach us."""
    greeting = f"Hi {first_name(person)}, WhoseOnFirst here."
    if not hears:
        role = "on-call rotation" if takes_turns else "escalation contacts"
        return shortest_loss(
            f"{greeting} You're in {team}'s {role}. My texts come from this number. Reply STOP to "
            "opt out.",
            "WhoseOnFirst here. Your on-call texts come from this number. Reply STOP to opt out.",
        )
    # Carriers require HELP, STOP and the rates in the first text after an opt-in.
    ask = "Reply OK to confirm, HELP for help, STOP to opt out. Msg & data rates may apply."
    if not takes_turns:
        return shortest_loss(
            f"{greeting} I'll text you when {team}'s on-call person can't be reached. {ask}",
            f"WhoseOnFirst here. You're one of {team}'s escalation contacts. {ask}",
            f"WhoseOnFirst here. You're an escalation contact. {ask}",
        )
    return shortest_loss(
        f"{greeting} You're in {team}'s on-call rotation. {ask}",
        f"WhoseOnFirst here. You're in {team}'s on-call rotation. {ask}",
        f"WhoseOnFirst here. You're in an on-call rotation. {ask}",
    )
