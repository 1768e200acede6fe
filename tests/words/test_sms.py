"""The words of each SMS."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.words.gsm import one_segment
from scheduling.words.people import Person, Turn
from scheduling.words.replies import (
    already_confirmed_answer,
    confirmed_answer,
    help_answer,
    next_answer,
    number_confirmed_answer,
    taken_answer,
    who_answer,
)
from scheduling.words.sms import (
    DEFAULT_TEXT,
    PLACEHOLDERS,
    all_clear_sms,
    escalation_sms,
    going_off_sms,
    handoff_sms,
    hello_sms,
    morning_sms,
    sample_sms,
    trial_sms,
    unknown_placeholders,
)
from tests.builders import chicago
from tests.words.turns import ALICE, BOB, CAROL, CLOCK, EIGHT, TURN


def test_a_morning_sms_tells_whom_until_when_and_who_is_next() -> None:
    assert morning_sms(ALICE, TURN) == (
        "Good morning, Alice! You are on call for Support until Tue Nov 24, 8:00 AM CST. Next: Bob."
    )


def test_a_long_shift_counts_its_days() -> None:
    assert morning_sms(BOB, replace(TURN, day=(2, 2))).startswith(
        "Good morning, Bob! Day 2 of 2: you are on call for Support until"
    )


def test_a_handoff_says_from_now_and_for_whom_one_covers() -> None:
    turn = replace(TURN, people=(BOB,), covering=(ALICE, CAROL), next_up=())

    assert handoff_sms(BOB, turn) == (
        "Bob, you are on call for Support from now until Tue Nov 24, 8:00 AM CST, "
        "covering for Alice Ames and Carol."
    )


def test_a_late_sms_says_how_late_and_since_when() -> None:
    late = replace(TURN, late_since=EIGHT, late_by=timedelta(hours=1, minutes=30))

    assert morning_sms(ALICE, late).endswith("Next: Bob. (1 h 30 min late, due at 8:00 AM.)")


@pytest.mark.parametrize(
    ("team", "people", "kept", "dropped"),
    [
        ("Support", ("Wolfeschlegelsteinhausen" * 2, "Bergerdorff" * 4), "for Support", "Next:"),
        (
            "Support of the Whole Wide World, Northern Half, Nights and Weekends only, "
            "Second Line of Defence",
            ("Bob",),
            "until Tue Nov 24, 8:00 AM CST",
            "Defence",
        ),
    ],
)
def test_what_can_be_missed_is_dropped_before_a_second_segment_is_paid(
    team: str, people: tuple[str, ...], kept: str, dropped: str
) -> None:
    turn = replace(TURN, team=team, next_up=tuple(Person(name) for name in people))

    sms = morning_sms(ALICE, turn)

    assert one_segment(sms)
    assert kept in sms
    assert dropped not in sms


words = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=24)


people = st.builds(Person, words)


turns = st.builds(
    Turn,
    team=words,
    clock=st.just(CLOCK),
    people=st.tuples(people),
    until=st.just(chicago("2026-11-24 08:00")),
    day=st.none() | st.just((6, 7)),
    covering=st.lists(people, max_size=3).map(tuple),
    next_up=st.lists(people, max_size=3).map(tuple),
    late_since=st.none() | st.just(EIGHT),
    late_by=st.timedeltas(timedelta(minutes=6), timedelta(hours=10)),
)


@given(turns)
def test_an_sms_fits_one_segment_wherever_the_names_allow(turn: Turn) -> None:
    (person,) = turn.people

    for sms in (morning_sms(person, turn), handoff_sms(person, turn)):
        assert one_segment(sms)
        assert person.name in sms
        assert "until Tue Nov 24, 8:00 AM CST" in sms


def test_letters_outside_the_sms_alphabet_cost_more_segments_but_are_not_lost() -> None:
    sms = morning_sms(Person("Žofie"), replace(TURN, next_up=()))

    assert "Žofie" in sms
    assert not one_segment(sms)


def test_a_trial_tells_the_time_and_the_next_turn_if_there_is_one() -> None:
    day = timedelta(days=1)
    assert trial_sms(ALICE, "Support", CLOCK, EIGHT - day, (EIGHT, EIGHT + day)) == (
        "Test from WhoseOnFirst at 8:00 AM CST: this is how I reach you, Alice. "
        "You are on call for Support from Mon Nov 23, 8:00 AM CST."
    )
    during = trial_sms(ALICE, "Support", CLOCK, EIGHT, (EIGHT, EIGHT + day))
    assert during.endswith("You are on call for Support now, until Tue Nov 24, 8:00 AM CST.")
    without = trial_sms(ALICE, "Support", CLOCK, EIGHT, None)
    assert without.endswith("reach you, Alice.")


@given(st.text(max_size=100))
def test_a_wording_without_unknown_placeholders_is_filled_in_whole(text: str) -> None:
    if unknown_placeholders(text):
        return
    sent = sample_sms("Alice", "Support", CLOCK, text)

    for name in PLACEHOLDERS:
        assert f"{{{name}}}" not in sent


def test_the_default_wording_says_what_a_team_without_one_reads() -> None:
    assert morning_sms(ALICE, TURN, DEFAULT_TEXT) == morning_sms(ALICE, TURN)


def test_each_placeholder_says_what_it_promises() -> None:
    text = " | ".join(f"{{{name}}}" for name in PLACEHOLDERS)

    assert sample_sms("Alice Doe", "Support", CLOCK, text) == (
        "Alice | Alice Doe | Support | Wed Nov 25, 8:00 AM CST | Bob |  | day 2 of 2"
    )


PLAIN_NAME = st.text(
    alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ", min_size=1
).map(lambda text: " ".join(text.split())[:20] or "Bo")


@given(PLAIN_NAME, PLAIN_NAME, PLAIN_NAME)
def test_each_sms_fits_a_segment_where_the_names_allow(one: str, other: str, team: str) -> None:
    person, boss = Person(one), Person(other)
    turn = Turn(team, CLOCK, (person,), EIGHT, next_up=(boss,), confirm_within=120)
    for sms in (
        morning_sms(person, turn),
        handoff_sms(person, turn),
        escalation_sms(person, turn),
        all_clear_sms(person, person, team),
        all_clear_sms(person, boss, team),
        going_off_sms(person, turn),
        hello_sms(person, team, takes_turns=True),
        hello_sms(person, team, takes_turns=False),
        confirmed_answer(person, team, EIGHT, CLOCK),
        taken_answer(boss, person, team),
        taken_answer(boss, person, team, named=True),
        help_answer(team),
        who_answer(team, CLOCK, [person], EIGHT),
        next_answer(team, CLOCK, EIGHT, (EIGHT, EIGHT + timedelta(days=1))),
        next_answer(team, CLOCK, EIGHT, None),
        number_confirmed_answer(person),
        confirmed_answer(person, team, EIGHT, CLOCK, theirs=False),
        already_confirmed_answer(person, EIGHT, CLOCK, EIGHT),
    ):
        assert one_segment(sms), sms


@pytest.mark.parametrize("team", ["Nachtschicht Łódź", "夜勤", "x" * 40])
@pytest.mark.parametrize("in_channel", [True, False])
def test_the_name_of_a_team_costs_no_segment(team: str, in_channel: bool) -> None:
    boss, person = Person("Bob Burns", "U1"), Person("Alice Ames", "U2")

    assert one_segment(taken_answer(boss, person, team, in_channel=in_channel, named=True))


def test_whoever_sees_to_it_is_told_how_to_take_over_however_long_the_teams_name_is() -> None:
    boss, person = Person("Bob Burns", "U1"), Person("Alice Ames", "U2")

    for length in range(5, 41):
        assert "/oncall take" in taken_answer(boss, person, "x" * length, named=True)
