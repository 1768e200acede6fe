"""Slack's long lists are returned whole, or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from scheduling.channels.slack.lists import CONTINUED, KEPT, Listing
from tests.builders import NOW

MINUTE = timedelta(minutes=1)
EVENTS = ("page", "page", "ratelimited", "error", "lost", "invalid_cursor")


class Pages:
    """A list of Slack's: what it answers comes from a script, pages where that has ended."""

    def __init__(self, pages: list[list[int]], script: list[str]) -> None:
        self.pages, self.script = pages, script
        self.asked: list[str | None] = []

    def ask(self, *, limit: int, cursor: str | None) -> SlackResponse:
        assert limit < 1000
        self.asked.append(cursor)
        what = self.script.pop(0) if self.script else "page"
        if what == "lost":
            raise ConnectionResetError
        if what != "page":
            status = 429 if what == "ratelimited" else 200
            answer = answered({"error": what}, status)
            raise SlackApiError("no", answer)  # type: ignore[no-untyped-call]
        number = int(cursor or 0)
        following = str(number + 1) if number + 1 < len(self.pages) else ""
        found = [{"id": one} for one in self.pages[number]]
        return answered(
            {"ok": True, "ones": found, "response_metadata": {"next_cursor": following}}
        )

    def listing(self) -> Listing[int]:
        return Listing(self.ask, "ones", lambda one: int(one["id"]))


def answered(data: dict[str, Any], status: int = 200) -> SlackResponse:
    headers = {"Retry-After": "60"} if status == 429 else {}
    return SlackResponse(
        client=WebClient(),
        http_verb="GET",
        api_url="",
        req_args={},
        data=data,
        headers=headers,
        status_code=status,
    )


@given(
    pages=st.lists(st.lists(st.integers(), max_size=3), min_size=1, max_size=6),
    script=st.lists(st.sampled_from(EVENTS), max_size=8),
)
def test_a_list_is_yielded_whole_or_not_at_all_and_is_whole_in_the_end(
    pages: list[list[int]], script: list[str]
) -> None:
    slack = Pages(pages, script)
    listing, now = slack.listing(), NOW
    everything = [one for page in pages for one in page]
    for _ in range(9):  # each try ends the list, or meets one trouble at least
        try:
            assert list(listing.each(now)) == everything
            break
        except (SlackApiError, OSError):
            now += MINUTE
    else:
        pytest.fail("it never came to its end")
    asked = len(slack.asked)
    assert list(listing.each(now)) == everything
    assert len(slack.asked) == asked


def test_it_goes_on_at_the_page_that_was_refused_once_the_wait_is_over() -> None:
    slack = Pages([[1], [2], [3]], ["page", "ratelimited"])
    listing = slack.listing()
    for seconds in (0, 30, 59):
        with pytest.raises(SlackApiError):
            list(listing.each(NOW + timedelta(seconds=seconds)))

    assert slack.asked == [None, "1"]
    assert list(listing.each(NOW + MINUTE)) == [1, 2, 3]
    assert slack.asked == [None, "1", "1", "2"]


@pytest.mark.parametrize("later", [CONTINUED, -CONTINUED])
def test_what_was_read_long_ago_is_read_again(later: timedelta) -> None:
    slack = Pages([[1], [2]], ["page", "lost"])
    listing = slack.listing()
    with pytest.raises(ConnectionResetError):
        list(listing.each(NOW))
    assert list(listing.each(NOW + later)) == [1, 2]
    assert slack.asked == [None, "1", None, "1"]

    assert list(listing.each(NOW + later + KEPT, within=KEPT)) == [1, 2]
    assert len(slack.asked) == 6


def test_a_wait_stored_while_the_clock_was_ahead_does_not_last_forever() -> None:
    slack = Pages([[1]], ["ratelimited"])
    listing = slack.listing()
    with pytest.raises(SlackApiError):
        list(listing.each(NOW + timedelta(days=1)))

    assert list(listing.each(NOW)) == [1]


def test_a_list_that_never_ends_is_given_up() -> None:
    listing = Listing(
        lambda **_: answered({"ones": [], "response_metadata": {"next_cursor": "again"}}),
        "ones",
        lambda one: one,
    )
    with pytest.raises(SlackClientError, match="never ends"):
        list(listing.each(NOW))
