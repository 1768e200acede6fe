"""Places in the rotation, as people type and choose them: first, last, after somebody."""

from collections.abc import Mapping

from bot.slack.forms import chosen_number
from bot.slack.people import find_member
from bot.slack.request import Request
from scheduling.errors import Refusal
from scheduling.rota import queue
from storage.models import Member

FIRST, LAST = "first", "last"


def with_place(request: Request, words: list[str]) -> tuple[list[str], str | None]:
    """Return the words before 'first', 'last' or 'after @bob', and the value in `places`."""
    if words and words[-1].lower() in (FIRST, LAST):
        return words[:-1], words[-1].lower()
    if len(words) >= 2 and words[-2].lower() == "after":
        return words[:-2], str(find_member(request, words[-1]).id)
    return words, None


def places(people: Mapping[int, Member], order: list[int]) -> list[tuple[str, str]]:
    """Return the places in an order to choose from, as (value, label)."""
    return [
        (LAST, "Last"),
        (FIRST, "First"),
        *((str(one), f"After {people[one].name}") for one in order),
    ]


def place_of(request: Request, chosen: str | None) -> int | None:
    """Return the place (1-based) of a value in `places`; None is the end."""
    if chosen in (None, LAST):
        return None
    return index_of(queue.coming(request.team, request.now), chosen) + 1


def index_of(order: list[int], chosen: str | None) -> int:
    """Return the index in an order of a value in `places`."""
    if chosen in (FIRST, LAST):
        return 0 if chosen == FIRST else len(order)
    if (number := chosen_number(chosen)) not in order:
        raise Refusal(
            "The person you chose isn’t in the rotation anymore. Choose somebody else.", "place"
        )
    return order.index(number) + 1
