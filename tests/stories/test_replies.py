"""Texts to our number get true, short answers."""

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.changes import team_file
from scheduling.words.gsm import counted
from scheduling.words.replies import fitted
from tests.stories.conftest import EXAMPLE, World


@pytest.mark.parametrize(
    "said", ["I've got it", "got it, thanks", "Liked “{}”", "\u200b👍\u200b to “{}”", "OK - Alice"]
)
def test_a_yes_in_the_words_of_people_and_phones_confirms(support: World, said: str) -> None:
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    sms = support.reads("Alice", "Reply OK within 15 min")
    support.replies("Alice", said.format(sms))
    support.reads("Alice", "Thanks, Alice. Confirmed")
    support.post("Good morning!", "confirmed 8:02 AM by text")
    support.settles(16)
    support.has_no_mail()


@pytest.mark.parametrize("said", ["ok, can somebody else?", "Disliked “{}”", "ok but I am ill"])
def test_a_reply_other_than_a_yes_is_passed_on(support: World, said: str) -> None:
    support.until("2026-11-23 08:00")
    sms = support.reads("Alice")
    support.replies("Alice", said.format(sms))
    support.reads("Alice", "Reply OK to confirm")
    support.post("@Alice, who is on call, replied: ", said.partition("{")[0])
    assert "confirmed" not in support.post("Good morning!")


def test_a_no_after_an_ok_is_passed_on(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.replies("Alice", "OK")
    support.reads("Alice", "Confirmed")
    support.until("2026-11-23 11:00")
    support.replies("Alice", "Sorry, I have to leave")
    support.reads("Alice", "Reply OK to confirm")
    support.post("@Alice, who is on call, replied: ", "Sorry, I have to leave")


def test_two_replies_of_one_second_are_read_in_their_order(support: World) -> None:
    phone = support.people["Bob"].phone
    phone.replies("STOP")
    phone.replies("START")
    support.passes(minutes=2)
    support.reads_from_twilio("Bob", "re-subscribed")
    support.runs("Bob", "/oncall test")
    support.passes(seconds=15)
    support.reads("Bob", "WhoseOnFirst test")


# --- what is said is true ---


def test_next_finds_a_shift_that_is_weeks_away(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.until("2026-11-24 08:00")
    support.reads("Bob")
    support.replies("Alice", "NEXT")
    support.reads(
        "Alice", "Your next Support shift: Sun Dec 13, 8:00 AM to Mon Dec 14, 8:00 AM CST."
    )
    support.replies("Alice", "OK")
    support.reads("Alice", "This number is confirmed", "Sun Dec 13, 8:00 AM")
    support.runs("Alice", "/oncall test")
    support.passes(seconds=15)
    support.reads("Alice", "You're on call for Support from Sun Dec 13, 8:00 AM.")


def test_somebody_who_covers_for_weeks_reads_until_when(support: World) -> None:
    support.changes("Alice", "/oncall override @greg now to 2026-12-20 08:00")
    support.passes(seconds=15)
    support.reads("Greg", "until Sun Dec 20, 8:00 AM CST")
    support.replies("Greg", "NEXT")
    support.reads("Greg", "You're on call for Support until Sun Dec 20, 8:00 AM CST.")


def test_an_ok_is_not_answered_about_the_turn_of_who_gave_that_phone_as_their_second(
    support: World,
) -> None:
    support.runs("Alice", "/oncall members edit @bob second +13125550101")  # Alice's first
    support.until("2026-11-24 08:00")
    support.forgets_mail()
    support.replies("Alice", "OK")
    said = support.reads("Alice", "Thanks, Alice. This number is confirmed.")
    assert "You're on call" not in said
    support.replies("Alice", "NEXT")
    support.reads("Alice", "Your next Support shift: Sun Dec 13, 8:00 AM")
    assert "confirmed" not in support.post("Good morning!", "@Bob")


def test_an_ok_to_what_was_sent_to_a_second_phone_says_whose_turn_it_is(support: World) -> None:
    support.runs("Alice", "/oncall members edit @alice second +13125550102")  # Bob's first
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.settles(1)
    support.reads("Bob", "Good morning, Alice.")
    support.replies("Bob", "OK")
    support.reads("Bob", "Thanks. Confirmed for Alice, on call for Support until")


def test_start_from_who_is_on_call_ends_the_search_for_them(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.replies("Alice", "STOP")
    support.until("2026-11-23 08:00")
    support.settles(1)
    support.post("@Alice is on call but didn’t get the text")
    support.replies("Alice", "START")
    support.reads("Alice", "Good morning, Alice. You're on call for Support until")
    support.has_no_mail()
    support.settles(15)
    support.has_no_mail()  # Greg reads nothing
    support.post("@Alice is on call and has been reached")


def test_whoever_writes_from_a_phone_that_was_off_gets_what_it_missed(support: World) -> None:
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.settles(1)
    support.people["Alice"].phone.switches("on")
    support.replies("Alice", "WHO")
    said = [support.reads("Alice"), support.reads("Alice")]
    assert any("Good morning, Alice." in one for one in said)
    assert any("Alice is on call for Support until" in one for one in said)
    support.settles(10)
    support.has_no_mail()


def test_of_a_member_of_twenty_teams_the_answer_takes_two_segments(support: World) -> None:
    for number in range(20):
        data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
        data["team"].update(name=f"Platform {number:02}", notify_at="20:00")
        for member in data["members"]:
            member["slack"] = support.people[member["name"]].id
        team_file.import_team(data, support.clock.now())
    support.until("2026-11-23 08:00")  # Alice's turn begins in all of them
    support.passes(seconds=15)
    for asked in ("OK", "NEXT", "WHO"):
        support.forgets_mail()
        support.replies("Alice", asked)
        said = support.reads("Alice", "on call for")
        assert counted(said).segments <= 2
        assert "more teams: type /oncall" in said


@given(
    st.sampled_from(["", "Thanks, Alice."]),
    st.lists(st.text("abc \u00e9\u4e2d", min_size=1, max_size=90), min_size=1, max_size=30),
)
def test_an_answer_says_how_much_it_leaves_out(opening: str, sentences: list[str]) -> None:
    said = fitted(opening, sentences, "/oncall")
    assert counted(said).segments <= 2
    left = re.search(r"Plus (\d+) more teams?: type /oncall in Slack\.$", said)
    kept = len(sentences) - int(left[1] if left else 0)
    assert said.startswith(" ".join(filter(None, (opening, *sentences[:kept]))))
