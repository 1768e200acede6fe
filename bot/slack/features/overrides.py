"""/oncall override, overrides, take: somebody covers for a while."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.slack import agreeing, offers, previews, when
from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.features.spans import (
    parts,
    picked,
    read_filled_in,
    read_span,
    shift_options,
    span_fields,
    stored_span,
)
from bot.slack.forms import Fields, Form, choice, chosen_number, day_field, text_field, time_field
from bot.slack.paging import page_of
from bot.slack.people import as_contact, find_member, member_by_id, member_options, oneself
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import checks, covering, overrides
from scheduling.changes.overrides import (
    CancelOverride,
    CreateOverride,
    EditOverride,
    OverrideCancelled,
    OverrideCreated,
    OverrideEdited,
)
from scheduling.changes.people import everyone, mentioned
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import schedule
from scheduling.words.lines import number_of
from scheduling.words.mrkdwn import covering_note, escaped
from scheduling.words.times import clock_time, span_with_zone, wall_clock
from scheduling.words.wording import joined
from storage.models import Member, Override, Team

PAGE = 20  # overrides
MOST_COVERED = 2  # names of people covered by an override
LINE = 350  # most characters of a line without its reason: two times and three names


@subcommand(
    "overrides",
    Section.COVER,
    takes="[PAGE]",
    does="overrides, running and upcoming",
    examples=("overrides",),
    takes_time=True,
    question=True,
)
def show(request: Request) -> Reply:
    """Return the overrides with their numbers, and the reader's open requests."""
    pending, buttons = agreeing.pending(request)
    found = overrides.still_to_come(request.team, request.now)
    page = page_of(request, "overrides", found, PAGE, takes=_takes, key=lambda one: one.id)
    if not found:
        change = offers.to_put_in(request)
        return Reply.of(
            "No overrides: everybody takes their own shifts.",
            pending,
            small_print=f"To change that: {change}." if change else "",
            buttons=(
                *buttons,
                offers.HAVE_COVERED,
                Button("Cover a shift myself", "take"),
            ),
            title="Overrides",
        )
    covered = overrides.covered_by_newer(found, request.now)
    return Reply.of(
        f"*Overrides*{page.title}",
        "\n".join(
            f"*{one.id}.* {line}" + (" – replaced by a newer one" if one.id in covered else "")
            for one, line in zip(page.ones, _lines(request.team, page.ones), strict=True)
        ),
        pending,
        buttons=(
            *page.buttons,
            *buttons,
            offers.HAVE_COVERED,
            Button("Edit", "override edit"),
            Button("Cancel one", "override cancel"),
        ),
        title="Overrides",
    )


def take_form(request: Request, member: Member) -> Form:
    """Return the form to cover a shift oneself."""
    shifts = shift_options(request, but=member)
    if (
        as_contact(request) and not request.leads_team
    ):  # theirs is the turn that is running, no other
        turn = schedule.coming(request.team, request.now)[0]
        shifts = [one for one in shifts if read_span(one[0])[1] <= turn.end]
    return Form("take", "Cover a shift myself", span_fields(shifts, zone=request.team.time_zone))


@subcommand(
    "take",
    Section.COVER,
    takes="[WHEN [for REASON]]",
    does="cover somebody’s shift; they’re asked first",
    examples=("take tomorrow", "take friday 14:00 to 18:00 for the dentist"),
    takes_time=True,
    offered=oneself,
)
def take(request: Request) -> Answer:
    """Have the actor cover."""
    member = oneself(request)
    if not request.words:
        return take_form(request, member)
    text, length, reason = parts(request.words)
    return _ask(request, member, when.span(text, length, request.team, request.now), reason)


@form("take")
def take_filled_in(request: Request) -> Answer:
    """Have the actor cover the chosen time."""
    filled_in = read_filled_in(request, "take friday 14:00 to 18:00")
    return _ask(request, oneself(request), *filled_in)


def override_form(request: Request, chosen: Member | None = None) -> Form:
    """Return the form to have somebody cover; members who aren't leads see their own shifts.

    The member `chosen` is filled in as the person who covers.
    """
    own = None if request.leads_team else request.member
    if own is None:
        request.needs_lead()
    shifts = shift_options(request, only=own)
    if own is not None and not shifts:
        raise NothingToDo(
            "You have no upcoming shifts to find cover for. `/oncall schedule` shows who’s on call "
            "when."
        )
    options = _who_could_cover(request, own)
    if not options:
        raise Refusal(f"Nobody is on the team yet. Start with `{COMMAND} members add`.")
    return Form(
        "override",
        "Find cover" if own else offers.HAVE_COVERED.label,
        [
            choice("member", "Who covers?", options, str(chosen.id) if chosen else None),
            *span_fields(shifts, zone=request.team.time_zone),
        ],
    )


def _who_could_cover(request: Request, me: Member | None) -> list[tuple[str, str]]:
    """Return who can be chosen: for leads anybody, for a member (`me`) all who haven't left."""
    options = member_options(request, active=False)
    if me is None or request.leads_team:
        return [one for one in options if me is None or one[0] != str(me.id)]
    people = request.people.values()
    there = {str(one.id) for one in people if one.id != me.id and not one.has_left}
    return [one for one in options if one[0] in there]


