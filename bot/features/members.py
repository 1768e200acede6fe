"""/oncall members: list, add, remove."""

import re
from datetime import timedelta

from bot.blocks import Reply
from bot.command import COMMAND, Commands, Request, Subcommand, echo
from bot.people import find_member, find_profile, mentioned
from scheduling import roster, rotation, schedule
from scheduling.errors import Refusal
from scheduling.messages import escaped, slack_time
from scheduling.numbers import masked, parse_number, spaced
from storage.models import Member

ADD = "members add @alice +13125550101"


def register(commands: Commands) -> None:
    """Take `members` into the table."""
    commands.add(
        Subcommand(
            name="members",
            takes="",
            does="who takes turns, in the order of the rotation",
            examples=("members",),
            run=show,
            takes_time=True,
        )
    )
    commands.add(
        Subcommand(
            name="members add",
            takes="@PERSON NUMBER",
            does="take a person into the rotation; name and time zone come from Slack",
            examples=(ADD, 'members add "Alice Doe" +13125550101'),
            run=add,
            for_admins=True,
        )
    )
    commands.add(
        Subcommand(
            name="members remove",
            takes="@PERSON [cover @OTHER]",
            does="take a person out of the rotation; the history stays",
            examples=("members remove @alice", "members remove @alice cover @bob"),
            run=remove,
            for_admins=True,
        )
    )


def show(request: Request) -> Reply:
    """Return the members. Full numbers are for admins, and for their owner."""
    everyone = Member.of_team(request.team)
    admin = request.is_admin
    lines = []
    for place, (member, waits) in enumerate(_order(request), start=1):
        own = member.slack_user_id == request.actor
        phone = spaced(member.phone) if admin or own else masked(member.phone)
        starts = " (from next Monday on)" if waits else ""
        lines.append(f"{place}. {mentioned(member)} {phone}{starts}")
    gone = [escaped(member.name) for member in everyone if not member.is_active]
    if not lines:
        raise Refusal(f"Nobody takes turns. Begin with `{COMMAND} {ADD}`.")
    return Reply.of(
        f"*{escaped(request.team.name)}* takes turns in this order:",
        "\n".join(lines),
        small_print=f"Not in the rotation any more: {', '.join(gone)}." if gone else "",
    )


def _order(request: Request) -> list[tuple[Member, bool]]:
    """Return the active members in rotation order, and whether they wait for next Monday."""
    everyone = {member.id: member for member in Member.of_team(request.team)}
    this_week = rotation.monday_of(request.now, schedule.zone_of(request.team))
    queue = roster.queue(request.team, this_week)
    later = roster.queue(request.team, this_week + timedelta(weeks=52))
    return [
        (everyone[number], number not in queue)
        for number in [*queue, *(n for n in later if n not in queue)]
        if everyone[number].is_active
    ]


def add(request: Request) -> Reply:
    """Take a person in: '@alice +1312...', or a name in quotes for somebody not in Slack."""
    if len(request.words) < 2:
        raise Refusal(
            "I need a person and a phone number. For example: "
            f'`{COMMAND} {ADD}`, or `{COMMAND} members add "Alice Doe" +13125550101`.'
        )
    typed, *rest = request.words
    phone = parse_number(" ".join(_plain_number(part) for part in rest))
    profile = find_profile(request, typed)
    if profile and (profile.is_bot or profile.deleted):
        why = "is a bot" if profile.is_bot else "has left this Slack"
        raise Refusal(f"{escaped(profile.name)} {why} and cannot be on call. Name a person.")
    if profile is None and not re.fullmatch(r"[^<>]*[^\W\d_][^<>]*", typed):
        raise Refusal(f"{echo(typed)} is not a name. The person comes first, then the number.")
    joined = roster.add_member(
        request.team,
        profile.name if profile else typed,
        phone,
        slack_user_id=profile.id if profile else None,
        time_zone=profile.time_zone if profile else None,
        actor=request.actor,
        now=request.now,
    )
    request.services.jobs.wake()
    monday = joined.effective_from
    this_week = rotation.monday_of(request.now, schedule.zone_of(request.team))
    since = "this week" if monday <= this_week else f"Monday {monday.day} {monday:%b}"
    place = [member.id for member, _ in _order(request)].index(joined.member.id) + 1
    back = "is back in" if joined.came_back else "is in"
    return Reply.of(
        f":white_check_mark: {mentioned(joined.member)} {back} the rotation from {since} on, "
        f"at place {place}, with {spaced(phone)}.",
        small_print=f"They can check their number with `{COMMAND} test`."
        if joined.member.slack_user_id
        else "",
    )


def _plain_number(part: str) -> str:
    # Slack turns a number into a link when it feels like it: <tel:+13125550101|+1 312 555 0101>.
    link = re.fullmatch(r"<tel:([^|>]+)(?:\|[^>]*)?>", part)
    return link[1] if link else part


def remove(request: Request) -> Reply:
    """Take a person out; 'cover @bob' says who takes over what they hold right now."""
    words = request.words
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].lower() != "cover"):
        raise Refusal(
            "Say who leaves and, if they are on call right now, who takes over. For example: "
            f"`{COMMAND} members remove @alice cover @bob`."
        )
    member = find_member(request, words[0])
    cover = find_member(request, words[2]) if len(words) == 3 else None
    left = roster.remove_member(
        request.team, member, cover=cover, actor=request.actor, now=request.now
    )
    request.services.jobs.wake()
    zone = schedule.zone_of(request.team)
    others = (
        "The shifts still to come go to the others."
        if _order(request)
        else "Nobody is left to take turns."
    )
    lines = [f":white_check_mark: {mentioned(member)} is out of the rotation. {others}"]
    for override in left.covered:
        running = override.start_datetime - request.now < timedelta(minutes=1)
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
    horizon = request.now + rotation.WEEK
    ahead = schedule.segments(request.team, request.now, horizon)
    for gap in [segment for segment in ahead if not segment.members][:1]:
        until = f"to {slack_time(gap.end, zone)}" if gap.end < horizon else "on"
        lines.append(f":warning: Nobody is on call from {slack_time(gap.start, zone)} {until}.")
    return Reply.of("\n".join(lines), small_print=f"`{COMMAND} schedule` shows who takes over.")
