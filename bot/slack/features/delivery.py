"""/oncall ok, again, test: confirm a text, resend one, or text a test."""

from bot.slack.blocks import Button, Reply
from bot.slack.command import Section, subcommand
from bot.slack.people import find_member
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from scheduling import limits
from scheduling.changes.people import mentioned
from scheduling.delivery import acknowledge, resend
from scheduling.errors import NotAllowed, NothingToDo, Refusal
from scheduling.notifications import queue
from scheduling.numbers import spaced
from scheduling.rota import schedule
from scheduling.words.lines import mention, number_of
from scheduling.words.mrkdwn import escaped
from scheduling.words.times import when
from storage.database import writing
from storage.models import Member


@subcommand(
    "ok",
    Section.TEXTS,
    takes="[NUMBER]",
    does="confirm that you’ve got it, like replying OK to the text",
    examples=("ok",),
    takes_time=True,
)
def confirm(request: Request) -> Reply:
    """Confirm the actor's turn, or that they're handling another's."""
    team, now = request.team, request.now
    number = number_of(request.words[0]) if request.words else None
    if request.words and (number is None or len(request.words) > 1):
        raise Refusal(f"`{COMMAND} ok` is enough to confirm.")
    if number is None:
        member = request.known_as
        call = acknowledge.newest_open(member, now) if member else None
        call = call or (acknowledge.last_acknowledged(member, now) if member else None)
        if call is None:
            raise NothingToDo(
                f"Nothing in {escaped(team.name)} is waiting for your OK. `{COMMAND}` shows who’s "
                "on call now."
            )
        number = call.id
    root, me = acknowledge.confirm(team, number, request.actor, now)
    request.services.jobs.wake()
    clock = schedule.clock_of(team)
    by, at = root.acknowledged_by, root.acknowledged_at
    if by is None:
        said = (
            f":white_check_mark: {mentioned(root.recipient)} has been reached. Nothing left to do."
        )
    elif by.id != me.id or at < now:
        whom = "You" if by.id == me.id else mentioned(by)
        said = f":white_check_mark: {whom} already confirmed that {when(at, clock, now)}."
    elif by.id == root.team_member_id:
        said = f":white_check_mark: Thanks, confirmed. You’re on call for *{escaped(team.name)}*."
    else:
        said = (
            f":white_check_mark: Thanks, you’re on it. I’ll keep trying to reach "
            f"{mentioned(root.recipient)}."
        )
    return Reply.of(said, buttons=(Button("My shifts", "mine"),), title="Confirmed")


@subcommand(
    "again",
    Section.BUTTONS,
    takes="NUMBER",
    does="resend a text that didn’t arrive (the button below a warning)",
    examples=("again 2",),
    takes_time=True,
)
def again(request: Request) -> Reply:
    """Resend an SMS if its last attempt definitely failed."""
    number = number_of(request.words[0]) if len(request.words) == 1 else None
    if number is None:
        raise Refusal(f"Which one? `{COMMAND} notifications` lists them by number.")
    with writing():
        member = resend.resend(request.team, number, request.now)
        limits.use(request.actor, "again", str(number), request.now)
    request.services.jobs.wake()
    return Reply.of(
        f":iphone: I’m texting {mentioned(member)} again. The warning will show whether it "
        "arrives.",
        title="Resent",
    )


@subcommand(
    "test",
    Section.TEXTS,
    takes="[@PERSON]",
    does="text yourself a test (leads: anybody)",
    examples=("test", "test @bob"),
    takes_time=True,
)
def send(request: Request) -> Reply:
    """Queue a test SMS to the actor, or to somebody else if the actor is a lead."""
    if len(request.words) > 1:
        raise Refusal(
            f"{echo(' '.join(request.words))} isn’t one person. For example: `{COMMAND} test @bob`."
        )
    known = request.known_as
    me = known if known and (request.member or known.escalates or request.leads_team) else None
    member = me
    if request.words:
        member = find_member(request, request.words[0])
        if member != me:
            request.needs_lead()
    if member is None and known is not None:
        raise NotAllowed(
            f"You’re not in {escaped(request.team.name)}’s rotation anymore. {request.who_could()}"
        )
    if member is None:
        raise Refusal(
            f"I don’t have a number for you in {request.team.name}. A lead can add you: "
            f"`{COMMAND} members add <@{request.actor}>`."
        )
    own = member.slack_user_id == request.actor
    if member.phone is None:
        return _no_number(member, own=own)
    with writing():
        fresh = queue.send_test(request.team, member, request.now)
        if fresh:
            limits.use(request.actor, "test", str(member.id), request.now)
    if not fresh:
        whom = "you" if own else mentioned(member)
        raise Refusal(
            f"I sent {whom} a test text less than a minute ago. If it doesn’t arrive, check "
            f"the number in `{COMMAND} members`, then try `{COMMAND} test` again in a minute."
        )
    request.services.jobs.wake()
    return Reply.of(
        f":iphone: I’m sending a test text to {'' if own else mentioned(member) + ', '}"
        f"{spaced(member.phone)}. If it doesn’t arrive within a minute, I’ll say why in the "
        "channel.",
        title="Test",
    )


def _no_number(member: Member, *, own: bool) -> Reply:
    """Return the answer to a test that can't be sent because there is no number."""
    if own:
        said, button = "You haven’t", Button("Enter my number", "number", "primary")
    else:
        said = f"{mentioned(member)} hasn’t"
        button = Button("Ask again", f"members confirm {mention(member)}")
    return Reply.of(
        f":phone: {said} entered a phone number yet.", buttons=(button,), title="Test", beside=True
    )
