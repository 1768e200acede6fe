"""People and a turn that the tests of words speak of."""

from scheduling.words.people import Person, Turn
from tests.builders import CHICAGO, chicago

ALICE, BOB, CAROL = Person("Alice Ames", "U0ALICE"), Person("Bob"), Person("Carol", "U0CAROL")

EIGHT = chicago("2026-11-23 08:00")

TURN = Turn("Support", CHICAGO, (ALICE,), until=chicago("2026-11-24 08:00"), next_up=(BOB,))

SINCE_EIGHT = "<!date^1795528800^{date_short_pretty} at {time}|Tue 24 Nov 08:00 CST>"
