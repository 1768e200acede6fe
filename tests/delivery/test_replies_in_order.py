"""Replies are handled in the order they arrived, or safely if the order is unknown."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduling.channels import Inbound
from scheduling.delivery.inbox import in_order
from scheduling.words.reading_replies import asks_to_stop, confirms, meaning

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
REPLIES = st.lists(
    st.builds(
        Inbound,
        sid=st.uuids().map(str),
        phone=st.sampled_from(["+13125550101", "+13125550102"]),
        body=st.sampled_from(["OK", "STOP", "Stop!", "START", "yes", "please stop", "next"]),
        at=st.integers(0, 2).map(lambda seconds: AT + timedelta(seconds=seconds)),
        to=st.sampled_from(["+13125550199", "31255"]),
        placed=st.booleans(),
    ),
    max_size=12,
).map(lambda found: sorted(found, key=lambda one: one.at))


@given(REPLIES)
def test_none_is_lost_and_the_seconds_stay_in_order(found: list[Inbound]) -> None:
    ordered = in_order(found)
    assert sorted(one.sid for one in ordered) == sorted(one.sid for one in found)
    assert [one.at for one in ordered] == [one.at for one in found]
    assert in_order(ordered) == ordered


@given(REPLIES)
def test_what_the_list_tells_is_kept(found: list[Inbound]) -> None:
    placed = [one for one in found if one.placed and one.to == "31255"]
    for phone in {one.phone for one in placed}:
        theirs = [one for one in placed if one.phone == phone]
        assert [one for one in in_order(placed) if one.phone == phone] == theirs


@given(REPLIES)
def test_where_nothing_tells_it_a_start_follows_a_stop_that_twilio_knows(
    found: list[Inbound],
) -> None:
    ordered = in_order([one for one in found if not one.placed])
    for before, after in pairwise(ordered):
        if before.at == after.at and before.phone == after.phone:
            assert (before.body, after.body) not in {("START", "STOP"), ("yes", "STOP")}


@given(st.text(max_size=80))
def test_nothing_both_confirms_and_asks_to_stop(text: str) -> None:
    assert not (confirms(text) and asks_to_stop(text))
    assert not (meaning(text, opted_out=False) == "ok" and asks_to_stop(text))
