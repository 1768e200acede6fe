"""/oncall members: who takes turns, in which order, with which numbers."""

from bot.slack.blocks import Button, Reply
from bot.slack.command import Section, subcommand
from bot.slack.features.members import missing
from bot.slack.features.members.add import ADD
from bot.slack.paging import page_of
from bot.slack.people import numbers_of
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling import phones
from scheduling.changes.people import mentioned
from scheduling.rota import queue
from scheduling.words.mrkdwn import escaped
from scheduling.words.times import dated
from storage.models import Member

PAGE, MOST_GONE = 50, 20  # members on a page; former members below it
BUTTONS = (
    Button("Add", "members add"),
    Button("Edit", "members edit"),
    Button("Remove", "members remove"),
    Button("Reorder", "members move"),
)


@subcommand(
    "members",
    Section.LOOKING,
    takes="[PAGE]",
    does="who’s in the rotation, in order",
    examples=("members",),
    takes_time=True,
    question=True,
)
def show(request: Request) -> Reply:
    """Return the members. Only leads see full numbers, and people their own."""
    leads = request.leads_team
    lines = listed(request, full=leads)
    everybody = Member.of_team(request.team)
    gone = [escaped(one.name) for one in queue.former(everybody)]
    if not lines:
        begin = f" Begin with `{COMMAND} {ADD}`." if leads else ""
        return Reply.of(f"Nobody’s in the rotation.{begin}", buttons=BUTTONS[:1], title="Members")
    page = page_of(request, "members", lines, PAGE, takes=len)
    if len(gone) > MOST_GONE:
        gone = [*gone[:MOST_GONE], f"and {len(gone) - MOST_GONE} more"]
    return Reply.of(
        f"*{escaped(request.team.name)}* rotates in this order{page.title}:",
        "\n".join(page.ones),
        small_print=f"Not in the rotation anymore: {', '.join(gone)}." if gone else "",
        buttons=(
            *page.buttons,
            *(BUTTONS if leads else (Button("Schedule", "schedule"),)),
            *(missing.note(request.team)[1] if leads else ()),
        ),
        title="Members",
    )


def listed(request: Request, *, full: bool) -> list[str]:
    """Return the members in rotation order as lines of mrkdwn; numbers in `full`, or masked."""
    lines = []
    leaving = queue.leavers(request.team)
    order = queue.in_order(request.team, request.now)
    known = phones.known(number for one, _ in order for number in (one.phone, one.second_phone))
    for place, (member, waits) in enumerate(order, start=1):
        own = member.slack_user_id == request.actor
        reached = numbers_of(member, known, full=full or own)
        starts = " (starting next Monday)" if waits else ""
        leaves = leaving.get(member.id)
        ends = f" (until {dated(leaves, year=True)})" if leaves else ""
        lines.append(f"{place}. {mentioned(member)} {reached}{starts}{ends}")
    return lines
