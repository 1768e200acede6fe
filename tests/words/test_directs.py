"""The words of direct messages."""

from scheduling.words.directs import going_off_direct
from scheduling.words.people import Turn
from tests.words.turns import ALICE, CLOCK, EIGHT


def test_whoever_goes_off_with_nobody_behind_them_reads_no_end_of_that() -> None:
    nobody = Turn("Support", CLOCK, (), EIGHT)
    planned = Turn("Support", CLOCK, (), EIGHT, next_up=(ALICE,))
    assert "nobody is scheduled" in going_off_direct(nobody)
    assert "until" not in going_off_direct(nobody)
    assert "Nobody is on call now, until" in going_off_direct(planned)
