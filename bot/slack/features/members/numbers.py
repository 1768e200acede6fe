"""/oncall members confirm: asks people to confirm their number, or to enter it."""

from bot.slack.blocks import Reply
from bot.slack.command import Section, subcommand
from bot.slack.people import find_member
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling import phones
from scheduling.changes.people import mentioned
from scheduling.errors import NothingToDo, Refusal, WithoutExample
from scheduling.notifications import queue
from scheduling.words.wording import joined
from storage.models import Member


@subcommand(
    "members confirm",
    Section.ROTATION,
    takes="[@PERSON]",
    does="ask them to confirm their number, or to enter it; without a name, everybody who hasn’t",
    examples=("members confirm @bob", "members confirm"),
    for_leads=True,
    once=True,
)
def ask_to_confirm(request: Request) -> Reply:
    """Ask one member, or all who haven't, to confirm their number."""
    team = request.team
    if len(request.words) > 1:
        raise Refusal(f"One person at a time. For example: `{COMMAND} members confirm @bob`.")
    if request.words:
        asked = [find_member(request, request.words[0])]
    else:
        everybody = [m for m in Member.of_team(team) if not m.has_left]
        known = phones.known(one.phone for one in everybody)
        asked = [
            one for one in everybody if not (one.phone in known and (known[one.phone].confirmed_at))
        ]
    lost = [one for one in asked if one.phone is None]
    if request.words and phones.opted_out([asked[0].phone]):
        raise WithoutExample(
            f"{asked[0].name} opted out (replied STOP). To opt back in, they can text START to the "
            "number I text from."
        )
    if not asked:
        raise NothingToDo(f"Everyone in {team.name} has confirmed their number.")
    texted = [one for one in asked if one.phone and queue.send_hello(team, one, request.now)]
    written = [
        one
        for one in lost
        if queue.ask_for_number(team, one, request.now, by=request.actor, again=True)
    ]
    if not texted and not written:
        raise NothingToDo(
            "I already asked them within the last hour. `/oncall members` shows who has confirmed."
        )
    request.services.jobs.wake()
    return Reply.of(
        f":iphone: I texted {joined([mentioned(one) for one in texted])} to ask for an OK."
        if texted
        else "",
        f":phone: I asked {joined([mentioned(one) for one in written])} for their number in Slack."
        if written
        else "",
        small_print=f"`{COMMAND} members` shows who has answered.",
        title="Asked",
    )
