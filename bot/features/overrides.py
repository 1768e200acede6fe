"""/oncall override, overrides: somebody else is on call for a while."""

from datetime import timedelta

from bot import when
from bot.blocks import Reply
from bot.command import COMMAND, Commands, Request, Subcommand, number_of
from bot.people import find_member, mentioned
from scheduling import overrides, schedule
from scheduling.errors import Refusal
from scheduling.messages import escaped, slack_time
from storage.models import Override

REASON_LIMIT = 200  # characters


def register(commands: Commands) -> None:
    """Take `override` and `overrides` into the table."""
    commands.add(
        Subcommand(
            name="override",
            takes="@PERSON WHEN [for REASON]",
            does="put somebody else on call, for a whole shift or a part of it",
            examples=(
                "override @bob tomorrow",
                "override @bob friday 14:00 to 18:00",
                "override @bob now for 3 hours",
                "override @bob 2026-12-24 for sick leave",
            ),
            run=create,
            for_admins=True,
        )
    )
    commands.add(
        Subcommand(
            name="overrides",
            takes="",
            does="the overrides that run or are still to come",
            examples=("overrides",),
            run=show,
        )
    )
    commands.add(
        Subcommand(
            name="override cancel",
            takes="NUMBER",
            does="take an override back",
            examples=("override cancel 7",),
            run=cancel,
            for_admins=True,
        )
    )


def create(request: Request) -> Reply:
    """Put somebody on call, and say how the time was understood."""
    if len(request.words) < 2:
        raise Refusal(
            "Say who and when. For example: "
            f"`{COMMAND} override @bob tomorrow`, or "
            f"`{COMMAND} override @bob friday 14:00 to 18:00 for sick leave`."
        )
    member = find_member(request, request.words[0])
    text, length, reason = _parts(request.words[1:])
    start, end = when.span(text, length, request.team, request.now)
    created = overrides.create(
        request.team,
        member,
        start,
        end,
        reason=reason,
        actor=request.actor,
        now=request.now,
    )
    request.services.jobs.wake()
    people = schedule.names(request.team)
    instead = dict.fromkeys(
        one for segment in created.replaced for one in segment.members if one != member.id
    )
    whom = " and ".join(mentioned(people[one]) for one in instead)
    planned = schedule.planned_until(request.team)
    if whom:
        instead_of = f", instead of {whom}."
    elif planned and start < planned:
        instead_of = ", where nobody was on call."
    else:
        instead_of = ". So far ahead nothing else is planned yet."
    left = "" if member.is_active else f"\n{mentioned(member)} is not in the rotation any more."
    return Reply.of(
        f":white_check_mark: {_line(request, created.override)}{instead_of}{left}",
        small_print=f"To take it back: `{COMMAND} override cancel {created.override.id}`.",
    )


def show(request: Request) -> Reply:
    """Return the overrides with their numbers."""
    found = overrides.still_to_come(request.team, request.now)
    if not found:
        return Reply.of(
            "No overrides: everybody takes their own turn.",
            small_print=f"To put somebody else in: `{COMMAND} override @bob tomorrow`.",
        )
    return Reply.of(
        "*Overrides*",
        "\n".join(f"*{override.id}.* {_line(request, override)}" for override in found),
        small_print=f"To take one back: `{COMMAND} override cancel {found[0].id}`.",
    )


def cancel(request: Request) -> Reply:
    """Take an override back by its number, and say who is on call then."""
    number = number_of(request.words[0]) if len(request.words) == 1 else None
    if number is None:
        raise Refusal(
            f"Say which one by its number; `{COMMAND} overrides` lists them. For example: "
            f"`{COMMAND} override cancel 7`."
        )
    override = overrides.cancel(request.team, number, actor=request.actor, now=request.now)
    request.services.jobs.wake()
    people = schedule.names(request.team)
    start = max(override.start_datetime, override.cancelled_at)
    beneath = schedule.on_call(request.team, start).members
    whom = " and ".join(mentioned(people[one]) for one in beneath) or "nobody"
    return Reply.of(
        f":white_check_mark: Override {override.id} is cancelled. On call from "
        f"{slack_time(start, schedule.zone_of(request.team))}: {whom}."
    )


def _parts(words: list[str]) -> tuple[str, timedelta | None, str | None]:
    """Return when, for how long, and why: 'friday 14:00 [for 4 hours] [for dentist]'."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word.lower() == "for" and len(parts) < 3:
            parts.append([])
        else:
            parts[-1].append(word)
    text, *more = (" ".join(part) for part in parts)
    length = when.length_of(more[0]) if more else None
    reason = " for ".join(more[1:] if length else more)
    if "" in more:
        raise Refusal(
            "After `for` comes the reason, or a length. For example: "
            f"`{COMMAND} override @bob tomorrow for sick leave`."
        )
    if len(reason) > REASON_LIMIT:
        raise Refusal(f"The reason is {len(reason)} characters long; {REASON_LIMIT} are enough.")
    if not text:
        raise Refusal(
            f"From when? For example: `{COMMAND} override @bob now for 3 hours`, or "
            f"`{COMMAND} override @bob tomorrow for sick leave`."
        )
    return text, length, reason or None


def _line(request: Request, override: Override) -> str:
    zone = schedule.zone_of(request.team)
    reason = f" ({escaped(override.reason)})" if override.reason else ""
    return (
        f"{mentioned(override.team_member)} is on call from "
        f"{slack_time(override.start_datetime, zone)} to "
        f"{slack_time(override.end_datetime, zone)}{reason}"
    )
