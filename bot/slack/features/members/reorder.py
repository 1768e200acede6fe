"""/oncall members move: changes the order of the rotation."""

from collections.abc import Sequence

from bot.slack import previews
from bot.slack.blocks import Button, Reply, actions, context, sections
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.features.members.add import ADD
from bot.slack.features.members.places import index_of, places, with_place
from bot.slack.forms import Form, choice, chosen_number, held, unreadable
from bot.slack.people import find_member, member_by_id
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes.order import Reorder, Reordered
from scheduling.changes.people import mentioned
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import queue, schedule
from scheduling.words import titles
from scheduling.words.mrkdwn import escaped, isolated
from scheduling.words.times import clock_time
from scheduling.words.visible import same_to_the_eye
from storage.models import Member, Team

MOVE, AGAIN = "members move @alice after @bob", "members reorder"
SHOWN = 60  # members of the order, in the form
MOST_MOVES = 100  # remembered by a form


@subcommand(
    "members move",
    Section.ROTATION,
    takes="[@PERSON first | last | after @OTHER]",
    does="change the order of the rotation",
    examples=(MOVE, "members move @alice first"),
    for_leads=True,
)
def move(request: Request) -> Answer:
    """Move somebody to another place."""
    if not request.words:
        return move_form(request)
    words, chosen = with_place(request, request.words[1:])
    if words or chosen is None:
        raise Refusal(
            f"Say who goes where. For example: `{COMMAND} {MOVE}`, or "
            f"`{COMMAND} members move @alice first`."
        )
    return _ask_to_move(request, find_member(request, request.words[0]), chosen)


def _ask_to_move(request: Request, member: Member, chosen: str) -> Reply:
    order = queue.coming(request.team, request.now)
    return previews.ask(request, Reorder(_moved(request, order, [str(member.id), chosen])))


# --- the form -----------------------------------------------------------------------------------

# A move is a member's id and one of `places`. The form remembers moves rather than the order, so
# that they still work if others join or leave while it is open.
Move = list[str]


def move_form(request: Request, moves: Sequence[Move] = (), version: int = 0) -> Form:
    """Return the form that shows the order after some `moves`, and asks for the next one.

    Each update has a new `version`, which is part of the fields’ names: under a new name, Slack
    shows a field empty.
    """
    people, order = request.people, queue.coming(request.team, request.now)
    for one in moves:
        order = _moved(request, order, one)
    if not order:
        raise NothingToDo(f"Nobody is in the rotation yet. Begin with `{COMMAND} {ADD}`.")
    moved = {member for member, _ in moves}
    lines = [
        f"{place}. {_bold(escaped(people[one].name), bold=str(one) in moved)}"
        for place, one in enumerate(order[:SHOWN], start=1)
    ]
    more = [f"…and {len(order) - SHOWN} more"] if len(order) > SHOWN else []
    names = _labels([people[one] for one in order])
    options = [(str(one), isolated(name)) for one, name in zip(order, names, strict=True)]
    start_over = actions([Button("Start over", AGAIN)], request.team.id)
    who, where = _fields(version)
    return Form(
        "members move",
        "Reorder the rotation",
        [
            *sections("\n".join([*lines, *more])),
            choice(who, "Who moves?", options, optional=True, live=True),
            choice(where, "Where to?", places(people, order), optional=True, live=True),
            *([start_over] if moves else []),
            context(
                "Choose both, as often as you like, then press Next. The new order starts next "
                "Monday; nobody’s shift this week moves."
            ),
        ],
        context={"moves": list(moves), "drawn": version},
    )


def _bold(text: str, *, bold: bool) -> str:
    return f"*{text}*" if bold else text


def _fields(version: int) -> tuple[str, str]:
    return f"member {version}", f"place {version}"


def _moved(request: Request, order: list[int], move: Move) -> list[int]:
    """Return the order after a move. Raises Refusal if somebody has left meanwhile."""
    number, place = chosen_number(move[0]), move[1]
    member = member_by_id(request.team, number)
    if number not in order:
        raise Refusal(
            f"{member.name} isn’t in the rotation. `{COMMAND} members` lists who is.", "member"
        )
    if place == str(number):
        raise Refusal("You can’t put somebody after themselves. Name somebody else.", "place")
    rest = [one for one in order if one != number]
    at = index_of(rest, place)
    return [*rest[:at], number, *rest[at:]]


def _filled_in(request: Request) -> tuple[list[Move], int]:
    """Return the remembered moves with the one just chosen, and the version of the form."""
    moves, version = held(request.context["moves"], list), held(request.context["drawn"], int)
    if not all(isinstance(one, list) and len(one) == 2 for one in moves):
        raise unreadable()
    chosen = [str(request.values.get(name) or "") for name in _fields(version)]
    if not any(chosen):
        return moves, version
    for name, value, what in zip(
        _fields(version), chosen, ("who moves", "a position"), strict=True
    ):
        if not value:
            raise Refusal(f"Choose {what}, too.", name)
    if len(moves) == MOST_MOVES:
        raise Refusal(
            f"You can make at most {MOST_MOVES} moves at once. Start over.", _fields(version)[0]
        )
    return [*moves, chosen], version


def move_changed(request: Request) -> Form:
    """Return the form with the order after the chosen move."""
    moves, version = _filled_in(request)
    return move_form(request, moves, version + 1)


@subcommand(
    AGAIN,
    Section.BUTTONS,
    does="the order as it was, in the form that reorders it",
    examples=(AGAIN,),
    for_leads=True,
)
def start_over(request: Request) -> Form:
    """Return the form without any moves."""
    return move_form(request, version=held(request.context.get("drawn", 0), int) + 1)


@form("members move", changed=move_changed, for_leads=True)
def move_filled_in(request: Request) -> Answer:
    """Put the rotation into the order shown in the form."""
    moves, version = _filled_in(request)
    order = queue.coming(request.team, request.now)
    who, where = _fields(version)
    for one in moves:
        try:
            order = _moved(request, order, one)
        except Refusal as refusal:
            raise refusal.about(where if refusal.field == "place" else who) from refusal
    return previews.ask(request, Reorder(order))


def _labels(members: Sequence[Member]) -> list[str]:
    """Return the members' names; two equal ones are followed by the last digits of the numbers.

    Members without a number get their id instead.
    """
    names = [same_to_the_eye(member.name) for member in members]
    return [
        member.name
        if names.count(name) == 1
        else f"{member.name} {member.phone[-4:] if member.phone else member.id}"
        for member, name in zip(members, names, strict=True)
    ]


@words_for(Reorder)
def _reordered(team: Team, done: Reordered) -> OutcomeText:
    names = ", ".join(escaped(one.name) for one in done.members[:10])
    more = f" and {len(done.members) - 10} more" if len(done.members) > 10 else ""
    # A rotation goes on from where it is, so the first in the order needn't have the next shift.
    first = ""
    if done.first:
        begins = clock_time(done.first.start_datetime, schedule.clock_of(team))
        first = f" First shift in this order: {mentioned(done.first.team_member)}, {begins}."
    return OutcomeText(
        f"New rotation order{titles.since(done.monday)}: {names}{more}.{first}",
        f"`{COMMAND} members` lists it; `{COMMAND} undo` undoes it.",
    )
