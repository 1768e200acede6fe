"""Finds stored values, from an older version or a manual edit, that would be refused today."""

from collections.abc import Callable, Collection, Iterator

from scheduling.changes import checks
from scheduling.errors import Refusal
from scheduling.numbers import masked
from scheduling.words.lines import continued, plain, typed
from scheduling.words.visible import visible
from storage.database import reading
from storage.models import Member, Team

# The columns that reach a person, what each is called, and its check.
_REACHED_BY: dict[str, tuple[str, Callable[[str], str]]] = {
    "phone": ("number", checks.check_phone),
    "second_phone": ("second number", checks.check_phone),
    "slack_user_id": ("Slack user", checks.check_slack_user),
    "time_zone": ("time zone", checks.check_zone),
}


def unreachable(team: Team, ours: Collection[str]) -> Iterator[str]:
    """Yield a sentence about each number or Slack user of a team's people that can't work.

    `ours` are the numbers that we text from. Numbers are masked.
    """
    with reading():
        people = [one for one in Member.of_team(team) if not one.has_left]
    for person in people:
        for field, (word, check) in _REACHED_BY.items():
            value = getattr(person, field)
            if value is None:
                continue
            try:
                check(value)
                if value not in ours:
                    continue
                said = f"{value} is the number that texts come from."
            except Refusal as refusal:
                said = continued(refusal.message, plain(refusal.suggest)).replace("`", "")
            if "phone" in field:
                said = said.replace(value, masked(value))
            yield (
                f"{team.name}: {visible(person.name)}’s {word} can’t be used. {said} "
                f"To fix it: {typed('members edit')}."
            )
