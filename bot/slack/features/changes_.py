"""/oncall confirm, discard, decline, undo, audit, generate: what becomes of changes."""

import json
from dataclasses import replace
from datetime import datetime

from bot.slack import audited, changes, offers
from bot.slack.blocks import Reply, pages
from bot.slack.command import Answer, Commands, Done, FormReader, Subcommand
from bot.slack.forms import Fields, Form, text_field
from bot.slack.paging import all_of
from bot.slack.request import Request
from bot.slack.typed import COMMAND, number_of
from scheduling.changes import proposals, teams
from scheduling.changes import undo as undo_
from scheduling.changes.proposals import Facts, Settled
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications import planning
from scheduling.rota import schedule
from scheduling.words.messages import clock_time, escaped, slack_time
from scheduling.words.wording import several
from storage.models import AuditEntry, Member, Proposal, Team
from storage.statuses import ProposalStatus, Purpose

PAGE = 10  # entries of the audit


def register(commands: Commands) -> None:
    """Take what follows a preview into the table, and `undo`, `audit` and `generate`."""
    for subcommand in (
        Subcommand(
            name="generate",
            takes="[WEEKS]",
            does="plan so many weeks ahead, from now on always (8 at first)",
            examples=("generate 12",),
            run=generate,
            for_leads=True,
        ),
        Subcommand(
            name="undo",
            takes="",
            does="take back the team’s last change, within 24 hours",
            examples=("undo",),
            run=undo,
            for_leads=True,
        ),
        Subcommand(
            name="audit",
            takes="[PAGE]",
            does="who changed what, when, from what to what",
            examples=("audit", "audit 2"),
            run=audit,
            takes_time=True,
        ),
        Subcommand(
            name="confirm",
            takes="NUMBER",
            does="make a change that was shown first (the Confirm and Accept buttons)",
            examples=("confirm 17",),
            run=confirm,
            takes_time=True,
            behind_button=True,
        ),
        Subcommand(
            name="discard",
            takes="NUMBER",
            does="let a change go that was shown first (the Discard and Withdraw buttons)",
            examples=("discard 17",),
            run=discard,
            takes_time=True,
            behind_button=True,
        ),
        Subcommand(
            name="decline",
            takes="NUMBER",
            does="say no to a swap (the Decline button)",
            examples=("decline 17",),
            run=decline,
            takes_time=True,
            behind_button=True,
        ),
    ):
        commands.add(subcommand)
    commands.add_form("generate", FormReader(generate_filled_in, for_leads=True))
    commands.add_deed("weeks planned", _planned)
    commands.add_deed(proposals.UNDO, _undone, _may_undo)


# --- after a preview --------------------------------------------------------------------------


def confirm(request: Request) -> Reply:
    """Make a change that was shown, if it still does what was shown."""
    seen = request.words[1] if len(request.words) == 2 else None
    proposal = proposals.find(_number(request.words[:1]))
    if proposal.asked not in (None, request.actor):
        raise Refusal(f"Only <@{proposal.asked}> can accept that.")
    if proposal.asked is None and proposal.actor != request.actor:
        raise Refusal(f"Only <@{proposal.actor}>, who asked for it, can confirm that.")
    proposals.open_one(proposal.id, request.now)
    facts = json.loads(proposal.facts)
    deed = request.commands.deeds[proposal.kind]
    try:
        # By now the shift may be another's, the lead none any more, or a member gone.
        request.commands.rights[proposal.kind](replace(request, named=proposal.team_id), facts)
        trial = proposals.confirm(
            proposal,
            lambda team, now: deed(team, facts, proposal.actor, now),
            seen=seen,
            actor=request.actor,
            now=request.now,
        )
    except Settled:
        raise
    except Refusal as refusal:
        if proposal.asked is None:
            raise
        # A swap that cannot be any more must not wait for ever, nor its proposer for an answer.
        proposals.settle(proposal, ProposalStatus.DISCARDED, request.now)
        words = f"{proposal.title} is not possible any more. {refusal.message}"
        _let_know(proposal, words, request)
        return Reply.of(f":no_entry: {words}", title="Not possible", settles=True)
    if not trial.kept:
        return changes.preview(proposal.team, trial, anew=True)
    request.services.jobs.wake()
    return changes.made(request, trial.told)


def discard(request: Request) -> Reply:
    """Let a change go."""
    proposal = proposals.find(_number(request.words))
    if proposal.actor != request.actor:
        raise Refusal(f"Only <@{proposal.actor}>, who asked for it, can discard that.")
    settled = proposals.settle(proposal, ProposalStatus.DISCARDED, request.now)
    if settled.asked is not None:
        words = f"<@{request.actor}> took back what they asked you: {settled.title}."
        _let_know(settled, f"{words} Nothing was changed.", request, to=settled.asked)
    return Reply.of(
        f"Discarded: {settled.title}. Nothing was changed.", title="Discarded", settles=True
    )


def decline(request: Request) -> Reply:
    """Say no to a swap, and let the other one know."""
    proposal = proposals.find(_number(request.words))
    if proposal.asked != request.actor:
        raise Refusal("Only whoever was asked can decline that.")
    settled = proposals.settle(proposal, ProposalStatus.DECLINED, request.now)
    words = f"<@{request.actor}> declined: {settled.title}. Nothing was changed."
    _let_know(settled, words, request)
    return Reply.of(
        f"Declined: {settled.title}. <@{settled.actor}> will hear of it; nothing was changed.",
        title="Declined",
        settles=True,
    )


