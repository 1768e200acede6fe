"""/oncall members: list, history, add, edit, remove, activate, move."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from slack_sdk.models.blocks import Block

from bot.slack import changes
from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, Commands, Done, FormReader, Subcommand
from bot.slack.directory import Profile
from bot.slack.features import history
from bot.slack.forms import Fields, Form, choice, chosen_number, day_field, person_field, text_field
from bot.slack.paging import page_of
from bot.slack.people import find_member, find_profile, member_by_id, member_options, mentioned
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from bot.slack.when import local_day
from scheduling import phones
from scheduling.changes import checks, roster
from scheduling.changes.proposals import Facts
from scheduling.delivery import resend
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications import planning
from scheduling.numbers import LONGEST, masked, spaced
from scheduling.rota import rotation, schedule
from scheduling.rota.queue import coming, former, leavers
from scheduling.rota.timeline import Segment
from scheduling.words.messages import escaped, slack_time
from scheduling.words.visible import same_to_the_eye
from storage.models import Member, Phone, Team

ADD = "members add @alice +13125550101"
EDIT = "members edit @alice phone +13125550121"
ORDER = 3000  # characters that a field of Slack's takes
MOVE = "members move @alice after @bob"
# What can be edited, by the word that one types.
EDITABLE = ("name", "phone", "second", "zone", "slack")
NOTHING = ("", "none", "off")  # typed in the place of what is to be taken out
PAGE, MOST_GONE = 50, 20  # members on a page; who left, below it
A_MOMENT = timedelta(minutes=1)  # a change takes effect within it; that is no gap
FIRST, LAST = "first", "last"
BUTTONS = (
    Button("Add", "members add"),
    Button("Edit", "members edit"),
    Button("Remove", "members remove"),
    Button("Reorder", "members move"),
)


def register(commands: Commands) -> None:
    """Take `members` into the table."""
    for subcommand in (
        Subcommand(
            name="members",
            takes="[PAGE]",
            does="who takes turns, in the order of the rotation",
            examples=("members",),
            run=show,
            takes_time=True,
        ),
        Subcommand(
            name="members history",
            takes="[@PERSON]",
            does="somebody’s shifts, past and coming: how many, hours, weekends",
            examples=("members history @bob",),
            run=history.show,
            takes_time=True,
        ),
        Subcommand(
            name="members add",
            takes="[@PERSON NUMBER [first | after @OTHER]]",
            does="take a person into the rotation; name and time zone come from Slack",
            examples=(ADD, 'members add "Alice Doe" +13125550101', f"{ADD} after @bob"),
            run=add,
            for_leads=True,
        ),
        Subcommand(
            name="members edit",
            takes="[@PERSON] [name | phone | second | zone | slack VALUE]",
            does="change a name, a number or second number (your own, too), a time zone or the "
            "Slack user",
            examples=(
                EDIT,
                "members edit @alice second +13125550122",
                "members edit @alice second none",
                'members edit @alice name "Alice Doe"',
                "members edit @alice",
            ),
            run=edit,
            takes_time=True,
        ),
        Subcommand(
            name="members confirm",
            takes="[@PERSON]",
            does="ask by SMS for an OK, so that a number is known to be right; without a person, "
            "all who have not confirmed",
            examples=("members confirm @bob", "members confirm"),
            run=ask_to_confirm,
            for_leads=True,
            once=True,
        ),
        Subcommand(
            name="members remove",
            takes="[@PERSON [from DAY] [cover @OTHER]]",
            does="take a person out of the rotation, at once or from a day on; the history stays",
            examples=(
                "members remove @alice",
                "members remove @alice cover @bob",
                "members remove @alice from 2026-12-24",
            ),
            run=remove,
            for_leads=True,
        ),
        Subcommand(
            name="members activate",
            takes="[@PERSON]",
            does="take somebody back who left, or who is about to",
            examples=("members activate @alice",),
            run=activate,
            for_leads=True,
        ),
        Subcommand(
            name="members move",
            takes="[@PERSON first | last | after @OTHER]",
            does="give somebody another place in the rotation",
            examples=(MOVE, "members move @alice first"),
            run=move,
            for_leads=True,
        ),
    ):
        commands.add(subcommand)
    for name, reader in {
        "members add": FormReader(add_filled_in, for_leads=True),
        "members edit": FormReader(edit_filled_in),
        "members remove": FormReader(remove_filled_in, for_leads=True),
        "members activate": FormReader(activate_filled_in, for_leads=True),
        "members move": FormReader(move_filled_in, for_leads=True),
    }.items():
        commands.add_form(name, reader)
    for kind, deed in {
        "member added": _added,
        "member edited": _edited,
        "member removed": _removed,
        "member leaves": _leaves,
        "member activated": _activated,
        "members reordered": _reordered,
    }.items():
        commands.add_deed(kind, deed, _may_edit_as if kind == "member edited" else None)


# --- looking ----------------------------------------------------------------------------------


def show(request: Request) -> Reply:
    """Return the members. Full numbers are for leads, and for their owner."""
    leads = request.leads_team
    lines = listed(request, full=leads)
    everybody = Member.of_team(request.team)
    gone = [escaped(one.name) for one in former(everybody)]
    if not lines:
        begin = f" Begin with `{COMMAND} {ADD}`." if leads else ""
        return Reply.of(f"Nobody takes turns.{begin}", buttons=BUTTONS[:1], title="Members")
    page = page_of(request, "members", lines, PAGE, takes=len)
    if len(gone) > MOST_GONE:
        gone = [*gone[:MOST_GONE], f"and {len(gone) - MOST_GONE} more"]
    return Reply.of(
        f"*{escaped(request.team.name)}* takes turns in this order{page.title}:",
        "\n".join(page.ones),
        small_print=f"Not in the rotation any more: {', '.join(gone)}." if gone else "",
        buttons=(*page.buttons, *(BUTTONS if leads else (Button("Schedule", "schedule"),))),
        title="Members",
    )


def listed(request: Request, *, full: bool) -> list[str]:
    """Return the members in rotation order as lines of mrkdwn; numbers in `full`, or masked."""
    lines = []
    leaving = leavers(request.team)
    order = _order(request.team, request.now)
    known = phones.known(number for one, _ in order for number in (one.phone, one.second_phone))
    for place, (member, waits) in enumerate(order, start=1):
        own = member.slack_user_id == request.actor
        reached = numbers_of(member, known, full=full or own)
        starts = " (from next Monday on)" if waits else ""
        leaves = leaving.get(member.id)
        ends = f" (until {leaves.day} {leaves:%b %Y})" if leaves else ""
        lines.append(f"{place}. {mentioned(member)} {reached}{starts}{ends}")
    return lines


def numbers_of(member: Member, known: Mapping[str, Phone], *, full: bool) -> str:
    """Return a member's numbers, in `full` or masked, each with what we know of it."""
    told = []
    for number, label in ((member.phone, ""), (member.second_phone, "second ")):
        if not number:
            continue
        phone = known.get(number)
        mark = ""
        if phone and phone.opted_out_at:
            mark = " (replied STOP: no SMS)"
        elif not label and not (phone and phone.confirmed_at):
            mark = " (not confirmed)"
        if phone and phone.no_receipts_at:
            mark += " (their carrier gives no receipts)"
        told.append(f"{label}{spaced(number) if full else masked(number)}{mark}")
    return ", ".join(told)


