"""/oncall override, overrides, take, swap: somebody else is on call for a while."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from bot.slack import changes, offers, when
from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, Commands, Done, FormReader, Right, Subcommand
from bot.slack.forms import (
    OPTIONS,
    Fields,
    Form,
    choice,
    chosen_number,
    day_field,
    text_field,
    time_field,
    unreadable,
)
from bot.slack.paging import page_of
from bot.slack.people import everyone, find_member, member_by_id, member_options, mentioned
from bot.slack.request import NotAllowed, Request
from bot.slack.typed import COMMAND, number_of
from scheduling.changes import checks, overrides
from scheduling.changes.proposals import Facts
from scheduling.errors import Refusal
from scheduling.rota import queue, rotation, schedule
from scheduling.rota.schedule import mention
from scheduling.rota.timeline import Segment
from scheduling.words.messages import (
    clock_time,
    escaped,
    isolated,
    joined,
    length,
    slack_time,
    span_time,
    wall_clock,
)
from storage.models import LONGEST_OVERRIDE, Member, Override, Team

PAGE = 20  # overrides
LINE = 300  # characters of a line without its reason, at most: it has two times, and a name
WEEKS_TO_CHOOSE = timedelta(weeks=8)


def register(commands: Commands) -> None:
    """Take `override`, `overrides`, `take` and `swap` into the table."""
    for subcommand in (
        Subcommand(
            name="override",
            takes="[@PERSON WHEN [for REASON]]",
            does="put somebody else on call, for a whole shift or a part of it; members for their "
            "own shifts",
            examples=(
                "override @bob tomorrow",
                "override @bob friday 14:00 to 18:00",
                "override @bob now for 3 hours",
                "override @bob 2026-12-24 for sick leave",
            ),
            run=create,
            takes_time=True,
            offered=override_form,
        ),
        Subcommand(
            name="overrides",
            takes="[PAGE]",
            does="the overrides that run or are still to come",
            examples=("overrides",),
            run=show,
            takes_time=True,
        ),
        Subcommand(
            name="override edit",
            takes="[NUMBER [@PERSON] WHEN [for REASON]]",
            does="change an override",
            examples=("override edit 7 friday 15:00 to 18:00", "override edit 7"),
            run=edit,
            takes_time=True,
            offered=lambda request: _which_form(request, "override edit", "Edit an override"),
        ),
        Subcommand(
            name="override cancel",
            takes="[NUMBER]",
            does="take an override back; members those they made",
            examples=("override cancel 7",),
            run=cancel,
            takes_time=True,
            offered=lambda request: _which_form(request, "override cancel", "Cancel an override"),
        ),
        Subcommand(
            name="take",
            takes="[WHEN [for REASON]]",
            does="cover a shift of somebody else’s yourself",
            examples=("take tomorrow", "take friday 14:00 to 18:00 for the dentist"),
            run=take,
            takes_time=True,
            offered=_self,
        ),
        Subcommand(
            name="swap",
            takes="[@PERSON YOUR-DAY for THEIR-DAY]",
            does="propose to swap shifts: they take yours, you take theirs, if they accept",
            examples=("swap @bob friday for monday", "swap @bob 2026-12-24 for 2026-12-31"),
            run=swap,
            takes_time=True,
            offered=lambda request: swap_form(request, _self(request, contacts=False)),
        ),
    ):
        commands.add(subcommand)
    for name, submit in {
        "override": filled_in,
        "override edit": edit_filled_in,
        "override cancel": cancel_filled_in,
        "take": take_filled_in,
        "swap": swap_filled_in,
    }.items():
        commands.add_form(name, FormReader(submit))
    for kind, deed in {
        "override created": _created,
        "override edited": _edited,
        "override cancelled": _cancelled,
        "swap": _swapped,
    }.items():
        commands.add_deed(kind, deed, _RIGHTS[kind])


# --- looking ----------------------------------------------------------------------------------


def show(request: Request) -> Reply:
    """Return the overrides with their numbers; those of which nothing is left to see, as such."""
    found = overrides.still_to_come(request.team, request.now)
    page = page_of(request, "overrides", found, PAGE, takes=_takes, key=lambda one: one.id)
    if not found:
        change = offers.to_put_in(request)
        return Reply.of(
            "No overrides: everybody takes their own turn.",
            small_print=f"To change that: {change}." if change else "",
            buttons=(Button("Override", "override"), Button("Cover a shift", "take")),
            title="Overrides",
        )
    covered = overrides.covered_by_newer(found, request.now)
    own = [one for one in page.ones if offers.is_lead(request) or _made(request, one)]
    return Reply.of(
        f"*Overrides*{page.title}",
        "\n".join(
            f"*{one.id}.* {_line(request.team, one)}"
            + (" – covered by a newer one" if one.id in covered else "")
            for one in page.ones
        ),
        small_print=f"To take one back: `{COMMAND} override cancel {own[0].id}`." if own else "",
        buttons=(
            *page.buttons,
            Button("Override", "override"),
            Button("Edit", "override edit"),
            Button("Cancel one", "override cancel"),
        ),
        title="Overrides",
    )


# --- override, take ---------------------------------------------------------------------------


def create(request: Request) -> Answer:
    """Put somebody on call, and say how the time was understood."""
    if not request.words:
        return override_form(request)
    if request.member is None and _contact(request) is None:
        request.needs_lead()
    member = find_member(request, request.words[0])
    if len(request.words) < 2:
        return override_form(request, member)
    text, length, reason = _parts(request.words[1:])
    return _ask(request, member, when.span(text, length, request.team, request.now), reason)


def take(request: Request) -> Answer:
    """Put the actor on call."""
    member = _self(request)
    if not request.words:
        return take_form(request, member)
    text, length, reason = _parts(request.words)
    return _ask(request, member, when.span(text, length, request.team, request.now), reason)


def _self(request: Request, *, contacts: bool = True) -> Member:
    """Return the member who the actor is, or the escalation contact, if those may, too."""
    if request.member is not None:
        return request.member
    known = request.known_as
    if known is not None and contacts and (known.escalates or request.leads_team):
        return known
    team = escaped(request.team.name)
    if known is not None and not known.escalates:
        raise NotAllowed(
            f"You’re not in {team}’s rotation any more, so you can’t take or swap its shifts. "
            f"{request.who_could()}"
        )
    if known is not None:
        raise NotAllowed(
            f"You’re an escalation contact of {team} and take no turns there, so you have no "
            f"shifts to swap. {request.who_could()}"
        )
    raise Refusal(
        f"I have no number of yours in {team}, so you can’t be on call there. A lead can add you: "
        f"`{COMMAND} members add <@{request.actor}> +13125550101`."
    )


def _ask(
    request: Request,
    member: Member,
    span: tuple[datetime, datetime],
    reason: str | None,
    number: int | None = None,
) -> Reply:
    """Ask for an override, or for a change of the one with this number."""
    facts = {
        "member": member.id,
        "start": span[0].isoformat(),
        "end": span[1].isoformat(),
        "reason": checks.check_reason(reason),
    }
    if number is None:
        return changes.ask(request, "override created", facts)
    return changes.ask(request, "override edited", {**facts, "number": number})


def _may_put(request: Request, facts: Facts) -> None:
    """Raise Refusal unless the actor may: for themselves, for their own shifts, or as a lead.

    Of a shift that one has found cover for, one may change the cover.
    """
    me, changed = request.member, facts.get("number")
    if changed is not None:
        _own(request, changed)
    if me is not None and facts["member"] == me.id:
        return
    start, end = (
        max(datetime.fromisoformat(facts[edge]), request.now) for edge in ("start", "end")
    )
    contact = _contact(request)
    if contact is not None and facts["member"] == contact.id and not request.leads_team:
        _running_turn_only(request, start, end)
        return
    replaced = schedule.segments(request.team, start, max(start, end))
    holders = {
        one.covered if one.override and one.override.id == changed else one.members
        for one in replaced
    }
    if me is not None and start < end and holders == {(me.id,)}:
        return
    if me is not None and not request.leads_team:
        request.needs_to_be_known()
        zone = schedule.zone_of(request.team)
        text = span_time(start, end, zone, request.now)
        can_be = changed is None and timedelta() < end - start <= LONGEST_OVERRIDE
        yourself = f" You can cover it yourself: `{COMMAND} take {text}`."
        raise NotAllowed(
            "Only leads can put somebody else on call for a shift that isn’t yours. "
            f"{request.who_could()}{yourself if can_be else ''}"
        )
    request.needs_lead()


def _contact(request: Request) -> Member | None:
    """Return the escalation contact who the actor is, if they take no turns."""
    known = request.known_as
    return known if known is not None and known.escalates and request.member is None else None


def _running_turn_only(request: Request, start: datetime, end: datetime) -> None:
    """Refuse an escalation contact all but the turn that runs, to its end."""
    turn = schedule.coming(request.team, request.now)[0]
    if start <= request.now and end <= turn.end:
        return
    zone = schedule.zone_of(request.team)
    local = turn.end.astimezone(zone)
    raise Refusal(
        f"You’re an escalation contact of {escaped(request.team.name)} and not in its rotation, so "
        f"you can take the turn that is running, until {clock_time(turn.end, zone)}: `{COMMAND} "
        f"take now to {local:%Y-%m-%d %H:%M}`."
    )


def override_form(request: Request, chosen: Member | None = None) -> Form:
    """Return the form that puts somebody on call; of a member who is no lead, for their shifts.

    Who covers is filled in with whom was `chosen`.
    """
    own = None if request.leads_team else request.member
    if own is None:
        request.needs_lead()
    shifts = _shift_options(request, only=own)
    if own is not None and not shifts:
        raise Refusal(
            "You have no shifts to come, so there is nothing to find cover for. `/oncall schedule` "
            "shows whose turn it is when."
        )
    options = member_options(request, active=False)
    if not options:
        raise Refusal(f"Nobody is in the team yet. Begin with `{COMMAND} members add`.")
    return Form(
        "override",
        "Find cover" if own else "Override",
        [
            choice("member", "Who covers?", options, str(chosen.id) if chosen else None),
            *_span_fields(shifts),
        ],
    )


def cover(request: Request) -> Answer:
    """Return the form that finds cover for a shift that was clicked, as 'FROM TO' in epochs."""
    epochs = [word for word in request.words if re.fullmatch(r"[0-9]{9,10}", word)]
    if len(epochs) != 2 or len(request.words) != 2 or epochs[0] >= epochs[1]:
        raise Refusal(f"Say it with days and times: `{COMMAND} override @bob friday`.")
    start, end = (datetime.fromtimestamp(int(epoch), UTC) for epoch in epochs)
    if end <= request.now:
        raise Refusal(f"That shift is over. `{COMMAND} mine` shows those to come.")
    zone = schedule.zone_of(request.team)
    me = request.member
    if me is None:
        request.needs_lead()
    options = [
        one for one in member_options(request, active=False) if me is None or one[0] != str(me.id)
    ]
    if not options:
        raise Refusal("There is nobody else in the team who could cover.")
    shift = _stored_span(start, end), f"{clock_time(start, zone)} to {clock_time(end, zone)}"
    fields = [choice("member", "Who covers?", options), *_span_fields([shift], shift[0])]
    return Form("override", "Find cover", fields)


def take_form(request: Request, member: Member) -> Form:
    """Return the form in which somebody covers a shift themselves."""
    shifts = _shift_options(request, but=member)
    if _contact(request) and not request.leads_team:  # theirs is the turn that is running, no other
        turn = schedule.coming(request.team, request.now)[0]
        shifts = [one for one in shifts if _read_span(one[0])[1] <= turn.end]
    return Form("take", "Cover a shift", _span_fields(shifts))


def _span_fields(shifts: list[tuple[str, str]], chosen: str | None = None) -> list[Block]:
    fields: list[Block] = []
    if shifts:
        fields.append(
            choice(
                "shift",
                "Which shift?",
                shifts,
                chosen,
                hint="The whole of it, or what is left of it. Or give other times below.",
                optional=True,
            )
        )
    return [
        *fields,
        text_field(
            "times",
            "Or other times",
            placeholder="friday 14:00 to 18:00",
            hint="As one types it: a day, “friday to sunday”, “now for 3 hours”.",
            optional=True,
        ),
        text_field(
            "reason", "Reason", placeholder="dentist", optional=True, most=checks.LONGEST_REASON
        ),
    ]


def filled_in(request: Request) -> Answer:
    """Put on call whom the form names."""
    member = member_by_id(request.team, request.values["member"])
    return _span_filled_in(request, member)


def take_filled_in(request: Request) -> Answer:
    """Put the actor on call for what they chose."""
    return _span_filled_in(request, _self(request))


def _span_filled_in(request: Request, member: Member) -> Answer:
    fields = Fields(request.values)
    typed, chosen = fields.text("times"), fields["shift"]
    span = request.now, request.now
    with fields.reading("times"):
        if typed:
            text, length, extra = _parts(typed.split())
            if extra:
                raise Refusal("The reason has a field of its own below.")
            span = when.span(text, length, request.team, request.now)
        elif not chosen:
            raise Refusal("Choose a shift above, or give times here, like friday 14:00 to 18:00.")
        else:
            span = _read_span(chosen)
    fields.done()
    return _ask(request, member, span, fields.text("reason") or None)


def _shift_options(
    request: Request,
    *,
    only: Member | None = None,
    but: Member | None = None,
    running: bool = True,
) -> list[tuple[str, str]]:
    """Return the turns to choose from, with the `running` one: what is stored, what it says."""
    team, people, zone = request.team, request.people, schedule.zone_of(request.team)
    horizon = request.now + WEEKS_TO_CHOOSE
    ahead = schedule.segments(team, request.now, horizon)
    planned = schedule.planned_until(team) or request.now
    found = [
        one
        for one in ahead
        if one.start < planned
        and one.end < horizon  # not half of one
        and (running or one.start > request.now)
        and (only is None or only.id in one.members)
        and (but is None or but.id not in one.members)
    ]
    return [
        (_stored_span(one.start, one.end), _option(people, one, zone, one.start <= request.now))
        for one in found[:OPTIONS]
    ]


def _option(people: dict[int, Member], segment: Segment, zone: ZoneInfo, running: bool) -> str:
    who = joined([isolated(people[one].name) for one in segment.members]) or "nobody"
    start = "now" if running else wall_clock(segment.start, zone)
    return f"{start}, for {length(segment.end - segment.start)}: {who}"


def _stored_span(start: datetime, end: datetime) -> str:
    return f"{start.timestamp():.6f} {end.timestamp():.6f}"


def _read_span(stored: str) -> tuple[datetime, datetime]:
    try:
        start, end = (datetime.fromtimestamp(float(at), UTC) for at in stored.split())
    except (ValueError, OverflowError, OSError):
        raise unreadable() from None
    return start, end


def _created(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    member = member_by_id(team, facts["member"])
    start, end = (datetime.fromisoformat(facts[edge]) for edge in ("start", "end"))
    created = overrides.create(
        team, member, start, end, reason=facts["reason"], actor=actor, now=now
    )
    people = schedule.members_by_id(team)
    instead = dict.fromkeys(
        one for segment in created.replaced for one in segment.members if one != member.id
    )
    whom = everyone(people, instead)
    planned = schedule.planned_until(team)
    if whom:
        instead_of = f", instead of {whom}."
    elif planned and start < planned:
        instead_of = ", where nobody was on call."
    else:
        instead_of = ". So far ahead nothing else is planned yet."
    left = "" if member.is_active else f"\n{mentioned(member)} is not in the rotation any more."
    return Done(
        f"Put {mentioned(member)} on call{_because(facts['reason'], whom)}",
        f"{_line(team, created.override)}{instead_of}{left}",
        f"To take it back: `{COMMAND} override cancel {created.override.id}`.",
    )


def _because(reason: str | None, whom: str) -> str:
    """Return why somebody is put on call: a reason is that of whom they stand in for."""
    if not reason:
        return ""
    return (f", covering for {whom}" if whom else "") + f" ({escaped(reason)})"


# --- edit, cancel -----------------------------------------------------------------------------


def edit(request: Request) -> Answer:
    """Change an override: '7 [@bob] friday 15:00 to 18:00 [for REASON]'."""
    words = request.words
    if not words:
        return _which_form(request, "override edit", "Edit an override")
    number = _number(words[0], "edit 7 friday 15:00 to 18:00")
    override = _own(request, number)
    if len(words) == 1:
        return edit_form(request, override)
    member, rest = override.team_member, words[1:]
    if rest[0].startswith(("<@", "@")):
        member, rest = find_member(request, rest[0]), rest[1:]
    span, reason = (override.start_datetime, override.end_datetime), override.reason
    if rest:
        text, length, said = _parts(rest)
        span = when.span(text, length, request.team, request.now)
        reason = said or reason
    return _ask(request, member, span, reason, number)


def edit_form(request: Request, override: Override) -> Form:
    """Return the form with what an override is now."""
    zone = schedule.zone_of(request.team)
    start, end = (at.astimezone(zone) for at in (override.start_datetime, override.end_datetime))
    options = member_options(request, active=False)
    return Form(
        "override edit",
        f"Override {override.id}",
        [
            choice("member", "Who covers?", options, str(override.team_member_id)),
            day_field("first", "From", f"{start:%Y-%m-%d}"),
            time_field("start", "At", f"{start:%H:%M}"),
            day_field("last", "To", f"{end:%Y-%m-%d}"),
            time_field(
                "end",
                "Until",
                f"{end:%H:%M}",
                hint=f"Times are {request.team.time_zone}. What is past of it stays as it was.",
            ),
            text_field(
                "reason", "Reason", override.reason or "", optional=True, most=checks.LONGEST_REASON
            ),
        ],
        context={"number": override.id},
    )


def edit_filled_in(request: Request) -> Answer:
    """Change an override as the form says; or open it, for the one that was chosen."""
    if "which" in request.values:
        return edit_form(request, _own(request, chosen_number(request.values["which"])))
    number = chosen_number(request.context["number"])
    _own(request, number)
    fields = Fields(request.values)
    member = member_by_id(request.team, fields["member"])
    start, end = (
        rotation.instant(
            date.fromisoformat(fields[day]),
            time.fromisoformat(fields[wall]),
            schedule.zone_of(request.team),
        )
        for day, wall in (("first", "start"), ("last", "end"))
    )
    if end <= start:
        raise Refusal("It ends before it starts. Choose a later end.", "end")
    return _ask(request, member, (start, end), fields.text("reason") or None, number)


def _edited(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    member = member_by_id(team, facts["member"])
    override = overrides.edit(
        team,
        facts["number"],
        member=member,
        start=datetime.fromisoformat(facts["start"]),
        end=datetime.fromisoformat(facts["end"]),
        reason=facts["reason"],
        actor=actor,
        now=now,
    )
    return Done(
        f"Change override {facts['number']}",
        f"Override {override.id}: {_line(team, override)}.",
        f"`{COMMAND} undo` takes it back.",
    )


def cancel(request: Request) -> Answer:
    """Take an override back by its number, and say who is on call then."""
    if not request.words:
        return _which_form(request, "override cancel", "Cancel an override")
    if len(request.words) != 1:
        raise _which_number("cancel 7")
    number = _number(request.words[0], "cancel 7")
    _own(request, number)
    return changes.ask(request, "override cancelled", {"number": number})


def cancel_filled_in(request: Request) -> Answer:
    """Take the override back that was chosen."""
    number = chosen_number(request.values["which"])
    _own(request, number)
    return changes.ask(request, "override cancelled", {"number": number})


def _cancelled(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    override = overrides.cancel(team, facts["number"], actor=actor, now=now)
    people = schedule.members_by_id(team)
    start = max(override.start_datetime, override.cancelled_at)
    beneath = schedule.on_call(team, start).members
    whom = everyone(people, beneath) or "nobody"
    return Done(
        f"Cancel override {override.id}, in which {mentioned(override.team_member)} stands in",
        f"Override {override.id} is cancelled. On call from "
        f"{slack_time(start, schedule.zone_of(team))}: {whom}.",
        f"`{COMMAND} undo` brings it back.",
    )


def _may_cancel(request: Request, facts: Facts) -> None:
    _own(request, facts["number"])


def _own(request: Request, number: int) -> Override:
    """Return an override that the actor may change: a lead any, others those they made."""
    override = overrides.find(request.team, number, request.now)
    if _made(request, override) or request.leads_team:
        return override
    if override.created_by == request.actor:
        request.needs_lead()
    request.needs_to_be_known()
    raise NotAllowed(
        f"Override {number} was made by <@{override.created_by}>: they or a lead can change it. "
        f"{request.who_could()}"
    )


def _made(request: Request, override: Override) -> bool:
    """Tell whether it is the actor's own: a member's, or a contact's who took the running turn."""
    if override.created_by != request.actor:
        return False
    contact = _contact(request)
    return request.member is not None or (
        contact is not None and override.team_member_id == contact.id
    )


