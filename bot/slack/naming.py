"""Adds the team's name to commands in an answer if they would act on another team without it.

All answers pass through here on their way out (`Guard.run`), so features needn't care.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from peewee import OperationalError
from slack_sdk.models.blocks import Block, MarkdownTextObject
from slack_sdk.models.views import View

from bot.slack.blocks import Reply
from bot.slack.forms import Form
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.errors import Refusal
from scheduling.words.lines import naming
from storage.database import reading
from storage.models import Team


def with_team(request: Request, answer: Any) -> Any:
    """Return an answer whose commands act on the request's team wherever the reader types them.

    An answer without text is returned as it is.
    """
    if isinstance(answer, Reply):
        texts = [*answer.paragraphs, answer.small_print]
        if (team := _named(request, texts, for_all=answer.in_channel)) is None:
            return answer
        *paragraphs, small_print = (naming(text, team) for text in texts)
        return replace(answer, paragraphs=tuple(paragraphs), small_print=small_print)
    if isinstance(answer, Form | View):
        found = list(_texts(answer.blocks or ()))
        if (team := _named(request, [one.text for one in found])) is not None:
            for one in found:
                one.text = naming(one.text, team)
    return answer


def _named(request: Request, texts: Iterable[str], *, for_all: bool = False) -> str | None:
    """Return the team's name if the commands in texts need it."""
    if not any(f"`{COMMAND}" in text for text in texts):
        return None
    # The request may have no team, and an answer without its name is better than none.
    with suppress(Refusal, OperationalError), reading():
        team = request.team
        if not request.means(team, for_all=for_all):
            return str(Team.get_by_id(team.id).name)  # it may just have been renamed
    return None


def _texts(blocks: Iterable[Block]) -> Iterator[MarkdownTextObject]:
    for block in blocks:
        for one in (getattr(block, "text", None), *(getattr(block, "elements", None) or ())):
            if isinstance(one, MarkdownTextObject):
                yield one
