"""All trials, in the order in which they are made."""

from bot.live.slack_asking import ASKING
from bot.live.slack_people import PEOPLE
from bot.live.slack_posts import POSTS
from bot.live.trial import Trial
from bot.live.twilio_asking import ASKING_TWILIO
from bot.live.twilio_texts import TEXTS

TRIALS: tuple[Trial, ...] = (*ASKING, *POSTS, *PEOPLE, *ASKING_TWILIO, *TEXTS)
