"""/oncall members remove, activate: leaving the rotation, and coming back."""

from datetime import date

from bot.slack import previews
from bot.slack.blocks import Reply
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.forms import Fields, Form, choice, chosen_number, day_field
from bot.slack.people import find_member, member_by_id, member_options, with_number
from bot.slack.reading import member_form
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from bot.slack.when import local_day
from scheduling.changes.leaving import (
    A_MOMENT,
    Activate,
    LeaveLater,
    MemberActivated,
    MemberLeaves,
    MemberRemoved,
    RemoveMember,
)
from scheduling.changes.people import mentioned
from scheduling.errors import Refusal
from scheduling.rota import schedule
from scheduling.words.lines import mention
from scheduling.words.times import clock_time, dated
from storage.models import Member, Team


@subcommand(
    "members remove",
    Section.ROTATION,
    takes="[@PERSON [from DAY] [cover @OTHER]]",
    does="remove somebody, now or from a day on",
    examples=(
        "members remove @alice",
        "members remove @alice cover @bob",
        "members remove @alice from 2026-12-24",
    ),
    for_leads=True,
)
def remove(request: Request) -> Answer:
    """Remove a person; 'cover @bob' says who takes over their running shift."""
    if not request.words:
        return remove_form(request)
    words = list(request.words)
    member = find_member(request, words.pop(0))
    day = cover = None
    while words:
        word = words.pop(0).lower()
        if word == "cover" and words and cover is None:
            cover = find_member(request, words.pop(0))
        elif word == "from" and words and day is None:
            until = next((n for n, w in enumerate(words) if w.lower() == "cover"), len(words))
            day = local_day(" ".join(words[:until]), request.team, request.now)
            words = words[until:]
        else:
            raise Refusal(
                "Say who leaves and, if they’re on call right now, who covers. For example: "
                f"`{COMMAND} members remove @alice cover @bob`, or from a day on: `{COMMAND} "
                "members remove @alice from 2026-12-24`."
            )
    return _ask_to_remove(request, member, day, cover)


def remove_form(request: Request) -> Form:
    """Return the form that removes somebody."""
    options = member_options(request)
    return Form(
        "members remove",
        "Remove a member",
        [
            choice("member", "Who leaves?", options),
            day_field(
                "day",
                "Starting when?",
                optional=True,
                hint="Leave empty for right now. People who are off this week take their shifts; "
                "nobody else’s shifts move. The history is kept.",
            ),
            choice(
                "cover",
                "Who covers, if they’re on call right now?",
                options,
                optional=True,
            ),
        ],
    )


@form("members remove", for_leads=True)
def remove_filled_in(request: Request) -> Answer:
    """Remove the person in the form."""
    fields = Fields(request.values)
    member = member_by_id(request.team, fields["member"])
    cover = member_by_id(request.team, fields["cover"]) if fields["cover"] else None
    day = date.fromisoformat(fields["day"]) if fields["day"] else None
    return _ask_to_remove(request, member, day, cover)


def _ask_to_remove(
    request: Request, member: Member, day: date | None, cover: Member | None
) -> Reply:
    today = request.now.astimezone(schedule.zone_of(request.team)).date()
    if day is not None and day != today:
        if cover:
            raise Refusal(
                "If they leave on a later day, nobody needs to cover: they finish any shift "
                f"they’ve started. Use `{COMMAND} members remove {mention(member)} from {day}`.",
                "cover",
            )
        return previews.ask(request, LeaveLater(member.id, day))
    return previews.ask(request, RemoveMember(member.id, cover.id if cover else None))


@words_for(RemoveMember)
def _removed(team: Team, done: MemberRemoved) -> OutcomeText:
    clock, member = schedule.clock_of(team), done.left.member
    others = (
        "Their upcoming shifts go to the others."
        if done.others
        else "Nobody is left in the rotation."
    )
    lines = [f"{mentioned(member)} is out of the rotation. {others}"]
    for override in done.left.covered:
        running = override.start_datetime - done.at < A_MOMENT
        since = "" if running else f" from {clock_time(override.start_datetime, clock)}"
        lines.append(
            f"{mentioned(override.team_member)} is on call{since} until "
            f"{clock_time(override.end_datetime, clock)}."
        )
    for override in done.left.cancelled:
        lines.append(
            f"Their override {override.id}, starting "
            f"{clock_time(override.start_datetime, clock)}, is canceled."
        )
    if member.escalates:
        lines.append(
            f"They’re still an escalation contact. To change that: `{COMMAND} escalation remove "
            f"{mention(member)}`."
        )
    if done.gap:
        start, end = done.gap
        since = clock_time(start, clock)
        span = f"from {since} to {clock_time(end, clock)}" if end else f"starting {since}"
        lines.append(f":warning: Nobody is on call {span}.")
    return OutcomeText(
        "\n".join(lines),
        f"`{COMMAND} schedule` shows who takes over; `{COMMAND} undo` undoes it.",
    )


@words_for(LeaveLater)
def _leaves(_: Team, done: MemberLeaves) -> OutcomeText:
    who, day = mentioned(done.member), dated(done.day, year=True)
    return OutcomeText(
        f"{who} leaves the rotation on {day}; until then nothing changes for them.",
        f"To cancel that: `{COMMAND} members activate {mention(done.member)}`.",
    )


@subcommand(
    "members activate",
    Section.ROTATION,
    takes="[@PERSON]",
    does="bring back somebody who left or is leaving",
    examples=("members activate @alice",),
    for_leads=True,
)
def activate(request: Request) -> Answer:
    """Put somebody back into the rotation."""
    if not request.words:
        return member_form(request, "members activate", "Bring somebody back", "Who?", left=True)
    if len(request.words) > 1:
        raise Refusal(f"One person at a time. `{COMMAND} members activate` asks who.")
    member = find_member(request, request.words[0])
    return previews.ask(request, Activate(member.id))


@form("members activate", for_leads=True)
def activate_filled_in(request: Request) -> Answer:
    """Put the person in the form back into the rotation."""
    return previews.ask(request, Activate(chosen_number(Fields(request.values)["member"])))


@words_for(Activate)
def _activated(_: Team, done: MemberActivated) -> OutcomeText:
    who, joined = mentioned(done.member), done.joined
    if joined is None:
        return OutcomeText(f"{who} stays in the rotation.")
    monday = joined.effective_from
    return OutcomeText(
        f"{who} is back in the rotation starting {dated(monday)}, in position "
        f"{joined.place}, {with_number(done.member)}."
    )