def _order(team: Team, now: datetime) -> list[tuple[Member, bool]]:
    """Return the active members in the order of next Monday, and whether they wait for it."""
    everyone = {member.id: member for member in Member.of_team(team)}
    this_week = rotation.monday_of(now, schedule.zone_of(team))
    dated = schedule.rotation_changes(team)
    # Who joins next Monday, and who leaves some day, stand in one of both.
    queue = rotation.queue_at(dated, this_week)
    later = rotation.queue_at(dated, this_week + rotation.WEEK)
    return [
        (everyone[number], number not in queue)
        for number in [*later, *(n for n in queue if n not in later)]
        if everyone[number].is_active
    ]


# --- add --------------------------------------------------------------------------------------


def add(request: Request) -> Answer:
    """Take a person in: '@alice +1312...', or a name in quotes for somebody not in Slack."""
    if not request.words:
        return add_form(request)
    words, chosen = _with_place(request, request.words)
    if len(words) < 2:
        raise Refusal(
            "I need a person and a phone number. For example: "
            f'`{COMMAND} {ADD}`, or `{COMMAND} members add "Alice Doe" +13125550101`.'
        )
    typed, *rest = words
    phone = read_number(request, " ".join(rest))
    profile = find_profile(request, typed)
    if profile is None:
        checks.check_name(typed)
    return _ask_to_add(request, profile, typed, phone, _place_of(request, chosen))


