"""All trials, in the order in which they are made.

First those that nobody is needed for, then those for somebody in Slack, then those for somebody at
the phone, so that nobody waits in between. What is slow, or uses up a limit, is last.
"""

from bot.live.slack_answers import ANSWERS
from bot.live.slack_asking import ASKING
from bot.live.slack_people import PEOPLE
from bot.live.slack_posts import POSTS
from bot.live.trial import Need, Trial
from bot.live.twilio_asking import ASKING_TWILIO
from bot.live.twilio_texts import TEXTS

_LATER = (Need.PERSON, Need.TEXTER, Need.COSTLY)


def _turn(trial: Trial) -> int:
    return max((_LATER.index(need) + 1 for need in trial.needs if need in _LATER), default=0)


TRIALS: tuple[Trial, ...] = tuple(
    sorted((*ASKING, *ASKING_TWILIO, *POSTS, *TEXTS, *ANSWERS, *PEOPLE), key=_turn)
)
