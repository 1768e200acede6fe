"""People and a turn for the tests of wording."""

from scheduling.words.people import Person, Turn
from scheduling.words.times import Clock
from tests.builders import CHICAGO, chicago

ALICE, BOB, CAROL = Person("Alice Ames", "U0ALICE"), Person("Bob"), Person("Carol", "U0CAROL")

CLOCK = Clock(CHICAGO, twelve=True)
EIGHT = chicago("2026-11-23 08:00")

TURN = Turn("Support", CLOCK, (ALICE,), until=chicago("2026-11-24 08:00"), next_up=(BOB,))
