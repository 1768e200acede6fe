"""Our clock while the machine's clock steps, stops or runs wildly."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.clock import TOLERANCE, TRUST, SteadyClock, distance

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Machine:
    """Seconds that pass, a clock that may be wrong by `wrong`, and what is made of both."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.wrong = timedelta()
        self.stands_at: datetime | None = None
        self.clock = SteadyClock(self, lambda: self.seconds)

    @property
    def truly(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds - 1000)

    def now(self) -> datetime:
        return self.stands_at or self.truly + self.wrong

    def passes(self, seconds: float) -> None:
        """Let time pass, with a look at the clock each second."""
        for _ in range(int(seconds)):
            self.seconds += 1
            self.clock.now()

    @property
    def error(self) -> timedelta:
        return self.clock.now() - self.truly


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_it_is_the_machines_time_as_long_as_nothing_is_wrong(machine: Machine) -> None:
    for _ in range(300):
        machine.passes(1)
        assert machine.clock.now() == machine.now()


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(hours=-1), timedelta(days=-20000)])
def test_a_clock_that_is_wrong_for_half_a_minute_changes_nothing(
    machine: Machine, by: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    machine.passes(100)
    machine.wrong = by
    for _ in range(35):
        machine.passes(1)
        assert machine.error == timedelta()
    machine.wrong = timedelta()
    machine.passes(300)

    assert machine.error == timedelta()
    assert [one.getMessage().split(".")[0] for one in caplog.records] == [
        f"The machine's clock was set {'ahead' if by > timedelta() else 'back'} by {abs(by)}",
        "The machine's clock is back to the right time",
    ]


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(hours=-1)])
def test_a_clock_that_goes_on_from_where_it_was_set_is_believed_and_listeners_hear_of_it(
    machine: Machine, by: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    notified: list[datetime] = []
    machine.clock.on_set(lambda: notified.append(machine.now()))
    machine.wrong = by
    machine.passes(TRUST)
    assert machine.error == timedelta()
    machine.passes(3)

    assert machine.error == by
    assert len(notified) == 1
    machine.passes(300)
    assert machine.error == by
    assert len(notified) == 1
    assert len(caplog.records) == 2


def test_while_the_clock_is_stopped_time_goes_on_by_the_seconds_that_pass(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.passes(10)
    machine.stands_at = machine.now()
    for _ in range(600):
        machine.passes(1)
        assert distance(machine.clock.now(), machine.truly) <= TOLERANCE
    assert machine.clock.trouble
    assert "has stopped" in caplog.text
    assert len(caplog.records) == 1

    machine.stands_at = None
    machine.passes(1)
    assert machine.clock.trouble is None
    assert machine.error == timedelta()


def test_a_clock_that_goes_on_after_it_stood_still_is_believed_in_the_end(machine: Machine) -> None:
    machine.stands_at = machine.now()
    machine.passes(600)
    machine.stands_at, machine.wrong = None, timedelta(minutes=-10)
    machine.passes(TRUST + 3)

    assert machine.error == timedelta(minutes=-10)
    assert machine.clock.trouble is None


def test_a_machine_that_slept_is_believed_at_once(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.seconds += 8 * 3600  # they are counted asleep, too

    assert machine.error == timedelta()
    assert not caplog.records


def test_a_clock_that_is_put_right_bit_by_bit_is_followed(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2000):  # as time servers do it: at most half a thousandth, and seldom more
        machine.wrong += timedelta(milliseconds=20)
        machine.passes(1)
        assert machine.clock.now() == machine.now()
    assert not caplog.records


@given(
    st.lists(
        st.tuples(
            st.integers(1, 40),
            st.sampled_from([-86_400, -3600, -3, 0, 0, 0, 3, 3600, 86_400, 30_000_000]),
        ),
        max_size=12,
    )
)
def test_whatever_the_clock_does_for_less_than_that_time_goes_on_as_it_does(
    notified: list[tuple[int, int]],
) -> None:
    machine = Machine()
    last = machine.clock.now()
    for seconds, wrong in notified:
        machine.wrong = timedelta(seconds=wrong)
        for _ in range(seconds):
            machine.passes(1)
            now = machine.clock.now()
            assert timedelta() <= now - last <= timedelta(seconds=1) + TOLERANCE
            last = now
        machine.wrong = timedelta()  # each time it is right again for a moment
        machine.passes(1)
        last = machine.clock.now()
        assert machine.error == timedelta()