def add_form(request: Request) -> Form:
    """Return the form that takes somebody in."""
    return Form(
        "members add",
        "Add a member",
        [
            *who_fields("Alice Doe"),
            text_field(
                "phone",
                "Phone number",
                placeholder="+13125550101",
                hint=number_hint(request),
                most=LONGEST,
            ),
            choice("place", "Place in the rotation", _places(request), LAST),
        ],
    )


def add_filled_in(request: Request) -> Answer:
    """Take in whom the form names."""
    fields = Fields(request.values)
    phone = ""
    with fields.reading("phone"):
        phone = read_number(request, fields.text("phone"))
    profile, name = read_who(request, fields)
    fields.done()
    place = _place_of(request, fields["place"])
    return _ask_to_add(request, profile, name, phone, place)


def who_fields(example: str, chosen: str | None = None) -> list[Block]:
    """Return the fields that ask for somebody in Slack, or for a name like the `example`.

    The Slack user who was `chosen` is filled in.
    """
    return [
        person_field("user", "Who, in Slack", chosen, optional=True),
        text_field(
            "name",
            "Or a name, if they are not in Slack",
            placeholder=example,
            optional=True,
            most=80,
        ),
    ]


def read_who(request: Request, fields: Fields) -> tuple[Profile | None, str]:
    """Return whom these fields name: a Slack user or None, and the name that was typed."""
    profile, name = None, fields.text("name")
    if fields["user"]:
        with fields.reading("user"):
            profile = request.services.directory.profile(fields["user"])
            check_can_be_on_call(profile)
    else:
        with fields.reading("name"):
            if not name:
                raise Refusal("Choose somebody above, or write a name here.")
            checks.check_name(name)
    return profile, name


def _ask_to_add(
    request: Request, profile: Profile | None, name: str, phone: str, place: int | None
) -> Reply:
    if profile:
        check_can_be_on_call(profile)
    facts = {
        "name": name
        if profile is None or (name and not name.startswith(("@", "<")))
        else profile.name,
        "phone": phone,
        "slack_user_id": profile.id if profile else None,
        "time_zone": profile.time_zone if profile else None,
        "place": place,
    }
    return changes.ask(request, "member added", facts)