def _which_form(request: Request, name: str, title: str) -> Form:
    found = overrides.still_to_come(request.team, request.now)
    if not request.leads_team:
        found = [one for one in found if _made(request, one)]
    if not found:
        may_make = request.leads_team or request.member is not None
        raise Refusal(
            "There are no overrides to come that you could change. `/oncall overrides` lists all"
            + (f"; `{COMMAND} override @bob tomorrow` makes one." if may_make else ".")
        )
    zone = schedule.zone_of(request.team)
    options = [
        (str(one.id), f"{one.id}: {wall_clock(one.start_datetime, zone)}, {one.team_member.name}")
        for one in found
    ]
    return Form(name, title, [choice("which", "Which one?", options)])


# --- swap -------------------------------------------------------------------------------------


def swap(request: Request) -> Answer:
    """Propose a swap: '@bob friday for monday', yours first."""
    me = _self(request, contacts=False)
    if not request.words:
        return swap_form(request, me)
    other = find_member(request, request.words[0])
    if len(request.words) == 1:
        return swap_form(request, me, other)
    sides = " ".join(request.words[1:]).split(" for ")
    if len(sides) != 2 or not all(side.strip() for side in sides):
        raise Refusal(
            "Say whose shift goes for which, yours first. For example: "
            f"`{COMMAND} swap @bob friday for monday`: Bob takes your Friday, you take his Monday."
        )
    mine, theirs = (when.span(side, None, request.team, request.now) for side in sides)
    return _propose(request, me, mine, other, theirs)