def _let_know(proposal: Proposal, words: str, request: Request, *, to: str = "") -> None:
    """Write to the proposer of a swap, or to the Slack user `to`, what became of it."""
    user = to or proposal.actor
    reader = Member.get_or_none(Member.team == proposal.team, Member.slack_user_id == user)
    if reader is not None:
        key = f"{proposal.status}:{proposal.id}"
        text = f":no_entry: {words}"
        planning.write_to(
            proposal.team, reader, text, purpose=Purpose.SWAP, key=key, now=request.now
        )
    request.services.jobs.wake()


def _number(words: list[str]) -> int:
    number = number_of(words[0]) if len(words) == 1 else None
    if number is None:
        raise Refusal(
            "That is what the buttons below a change do. Type the change itself, for example "
            f"`{COMMAND} override @bob tomorrow`."
        )
    return number


# --- undo -------------------------------------------------------------------------------------


def undo(request: Request) -> Reply:
    """Show what taking back the last change would do."""
    last = proposals.last_change(request.team, request.now)
    return changes.ask(request, proposals.UNDO, {"proposal": last.id})


def _may_undo(request: Request, facts: Facts) -> None:
    """Raise Refusal unless the actor leads the team; every team, if the change was about all."""
    last = proposals.find(facts["proposal"])
    request.needs_lead(everywhere=undo_.reaches_every_team(last.touched or "[]"))


def _undone(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    last = Proposal.get_by_id(facts["proposal"])
    if last.status != ProposalStatus.DONE:
        raise NothingToDo(f"“{last.title}” was taken back already. Nothing was changed.")
    undo_.take_back(team, last.title, last.touched or "[]", actor=actor, now=now)
    at = clock_time(last.settled_at, schedule.zone_of(team))
    return Done(
        f"Take back “{last.title}”",
        f"Taken back: {last.title} (by <@{last.actor}>, {at}).",
        f"`{COMMAND} schedule` shows who is on call.",
    )


# --- generate ---------------------------------------------------------------------------------


def generate(request: Request) -> Answer:
    """Plan further ahead, or less far; show first what that changes."""
    if not request.words:
        return generate_form(request)
    weeks = number_of(request.words[0])
    if weeks is None or request.words[1:] not in ([], ["weeks"], ["week"]):
        raise Refusal(
            f"How many weeks? Give a number from 1 to {teams.MOST_WEEKS_AHEAD}. For example: "
            f"`{COMMAND} generate 12`."
        )
    return changes.ask(request, "weeks planned", {"weeks": weeks})


def generate_form(request: Request) -> Form:
    """Return the form that asks how far to plan."""
    until = schedule.planned_until(request.team)
    planned = (
        f"Planned until {clock_time(until, schedule.zone_of(request.team))} by now. "
        if until
        else ""
    )
    return Form(
        "generate",
        "Plan ahead",
        [
            text_field(
                "weeks",
                "How many weeks ahead?",
                str(request.team.weeks_ahead),
                hint=f"{planned}The same rotation goes on; what is past, and overrides, stay as "
                "they are.",
                most=3,
            )
        ],
    )


def generate_filled_in(request: Request) -> Answer:
    """Plan as far as the form says."""
    weeks = number_of(Fields(request.values).text("weeks"))
    if weeks is None:
        raise Refusal(f"Give a number from 1 to {teams.MOST_WEEKS_AHEAD}, like 12.", "weeks")
    return changes.ask(request, "weeks planned", {"weeks": weeks})


def _planned(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    weeks = facts["weeks"]
    if weeks == team.weeks_ahead:
        schedule.regenerate(team, schedule.open_instant(team, now))
    else:
        teams.change(team, {"weeks_ahead": weeks}, actor=actor, now=now)
    until = schedule.planned_until(team)
    if until is None:
        raise Refusal(
            f"There is nothing to plan yet: it takes members and shifts. `{COMMAND} setup` does "
            "both."
        )
    return Done(
        f"Plan {several(weeks, 'week')} ahead",
        f"{several(weeks, 'week is', 'weeks are')} planned, until "
        f"{slack_time(until, schedule.zone_of(team))}, and I keep it so.",
        f"`{COMMAND} schedule {several(weeks, 'week')}` shows them.",
    )


# --- audit ------------------------------------------------------------------------------------


def audit(request: Request) -> Reply:
    """Return who changed what, newest first. Numbers are for leads; others see them masked."""
    team = request.team
    page = number_of(request.words[0]) if request.words else 1
    query = AuditEntry.select().where(AuditEntry.team == team)
    last = max(-(-query.count() // PAGE), 1)
    if not page or len(request.words) > 1:
        raise Refusal(f"Which page? For example: `{COMMAND} audit {min(last, 2)}`.")
    if page > last:
        there = f"are {last} pages" if last > 1 else "is one page"
        raise Refusal(f"There {there}. For example: `{COMMAND} audit {last}`.")
    found = query.order_by(AuditEntry.id.desc()).paginate(page, PAGE)
    lines = [audited.entry(one, team, full=request.leads_team) for one in found]
    return Reply.of(
        f"*{escaped(team.name)}*: who changed what (page {page} of {last})",
        "\n".join(all_of(lines)) or "Nothing was changed yet.",
        small_print=f"Times are {team.time_zone}."
        + (f" `{COMMAND} undo` takes the last change back." if offers.is_lead(request) else ""),
        buttons=pages("audit", page, more=page < last),
        title="Audit",
    )
