"""The verdict finds a planted loss, duplicate, wrong person and unfinished message."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.words.people import Person, Turn
from scheduling.words.sms import handoff_sms, morning_sms
from scheduling.words.sms import test_sms as sms_of_a_test
from scheduling.words.times import Clock
from tests.chaos.verdict import DAILY, HANDOFF, Event, Facts, Row, Text, judge, purpose_of

ZONE = ZoneInfo("America/Chicago")
EIGHT = datetime(2026, 11, 23, 14, tzinfo=UTC)
NOON = EIGHT + timedelta(hours=4)
SOON = EIGHT + timedelta(minutes=1)
ALICE, BOB = frozenset({"Alice"}), frozenset({"Bob"})
MORNING = Event(EIGHT, DAILY, ALICE, ALICE)
HANDED_OVER = Event(SOON, HANDOFF, BOB, BOB)


def turn(name: str, **more: object) -> Turn:
    return replace(Turn("Support", Clock(ZONE, twelve=True), (Person(name),), NOON), **more)  # type: ignore[arg-type]


def morning_text(name: str = "Alice", at: datetime = EIGHT) -> Text:
    return Text(name, morning_sms(Person(name), turn(name)), at)


def handoff_text(name: str, at: datetime) -> Text:
    return Text(name, handoff_sms(Person(name), turn(name)), at)


def always(names: frozenset[str]) -> Callable[[datetime], frozenset[str]]:
    return lambda _: names


def row(status: str, *, settled: bool = True, due_at: datetime = EIGHT) -> Row:
    return Row(7, "Alice", due_at, status, settled)


# A morning as it must be: one SMS, one post, and a row that came to its end.
GOOD = Facts(
    zone=ZONE,
    events=[MORNING],
    sms=[morning_text()],
    posts=[Text(None, "Good morning! Alice is on call", EIGHT, "daily:1")],
    direct=[],
    rows=[row("delivered")],
    on_call=always(ALICE),
)


def test_a_good_morning_is_clean() -> None:
    assert judge(GOOD).clean


@pytest.mark.parametrize(
    ("sms", "purpose"),
    [
        (morning_sms(Person("Alice"), turn("Alice")), DAILY),
        (morning_sms(Person("Alice"), turn("Alice", day=(2, 2))), DAILY),
        (handoff_sms(Person("Alice"), turn("Alice")), HANDOFF),
        (handoff_sms(Person("A" * 90), turn("Alice", late_by=timedelta(1))), HANDOFF),
        (
            sms_of_a_test(
                Person("Alice"), "Support", Clock(ZONE, twelve=True), EIGHT, (EIGHT, NOON)
            ),
            None,
        ),
    ],
)
def test_an_sms_is_recognized_by_its_meaning(sms: str, purpose: str | None) -> None:
    assert purpose_of(sms) == purpose


def test_an_sms_that_never_came_is_a_loss_whatever_is_said_elsewhere() -> None:
    warned = [*GOOD.posts, Text(None, ":warning: Alice didn’t get the text.", SOON)]

    for posts in (GOOD.posts, warned):
        verdict = judge(replace(GOOD, sms=[], posts=posts))
        assert verdict.lost == ("Alice heard nothing of Mon Nov 23, 8:00 AM CST (daily)",)
        assert not verdict.clean


def test_in_lasting_trouble_it_is_enough_that_somebody_was_warned() -> None:
    troubled = replace(GOOD, sms=[], strict=False)

    assert judge(troubled).lost
    for notified in (
        Text(None, ":warning: Alice didn’t get the text.", SOON),
        Text(None, "Not sent:\n• Mon Nov 23, 8:00 AM CST: Alice", SOON),
    ):
        assert judge(replace(troubled, posts=[notified])).clean
    assert judge(replace(troubled, direct=[Text("Alice", "You are on call", SOON)])).clean
    assert judge(replace(troubled, posts=[Text(None, ":warning: Bob did not", SOON)])).lost
    before = EIGHT - timedelta(hours=1)
    assert judge(replace(troubled, posts=[Text(None, ":warning: Alice did not", before)])).lost


def test_where_the_channel_is_gone_somebody_else_must_hear_in_time() -> None:
    def notified(name: str, at: datetime = SOON) -> Facts:
        warning = Text(name, ":warning: Alice is on call but didn’t get the text", at)
        return replace(
            GOOD,
            sms=[],
            posts=[],
            direct=[warning],
            strict=False,
            by_others=True,
            within=timedelta(minutes=10),
        )

    assert judge(notified("Bob")).clean
    assert judge(notified("Alice")).lost
    assert judge(notified("Bob", EIGHT + timedelta(minutes=11))).lost


def test_an_sms_to_another_phone_or_of_another_meaning_is_a_loss() -> None:
    assert judge(replace(GOOD, sms=[morning_text("Bob")])).lost
    assert judge(replace(GOOD, sms=[Text("Alice", "WhoseOnFirst test", EIGHT)])).lost
    assert judge(replace(GOOD, sms=[morning_text(at=EIGHT - timedelta(seconds=1))])).lost


def test_who_was_relieved_before_it_could_arrive_is_not_lost_but_the_relief_must_hear() -> None:
    relieved = replace(
        GOOD,
        events=[MORNING, HANDED_OVER],
        sms=[handoff_text("Bob", SOON)],
        rows=[row("cancelled")],
        on_call=lambda at: ALICE if at < SOON else BOB,
    )

    assert judge(relieved).clean
    assert judge(replace(relieved, rows=[row("failed")])).lost
    assert judge(replace(relieved, sms=[])).lost == (
        "Bob heard nothing of Mon Nov 23, 8:01 AM CST (handoff)",
    )


def test_who_was_relieved_before_anybody_could_know_is_not_lost_but_the_relief_must_hear() -> None:
    def relieved(after: float) -> Facts:
        at = EIGHT + timedelta(seconds=after)
        return replace(
            GOOD,
            events=[MORNING, replace(HANDED_OVER, at=at)],
            sms=[handoff_text("Bob", at)],
            rows=[row("undelivered")],
            on_call=lambda when: ALICE if when < at else BOB,
        )

    assert judge(relieved(1)).clean
    assert judge(relieved(15)).lost
    assert judge(replace(relieved(1), sms=[])).lost == (
        "Bob heard nothing of Mon Nov 23, 8:00 AM CST (handoff)",
    )


def test_after_an_outage_the_newest_must_arrive_and_the_rest_be_reported() -> None:
    next_day = EIGHT + timedelta(days=1)
    slept = replace(
        GOOD,
        events=[MORNING, Event(next_day, DAILY, BOB, BOB)],
        sms=[morning_text("Bob", next_day)],
        posts=[Text(None, "Not sent:\n• Mon Nov 23, 8:00 AM CST: Alice", next_day)],
        on_call=lambda at: ALICE if at < next_day else BOB,
        asleep=(EIGHT, next_day),
        rows=[row("expired")],
    )

    assert judge(slept).clean
    assert judge(replace(slept, posts=[])).lost
    assert judge(replace(slept, sms=[])).lost
    assert judge(replace(slept, asleep=None)).lost


def test_what_a_newer_sms_says_better_is_no_loss() -> None:
    newer = replace(
        GOOD,
        events=[replace(MORNING, at=EIGHT - timedelta(seconds=1), purpose=HANDOFF), MORNING],
        rows=[row("expired", due_at=EIGHT - timedelta(seconds=1))],
    )

    assert judge(newer).clean
    assert judge(replace(newer, rows=[])).lost


def test_what_a_newer_sms_says_better_is_lost_if_nobody_hears_of_that_one_either() -> None:
    before = EIGHT - timedelta(seconds=1)
    late = replace(
        GOOD,
        events=[replace(MORNING, at=before, purpose=HANDOFF), MORNING],
        rows=[row("expired", due_at=before), row("cancelled")],
        sms=[],
        posts=[Text(None, "Alice never got the text due Mon Nov 23, 8:00 AM CST", NOON)],
        strict=False,
    )

    assert judge(late).clean
    assert len(judge(replace(late, posts=[])).lost) == 2
    assert len(judge(replace(late, rows=[row("cancelled")])).lost) == 1


def test_one_morning_announced_twice_is_a_double_even_in_other_words() -> None:
    late = Text(
        "Alice",
        morning_sms(Person("Alice"), turn("Alice", late_since=EIGHT, late_by=timedelta(minutes=7))),
        EIGHT + timedelta(minutes=7),
    )

    assert judge(replace(GOOD, sms=[morning_text(), late])).doubled == (
        "Alice got 2 SMS of one morning",
    )
    two_days = [MORNING, replace(MORNING, at=EIGHT + timedelta(days=1))]
    both = [morning_text(), morning_text(at=EIGHT + timedelta(days=1))]
    assert judge(replace(GOOD, events=two_days, sms=both)).clean


def test_a_handoff_announced_more_often_than_it_came_is_a_double() -> None:
    sms = [morning_text(), handoff_text("Alice", SOON)]

    assert judge(replace(GOOD, sms=sms)).doubled == ("Alice got 1 SMS of 0 handoffs",)
    came = Event(SOON, HANDOFF, ALICE, ALICE)
    assert judge(replace(GOOD, events=[MORNING, came], sms=sms)).clean


def test_any_other_sms_with_the_same_words_is_a_double() -> None:
    other = Text("Alice", "You are opted in again.", NOON)

    assert judge(replace(GOOD, sms=[*GOOD.sms, other])).clean
    assert judge(replace(GOOD, sms=[*GOOD.sms, other, other])).doubled


def test_a_post_that_exists_twice_is_a_double_by_its_key_or_its_words() -> None:
    (post,) = GOOD.posts

    assert judge(replace(GOOD, posts=[post, replace(post, text="edited")])).doubled
    assert judge(replace(GOOD, posts=[post, replace(post, key=None)])).doubled
    assert judge(replace(GOOD, direct=[replace(post, to="Bob")] * 2)).doubled
    warning = Text(None, ":warning: Alice didn’t get the text.", SOON, "warning:1")
    assert judge(replace(GOOD, posts=[warning, replace(warning, key="warning:2")])).clean


def test_a_text_to_somebody_who_is_not_on_call_has_the_wrong_person() -> None:
    verdict = judge(replace(GOOD, on_call=lambda at: BOB if at == EIGHT else ALICE))

    assert verdict.wrong == ("Alice was called at Mon Nov 23, 8:00 AM CST, when Bob was",)
    assert judge(replace(GOOD, on_call=always(frozenset()))).wrong[0].endswith("nobody was")


def test_a_row_without_an_end_is_reported() -> None:
    verdict = judge(replace(GOOD, rows=[row("delivered"), row("sending", settled=False)]))

    assert verdict.unfinished == ("notification 7, due Mon Nov 23, 8:00 AM CST: sending",)
    assert verdict.sentences == verdict.unfinished
