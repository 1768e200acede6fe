"""/oncall members move: another order of the rotation."""

from collections.abc import Sequence

from bot.slack import previews
from bot.slack.blocks import Reply
from bot.slack.command import Answer, Section, Told, form, subcommand, words_for
from bot.slack.features.members.add import ADD
from bot.slack.features.members.places import index_of, places, with_place
from bot.slack.forms import Fields, Form, choice, text_field
from bot.slack.people import find_member, member_by_id, member_options
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes.members import Reorder, Reordered
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import queue
from scheduling.words import titles
from scheduling.words.mrkdwn import escaped
from scheduling.words.visible import same_to_the_eye
from storage.models import Member, Team

MOVE = "members move @alice after @bob"
ORDER = 3000  # characters that a field of Slack's takes


@subcommand(
    "members move",
    Section.ROTATION,
    takes="[@PERSON first | last | after @OTHER]",
    does="change the order of the rotation",
    examples=(MOVE, "members move @alice first"),
    for_leads=True,
)
def move(request: Request) -> Answer:
    """Give somebody another place."""
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
    if member.id not in order:
        raise Refusal(
            f"{member.name} is not in the rotation. `{COMMAND} members` lists who is.", "member"
        )
    if chosen == str(member.id):
        raise Refusal("Nobody can stand after themselves. Name somebody else.", "place")
    order.remove(member.id)
    order.insert(index_of(order, chosen), member.id)
    return previews.ask(request, Reorder(order))


def move_form(request: Request) -> Form:
    """Return the form with the order, a name a line; of many, one that moves a single one."""
    people, order = request.people, queue.coming(request.team, request.now)
    if not order:
        raise NothingToDo(f"Nobody is in the rotation yet. Begin with `{COMMAND} {ADD}`.")
    lines = "\n".join(_labels([people[one] for one in order]))
    if len(lines) > ORDER:
        hint = "From next Monday on. You see whose shifts move before anything changes."
        return Form(
            "members move",
            "Move a member",
            [
                choice("member", "Who moves?", member_options(request)),
                choice("place", "Where to?", places(request), hint=hint),
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


@form("members move", for_leads=True)
def move_filled_in(request: Request) -> Answer:
    """Put the rotation into the order that the form names, or one of it to another place."""
    if "member" in request.values:
        fields = Fields(request.values)
        member = member_by_id(request.team, fields["member"])
        return _ask_to_move(request, member, str(fields["place"]))
    people, order = request.people, queue.coming(request.team, request.now)
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
    return previews.ask(request, Reorder(named))


def _labels(members: Sequence[Member]) -> list[str]:
    """Return the members' names; what is the same for two is told apart by their number's end.

    Who has no number yet is told apart by their id.
    """
    names = [same_to_the_eye(member.name) for member in members]
    return [
        member.name
        if names.count(name) == 1
        else f"{member.name} {member.phone[-4:] if member.phone else member.id}"
        for member, name in zip(members, names, strict=True)
    ]


@words_for(Reorder)
def _reordered(_: Team, done: Reordered) -> Told:
    names = ", ".join(escaped(one.name) for one in done.members[:10])
    more = f" and {len(done.members) - 10} more" if len(done.members) > 10 else ""
    return Told(
        f"The rotation’s order{titles.since(done.monday)}: {names}{more}.",
        f"`{COMMAND} members` lists it; `{COMMAND} undo` undoes it.",
    )
