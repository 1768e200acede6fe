"""/oncall swap: two members take each other’s shift."""

from datetime import datetime

from bot.slack import previews, when
from bot.slack.blocks import Reply
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.features.spans import read_span, shift_options
from bot.slack.forms import Form, choice
from bot.slack.people import find_member, member_by_id, oneself
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes.people import mentioned
from scheduling.changes.swaps import Swap, Swapped
from scheduling.errors import Refusal
from scheduling.rota import schedule
from scheduling.words.times import clock_time
from storage.models import Member, Team


def swap_form(request: Request, me: Member, other: Member | None = None) -> Form:
    """Return the form that proposes a swap; the `other` member may be filled in."""
    if other is not None and other.id == me.id:
        raise Refusal("You can’t swap with yourself. Name somebody else.")
    mine = shift_options(request, only=me, running=False)
    theirs = [
        (span, says)
        for span, says in shift_options(request, only=other, but=me, running=False)
        if not says.endswith(": nobody")
    ]
    if not mine or not theirs:
        raise Refusal(
            "A swap needs an upcoming shift of yours and one of somebody else’s. `/oncall "
            "schedule` shows who’s on call when."
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
                hint="I’ll DM the person who has it. Nothing changes until they accept; then "
                "both shifts change hands.",
            ),
        ],
        submit="Propose",
    )


@subcommand(
    "swap",
    Section.COVER,
    takes="[@PERSON YOUR-DAY for THEIR-DAY]",
    does="offer to swap shifts; the other person accepts or declines",
    examples=("swap @bob friday for monday", "swap @bob 2026-12-24 for 2026-12-31"),
    takes_time=True,
    offered=lambda request: swap_form(request, oneself(request, contacts=False)),
)
def swap(request: Request) -> Answer:
    """Propose a swap: '@bob friday for monday', yours first."""
    me = oneself(request, contacts=False)
    if not request.words:
        return swap_form(request, me)
    other = find_member(request, request.words[0])
    if len(request.words) == 1:
        return swap_form(request, me, other)
    sides = " ".join(request.words[1:]).split(" for ")
    if len(sides) != 2 or not all(side.strip() for side in sides):
        raise Refusal(
            "Say which shifts to swap, yours first and theirs after `for`. For example: "
            f"`{COMMAND} swap @bob friday for monday`."
        )
    mine, theirs = (when.span(side, None, request.team, request.now) for side in sides)
    return _propose(request, me, mine, other, theirs)


@form("swap")
def swap_filled_in(request: Request) -> Answer:
    """Propose the swap in the form."""
    me = oneself(request, contacts=False)
    mine, theirs = (read_span(request.values[side]) for side in ("mine", "theirs"))
    holders = schedule.on_call(request.team, theirs[0]).members
    if len(holders) != 1 or holders[0] == me.id:
        raise Refusal("Somebody else has that shift now. Please choose again.", "theirs")
    return _propose(request, me, mine, member_by_id(request.team, holders[0]), theirs)


def _propose(
    request: Request,
    me: Member,
    mine: tuple[datetime, datetime],
    other: Member,
    theirs: tuple[datetime, datetime],
) -> Reply:
    return previews.ask(request, Swap(me.id, mine, other.id, theirs))


@words_for(Swap)
def _swapped(team: Team, done: Swapped) -> OutcomeText:
    clock = schedule.clock_of(team)
    return OutcomeText(
        f"Swapped: {mentioned(done.other)} takes {clock_time(done.ones[0], clock)} and "
        f"{mentioned(done.one)} takes {clock_time(done.others[0], clock)}.",
        f"`{COMMAND} undo` undoes it.",
    )
