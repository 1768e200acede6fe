"""Every text, with all names and clocks, fits one segment and names the zone of its times."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.words.gsm import counted, one_segment
from scheduling.words.people import Person, Slot, Turn
from scheduling.words.replies import (
    already_confirmed_answer,
    confirmed_answer,
    help_answer,
    next_answer,
    not_confirmed_answer,
    number_confirmed_answer,
    taken_answer,
    who_answer,
)
from scheduling.words.sms import (
    all_clear_sms,
    escalation_sms,
    going_off_sms,
    handoff_sms,
    hello_sms,
    morning_sms,
    summary_sms,
)
from scheduling.words.sms import test_sms as sms_of_a_test
from scheduling.words.times import Clock, zone_mark

DAY = timedelta(days=1)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz "
names = st.text(LETTERS, min_size=1).map(lambda text: " ".join(text.split())[:20] or "Bo")
people = st.builds(Person, names)
ZONES = (
    "America/Chicago",
    "Europe/London",
    "Asia/Kathmandu",  # UTC+5:45
    "Australia/Sydney",  # AEDT
    "Pacific/Chatham",  # UTC+13:45
    "America/Sao_Paulo",  # UTC-3
)
clocks = st.builds(Clock, st.sampled_from([ZoneInfo(zone) for zone in ZONES]), st.booleans())
instants = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
turns = st.builds(
    Turn,
    names,
    clocks,
    st.tuples(people),
    instants,
    day=st.none() | st.just((6, 7)),
    since=st.none() | instants,
    covering=st.lists(people, max_size=2).map(tuple),
    next_up=st.lists(people, max_size=2).map(tuple),
    confirm_within=st.none() | st.integers(1, 240),
    hears=st.booleans(),
)


def late(turn: Turn, by: timedelta, *, again: bool) -> Turn:
    """Return a turn whose message is late; `again` is whether one was sent before."""
    due = turn.until - DAY
    return Turn(
        **{field: getattr(turn, field) for field in Turn.__slots__}
        | {"late_since": due, "late_by": by, "first_sent": due if again else None}
    )


def texts(turn: Turn, other: Person, now: datetime) -> dict[str, str]:
    """Return one text of each kind, by what it is."""
    (person,), team, clock, until = turn.people, turn.team, turn.clock, turn.until
    span = (until - DAY, until)
    return {
        "morning": morning_sms(person, turn),
        "handoff": handoff_sms(person, turn),
        "test": sms_of_a_test(person, team, clock, now, span),
        "escalation": escalation_sms(person, turn),
        "all clear": all_clear_sms(person, person, team),
        "taken": all_clear_sms(person, other, team),
        "taken, but not confirmed": all_clear_sms(person, other, team, arrived=True),
        "off": going_off_sms(person, turn),
        "hello": hello_sms(person, team, takes_turns=True),
        "hello to a contact": hello_sms(person, team, takes_turns=False),
        "hello where replies are lost": hello_sms(person, team, takes_turns=True, hears=False),
        "hello to a contact, lost": hello_sms(person, team, takes_turns=False, hears=False),
        "OK": confirmed_answer(person, team, until, clock),
        "OK from another's phone": confirmed_answer(person, team, until, clock, theirs=False),
        "OK to take": taken_answer(other, person, team),
        "OK to take, of several teams": taken_answer(other, person, team, named=True),
        "OK to take, without a channel": taken_answer(other, person, team, in_channel=False),
        "OK again": already_confirmed_answer(person, until - DAY, clock, now),
        "OK unasked": number_confirmed_answer(person),
        "from a number that nobody confirmed": not_confirmed_answer(person, team),
        "MENU": help_answer(team),
        "WHO": who_answer(team, clock, [person], until),
        "WHO, nobody": who_answer(team, clock, [], None),
        "NEXT, later": next_answer(team, clock, until - 2 * DAY, span),
        "NEXT, now": next_answer(team, clock, until - DAY, span),
        "NEXT, of another": next_answer(team, clock, until - 2 * DAY, span, other),
        "NEXT, nothing": next_answer(team, clock, until, None),
    }


@given(turns, people, instants)
def test_each_text_fits_a_segment_in_any_zone_and_on_either_clock(
    turn: Turn, other: Person, now: datetime
) -> None:
    for what, text in texts(turn, other, now).items():
        assert one_segment(text), (what, len(text), text)


@given(turns, st.timedeltas(timedelta(minutes=6), timedelta(hours=30)), st.booleans())
def test_a_late_text_fits_too(turn: Turn, by: timedelta, again: bool) -> None:
    turn = late(turn, by, again=again)
    for text in (morning_sms(turn.people[0], turn), handoff_sms(turn.people[0], turn)):
        assert one_segment(text), text


WALL = re.compile(r"\d:\d\d")


def zones_named(text: str, clock: Clock, *instants: datetime) -> int:
    """Return how often a text names a zone that the clock has at one of the instants."""
    marks = {re.escape(zone_mark(at, clock)) for at in instants}
    return len(re.findall(rf"(?<![\w+-])(?:{'|'.join(marks)})(?![\w+-]|:\d)", text))


@given(turns, people, instants)
def test_no_text_has_a_time_without_its_zone_and_none_names_it_twice(
    turn: Turn, other: Person, now: datetime
) -> None:
    until = turn.until
    turn = replace(turn, since=turn.since and until - DAY)
    seasons = (now, until, until - DAY)
    for what, text in texts(turn, other, now).items():
        clock_times = WALL.sub("", text) != text
        named = zones_named(text, turn.clock, *seasons)
        changes = len({zone_mark(at, turn.clock) for at in seasons}) > 1
        assert named in ((1, 2) if changes else (1,)) if clock_times else not named, (what, text)


@given(turns, st.booleans())
def test_a_late_text_names_its_zone_too(turn: Turn, again: bool) -> None:
    turn = late(replace(turn, since=turn.since and turn.until - DAY / 2), DAY / 72, again=again)
    for own in (None, "Hi {first}.", "Until {until}."):
        text = morning_sms(turn.people[0], turn, own)
        if WALL.search(text):
            assert zones_named(text, turn.clock, turn.until, turn.until - DAY / 2) == 1, text


@given(clocks, instants)
def test_the_weeks_list_names_its_zone_once_it_has_a_time(clock: Clock, monday: datetime) -> None:
    week = [
        Slot(monday, monday + DAY, (Person("Alice"),)),
        Slot(monday + DAY, monday + DAY * 1.5, (Person("Bob"),)),
        Slot(monday + DAY * 1.5, monday + DAY * 3, (Person("Carol"),)),
    ]

    text = summary_sms("Support", clock, week)

    assert bool(WALL.search(text)) == bool(zones_named(text, clock, *(slot.start for slot in week)))
    assert counted(text).segments == 1
