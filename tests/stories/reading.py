"""Parses what people read: tables, sections, posts, texts."""

import re
from dataclasses import replace
from itertools import pairwise

from sandbox.slack.people import Answer, SlackChannel, SlackView
from tests.stories.conftest import World

RESPONSE_URL = "response_url"  # the sandbox's name for answers to response URLs


def table(text: str) -> list[tuple[str, ...]]:
    """Return a table's rows as tuples of cells."""
    return [tuple(re.split(" {2,}", line.strip())) for line in text.splitlines()]


def below(home: SlackView, heading: str) -> SlackView:
    """Return the part of a Home tab that begins with a heading, for clicks there."""
    first = next(n for n, block in enumerate(home.blocks) if heading in str(block.get("text")))
    return replace(home, blocks=home.blocks[first:])


def say(channels: list[SlackChannel], words: str) -> int:
    """Return in how many channels a post has these words."""
    return sum(any(words in post.plain for post in one.messages) for one in channels)


def cannot_reach(world: World, name: str) -> list[str]:
    """Return the texts to somebody about another person who can't be reached."""
    phone = world.people[name].phone
    return [sms.body for sms in phone.messages if "can't reach" in sms.body]


def rows(text: str) -> list[tuple[str, ...]]:
    """Return the rows below a schedule's heading: start, names and notes.

    Each row ends where the next begins.
    """
    lines = [row for row in table(text) if row]
    first = next(n for n, row in enumerate(lines) if row[:2] == ("From", "Until")) + 1
    last = next(n for n, row in enumerate(lines) if row[0].startswith("Times in "))
    found = lines[first:last]
    for row, following in pairwise(found):
        assert following[0] in (row[1], "now")
    return [(row[0], *row[2:]) for row in found]


def labels(answer: Answer) -> list[str]:
    """Return the labels of an answer's buttons."""
    return re.findall(r"\[ (.+?) \]", answer.text)


def bullets(text: str) -> list[str]:
    """Return the lines of a list."""
    return [line for line in text.splitlines() if line.startswith("•")]


def seen(world: World, name: str) -> list[str]:
    """Return everything that somebody sees in the channel."""
    return [one.plain for one in world.channel.seen_by(world.people[name].slack)]


def part(home: SlackView, heading: str, until: str = "─") -> str:
    """Return what is between a heading and the next line that begins with `until`."""
    return home.plain.split(f"{heading}\n", 1)[1].split(f"\n{until}", 1)[0]
