"""Changes that are shown first: what they would do, and what is said once they are made."""

from typing import Any

from bot.slack import offers
from bot.slack.blocks import Button, Reply
from bot.slack.paging import first_of
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import proposals, swaps
from scheduling.changes.operation import Operation
from scheduling.changes.people import everyone, mentioned
from scheduling.changes.proposals import Preview
from scheduling.changes.swaps import Swap
from scheduling.errors import Refusal
from scheduling.notifications import queue
from scheduling.rota import schedule
from scheduling.words.buttons import carried
from scheduling.words.mrkdwn import bold, escaped
from scheduling.words.times import clock_time, span_time
from scheduling.words.wording import several
from storage.database import writing
from storage.models import Member, Proposal, Team
from storage.statuses import Purpose

MOST_MOVES, FIRST_PLAN = 60, 14  # lines of a preview
MOVES = 6000  # characters of them: the question and the warnings have room, too


def ask(request: Request, operation: Operation[Any]) -> Reply:
    """Show what a change would do; make it at once if nobody's shift moves by it.

    Raises Refusal if the actor may not have it made, or it can't be.
    """
    found = proposals.propose(request.team, operation, request.who, now=request.now)
    if found.kept:
        request.services.jobs.wake()
        return made(request, found)
    return preview(request, found)


def ask_other(request: Request, swap: Swap) -> Reply:
    """Propose a swap to the member who has to agree, and ask them in a direct message.

    Raises whatever the swap refuses, and when the same is proposed already.
    """
    team = request.team
    with writing():
        other = swap.asks(request.who, team, request.now)
        for one in swaps.waiting(team, request.now, request.actor):
            if swaps.stored(one) == swap:
                raise Refusal(
                    f"You proposed that already: “{one.title}”. {mentioned(other)} has not "
                    "answered yet."
                )
        found = proposals.propose(
            team,
            swap,
            request.who,
            asked=other.slack_user_id,
            now=request.now,
        )
        number, moves = found.proposal.id, told_moves(team, found)
        queue.write_to(
            team,
            other,
            f":wave: <@{request.actor}> asks you in *{escaped(team.name)}*: "
            f"{found.proposal.title}?\n{moves}\n"
            f"Nothing changes unless you accept. Times are {team.time_zone}.",
            purpose=Purpose.SWAP,
            key=f"asked:{number}",
            proposal=found.proposal,
            now=request.now,
            buttons=[
                ("Accept", carried(confirms(found.proposal), team.id)),
                ("Decline", carried(f"decline {number}", team.id)),
            ],
        )
    request.services.jobs.wake()
    return Reply.of(
        f":hourglass_flowing_sand: {found.proposal.title}? I have asked {mentioned(other)}.",
        moves,
        small_print="Nothing changes until they accept; you will hear from me. Times are "
        f"{team.time_zone}.",
        buttons=(Button("Withdraw", f"discard {number}"),),
        title="Proposed",
    )


def confirms(proposal: Proposal) -> str:
    """Return what a Confirm button runs: it confirms what stands above it, and nothing else."""
    return f"confirm {proposal.id} {proposal.fingerprint[:8]}"


def made(request: Request, found: Preview[Any]) -> Reply:
    """Return what is said once a change is made; of undoing it, to those only who may."""
    told = request.commands.worded(found)
    undone = f"`{COMMAND} undo`" in told.small_print and not offers.leads(request)
    return Reply.of(
        f":white_check_mark: {told.text}",
        small_print="" if undone else told.small_print,
        buttons=told.buttons,
        title="Done",
        settles=True,
    )


def preview(request: Request, found: Preview[Any], *, anew: bool = False) -> Reply:
    """Return what a change would do, with the buttons that make it or let it go."""
    proposal = found.proposal
    opening = (
        ":warning: Something else was changed meanwhile, so nothing was done yet. This is what it "
        "would do now."
        if anew
        else ""
    )
    lines = told_moves(proposal.team, found)
    return Reply.of(
        opening,
        bold(f"{proposal.title}?"),
        request.commands.worded(found).echo,
        lines or "Nobody’s shift moves.",
        small_print=f"Nothing is changed yet. Times are {proposal.team.time_zone}. Whoever’s "
        f"shifts move gets a direct message once you confirm.{_unreachable(found)}",
        buttons=(
            Button("Confirm", confirms(proposal), "primary"),
            Button("Discard", f"discard {proposal.id}"),
        ),
        title="Confirm the change",
    )


def told_moves(team: Team, found: Preview[Any]) -> str:
    """Return whose shifts move, as mrkdwn: by person, then by date, before → after."""
    people, moves = found.people, found.moves
    zone, now = schedule.zone_of(team), found.proposal.created_at
    lines = []
    first = all(not move.before for move in moves)  # a first plan: its beginning tells it all
    most = FIRST_PLAN if first else MOST_MOVES
    for move in moves[:most]:
        before = f"{_whom(people, move.before).replace('*', '')} → " if move.before else ""
        after = bold(_whom(people, move.after))
        lines.append(
            f"• {span_time(move.start, move.end, zone, now)}: {before}{after}"
            + (" (nobody before)" if not move.before and not first else "")
        )
    lines = first_of(lines, MOVES)
    if len(moves) > len(lines):
        lines.append(
            f"• and {len(moves) - len(lines)} more, until {clock_time(moves[-1].end, zone)}"
        )
    touched = dict.fromkeys(one for move in moves for one in (*move.before, *move.after))
    if len(moves) > 3:
        names = ", ".join(mentioned(people[one]) for one in touched)
        what = "This is the plan" if first else f"{len(moves)} shifts move"
        lines.insert(0, f"{what}, for {names}:")
    gaps = sum(not move.after for move in moves)
    doubles = sum(len(move.after) > max(len(move.before), 1) for move in moves)
    if gaps:
        lines.append(f":warning: {_times(gaps)} *nobody* is on call then.")
    if doubles:
        lines.append(f":warning: {_times(doubles)} two or more are on call at once then.")
    return "\n".join(lines)


def _times(number: int) -> str:
    return "Once" if number == 1 else several(number, "time")


def _unreachable(found: Preview[Any]) -> str:
    moved = {one for move in found.moves for one in (*move.before, *move.after)}
    names = [
        escaped(found.people[one].name) for one in moved if not found.people[one].slack_user_id
    ]
    return f" Not in Slack, so please tell them yourself: {', '.join(names)}." if names else ""


def _whom(people: dict[int, Member], members: tuple[int, ...]) -> str:
    return everyone(people, members) or "nobody"
