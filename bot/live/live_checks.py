"""All live checks, in the order in which they run.

First those that need nobody, then those that need somebody in Slack, then those that need somebody
at the phone, so that nobody has to wait in between. Slow or costly ones come last.
"""

from bot.live.live_check import LiveCheck, Need
from bot.live.slack_answers import ANSWERS
from bot.live.slack_asking import ASKING
from bot.live.slack_people import PEOPLE
from bot.live.slack_posts import POSTS
from bot.live.twilio_asking import ASKING_TWILIO
from bot.live.twilio_texts import TEXTS

_LATER = (Need.PERSON, Need.TEXTER, Need.COSTLY)


def _turn(check: LiveCheck) -> int:
    return max((_LATER.index(need) + 1 for need in check.needs if need in _LATER), default=0)


LIVE_CHECKS: tuple[LiveCheck, ...] = tuple(
    sorted((*ASKING, *ASKING_TWILIO, *POSTS, *TEXTS, *ANSWERS, *PEOPLE), key=_turn)
)
