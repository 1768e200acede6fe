"""All trials, in the order in which they are made."""

from bot.live.slack_asking import ASKING
from bot.live.slack_people import PEOPLE
from bot.live.slack_posts import POSTS
from bot.live.trial import Trial
from bot.live.twilio_trials import TWILIO

TRIALS: tuple[Trial, ...] = (*ASKING, *POSTS, *PEOPLE, *TWILIO)