def swap_form(request: Request, me: Member, other: Member | None = None) -> Form:
    """Return the form that proposes a swap, with the `other` one if that is said already."""
    if other is not None and other.id == me.id:
        raise Refusal("A swap takes two. Name somebody else.")
    mine = _shift_options(request, only=me, running=False)
    theirs = [
        (span, says)
        for span, says in _shift_options(request, only=other, but=me, running=False)
        if not says.endswith(": nobody")
    ]
    if not mine or not theirs:
        raise Refusal(
            "A swap takes a shift of yours and one of somebody else’s, both to come. `/oncall "
            "schedule` shows whose turn it is when."
        )
    return Form(
        "swap",
        "Swap shifts",
        [
            choice("mine", "You give", mine),
            choice(
                "theirs",
                "You get",
                theirs,
                hint="Whoever has it is asked in a direct message. Nothing changes until they "
                "accept; then both change, or neither.",
            ),
        ],
        submit="Propose",
    )


def swap_filled_in(request: Request) -> Answer:
    """Propose the swap that was chosen."""
    me = _self(request, contacts=False)
    mine, theirs = (_read_span(request.values[side]) for side in ("mine", "theirs"))
    holders = schedule.on_call(request.team, theirs[0]).members
    if len(holders) != 1 or holders[0] == me.id:
        raise Refusal("That shift is somebody else’s by now. Please choose again.", "theirs")
    return _propose(request, me, mine, member_by_id(request.team, holders[0]), theirs)


