"""/oncall members remove, activate: leaving the rotation, and coming back."""

from datetime import date, datetime, timedelta

from bot.slack import previews
from bot.slack.blocks import Reply
from bot.slack.command import Answer, Done, Section, deed, form, subcommand
from bot.slack.forms import Fields, Form, choice, chosen_number, day_field
from bot.slack.people import find_member, member_by_id, member_options
from bot.slack.reading import member_form
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from bot.slack.when import local_day
from scheduling.changes import roster
from scheduling.changes.people import mentioned
from scheduling.changes.proposals import Facts
from scheduling.errors import Refusal
from scheduling.numbers import spaced
from scheduling.rota import queue, rotation, schedule
from scheduling.rota.timeline import Segment
from scheduling.words.lines import mention
from scheduling.words.times import slack_time
from storage.models import Member, Team

A_MOMENT = timedelta(minutes=1)  # a change takes effect within it; that is no gap


@subcommand(
    "members remove",
    Section.ROTATION,
    takes="[@PERSON [from DAY] [cover @OTHER]]",
    does="take a person out of the rotation, at once or from a day on; the history stays",
    examples=(
        "members remove @alice",
        "members remove @alice cover @bob",
        "members remove @alice from 2026-12-24",
    ),
    for_leads=True,
)
def remove(request: Request) -> Answer:
    """Take a person out; 'cover @bob' says who takes over what they hold right now."""
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
                "Say who leaves and, if they are on call right now, who takes over. For example: "
                f"`{COMMAND} members remove @alice cover @bob`, or from a day on: `{COMMAND} "
                "members remove @alice from 2026-12-24`."
            )
    return _ask_to_remove(request, member, day, cover)


def remove_form(request: Request) -> Form:
    """Return the form that takes somebody out."""
    options = member_options(request)
    return Form(
        "members remove",
        "Remove a member",
        [
            choice("member", "Who leaves?", options),
            day_field(
                "day",
                "From which day on?",
                optional=True,
                hint="Empty: at once. Nobody else’s shift of this week moves; theirs go to those "
                "who rest. The history stays.",
            ),
            choice(
                "cover",
                "Who covers, if they are on call right now?",
                options,
                optional=True,
            ),
        ],
    )


@form("members remove", for_leads=True)
def remove_filled_in(request: Request) -> Answer:
    """Take out whom the form names."""
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
                "Whoever leaves on a day to come needs nobody to cover: what they have begun by "
                f"then stays theirs. `{COMMAND} members remove {mention(member)} "
                f"from {day}` does it.",
                "cover",
            )
        return previews.ask(request, "member leaves", {"member": member.id, "day": day.isoformat()})
    return previews.ask(
        request, "member removed", {"member": member.id, "cover": cover and cover.id}
    )


@deed("member removed")
def _removed(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    member = member_by_id(team, facts["member"])
    cover = member_by_id(team, facts["cover"]) if facts["cover"] else None
    before = schedule.segments(team, now, now + rotation.WEEK)
    left = roster.remove_member(team, member, cover=cover, actor=actor, now=now)
    zone = schedule.zone_of(team)
    others = (
        "The shifts still to come go to the others."
        if queue.in_order(team, now)
        else "Nobody is left to take turns."
    )
    lines = [f"{mentioned(member)} is out of the rotation. {others}"]
    for override in left.covered:
        running = override.start_datetime - now < A_MOMENT
        since = "" if running else f" from {slack_time(override.start_datetime, zone)}"
        lines.append(
            f"{mentioned(override.team_member)} is on call{since} until "
            f"{slack_time(override.end_datetime, zone)}."
        )
    for override in left.cancelled:
        lines.append(
            f"Override {override.id}, in which they stood in from "
            f"{slack_time(override.start_datetime, zone)} on, is cancelled."
        )
    if left.member.escalates:
        lines.append(
            f"They stay an escalation contact; `{COMMAND} escalation remove "
            f"{mention(member)}` ends that."
        )
    lines += _new_gaps(team, before)
    return Done(
        f"Take {mentioned(member)} out of the rotation",
        "\n".join(lines),
        f"`{COMMAND} schedule` shows who takes over; `{COMMAND} undo` takes it back.",
    )


def _new_gaps(team: Team, before: list[Segment]) -> list[str]:
    """Return a line about the first gap that was none before."""
    zone, horizon = schedule.zone_of(team), before[-1].end
    for gap in schedule.segments(team, before[0].start, horizon):
        was = next(one for one in before if one.start <= gap.start < one.end)
        if not gap.members and was.members and gap.end - gap.start > A_MOMENT:
            until = f"to {slack_time(gap.end, zone)}." if gap.end < horizon else "on."
            return [f":warning: Nobody is on call from {slack_time(gap.start, zone)} {until}"]
    return []


@deed("member leaves")
def _leaves(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    member, day = member_by_id(team, facts["member"]), date.fromisoformat(facts["day"])
    roster.leave_later(team, member, day, actor=actor, now=now)
    since = f"{day:%A} {day.day} {day:%b %Y}"
    return Done(
        f"Take {mentioned(member)} out of the rotation from {since} on",
        f"{mentioned(member)} leaves the rotation on {since}; until then nothing changes for them.",
        f"To forget it: `{COMMAND} members activate {mention(member)}`.",
    )


@subcommand(
    "members activate",
    Section.ROTATION,
    takes="[@PERSON]",
    does="take somebody back who left, or who is about to",
    examples=("members activate @alice",),
    for_leads=True,
)
def activate(request: Request) -> Answer:
    """Take somebody back."""
    if not request.words:
        return member_form(request, "members activate", "Take somebody back", "Whom?", left=True)
    if len(request.words) > 1:
        raise Refusal(f"One person at a time. `{COMMAND} members activate` asks for whom.")
    member = find_member(request, request.words[0])
    return previews.ask(request, "member activated", {"member": member.id})


@form("members activate", for_leads=True)
def activate_filled_in(request: Request) -> Answer:
    """Take back whom the form names."""
    return previews.ask(
        request, "member activated", {"member": chosen_number(Fields(request.values)["member"])}
    )


@deed("member activated")
def _activated(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    member = member_by_id(team, facts["member"])
    joined = roster.activate(team, member, actor=actor, now=now)
    if joined is None:
        return Done(f"Let {mentioned(member)} stay", f"{mentioned(member)} stays in the rotation.")
    monday = joined.effective_from
    return Done(
        f"Take {mentioned(member)} back into the rotation",
        f"{mentioned(member)} is back in the rotation from Monday {monday.day} {monday:%b} on, at "
        f"place {joined.place}, with {spaced(member.phone)}.",
    )