@subcommand(
    "override",
    Section.COVER,
    takes="[@PERSON WHEN [for REASON]]",
    does="ask somebody to cover your shift (leads: anybody’s)",
    examples=(
        "override @bob tomorrow",
        "override @bob friday 14:00 to 18:00",
        "override @bob now for 3 hours",
        "override @bob 2026-12-24 for sick leave",
    ),
    takes_time=True,
    # Leads always may, so for a known lead Slack isn't asked.
    offered=lambda request: offers.leads(request) or override_form(request),
)
def create(request: Request) -> Answer:
    """Have somebody cover, and show how the time was understood."""
    if not request.words:
        return override_form(request)
    if request.member is None and as_contact(request) is None:
        request.needs_lead()
    member = find_member(request, request.words[0])
    if len(request.words) < 2:
        return override_form(request, member)
    text, length, reason = parts(request.words[1:])
    return _ask(request, member, when.span(text, length, request.team, request.now), reason)


@form("override")
def filled_in(request: Request) -> Answer:
    """Have the person in the form cover."""
    member = member_by_id(request.team, request.values["member"])
    filled_in = read_filled_in(request, "override @bob friday 14:00 to 18:00")
    return _ask(request, member, *filled_in)


@subcommand(
    "cover",
    Section.BUTTONS,
    takes="FROM TO",
    does="find cover for a shift (the buttons on the Home tab)",
    examples=("cover 1797170400 1797256800",),
    takes_time=True,
)
def cover(request: Request) -> Answer:
    """Return the form that finds cover for a clicked shift, given as 'FROM TO' in epochs."""
    epochs = [word for word in request.words if re.fullmatch(r"[0-9]{9,10}", word)]
    if len(epochs) != 2 or len(request.words) != 2 or epochs[0] >= epochs[1]:
        raise Refusal(f"Give days and times instead: `{COMMAND} override @bob friday`.")
    start, end = (datetime.fromtimestamp(int(epoch), UTC) for epoch in epochs)
    if end <= request.now:
        raise Refusal(f"That shift is over. `{COMMAND} mine` shows the upcoming ones.")
    clock = schedule.clock_of(request.team)
    me = request.member
    if me is None:
        request.needs_lead()
    options = _who_could_cover(request, me)
    if not options:
        raise Refusal(
            f"Nobody else on the team can cover. A lead can add somebody: `{COMMAND} members add`."
        )
    shift = stored_span(start, end), span_with_zone(start, end, clock, request.now)
    zone = request.team.time_zone
    fields = [choice("member", "Who covers?", options), *span_fields([shift], shift[0], zone=zone)]
    return Form("override", "Find cover", fields)


def _ask(
    request: Request,
    member: Member,
    span: tuple[datetime, datetime],
    reason: str | None,
    number: int | None = None,
) -> Reply:
    """Ask for an override, or for a change of the one with this number."""
    start, end = span
    if number is None:
        return previews.ask(request, CreateOverride(member.id, start, end, reason))
    return previews.ask(request, EditOverride(member.id, start, end, number, reason))


@words_for(CreateOverride)
def _created(team: Team, done: OverrideCreated) -> OutcomeText:
    reason = done.override.reason
    if done.instead:
        whom = everyone(done.people, done.instead)
        instead_of = f"{covering_note(whom, reason, 'instead of')}."
    elif done.planned:
        instead_of = f", filling a gap{covering_note('', reason)}."
    else:
        instead_of = f"{covering_note('', reason)}. Nothing else is planned for then yet."
    who = done.member
    left = "" if who.is_active else f"\n{mentioned(who)} isn’t in the rotation anymore."
    return OutcomeText(
        f"{_on_call(team, done.override)}{instead_of}{left}",
        buttons=(Button("Undo", f"override cancel {done.override.id}"),),
    )


def _which_form(request: Request, name: str, title: str) -> Form:
    found = overrides.still_to_come(request.team, request.now)
    if not request.leads_team:
        found = list(filter(overrides.own(request.who, request.team, request.now), found))
    if not found:
        raise _nothing_to_change(request)
    clock = schedule.clock_of(request.team)
    options = [
        (str(one.id), f"{one.id}: {wall_clock(one.start_datetime, clock)}, {one.team_member.name}")
        for one in found
    ]
    return Form(name, title, [choice("which", "Which one?", options)])


def _needs_one_to_change(request: Request) -> None:
    """Raise NothingToDo if there's no override that the actor may change."""
    if not overrides.may_change_any(request.team, request.who, request.now):
        raise _nothing_to_change(request)


def _nothing_to_change(request: Request) -> NothingToDo:
    may_make = request.leads_team or request.member is not None
    return NothingToDo(
        "There are no upcoming overrides that you can change. `/oncall overrides` lists all"
        + (f"; `{COMMAND} override @bob tomorrow` makes one." if may_make else ".")
    )


