"""The order of the fallbacks, as data: hypothesis on `due`."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.delivery.policy import FOLLOW_UP
from scheduling.delivery.steps import Due, Message, Result, Rung, Step, Target, To, Try, due
from storage.statuses import Kind, Trouble
from tests.builders import NOW

MINUTE = timedelta(minutes=1)
SOON_OVER = (Result.FAILED, Result.WITHDRAWN)
Told = tuple[datetime, To, Kind, str]


def rungs(
    trouble: Trouble,
    outcomes: Mapping[Kind, Result],
    told: list[Told],
    steps: tuple[Step, ...] = FOLLOW_UP.steps,
    out_of_reach: frozenset[To] = frozenset(),
) -> list[Rung[str]]:
    """Return the steps after what was sent, each kind of message ending one way."""

    def tries(step: Step, who: str) -> dict[Kind, Try | None]:
        first = step.to is To.FIRST_PHONE
        found: dict[Kind, Try | None] = dict.fromkeys(step.by, Try(NOW) if first else None)
        for at, to, kind, whom in told:
            post = kind is Kind.ANNOUNCEMENT  # everybody reads the channel
            if kind in found and (post or (to is step.to and whom == who)):
                found[kind] = Try(at, outcomes.get(kind, Result.OPEN), NOW if first else None)
        return found

    def whom(step: Step) -> list[str]:
        posted = any(kind is Kind.ANNOUNCEMENT for _, _, kind, _ in told)
        if step.to in out_of_reach or (step.to is To.LEADS and not posted):
            return []
        return {To.CONTACTS: ["Greg", "Fran"], To.LEADS: ["Eve"]}.get(step.to, ["Alice"])

    return [
        Rung(step, [Target(who, tries(step, who)) for who in whom(step)])
        for step in steps
        if trouble in step.on
    ]


def played(stands: Callable[[list[Told]], list[Rung[str]]], until: timedelta) -> list[Told]:
    """Do what is due, and look again when it says, as long as the trouble lasts."""
    told: list[Told] = []
    now = NOW
    while now <= NOW + until:
        found = due(stands(told), now)
        told += [(now, one.to, one.kind, one.who) for one in found.now]
        if found.next is None:
            break
        assert found.next > now
        now = found.next
    return told


def when(told: list[Told], to: To, kind: Kind) -> list[timedelta]:
    return sorted({at - NOW for at, whom, by, _ in told if (whom, by) == (to, kind)})


troubles = st.sampled_from(Trouble)
outcomes = st.fixed_dictionaries({kind: st.sampled_from(Result) for kind in Kind})
absent = st.frozensets(st.sampled_from([To.SECOND_PHONE, To.IN_SLACK, To.CONTACTS, To.LEADS]))


@given(troubles, outcomes, absent)
def test_each_step_is_taken_at_most_once_for_each_person(
    trouble: Trouble, ends: Mapping[Kind, Result], gone: frozenset[To]
) -> None:
    told = played(lambda so_far: rungs(trouble, ends, so_far, out_of_reach=gone), 3 * 60 * MINUTE)

    once = [(to, kind, who) for _, to, kind, who in told if to is not To.FIRST_PHONE]
    assert len(once) == len(set(once))


@given(troubles, outcomes, absent)
def test_nothing_is_taken_before_its_delay(
    trouble: Trouble, ends: Mapping[Kind, Result], gone: frozenset[To]
) -> None:
    told = played(lambda so_far: rungs(trouble, ends, so_far, out_of_reach=gone), 3 * 60 * MINUTE)

    steps = [one for one in FOLLOW_UP.steps if trouble in one.on]
    for place, step in enumerate(steps):
        begun = [at for at, to, *_ in told if to is step.to]
        for holding in (one for one in steps[:place] if one.holds):
            held = [
                at + holding.holds
                for at, to, kind, _ in told
                if to is holding.to and ends[kind] not in SOON_OVER
            ]
            assert all(at >= until for at in begun for until in held)


@given(troubles, outcomes, absent, st.integers(0, 90))
def test_nothing_becomes_due_before_it_says_so(
    trouble: Trouble, ends: Mapping[Kind, Result], gone: frozenset[To], minutes: int
) -> None:
    told: list[Told] = []
    found: Due[str] = due(rungs(trouble, ends, told, out_of_reach=gone), NOW)
    told += [(NOW, one.to, one.kind, one.who) for one in found.now]
    open_ = dict.fromkeys(Kind, Result.OPEN)
    later = NOW + minutes * MINUTE
    stands = rungs(trouble, open_, told, out_of_reach=gone)

    nothing_yet = found.next is None or later < found.next
    assert not nothing_yet or due(stands, later).now == ()


@given(troubles, outcomes, absent, st.integers(0, 55), st.integers(0, 55))
def test_what_is_due_stays_due_until_it_is_done(
    trouble: Trouble, ends: Mapping[Kind, Result], gone: frozenset[To], first: int, more: int
) -> None:
    begun = [
        (NOW, one.to, one.kind, one.who)
        for one in due(rungs(trouble, ends, [], out_of_reach=gone), NOW).now
    ]
    stands = rungs(trouble, ends, begun, out_of_reach=gone)
    at, later = NOW + first * MINUTE, NOW + min(first + more, 55) * MINUTE

    assert set(due(stands, at).now) <= set(due(stands, later).now)


@given(troubles, outcomes)
def test_whoever_has_heard_is_told_no_other_way(
    trouble: Trouble, ends: Mapping[Kind, Result]
) -> None:
    ends = {**ends, Kind.SMS: Result.HELPED}

    told = played(lambda so_far: rungs(trouble, ends, so_far), 3 * 60 * MINUTE)

    assert not when(told, To.CONTACTS, Kind.DIRECT)


def test_an_sms_that_fails_goes_its_way() -> None:
    told = played(lambda so_far: rungs(Trouble.FAILED, {}, so_far), 2 * 60 * MINUTE)

    assert when(told, To.CHANNEL, Kind.ANNOUNCEMENT) == [0 * MINUTE]
    assert when(told, To.SECOND_PHONE, Kind.SMS) == [0 * MINUTE]
    assert when(told, To.IN_SLACK, Kind.DIRECT) == [5 * MINUTE]
    assert when(told, To.LEADS, Kind.SMS) == [5 * MINUTE]
    assert when(told, To.CONTACTS, Kind.SMS) == [10 * MINUTE]
    assert when(told, To.CONTACTS, Kind.DIRECT) == [15 * MINUTE]
    assert when(told, To.FIRST_PHONE, Kind.SMS) == [10 * n * MINUTE for n in range(1, 7)]


def test_a_missing_receipt_is_no_reason_to_wake_others() -> None:
    told = played(lambda so_far: rungs(Trouble.SILENT, {}, so_far), 2 * 60 * MINUTE)

    assert when(told, To.IN_SLACK, Kind.DIRECT) == [0 * MINUTE]
    assert when(told, To.CHANNEL, Kind.ANNOUNCEMENT) == [5 * MINUTE]
    assert not when(told, To.CONTACTS, Kind.SMS)
    assert not when(told, To.SECOND_PHONE, Kind.SMS)


@pytest.mark.parametrize("result", SOON_OVER)
def test_nobody_waits_for_what_has_failed(result: Result) -> None:
    ends = {Kind.SMS: result, Kind.DIRECT: result}
    now = NOW + MINUTE
    told: list[Told] = [
        (NOW, To.SECOND_PHONE, Kind.SMS, "Alice"),
        (NOW, To.IN_SLACK, Kind.DIRECT, "Alice"),
    ]

    found = due(rungs(Trouble.FAILED, ends, told), now)

    assert Message(To.CONTACTS, Kind.SMS, "Greg") in found.now


def test_what_has_arrived_is_no_reason_to_look_again() -> None:
    step = Step(To.CONTACTS, (Kind.DIRECT,), frozenset(Trouble), patience=5 * MINUTE)
    target = Target("Greg", {Kind.DIRECT: Try(NOW, Result.HELPED)})

    assert due([Rung(step, [target])], NOW + MINUTE).next is None


def test_a_lead_who_is_a_contact_too_is_asked_once() -> None:
    both: dict[Kind, Try | None] = {Kind.SMS: None, Kind.DIRECT: None}
    steps = [one for one in FOLLOW_UP.steps if one.to.helps and Trouble.FAILED in one.on]
    by_sms = [Rung(steps[0], [Target("Greg", {Kind.SMS: None})])]

    found = due([*by_sms, Rung(steps[1], [Target("Greg", both)])], NOW)
    in_slack = due([*by_sms, Rung(steps[1], [Target("Greg", {Kind.DIRECT: None})])], NOW)

    assert found.now == in_slack.now == (Message(To.LEADS, Kind.SMS, "Greg"),)
    assert found.next == in_slack.next == NOW + 5 * MINUTE


def test_another_level_is_one_more_entry() -> None:
    *others, contacts = FOLLOW_UP.steps
    second_level = Step(To.SECOND_PHONE, (Kind.DIRECT,), on=contacts.on)
    levels = (*others, contacts._replace(holds=10 * MINUTE), second_level)

    told = played(lambda so_far: rungs(Trouble.UNCLEAR, {}, so_far, levels), 60 * MINUTE)

    assert when(told, To.CONTACTS, Kind.SMS) == [5 * MINUTE]
    assert when(told, To.CONTACTS, Kind.DIRECT) == [10 * MINUTE]
    assert when(told, To.SECOND_PHONE, Kind.DIRECT) == [15 * MINUTE]


def test_a_step_that_holds_nothing_holds_nothing_although_a_clock_that_was_ahead_wrote_it() -> None:
    ahead = Try(NOW + timedelta(days=1))
    before = Rung(
        Step(To.LEADS, (Kind.SMS,), on=frozenset(Trouble)), [Target("Dana", {Kind.SMS: ahead})]
    )
    behind = Rung(
        Step(To.IN_SLACK, (Kind.DIRECT,), on=frozenset(Trouble)),
        [Target("Bob", {Kind.DIRECT: None})],
    )

    assert due([before, behind], NOW).now == (Message(To.IN_SLACK, Kind.DIRECT, "Bob"),)
