"""The words of every SMS and announcement."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.segments import count_segments, smart_encode
from scheduling.words.directs import going_off_direct
from scheduling.words.gsm import counted, one_segment
from scheduling.words.mrkdwn import escaped
from scheduling.words.people import Person, Turn
from scheduling.words.posts import handoff_announcement, missed_note, morning_announcement
from scheduling.words.replies import (
    already_confirmed_answer,
    confirmed_answer,
    help_answer,
    next_answer,
    number_confirmed_answer,
    seen_to_answer,
    who_answer,
)
from scheduling.words.sms import (
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
from scheduling.words.times import clock_time, length, slack_time
from scheduling.words.warnings import Trouble, cap_warning, lost_sms_warning, unreached_warning
from tests.builders import CHICAGO, chicago

ALICE, BOB, CAROL = Person("Alice Ames", "U0ALICE"), Person("Bob"), Person("Carol", "U0CAROL")
EIGHT = chicago("2026-11-23 08:00")
TURN = Turn("Support", CHICAGO, (ALICE,), until=chicago("2026-11-24 08:00"), next_up=(BOB,))
SINCE_EIGHT = "<!date^1795528800^{date_short_pretty} at {time}|Tue 24 Nov 08:00 CST>"


def test_a_morning_sms_tells_whom_until_when_and_who_is_next() -> None:
    assert morning_sms(ALICE, TURN) == (
        "Good morning, Alice! You are on call for Support until Tue 24 Nov 08:00 CST. Next: Bob."
    )


def test_a_long_shift_counts_its_days() -> None:
    assert morning_sms(BOB, replace(TURN, day=(2, 2))).startswith(
        "Good morning, Bob! Day 2 of 2: you are on call for Support until"
    )


def test_a_handoff_says_from_now_and_for_whom_one_covers() -> None:
    turn = replace(TURN, people=(BOB,), covering=(ALICE, CAROL), next_up=())

    assert handoff_sms(BOB, turn) == (
        "Bob, you are on call for Support from now until Tue 24 Nov 08:00 CST, "
        "covering for Alice Ames and Carol."
    )


def test_a_late_sms_says_how_late_and_since_when() -> None:
    late = replace(TURN, late_since=EIGHT, late_by=timedelta(hours=1, minutes=30))

    assert morning_sms(ALICE, late).endswith("Next: Bob. (1 h 30 min late, due at 08:00.)")


@pytest.mark.parametrize(
    ("team", "people", "kept", "dropped"),
    [
        ("Support", ("Wolfeschlegelsteinhausen" * 2, "Bergerdorff" * 4), "for Support", "Next:"),
        (
            "Support of the Whole Wide World, Northern Half, Nights and Weekends only, "
            "Second Line of Defence",
            ("Bob",),
            "until Tue 24 Nov 08:00 CST",
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
    zone=st.just(CHICAGO),
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
        assert "until Tue 24 Nov 08:00 CST" in sms


def test_letters_outside_the_sms_alphabet_cost_more_segments_but_are_not_lost() -> None:
    sms = morning_sms(Person("Žofie"), replace(TURN, next_up=()))

    assert "Žofie" in sms
    assert not one_segment(sms)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("é" * 160, True),
        ("[]" * 40, True),
        ("[]" * 40 + "a", False),
        ("€" * 80, True),
        ("€" * 81, False),
        ("ž", False),
        ("😀", False),
    ],
)
def test_a_segment_is_160_places_of_the_sms_alphabet(text: str, fits: bool) -> None:
    assert one_segment(text) is fits


def test_a_trial_tells_the_time_and_the_next_turn_if_there_is_one() -> None:
    day = timedelta(days=1)
    assert trial_sms(ALICE, "Support", CHICAGO, EIGHT - day, (EIGHT, EIGHT + day)) == (
        "Test from WhoseOnFirst at 08:00: this is how I reach you, Alice. "
        "You are on call for Support from Mon 23 Nov 08:00 CST."
    )
    during = trial_sms(ALICE, "Support", CHICAGO, EIGHT, (EIGHT, EIGHT + day))
    assert during.endswith("You are on call for Support now, until Tue 24 Nov 08:00 CST.")
    without = trial_sms(ALICE, "Support", CHICAGO, EIGHT, None)
    assert without.endswith("reach you, Alice.")


# --- times ---


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        (EIGHT, "America/Chicago", "Mon 23 Nov 08:00 CST"),
        (EIGHT, "Europe/Berlin", "Mon 23 Nov 15:00 CET"),
        (EIGHT, "UTC", "Mon 23 Nov 14:00 UTC"),
        (chicago("2026-07-01 08:00"), "America/Chicago", "Wed 1 Jul 08:00 CDT"),
    ],
)
def test_a_time_is_told_in_the_teams_zone_and_says_which_that_is(
    at: datetime, zone: str, shown: str
) -> None:
    assert clock_time(at, ZoneInfo(zone)) == shown


def test_slack_shows_each_reader_their_own_time_and_the_teams_beside_it() -> None:
    assert slack_time(chicago("2026-11-24 08:00"), CHICAGO) == (
        f"{SINCE_EIGHT} (Tue 24 Nov 08:00 CST)"
    )


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (timedelta(), "1 min"),
        (timedelta(seconds=59), "1 min"),
        (timedelta(minutes=20), "20 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=5), "3 h 5 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=2, hours=4, minutes=9), "2 days 4 h"),
    ],
)
def test_lengths_are_told_as_people_say_them(by: timedelta, told: str) -> None:
    assert length(by) == told


# --- announcements ---


def test_the_morning_post_mentions_who_is_on_call() -> None:
    assert morning_announcement(TURN) == (
        ":telephone_receiver: Good morning! <@U0ALICE> is on call for *Support* until "
        f"{SINCE_EIGHT} (Tue 24 Nov 08:00 CST). Next: *Bob*."
    )


def test_two_are_and_one_is_and_the_reason_stands_behind_whom_they_cover() -> None:
    turn = replace(TURN, people=(BOB, CAROL), covering=(ALICE,), reason="dentist & co")

    post = handoff_announcement(turn)

    assert post.startswith(":telephone_receiver: Handoff: *Bob* and <@U0CAROL> are on call")
    assert "covering for <@U0ALICE> (dentist &amp; co)." in post


def test_nobody_on_call_is_said_loudest_and_says_what_to_do() -> None:
    post = morning_announcement(replace(TURN, people=()))

    assert post.startswith(":warning: *Nobody is on call* for *Support* until")
    assert "Then: *Bob*." in post
    assert "`/oncall take until Tue 24 Nov 08:00 CST`" in post


def test_nobody_can_write_markup_by_their_name() -> None:
    mallory = Person("<!channel> & co")

    post = morning_announcement(replace(TURN, people=(mallory,), team="<@U1>"))

    assert "<!channel>" not in post
    assert "<@U1>" not in post
    assert "*&lt;!channel&gt; &amp; co*" in post


def test_the_note_after_an_outage_tells_the_last_five() -> None:
    missed = [(EIGHT + timedelta(days=day), f"Person {day}") for day in range(8)]

    note = missed_note(EIGHT, EIGHT + timedelta(days=8), CHICAGO, missed)

    assert "from Mon 23 Nov 08:00 CST to Tue 1 Dec 08:00 CST" in note
    assert "• 3 earlier ones" in note
    assert "Person 2" not in note
    assert note.endswith("• Mon 30 Nov 08:00 CST: Person 7")


@pytest.mark.parametrize(
    ("kind", "said", "ask"),
    [
        ("failed", "did not get the SMS", "Please tell them another way, or take over."),
        ("unclear", "may not have got the SMS", "Please ask them another way"),
        ("waiting", "has not got the SMS yet", "Please tell them"),
        ("silent", "may not have got the SMS", "Please ask them"),
        ("unconfirmed", "has not confirmed", "Please tell them"),
    ],
)
def test_a_warning_says_who_why_and_no_more_than_is_known(kind: str, said: str, ask: str) -> None:
    warning = unreached_warning(ALICE, Trouble(kind, "The number is a landline."))

    assert f"<@U0ALICE>, who is on call, {said}. The number is a landline." in warning
    assert ask in warning


def test_of_other_sms_just_what_was_lost_is_said() -> None:
    said = lost_sms_warning(ALICE, "test SMS", "Why.", unsure=False)
    assert said == ":warning: The test SMS did not reach <@U0ALICE>. Why."
    said = lost_sms_warning(ALICE, "test SMS", "Why.", unsure=True)
    assert said == ":warning: The test SMS may not have reached <@U0ALICE>. Why."


# --- a wording of one's own ------------------------------------------------------------------


@given(st.text(max_size=300))
def test_a_count_is_what_a_phone_network_makes_of_it(text: str) -> None:
    found = counted(text)

    assert found.segments == count_segments(smart_encode(text))
    assert found.characters == len(smart_encode(text))
    if not found.foreign:
        assert found.segments <= len(text) * 2 // 153 + 1


@given(st.text(max_size=100))
def test_a_wording_without_unknown_placeholders_is_filled_in_whole(text: str) -> None:
    if unknown_placeholders(text):
        return
    sent = sample_sms("Alice", "Support", CHICAGO, text)

    for name in PLACEHOLDERS:
        assert f"{{{name}}}" not in sent


def test_each_placeholder_says_what_it_promises() -> None:
    text = " | ".join(f"{{{name}}}" for name in PLACEHOLDERS)

    assert sample_sms("Alice Doe", "Support", CHICAGO, text) == (
        "Alice | Alice Doe | Support | Wed 25 Nov 08:00 CST | Bob |  | day 2 of 2"
    )


def test_a_name_from_the_right_stands_by_itself_and_others_as_they_are() -> None:
    assert escaped("שרה") == "\u2068שרה\u2069"
    assert escaped("Bob <b>") == "Bob &lt;b&gt;"
    assert escaped("*a* _b_ c_d") == "∗a∗ ˍbˍ c_d"


# --- what is written to us, and answered ------------------------------------------------------

PLAIN_NAME = st.text(
    alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ", min_size=1
).map(lambda text: " ".join(text.split())[:20] or "Bo")


@given(PLAIN_NAME, PLAIN_NAME, PLAIN_NAME)
def test_each_sms_fits_a_segment_where_the_names_allow(one: str, other: str, team: str) -> None:
    person, boss = Person(one), Person(other)
    turn = Turn(team, CHICAGO, (person,), EIGHT, next_up=(boss,), confirm_within=120)
    for sms in (
        morning_sms(person, turn),
        handoff_sms(person, turn),
        escalation_sms(person, turn),
        all_clear_sms(person, person, team),
        all_clear_sms(person, boss, team),
        going_off_sms(person, turn),
        hello_sms(person, team, takes_turns=True),
        hello_sms(person, team, takes_turns=False),
        confirmed_answer(person, team, EIGHT, CHICAGO),
        seen_to_answer(boss, person, team),
        help_answer(team),
        who_answer(team, CHICAGO, [person], EIGHT),
        next_answer(team, CHICAGO, EIGHT, (EIGHT, EIGHT + timedelta(days=1))),
        next_answer(team, CHICAGO, EIGHT, None),
        number_confirmed_answer(person),
        confirmed_answer(person, team, EIGHT, CHICAGO, theirs=False),
        already_confirmed_answer(person, EIGHT, CHICAGO, EIGHT),
    ):
        assert one_segment(sms), sms


def test_whoever_goes_off_with_nobody_behind_them_reads_no_end_of_that() -> None:
    nobody = Turn("Support", CHICAGO, (), EIGHT)
    planned = Turn("Support", CHICAGO, (), EIGHT, next_up=(ALICE,))
    assert "nobody is planned" in going_off_direct(nobody)
    assert "until" not in going_off_direct(nobody)
    assert "nobody is on call now, until" in going_off_direct(planned)


def test_a_limit_that_cannot_be_raised_is_not_offered_to_be() -> None:
    assert "a lead can raise the limit: `/oncall settings sms-cap 400`" in cap_warning(
        "Support", 200, calls=True
    )
    assert "sms-cap 10000" in cap_warning("Support", 6000, calls=False)
    assert "sms-cap" not in cap_warning("Support", 10_000, calls=True)