def _added(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    joined = roster.add_member(team, **facts, actor=actor, now=now)
    monday = joined.effective_from
    this_week = rotation.monday_of(now, schedule.zone_of(team))
    since = "this week" if monday <= this_week else f"Monday {monday.day} {monday:%b}"
    who, place = mentioned(joined.member), joined.place
    back = "is back in" if joined.came_back else "is in"
    return Done(
        f"Take {who} {'back ' if joined.came_back else ''}into the rotation from {since} on, at "
        f"place {place}",
        f"{who} {back} the rotation from {since} on, at place {place}, with "
        f"{spaced(joined.member.phone)}.",
        "Whether the number is right is known once they have answered from it.",
        (Button("Ask for an OK by SMS", f"members confirm {schedule.mention(joined.member)}"),),
        echo=f"Texts go to {spaced(joined.member.phone)}.",
    )


def check_can_be_on_call(profile: Profile) -> None:
    """Raise Refusal for a Slack user whom we could never reach."""
    name = escaped(profile.name)
    if profile.is_bot or profile.deleted:
        why = "is a bot" if profile.is_bot else "has left this Slack"
        raise Refusal(f"{name} {why} and cannot be on call. Name a person.", "user")
    if profile.is_stranger:
        raise Refusal(
            f"{name} works in another workspace, and my members are in this one. Add them by name: "
            f'`{COMMAND} members add "{name}" +13125550101`.',
            "user",
        )


def read_number(request: Request, text: str) -> str:
    """Return a phone number as E.164; one without + is one of the team's country."""
    return checks.check_phone(text, request.team.time_zone)


def number_hint(request: Request) -> str:
    """Return what a form says below a field for a phone number."""
    country = checks.country(request.team.time_zone)
    without = f" Without them it’s read as a local number ({country})." if country else ""
    return f"With + and the country code.{without} Texts go there."


# --- places -----------------------------------------------------------------------------------


def _with_place(request: Request, words: list[str]) -> tuple[list[str], str | None]:
    """Return the words before 'first', 'last' or 'after @bob', and which of `_places` that is."""
    if words and words[-1].lower() in (FIRST, LAST):
        return words[:-1], words[-1].lower()
    if len(words) >= 2 and words[-2].lower() == "after":
        return words[:-2], str(find_member(request, words[-1]).id)
    return words, None


def _places(request: Request) -> list[tuple[str, str]]:
    people, order = request.people, coming(request.team, request.now)
    return [
        (LAST, "Last"),
        (FIRST, "First"),
        *((str(one), f"After {people[one].name}") for one in order),
    ]


def _place_of(request: Request, chosen: str | None) -> int | None:
    """Return the place (1-based) that a choice of `_places` means; None is the end."""
    if chosen in (None, LAST):
        return None
    return _index_of(coming(request.team, request.now), chosen) + 1


def _index_of(order: list[int], chosen: str | None) -> int:
    """Return the index in an order at which a choice of `_places` puts somebody."""
    if chosen in (FIRST, LAST):
        return 0 if chosen == FIRST else len(order)
    if (number := chosen_number(chosen)) not in order:
        raise Refusal(
            "Whom you named is not in the rotation any more. Choose somebody else.", "place"
        )
    return order.index(number) + 1


# --- edit -------------------------------------------------------------------------------------


def edit(request: Request) -> Answer:
    """Change what is known of somebody: leads of everybody, members their own number."""
    if not request.words:
        if request.member is not None and not request.leads_team:
            return edit_form(request, request.member)
        request.needs_lead()
        return _which_form(request, "members edit", "Edit a member", "Whom?", active=False)
    words = list(request.words)
    if words[0].lower() in EDITABLE:  # one's own
        if request.member is None:
            request.needs_lead()
        else:
            words.insert(0, schedule.mention(request.member))
    member = find_member(request, words[0])
    _may_edit(request, member)
    if len(words) == 1:
        return edit_form(request, member)
    field, *value = words[1:]
    if field.lower() not in EDITABLE or not value:
        raise Refusal(
            f"Say what changes: {', '.join(EDITABLE[:-1])} or {EDITABLE[-1]}, and the new value. "
            f"For example: `{COMMAND} {EDIT}`."
        )
    return _ask_to_edit(request, member, {field.lower(): " ".join(value)})


def _may_edit(request: Request, member: Member) -> None:
    if request.member is None or member.id != request.member.id:
        request.needs_lead()


def _may_edit_as(request: Request, facts: Facts) -> None:
    _may_edit(request, member_by_id(request.team, facts["member"]))


def edit_form(request: Request, member: Member) -> Form:
    """Return the form with what is known of a member."""
    blocks = [
        text_field("name", "Name", member.name, most=80),
        text_field(
            "phone",
            "Phone number",
            spaced(member.phone),
            hint=number_hint(request),
            most=LONGEST,
        ),
        text_field(
            "second",
            "Second phone number",
            spaced(member.second_phone) if member.second_phone else "",
            placeholder="+13125550122",
            optional=True,
            hint="It is tried when the first one fails.",
            most=LONGEST,
        ),
        text_field(
            "zone",
            "Time zone",
            member.time_zone or "",
            placeholder="America/Chicago",
            optional=True,
            most=60,
            hint="For times that are shown in their own zone.",
        ),
    ]
    if request.leads_team:
        blocks.append(person_field("slack", "Slack user", member.slack_user_id, optional=True))
    known = {
        "member": member.id,
        "name": member.name,
        "phone": spaced(member.phone),
        "second": spaced(member.second_phone) if member.second_phone else "",
        "zone": member.time_zone or "",
        "slack": member.slack_user_id or "",
    }
    return Form("members edit", "Edit a member", blocks, submit="Save", context=known)


def edit_filled_in(request: Request) -> Answer:
    """Change what the form says of a member; or open it, for whom was chosen."""
    fields = Fields(request.values)
    if "member" in request.values:
        chosen = member_by_id(request.team, fields["member"])
        _may_edit(request, chosen)
        return edit_form(request, chosen)
    member = member_by_id(request.team, request.context["member"])
    _may_edit(request, member)
    # Only what was changed in the form: the rest may be another by now.
    wanted = {
        field: fields.text(field)
        for field in EDITABLE
        if field in request.values and fields.text(field) != request.context[field]
    }
    if not wanted:
        raise NothingToDo(f"That is how {member.name} is known already, so nothing was changed.")
    return _ask_to_edit(request, member, wanted)


def _ask_to_edit(request: Request, member: Member, wanted: dict[str, str]) -> Reply:
    fields = Fields(wanted)
    facts: dict[str, Any] = {"member": member.id}
    if "name" in wanted:
        with fields.reading("name"):
            facts["name"] = checks.check_name(wanted["name"])
    if "phone" in wanted:
        with fields.reading("phone"):
            facts["phone"] = read_number(request, wanted["phone"])
    if "second" in wanted:
        with fields.reading("second"):
            none = wanted["second"].lower() in NOTHING
            facts["second_phone"] = None if none else read_number(request, wanted["second"])
    if "zone" in wanted:
        with fields.reading("zone"):
            facts["time_zone"] = _zone(wanted["zone"])
    if "slack" in wanted:
        with fields.reading("slack"):
            request.needs_lead()
            facts["slack_user_id"] = _slack_user(request, wanted["slack"])
    fields.done()
    return changes.ask(request, "member edited", facts)


def _zone(text: str) -> str | None:
    return None if text.lower() in NOTHING else checks.meant_zone(text)


def _slack_user(request: Request, typed: str) -> str | None:
    if typed.lower() in NOTHING:
        return None
    if re.fullmatch(r"[UW][A-Z0-9]+", typed):
        typed = f"<@{typed}>"
    profile = find_profile(request, typed)
    if profile is None:
        raise Refusal(f"{echo(typed)} is nobody in Slack. Type @ and pick the person.")
    check_can_be_on_call(profile)
    return profile.id


def _edited(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    member = member_by_id(team, facts["member"])
    fields = ("name", "phone", "slack_user_id", "time_zone", "second_phone")
    present = {key: getattr(member, key) for key in fields}
    wanted = {key: facts.get(key, value) for key, value in present.items()}
    changed = roster.edit_member(team, member, **wanted, actor=actor, now=now)
    words = {
        "name": f"name {escaped(member.name)}",
        "phone": f"number {spaced(member.phone)}",
        "second_phone": "second number "
        + (spaced(member.second_phone) if member.second_phone else "none"),
        "time_zone": f"time zone {member.time_zone or 'none'}",
        "slack_user_id": "Slack user "
        + (f"<@{member.slack_user_id}>" if member.slack_user_id else "none"),
    }
    said = ", ".join(words[field] for field in changed)
    number = "They can check the number with `/oncall test`." if "phone" in changed else ""
    if "phone" in changed and resend.resend_to_new_number(Member.get_by_id(member.id), now):
        number = "The SMS that did not arrive is sent there now."
    # The title is read by others, too: no number in it.
    kinds = ", ".join(
        {
            "time_zone": "zone",
            "slack_user_id": "Slack user",
            "second_phone": "second number",
        }.get(field, field)
        for field in changed
    )
    return Done(
        f"Edit {mentioned(member)} ({kinds})", f"{mentioned(member)} now has {said}.", number
    )


# --- confirm ----------------------------------------------------------------------------------


def ask_to_confirm(request: Request) -> Reply:
    """Ask somebody, or all who have not, to confirm their number."""
    team = request.team
    if len(request.words) > 1:
        raise Refusal(f"One person at a time. For example: `{COMMAND} members confirm @bob`.")
    if request.words:
        asked = [find_member(request, request.words[0])]
    else:
        everybody = [m for m in Member.of_team(team) if m.is_active or m.escalates]
        known = phones.known(one.phone for one in everybody)
        asked = [
            one for one in everybody if not (one.phone in known and (known[one.phone].confirmed_at))
        ]
    if request.words and phones.opted_out([asked[0].phone]):
        raise Refusal(
            f"{asked[0].name} replied STOP and gets no SMS. They can text START to the number that "
            "the SMS come from."
        )
    if not asked:
        raise NothingToDo(f"Everybody in {team.name} has confirmed their number.")
    new = [one for one in asked if planning.send_hello(team, one, request.now)]
    if not new:
        raise NothingToDo(
            "They were asked within the last hour. `/oncall members` shows who has confirmed."
        )
    request.services.jobs.wake()
    return Reply.of(
        f":iphone: I asked {' and '.join(map(mentioned, new))} by SMS to reply OK.",
        small_print=f"`{COMMAND} members` shows who has.",
        title="Asked",
    )


# --- remove, activate -------------------------------------------------------------------------


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
                f"then stays theirs. `{COMMAND} members remove {schedule.mention(member)} "
                f"from {day}` does it.",
                "cover",
            )
        return changes.ask(request, "member leaves", {"member": member.id, "day": day.isoformat()})
    return changes.ask(
        request, "member removed", {"member": member.id, "cover": cover and cover.id}
    )


def _removed(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    member = member_by_id(team, facts["member"])
    cover = member_by_id(team, facts["cover"]) if facts["cover"] else None
    before = schedule.segments(team, now, now + rotation.WEEK)
    left = roster.remove_member(team, member, cover=cover, actor=actor, now=now)
    zone = schedule.zone_of(team)
    others = (
        "The shifts still to come go to the others."
        if _order(team, now)
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
            f"{schedule.mention(member)}` ends that."
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


def _leaves(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    member, day = member_by_id(team, facts["member"]), date.fromisoformat(facts["day"])
    roster.leave_later(team, member, day, actor=actor, now=now)
    since = f"{day:%A} {day.day} {day:%b %Y}"
    return Done(
        f"Take {mentioned(member)} out of the rotation from {since} on",
        f"{mentioned(member)} leaves the rotation on {since}; until then nothing changes for them.",
        f"To forget it: `{COMMAND} members activate {schedule.mention(member)}`.",
    )


def activate(request: Request) -> Answer:
    """Take somebody back."""
    if not request.words:
        return _which_form(request, "members activate", "Take somebody back", "Whom?", left=True)
    if len(request.words) > 1:
        raise Refusal(f"One person at a time. `{COMMAND} members activate` asks for whom.")
    member = find_member(request, request.words[0])
    return changes.ask(request, "member activated", {"member": member.id})


def activate_filled_in(request: Request) -> Answer:
    """Take back whom the form names."""
    return changes.ask(
        request, "member activated", {"member": chosen_number(Fields(request.values)["member"])}
    )


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


# --- move -------------------------------------------------------------------------------------


def move(request: Request) -> Answer:
    """Give somebody another place."""
    if not request.words:
        return move_form(request)
    words, chosen = _with_place(request, request.words[1:])
    if words or chosen is None:
        raise Refusal(
            f"Say who goes where. For example: `{COMMAND} {MOVE}`, or "
            f"`{COMMAND} members move @alice first`."
        )
    return _ask_to_move(request, find_member(request, request.words[0]), chosen)


def _ask_to_move(request: Request, member: Member, chosen: str) -> Reply:
    order = coming(request.team, request.now)
    if member.id not in order:
        raise Refusal(
            f"{member.name} is not in the rotation. `{COMMAND} members` lists who is.", "member"
        )
    if chosen == str(member.id):
        raise Refusal("Nobody can stand after themselves. Name somebody else.", "place")
    order.remove(member.id)
    order.insert(_index_of(order, chosen), member.id)
    return changes.ask(request, "members reordered", {"order": order})


def move_form(request: Request) -> Form:
    """Return the form with the order, a name a line; of many, one that moves a single one."""
    people, order = request.people, coming(request.team, request.now)
    if not order:
        raise Refusal(f"Nobody takes turns. Begin with `{COMMAND} {ADD}`.")
    lines = "\n".join(_labels([people[one] for one in order]))
    if len(lines) > ORDER:
        hint = "From next Monday on. You see whose shifts move before anything changes."
        return Form(
            "members move",
            "Move a member",
            [
                choice("member", "Who moves?", member_options(request)),
                choice("place", "Where to?", _places(request), hint=hint),
            ],
        )
    return Form(
        "members move",
        "Reorder the rotation",
        [
            text_field(
                "order",
                "The order, a name a line",
                lines,
                lines=True,
                most=ORDER,
                hint="Cut a line and paste it elsewhere. It counts from next Monday on; nobody’s "
                "shift of this week moves. You see whose shifts move before anything changes.",
            )
        ],
    )


def move_filled_in(request: Request) -> Answer:
    """Put the rotation into the order that the form names, or one of it to another place."""
    if "member" in request.values:
        fields = Fields(request.values)
        member = member_by_id(request.team, fields["member"])
        return _ask_to_move(request, member, str(fields["place"]))
    people, order = request.people, coming(request.team, request.now)
    by_label = dict(zip(_labels([people[one] for one in order]), order, strict=True))
    known = {same_to_the_eye(label): number for label, number in by_label.items()}
    lines = [line.strip() for line in Fields(request.values).text("order").splitlines()]
    lines = [line for line in lines if line]
    unknown = [line for line in lines if same_to_the_eye(line) not in known]
    named = [known[same] for line in lines if (same := same_to_the_eye(line)) in known]
    missing = [label for label, number in by_label.items() if number not in named]
    twice = sorted({line for line in lines if lines.count(line) > 1})
    problems = [
        f"{problem}: {', '.join(names[:5])}."
        for problem, names in (
            ("Not in the rotation", unknown),
            ("Missing", missing),
            ("Named twice", twice),
        )
        if names
    ]
    if problems:
        raise Refusal(" ".join([*problems, "Each of the rotation stands on one line."]), "order")
    return changes.ask(request, "members reordered", {"order": named})


def _labels(members: Sequence[Member]) -> list[str]:
    """Return the members' names; what is the same for two is told apart by their number's end."""
    names = [same_to_the_eye(member.name) for member in members]
    return [
        member.name if names.count(name) == 1 else f"{member.name} {member.phone[-4:]}"
        for member, name in zip(members, names, strict=True)
    ]


def _reordered(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    monday = roster.reorder(team, list(facts["order"]), actor=actor, now=now)
    people = schedule.members_by_id(team)
    names = ", ".join(escaped(people[one].name) for one in facts["order"][:10])
    more = f" and {len(facts['order']) - 10} more" if len(facts["order"]) > 10 else ""
    return Done(
        f"Put the rotation into another order from Monday {monday.day} {monday:%b} on",
        f"The rotation’s order from Monday {monday.day} {monday:%b} on: {names}{more}.",
        f"`{COMMAND} members` lists it; `{COMMAND} undo` takes it back.",
    )


# --- how --------------------------------------------------------------------------------------


def _which_form(
    request: Request, name: str, title: str, label: str, *, active: bool = True, left: bool = False
) -> Form:
    """Return a form that asks for a member: of those in the rotation, all, or those who left."""
    options = member_options(request, active=active, left=left)
    if not options:
        raise NothingToDo(
            f"There is nobody to choose from. `{COMMAND} members` lists who takes turns."
        )
    return Form(name, title, [choice("member", label, options)])
