"""Limits how often one person may do what costs money or writes to many people.

Uses are stored as rows, so a restart forgets nothing, and several processes count together. Things
that must happen only once within an hour are stored here too.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from scheduling.errors import Refusal
from scheduling.words.lines import Line, in_slack
from scheduling.words.times import length
from storage.database import writing
from storage.models import Use

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Limit(NamedTuple):
    """A limit on uses per hour.

    most: uses about the same thing
    apart: the least time between two uses about the same thing
    overall: uses about anything
    """

    most: int
    apart: timedelta = timedelta()
    overall: int | None = None


# The overall limit on tests is high, because a lead may test all of a new team's numbers at once.
LIMITS = {
    "again": Limit(5, overall=20),
    "teams add": Limit(5, overall=5),
    "test": Limit(5, overall=50),
    "share": Limit(5, MINUTE, overall=10),
}


def use(user: str, word: str, about: str, now: datetime) -> None:
    """Count one use of a word by a Slack user. Raises Refusal if it is one too many.

    `about` is what it is done to, for example a member's id.
    """
    limit = LIMITS[word]
    with writing():
        _forget_old(now)
        uses = list(
            Use.select().where(Use.slack_user_id == user, Use.word == word).order_by(Use.used_at)
        )
        same = [one.used_at for one in uses if one.about == about]
        free = max(
            _free([one.used_at for one in uses], limit.overall, HOUR, now),
            _free(same, limit.most, HOUR, now),
            _free(same, 1, limit.apart, now),
        )
        if free > now:
            how_often = "less than a minute ago" if free - now <= limit.apart else "a lot this hour"
            wait = length(max(free - now, MINUTE))
            used = in_slack(("You’ve used ", Line(word), f" {how_often}."))
            raise Refusal(f"{used} Try again in {wait}.")
        Use.create(slack_user_id=user, word=word, about=about, used_at=now)


def first_time(user: str, word: str, about: str, now: datetime) -> bool:
    """Record that a user does something; False if they did it within the last hour."""
    with writing():
        _forget_old(now)
        if Use.get_or_none(Use.slack_user_id == user, Use.word == word, Use.about == about):
            return False
        Use.create(slack_user_id=user, word=word, about=about, used_at=now)
    return True


def _forget_old(now: datetime) -> None:
    # A use in the future was stored while the clock was wrong, and must not count until then.
    Use.delete().where((Use.used_at <= now - HOUR) | (Use.used_at > now + MINUTE)).execute()


def _free(used: list[datetime], most: int | None, within: timedelta, now: datetime) -> datetime:
    """Return when the next use is allowed, given the earlier ones, oldest first."""
    if most is None or len(used) < most:
        return now
    return used[-most] + within