def _propose(
    request: Request,
    me: Member,
    mine: tuple[datetime, datetime],
    other: Member,
    theirs: tuple[datetime, datetime],
) -> Reply:
    if other.id == me.id:
        raise Refusal("A swap takes two. Name somebody else.")
    if other.slack_user_id is None:
        raise Refusal(
            f"{escaped(other.name)} is not in Slack, so I cannot ask them. A lead can make two "
            f"overrides instead: `{COMMAND} override {mention(other)} friday`."
        )
    facts: dict[str, Any] = {
        "one": me.id,
        "ones": [at.isoformat() for at in mine],
        "other": other.id,
        "others": [at.isoformat() for at in theirs],
    }
    return changes.ask_other(request, "swap", facts, other)


def _swapped(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    one, other = (member_by_id(team, facts[side]) for side in ("one", "other"))
    ones, others = (
        tuple(datetime.fromisoformat(at) for at in facts[side]) for side in ("ones", "others")
    )
    overrides.swap(team, one, ones, other, others, actor=actor, now=now)  # type: ignore[arg-type]
    zone = schedule.zone_of(team)
    first, second = (wall_clock(span[0], zone) for span in (ones, others))
    return Done(
        f"Swap {mentioned(one)}’s {first} for {mentioned(other)}’s {second}",
        f"Swapped: {mentioned(other)} takes {slack_time(ones[0], zone)}, {mentioned(one)} takes "
        f"{slack_time(others[0], zone)}.",
        f"`{COMMAND} undo` takes it back.",
    )


# --- words ------------------------------------------------------------------------------------


def _number(text: str, example: str) -> int:
    if (number := number_of(text)) is None:
        raise _which_number(example)
    return number


def _which_number(example: str) -> Refusal:
    return Refusal(
        f"Say which one by its number; `{COMMAND} overrides` lists them. For example: "
        f"`{COMMAND} override {example}`."
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
    if more and when.is_rest(more[0]):  # 'for the rest of the day'
        text, more = f"{text or 'now'} to {more[0]}", more[1:]
    elif length:
        more = more[1:]
    reason = " for ".join(more)
    if "" in more:
        raise Refusal(
            "After `for` comes the reason, or a length. For example: "
            f"`{COMMAND} override @bob tomorrow for sick leave`."
        )
    if not text:
        raise Refusal(
            f"From when? For example: `{COMMAND} override @bob now for 3 hours`, or "
            f"`{COMMAND} override @bob tomorrow for sick leave`."
        )
    return text, length, checks.check_reason(reason)


def _takes(override: Override) -> int:
    """Return about how many characters a line has, without asking whose it is: there are many."""
    return LINE + len(escaped(override.reason or ""))


def _line(team: Team, override: Override) -> str:
    zone = schedule.zone_of(team)
    reason = f" ({escaped(override.reason)})" if override.reason else ""
    return (
        f"{mentioned(override.team_member)} is on call from "
        f"{slack_time(override.start_datetime, zone)} to "
        f"{slack_time(override.end_datetime, zone)}{reason}"
    )


def _may_swap(request: Request, facts: Facts) -> None:
    """Raise Refusal unless both are in the rotation still, and the one who agrees was asked.

    That each gives what is their own, the deed checks.
    """
    for side in ("one", "other"):
        member = member_by_id(request.team, facts[side])
        if not queue.takes_turns(member, request.now):
            raise NotAllowed(
                f"{mentioned(member)} isn’t in {escaped(request.team.name)}’s rotation any more. "
                "Nothing was changed."
            )
    if request.member is None or request.member.id != facts["other"]:
        raise NotAllowed("Only whoever was asked can accept that.")


_RIGHTS: dict[str, Right] = {
    "override created": _may_put,
    "override edited": _may_put,
    "override cancelled": _may_cancel,
    "swap": _may_swap,
}
