"""Examples in answers, with people of the team and times that the reader can choose.

Our texts show with @bob and @alice how to type something. People type what they read, so the
examples in an answer name members of their team, and changes that they may make.
"""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from peewee import OperationalError

from bot.slack import offers, when
from bot.slack.blocks import Reply
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling import leads
from scheduling.changes import overrides
from scheduling.errors import Refusal
from scheduling.rota import queue, schedule
from scheduling.words.lines import mention, names_team
from storage.database import reading
from storage.models import Member, Shift

_COMMAND = re.compile(rf"`{COMMAND} ([^`]+)`")
_PERSON = re.compile(r"@(?:alice|bob|greg|somebody)\b")
_OVERRIDE = re.compile(r"(?:override (@\w+)|take) (\D.*)")
_SWAP = re.compile(r"swap @\w+ .+ for .+")
_OF_OVERRIDE = re.compile(r"(override (?:cancel|edit)) (\d+)(.*)")
_NEW_SHIFT = re.compile(r"shifts add (\d+) (.+)")
# Commands whose person isn't on the team yet.
_NEW = ("members add", "escalation add")


def made_real(request: Request, reply: Reply) -> Reply:
    """Return an answer with examples that the reader can type."""
    if not any(_COMMAND.search(text) for text in (*reply.paragraphs, reply.small_print)):
        return reply

    def real(text: str) -> str:
        return _COMMAND.sub(lambda match: f"`{COMMAND} {_real(request, match[1])}`", text)

    # The request may have no team, and an answer with made-up examples is better than none.
    with suppress(Refusal, OperationalError), reading():
        paragraphs = tuple(map(real, reply.paragraphs))
        return replace(reply, paragraphs=paragraphs, small_print=real(reply.small_print))
    return reply


def _real(request: Request, command: str) -> str:
    if command in request.offered or names_team(command):
        return command
    if match := _OVERRIDE.fullmatch(command):
        return _cover(request, match[1], match[2]) or command
    if found := _without_names(request, command):
        return found
    if command.startswith(_NEW) or not _PERSON.search(command):
        return command
    if special := _special(request, command):
        return special
    others = _others(request)
    # The person whom the command is already about can't be its other person.
    names = [offers.handle(one, others) for one in others if mention(one) not in command]
    left = [name for name in names if name not in command]

    def name(match: re.Match[str]) -> str:
        return match[0] if match[0] in names or not left else left.pop(0)

    return _PERSON.sub(name, command)


def _without_names(request: Request, command: str) -> str | None:
    """Return an example with a number or day that exists; None for an example about a person."""
    if command == "mine" and request.known_as is None:
        return "schedule"
    if command.startswith(("who ", "why ")):
        return _ahead(request, command)
    if match := _OF_OVERRIDE.fullmatch(command):
        still = overrides.still_to_come(request.team, request.now)
        known = request.known_as
        may = known is not None and (request.member is not None or known.escalates)
        mine = [one for one in still if may and one.created_by == request.actor]
        can_be = still if offers.leads(request) else mine
        if any(one.id == int(match[2]) for one in can_be):
            return _ahead(request, command)
        number = can_be[0].id if can_be else None
        return f"{match[1]} {number}{_ahead(request, match[3])}" if number else "overrides"
    if match := _NEW_SHIFT.fullmatch(command):
        taken = {one.shift_number for one in Shift.in_force(request.team)}
        free = next(number for number in range(1, 100) if number not in taken)
        return f"shifts add {match[1] if int(match[1]) not in taken else free} {match[2]}"
    return None


def _ahead(request: Request, command: str) -> str:
    """Return an example without today's weekday, whose name could mean two days."""
    today = request.now.astimezone(schedule.zone_of(request.team))
    return command.replace(f"{today:%A}".lower(), "tomorrow")


def _special(request: Request, command: str) -> str | None:
    """Return an example of a command that works for certain people only, with one of them."""
    if _SWAP.fullmatch(command):
        return offers.to_swap(request) or command
    if command.startswith("members edit @") and request.member and not offers.leads(request):
        return _PERSON.sub("", command).replace("  ", " ")  # one's own
    if command in ("members remove @alice", "members remove @greg"):
        busy = schedule.on_call(request.team, request.now).members
        free = offers.somebody(request, busy)
        return f"members remove {free}" if free else command
    if command.startswith("escalation remove"):
        contacts = queue.escalation_contacts(request.team)
        return f"escalation remove {mention(contacts[0])}" if contacts else "escalation"
    if command.startswith("admins remove"):
        named = leads.named(request.team)
        return f"admins remove <@{named[0]}>" if named else "admins"
    return None


def _cover(request: Request, named: str | None, text: str) -> str | None:
    """Return an override for that time which the reader may make; if there is none, another one.

    `named` is the person in the example; None if the reader covers.
    """
    if request.member is None and request.known_as and not offers.leads(request):
        return offers.to_take(request) or None
    with suppress(Refusal):
        start, end = _span(request, text)
        held = schedule.segments(request.team, max(start, request.now), end)
        on_call = {member for one in held for member in one.members}
        me, others = request.known_as, _others(request)
        if named is None and me is not None and on_call != {me.id}:
            return f"take {text}"
        free = [one for one in others if one.id not in on_call]
        free.sort(key=lambda one: offers.handle(one, others) != named)
        mine = me is not None and {one.members for one in held} == {(me.id,)}
        may_put = mine or offers.leads(request)
        if free and may_put and (named is not None or me is None):
            return f"override {offers.handle(free[0], others)} {text}"
        if me is not None and me.id not in on_call:
            return f"take {text}"
    if named is None and (take := offers.to_take(request)):
        return take
    return offers.to_put_in(request).strip("`").removeprefix(f"{COMMAND} ") or None


def _span(request: Request, text: str) -> tuple[datetime, datetime]:
    at, _, length = text.partition(" for ")
    lasts = when.length_of(length) if length else None
    return when.span(at, lasts, request.team, request.now)


def _others(request: Request) -> list[Member]:
    return [
        one
        for one in Member.of_team(request.team)
        if queue.takes_turns(one, request.now) and one.slack_user_id != request.actor
    ]
