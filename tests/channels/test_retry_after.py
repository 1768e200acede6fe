"""How long a Retry-After asks us to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.channels.retry_after import LONGEST, SHORTEST, asked_wait, seconds_to_wait

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("1", 1.0), ("0.25", 0.25), (" 30 ", 30.0), ("0", 0.0), ("-1", None), ("nan", None)],
)
def test_seconds_and_fractions(said: str, seconds: float | None) -> None:
    assert seconds_to_wait(said) == seconds


@given(st.integers(-100_000, 100_000))
def test_a_date_counts_from_the_date_of_the_answer(seconds: int) -> None:
    until = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert seconds_to_wait(until, format_datetime(NOW, usegmt=True)) == max(seconds, 0)


def test_a_date_without_the_answers_own_says_nothing() -> None:
    assert seconds_to_wait(format_datetime(NOW, usegmt=True)) is None


@given(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()))
def test_whatever_it_says_it_is_a_wait_or_nothing(said: str | None, date: str | None) -> None:
    wait = seconds_to_wait(said, date)

    assert wait is None or wait >= 0


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("17", 17),
        ("2.5", 3),
        ("0", SHORTEST),
        ("86401", LONGEST),
        ("1e9", LONGEST),
        ("Mon, 23 Nov 2026 14:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 13:59:00 GMT", SHORTEST),
        ("Fri, 31 Dec 2999 23:59:59 GMT", LONGEST),
        ("-30", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_what_an_answer_asks_for_is_whole_seconds_and_bounded(
    asked: str, seconds: int | None
) -> None:
    assert asked_wait({"Retry-After": asked, "Date": format_datetime(NOW)}) == seconds
    assert asked_wait({"retry-after": asked, "date": format_datetime(NOW)}) == seconds


def test_an_answer_without_headers_asks_for_nothing() -> None:
    assert asked_wait(None) is None
    assert asked_wait({"Date": format_datetime(NOW)}) is None


@given(st.text(), st.text())
def test_whatever_an_answer_asks_for_is_bounded(asked: str, date: str) -> None:
    wait = asked_wait({"Retry-After": asked, "Date": date})
    assert wait is None or SHORTEST <= wait <= LONGEST