@subcommand(
    "override edit",
    Section.COVER,
    takes="[NUMBER [@PERSON] WHEN [for REASON]]",
    does="change an override (leads: anybody’s)",
    examples=("override edit 7", "override edit 7 friday 15:00 to 18:00"),
    takes_time=True,
    offered=_needs_one_to_change,
)
def edit(request: Request) -> Answer:
    """Change an override: '7 [@bob] friday 15:00 to 18:00 [for REASON]'."""
    words = request.words
    if not words:
        return _which_form(request, "override edit", "Edit an override")
    number = _number(words[0], "edit 7 friday 15:00 to 18:00")
    override = overrides.changeable(request.team, number, request.who, request.now)
    if len(words) == 1:
        return edit_form(request, override)
    member, rest = override.team_member, words[1:]
    if rest[0].startswith(("<@", "@")):
        member, rest = find_member(request, rest[0]), rest[1:]
    span, reason = (override.start_datetime, override.end_datetime), override.reason
    if rest:
        text, length, said = parts(rest)
        span = when.span(text, length, request.team, request.now)
        reason = said or reason
    return _ask(request, member, span, reason, number)


def edit_form(request: Request, override: Override) -> Form:
    """Return the form with an override as it is now."""
    clock = schedule.clock_of(request.team)
    start, end = (
        at.astimezone(clock.zone) for at in (override.start_datetime, override.end_datetime)
    )
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
                hint=f"Times in {request.team.time_zone}. What’s already over doesn’t change.",
            ),
            text_field(
                "reason", "Reason", override.reason or "", optional=True, most=checks.LONGEST_REASON
            ),
        ],
        context={"number": override.id},
    )


@form("override edit")
def edit_filled_in(request: Request) -> Answer:
    """Change an override as in the form; or open that form for the chosen one."""
    if "which" in request.values:
        return edit_form(
            request,
            overrides.changeable(
                request.team, chosen_number(request.values["which"]), request.who, request.now
            ),
        )
    number = chosen_number(request.context["number"])
    override = overrides.changeable(request.team, number, request.who, request.now)
    fields, zone = Fields(request.values), schedule.zone_of(request.team)
    member = member_by_id(request.team, fields["member"])
    start = picked(fields["first"], fields["start"], zone, override.start_datetime)
    end = picked(fields["last"], fields["end"], zone, override.end_datetime)
    if end <= start:
        raise Refusal("It ends before it starts. Choose a later end.", "end")
    return _ask(request, member, (start, end), fields.text("reason") or None, number)


@words_for(EditOverride)
def _edited(team: Team, done: OverrideEdited) -> OutcomeText:
    return OutcomeText(
        f"Override {done.override.id}: {_lines(team, [done.override])[0]}.",
        f"`{COMMAND} undo` undoes it.",
    )


@subcommand(
    "override cancel",
    Section.COVER,
    takes="[NUMBER]",
    does="cancel an override (leads: anybody’s)",
    examples=("override cancel 7",),
    takes_time=True,
    offered=_needs_one_to_change,
)
def cancel(request: Request) -> Answer:
    """Cancel an override by its number, and say who is on call then."""
    if not request.words:
        return _which_form(request, "override cancel", "Cancel an override")
    if len(request.words) != 1:
        raise _which_number("cancel 7")
    number = _number(request.words[0], "cancel 7")
    return previews.ask(request, CancelOverride(number))


@form("override cancel")
def cancel_filled_in(request: Request) -> Answer:
    """Cancel the chosen override."""
    number = chosen_number(request.values["which"])
    return previews.ask(request, CancelOverride(number))


@words_for(CancelOverride)
def _cancelled(team: Team, done: OverrideCancelled) -> OutcomeText:
    whom = everyone(done.people, done.on_call) or "nobody"
    return OutcomeText(
        f"Override {done.override.id} is canceled. On call from "
        f"{clock_time(done.since, schedule.clock_of(team))}: {whom}.",
        f"`{COMMAND} undo` brings it back.",
    )


def _number(text: str, example: str) -> int:
    if (number := number_of(text)) is None:
        raise _which_number(example)
    return number


def _which_number(example: str) -> Refusal:
    return Refusal(
        f"Say which one by its number; `{COMMAND} overrides` lists them. For example: "
        f"`{COMMAND} override {example}`."
    )


def _takes(override: Override) -> int:
    """Return about how many characters a line has, without a query for each of many overrides."""
    return LINE + len(escaped(override.reason or ""))


def _lines(team: Team, found: Sequence[Override]) -> list[str]:
    """Return who is on call in each override, when, for whom and why."""
    people = schedule.members_by_id(team)
    lines = []
    for one, covered in zip(found, covering.covered(team, found), strict=True):
        more = len(covered) - MOST_COVERED
        whom = [mentioned(people[each]) for each in covered[:MOST_COVERED]]
        named = joined([*whom, f"{more} more"] if more > 0 else whom)
        lines.append(f"{_on_call(team, one)}{covering_note(named, one.reason)}")
    return lines


def _on_call(team: Team, override: Override) -> str:
    start, end = override.start_datetime, override.end_datetime
    span = span_with_zone(start, end, schedule.clock_of(team), start)
    return f"{mentioned(override.team_member)} is on call from {span}"
