"""What people read, taken apart: tables, sections, posts, texts."""

import re
from dataclasses import replace

from sandbox.slack.people import SlackChannel, SlackView
from tests.stories.conftest import World

RESPONSE_URL = "response_url"  # the way of an answer, as the sandbox names it


def table(text: str) -> list[tuple[str, ...]]:
    """The rows of a table as it is read, each a tuple of its cells."""
    return [tuple(re.split(" {2,}", line.strip())) for line in text.splitlines()]


def below(home: SlackView, heading: str) -> SlackView:
    """Return the part of a Home tab that begins with a heading, to click there."""
    first = next(n for n, block in enumerate(home.blocks) if heading in str(block.get("text")))
    return replace(home, blocks=home.blocks[first:])


def say(channels: list[SlackChannel], words: str) -> int:
    """Return in how many channels a post says something."""
    return sum(any(words in post.plain for post in one.messages) for one in channels)


def cannot_reach(world: World, name: str) -> list[str]:
    """Return the texts to somebody that another can't be reached."""
    phone = world.people[name].phone
    return [sms.body for sms in phone.messages if "I cannot reach" in sms.body]
