"""Finds the person that somebody typed."""

import re
from collections.abc import Mapping, Sequence

from bot.slack.directory import Profile
from bot.slack.forms import chosen_number
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from scheduling.changes.people import member_of
from scheduling.errors import NotAllowed, Refusal
from scheduling.numbers import masked, spaced
from scheduling.rota import queue
from scheduling.words.lines import mention
from scheduling.words.mrkdwn import escaped, isolated
from scheduling.words.visible import same_to_the_eye
from storage.models import Member, Phone, Team

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def find_member(request: Request, typed: str) -> Member:
    """Return the member that a mention or a name means; also one who left.

    A first name works if only one member has it. Raises Refusal if nobody or several match.
    """
    members = Member.of_team(request.team)
    tag = _MENTION.fullmatch(typed)
    if tag:
        found = [member for member in members if member.slack_user_id == tag[1]]
    else:
        name = same_to_the_eye(typed.removeprefix("@"))
        found = [member for member in members if same_to_the_eye(member.name) == name]
        found = found or [m for m in members if same_to_the_eye(m.name).split(" ")[0] == name]
        # Prefer members who haven't left, then those who can't be mentioned.
        found = [member for member in found if member.is_active] or found
        if len(found) > 1:
            found = [member for member in found if not member.slack_user_id] or found
        if not found and typed.startswith("@"):
            known = request.services.directory.by_handle(name)
            found = [member for member in members if member.slack_user_id == known.id]
    if len(found) > 1:
        raise _several(found, typed)
    if not found:
        whom = typed if tag else echo(typed)
        raise Refusal(
            f"{whom} isn’t in {request.team.name}. `{COMMAND} members` lists who is; "
            f"`{COMMAND} members add @alice` adds somebody."
        )
    return found[0]


def _several(found: Sequence[Member], typed: str) -> Refusal:
    """Return the refusal of a name that several members have: all in Slack, or none."""
    how = "Type @ and pick the right one from Slack’s list."
    if not found[0].slack_user_id:
        how = f"Type the whole name in quotes, like `{mention(found[0])}`."
    return Refusal(f"There are {len(found)} members called {echo(typed)}. {how}")


def find_profile(request: Request, typed: str) -> Profile | None:
    """Return the Slack user that a mention means; None for a name."""
    tag = _MENTION.fullmatch(typed)
    if tag:
        return request.services.directory.profile(tag[1])
    if typed.startswith("@"):
        return request.services.directory.by_handle(typed[1:])
    return None


def member_options(
    request: Request, *, active: bool = True, left: bool = False
) -> list[tuple[str, str]]:
    """Return options of members, as (id, name): in the rotation, all, or only those who left."""
    all_of_them = request.people.values()
    if left:
        leaving = queue.leavers(request.team)
        found = [m for m in all_of_them if not m.is_active or m.id in leaving]
    else:
        found = [m for m in all_of_them if m.is_active or not active]
    return [(str(m.id), isolated(m.name)) for m in sorted(found, key=lambda m: m.name.casefold())]


def member_by_id(team: Team, number: object) -> Member:
    """Return the team's member with this id. Raises Refusal if there is none."""
    return member_of(team, chosen_number(number))


def numbers_of(member: Member, known: Mapping[str, Phone], *, full: bool) -> str:
    """Return a member's numbers, in `full` or masked, each with its state."""
    shown = [] if member.phone else ["(no number yet)"]
    for number, label in ((member.phone, ""), (member.second_phone, "second ")):
        if not number:
            continue
        phone = known.get(number)
        mark = ""
        if phone and phone.opted_out_at:
            mark = " (opted out)"
        elif not label and not (phone and phone.confirmed_at):
            mark = " (not confirmed)"
        elif phone and phone.confirmed_at:
            mark = " ✅"
        if phone and phone.no_receipts_at:
            mark += " (their carrier doesn’t confirm delivery)"
        shown.append(f"{label}{spaced(number) if full else masked(number)}{mark}")
    return ", ".join(shown)


def with_number(member: Member) -> str:
    """Return 'with' and a member's full number, or that they have none yet."""
    return f"with {spaced(member.phone)}" if member.phone else "without a number yet"


def oneself(request: Request, *, contacts: bool = True) -> Member:
    """Return the actor's own member, or own escalation contact if `contacts`. Raises Refusal."""
    if request.member is not None:
        return request.member
    known = request.known_as
    if known is not None and contacts and (known.escalates or request.leads_team):
        return known
    team = escaped(request.team.name)
    if known is not None and not known.escalates:
        raise NotAllowed(f"You’re not in {team}’s rotation anymore. {request.who_could()}")
    if known is not None:
        raise NotAllowed(
            f"You’re an escalation contact of {team} and not in its rotation, so you have no "
            f"shifts to swap. {request.who_could()}"
        )
    raise Refusal(
        f"I don’t have a number for you in {team}, so you can’t be on call there. A lead can add "
        f"you: `{COMMAND} members add <@{request.actor}> +13125550101`."
    )


def as_contact(request: Request) -> Member | None:
    """Return the actor's own escalation contact, if they don't take turns."""
    known = request.known_as
    return known if known is not None and known.escalates and request.member is None else None
