"""The words of each SMS."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.words.gsm import one_segment
from scheduling.words.people import Person, Turn
from scheduling.words.replies import taken_answer
from scheduling.words.sms import (
    DEFAULT_TEXT,
    PLACEHOLDERS,
    handoff_sms,
    morning_sms,
    sample_sms,
    unknown_placeholders,
)
from scheduling.words.sms import test_sms as sms_of_a_test
from tests.builders import chicago
from tests.words.turns import ALICE, BOB, CAROL, CLOCK, EIGHT, TURN


def test_a_morning_sms_tells_whom_until_when_and_who_is_next_and_how_to_confirm() -> None:
    assert morning_sms(ALICE, TURN) == (
        "Good morning, Alice. You're on call for Support until Tue Nov 24, 8:00 AM CST. Next: Bob. "
        "Reply OK to confirm."
    )


def test_nobody_is_invited_to_reply_where_replies_are_lost() -> None:
    deaf = replace(TURN, hears=False)

    assert morning_sms(ALICE, deaf).endswith("Next: Bob.")
    assert morning_sms(ALICE, replace(deaf, confirm_within=90)).endswith(
        "Next: Bob. Confirm in Slack within 1 h 30 min."
    )


def test_a_long_shift_counts_its_days() -> None:
    assert morning_sms(BOB, replace(TURN, day=(2, 2))).startswith(
        "Good morning, Bob. Day 2 of 2: you're on call for Support until"
    )


def test_a_handoff_says_now_and_for_whom_one_covers() -> None:
    turn = replace(TURN, people=(BOB,), covering=(ALICE, CAROL), next_up=())

    assert handoff_sms(BOB, turn) == (
        "Bob, you're now on call for Support until Tue Nov 24, 8:00 AM CST, "
        "covering Alice Ames and Carol. Reply OK to confirm."
    )


LATE = replace(TURN, late_since=EIGHT, late_by=timedelta(hours=1, minutes=30))


def test_a_late_sms_says_how_late() -> None:
    assert morning_sms(ALICE, LATE).endswith("Reply OK to confirm. (Sent 1 h 30 min late.)")


def test_a_sms_that_is_sent_again_says_when_the_first_one_went_out() -> None:
    again = replace(LATE, first_sent=EIGHT)

    assert morning_sms(ALICE, again).endswith(" (Sent again; first sent at 8:00 AM.)")
    own = morning_sms(ALICE, again, "Hi {first}, it's your day.")
    assert own == "Hi Alice, it's your day. (Sent again; first sent at 8:00 AM CST.)"


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


def test_a_test_tells_the_time_and_the_next_turn_if_there_is_one() -> None:
    day = timedelta(days=1)
    assert sms_of_a_test(ALICE, "Support", CLOCK, EIGHT - day, (EIGHT, EIGHT + day)) == (
        "WhoseOnFirst test at 8:00 AM CST: this is how I'll text you, Alice. "
        "You're on call for Support from Mon Nov 23, 8:00 AM."
    )
    during = sms_of_a_test(ALICE, "Support", CLOCK, EIGHT, (EIGHT, EIGHT + day))
    assert during.endswith("You're on call for Support now, until Tue Nov 24, 8:00 AM.")
    without = sms_of_a_test(ALICE, "Support", CLOCK, EIGHT, None)
    assert without.endswith("I'll text you, Alice.")


@given(st.text(max_size=100))
def test_a_wording_without_unknown_placeholders_is_filled_in_whole(text: str) -> None:
    if unknown_placeholders(text):
        return
    sent = sample_sms("Alice", "Support", CLOCK, text)

    for name in PLACEHOLDERS:
        assert f"{{{name}}}" not in sent


def test_the_default_wording_says_what_a_team_without_one_reads_but_how_to_reply() -> None:
    without = morning_sms(ALICE, TURN).removesuffix(" Reply OK to confirm.")

    assert morning_sms(ALICE, TURN, DEFAULT_TEXT) == without


def test_each_placeholder_says_what_it_promises() -> None:
    text = " | ".join(f"{{{name}}}" for name in PLACEHOLDERS)

    assert sample_sms("Alice Doe", "Support", CLOCK, text) == (
        "Alice | Alice Doe | Support | Wed Nov 25, 8:00 AM CST | Bob |  | day 2 of 2"
    )


@pytest.mark.parametrize("team", ["Nachtschicht Łódź", "夜勤", "x" * 40])
@pytest.mark.parametrize("in_channel", [True, False])
def test_the_name_of_a_team_costs_no_segment(team: str, in_channel: bool) -> None:
    boss, person = Person("Bob Burns", "U1"), Person("Alice Ames", "U2")

    assert one_segment(taken_answer(boss, person, team, in_channel=in_channel, named=True))


def test_whoever_handles_it_reads_how_to_take_over_however_long_the_teams_name_is() -> None:
    boss, person = Person("Bob Burns", "U1"), Person("Alice Ames", "U2")

    for length in range(5, 41):
        assert "/oncall take" in taken_answer(boss, person, "x" * length, named=True)
