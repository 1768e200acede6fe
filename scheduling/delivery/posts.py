"""What a post says by now: its words, how far the SMS it speaks of has come, and its buttons.

A post is rendered when it is sent, and again whenever an SMS that it speaks of changes: the same
function of the rows both times, so one that was rendered twice is right, and so is a late one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from scheduling.channels import NO_RECEIPTS, ErrorClass, Message, explaining
from scheduling.delivery import said, second_way
from scheduling.delivery.chain import Chain
from scheduling.delivery.policy import RECEIPTS
from scheduling.notifications import announced, snapshot
from scheduling.rota import schedule
from scheduling.words.buttons import (
    COVER_SHIFT,
    FIX_NUMBER,
    GOT_IT,
    TRY_AGAIN,
    Action,
    Button,
    button,
)
from scheduling.words.lines import mention
from scheduling.words.people import Person
from scheduling.words.posts import (
    A_MESSAGE,
    AN_SMS,
    SECOND_PHONE,
    Life,
    beside_line,
    life_line,
    said_more,
    sent_again_line,
)
from scheduling.words.times import seconds
from scheduling.words.warnings import (
    Trouble,
    all_clear,
    sent_again_post,
    settled,
    unreached_warning,
)
from storage.models import Member, Notification
from storage.statuses import POSTS, Kind, OwnCode, Purpose, Status, Trait

Buttons = tuple[Button, ...]
# An SMS that waits for nothing but its receipt, or has it.
_UNEVENTFUL = (Status.PENDING, Status.SENDING, Status.SENT, Status.DELIVERED)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A post as it should stand in Slack.

    `clear` is whether it says that what it warned of is over; None where it never says so.
    """

    text: str
    small_print: str = ""
    buttons: Buttons = ()
    clear: bool | None = None

    @classmethod
    def of(cls, message: Message) -> "Rendered":
        """Return what a message shows."""
        return cls(message.text, message.small_print, message.buttons)

    @property
    def as_stored(self) -> str:
        """The same in one text, to tell whether it changed."""
        return json.dumps([self.text, self.small_print, self.buttons])


def render(row: Notification, now: datetime) -> Rendered:
    """Return what a post or a direct message should say at `now`."""
    rendered = _rendered(row, now)
    if because := second_way.why(row):
        small_print = "\n".join(filter(None, (rendered.small_print, because)))
        return replace(rendered, small_print=small_print)
    return rendered


def _rendered(row: Notification, now: datetime) -> Rendered:
    if _is_of_event(row):
        return _of_event(row, now)
    root = row.root
    if row.purpose == Purpose.SAID:
        return Rendered(root.text, said_more(said.unquoted(root)))
    if root is row or not root.purpose.is_duty:
        return Rendered(row.text, buttons=_buttons(row))
    chain = Chain.of(root, now)
    if row.purpose == Purpose.WARNING:
        return _warning(row, chain)
    if row.purpose not in (Purpose.DIRECT, Purpose.ESCALATION):
        return Rendered(row.text, buttons=_buttons(row))
    return Rendered(row.text, _life(chain), () if _over(row, chain) else _buttons(row))


def can_wait(row: Notification, rendered: Rendered, now: datetime) -> bool:
    """Tell whether a post may stay as it is until the receipts of all its SMS are in.

    Slack takes only so many edits. Whatever has to be seen at once (a failure, a confirmation, a
    cover) makes it say no.
    """
    if not _is_of_event(row) or row.shown is None:
        return False
    chains = _chains(row, now)
    if not any(chain.unsettled and chain.trouble is None for chain in chains):
        return False
    as_good = {line: on_its_way for chain in chains for line, on_its_way in _on_its_way(chain)}
    text, small_print, buttons = json.loads(row.shown)
    if text != rendered.text or buttons != [list(one) for one in rendered.buttons]:
        return False
    lines, shown = rendered.small_print.split("\n"), small_print.split("\n")
    return len(lines) == len(shown) and all(
        there == line or there in as_good.get(line, ())
        for line, there in zip(lines, shown, strict=True)
    )


def good_news(row: Notification, rendered: Rendered, now: datetime) -> str | None:
    """Return what to say anew where an old warning can't be changed; None if nothing is better.

    Once a turn is over, what comes after it tells the rest.
    """
    if row.purpose == Purpose.PREFLIGHT:
        return rendered.text if row.cleared_at else None
    root = row.root
    if (
        row.purpose not in (Purpose.WARNING, Purpose.ESCALATION)
        or root is row
        or not root.purpose.is_duty
    ):
        return None
    chain = Chain.of(root, now)
    by = root.acknowledged_by if chain.taken else None
    if not chain.current or not (chain.reached or by):
        return None
    return all_clear(
        snapshot.person(root.recipient),
        snapshot.person(by) if by else None,
        ok=chain.confirmed,
        arrived=chain.delivered is not None,
    )


def _on_its_way(chain: Chain) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the line of an SMS all is well with, and those that may stand in its place a while."""
    root = chain.root
    if chain.rows or root.acknowledged_at or root.status not in _UNEVENTFUL:
        return
    if is_late(root, chain.now):
        return
    person, clock = snapshot.person(root.recipient), schedule.clock_of(root.team)
    before = tuple(life_line(Life(person, word), clock) for word in (Status.SENT, "held"))
    yield _life(chain), before


def slack_user(row: Notification) -> str | None:
    """Return whom a direct message goes to."""
    member = row.team_member
    return row.slack_user_id or (member.slack_user_id if member else None)


def _buttons(row: Notification) -> Buttons:
    return tuple((label, runs) for label, runs in json.loads(row.buttons or "[]"))


def _over(row: Notification, chain: Chain) -> bool:
    """Tell whether there is nothing left to confirm below a post or message."""
    done = chain.reached or chain.taken if row.purpose == Purpose.ESCALATION else chain.confirmed
    return done or not chain.current


def _is_of_event(row: Notification) -> bool:
    """Tell whether a row is the channel's post of a morning or a handoff."""
    return bool(row.kind == Kind.ANNOUNCEMENT and row.purpose.is_duty)


def _of_event(row: Notification, now: datetime) -> Rendered:
    """Return the post of a morning or a handoff, with the life of its SMS."""
    chains = _chains(row, now)
    to_confirm = [chain.root for chain in chains if not _over(row, chain)]
    several = len(to_confirm) > 1
    buttons = tuple(
        button(
            f"{GOT_IT} ({_short(call.recipient.name)})" if several else GOT_IT,
            Action.ACKNOWLEDGE,
            call.id,
            team=call.team_id,
        )
        for call in to_confirm
    )
    return Rendered(row.text, "\n".join(map(_life, chains)), buttons)


def _chains(row: Notification, now: datetime) -> list[Chain]:
    """Return the SMS of a morning or a handoff, each with what was done besides."""
    calls = (
        Notification.select(Notification, Member)
        .join(Member, on=Notification.team_member)
        .where(row.of_same_event, Notification.kind.not_in(POSTS))
        .order_by(Notification.id)
    )
    return [Chain.of(call, now) for call in calls]


def _short(name: str) -> str:
    """Return a first name that fits a button."""
    return (name.split() or [name])[0][:40]


def _life(chain: Chain, *, why: bool = True) -> str:
    """Return how far an SMS has come, and what was done besides, as lines."""
    root = chain.root
    clock = schedule.clock_of(root.team)
    told = chain.delivered or root
    confirmed = None
    if root.acknowledged_at:
        confirmed = (
            root.acknowledged_at,
            snapshot.person(root.acknowledged_by or root.recipient),
            "by SMS" if root.acknowledged_in == "sms" else "in Slack",
        )
    silent = told.status == Status.SENT and told.next_attempt_at is None
    expected = told.error_code != NO_RECEIPTS or told.twilio_status == NO_RECEIPTS
    blind = "blind" if told.status == Status.SENT and not expected else None
    one = Life(
        snapshot.person(root.recipient),
        blind or ("held" if is_late(told, chain.now) else "no receipt" if silent else told.status),
        told.delivered_at if told.status == Status.DELIVERED else None,
        told.error_message if why else None,
        confirmed,
    )
    again = chain.with_purpose(Purpose.AGAIN)
    besides = [row for row in chain.rows if Trait.BELOW_POST in row.purpose.traits]
    lines = [life_line(one, clock), *(_also(row, chain) for row in besides)]
    if again:
        last = again[-1]
        status = _delivery_status(last, chain.now)
        lines.append(sent_again_line(len(again), last.created_at, clock, status))
    return "\n".join(lines)


def _also(row: Notification, chain: Chain) -> str:
    """Return what was done because an SMS did not arrive, for example '8:05 message in Slack'."""
    clock = schedule.clock_of(chain.root.team)
    what = A_MESSAGE if row.kind == Kind.DIRECT else AN_SMS
    if row.purpose == Purpose.SECOND:
        what = SECOND_PHONE
    contact = snapshot.person(row.recipient) if row.purpose == Purpose.ESCALATION else None
    return beside_line(what, row.created_at, clock, _delivery_status(row, chain.now), contact)


def is_late(row: Notification, now: datetime) -> bool:
    """Tell whether Twilio keeps an SMS longer than it usually does, so that people should know."""
    return row.held and row.left_at is not None and now - row.left_at >= RECEIPTS.usually_left


def _delivery_status(row: Notification, now: datetime) -> str:
    """Return how far what was done besides has come, by a status or what `beside_line` knows."""
    if row.kind == Kind.DIRECT and row.status == Status.DELIVERED:
        return "read"
    if is_late(row, now):
        return "held"
    if row.status == Status.SENT and (row.next_attempt_at is None or row.error_code == NO_RECEIPTS):
        return "no receipt"
    return str(row.status)


def _warning(row: Notification, chain: Chain) -> Rendered:
    """Return the warning about somebody who was not reached, as true as it can be by now."""
    root, trouble = chain.root, chain.trouble
    if any(one.id > row.id for one in chain.warnings):
        return Rendered(row.text)  # a newer one tells the rest, also whether it is over
    person = snapshot.person(root.recipient)
    life = _life(chain, why=False)
    clock = schedule.clock_of(root.team)
    got_at = seconds(chain.in_time, clock) if chain.in_time else None
    if chain.confirmed or (chain.reached and chain.current):
        return Rendered(all_clear(person, None, got_at, ok=chain.confirmed), life, clear=True)
    if not chain.current:
        return Rendered(settled(person, trouble, _who_is(chain), got_at), life, clear=False)
    if trouble is None:
        return Rendered(sent_again_post(person), life, clear=False)
    if chain.taken and root.acknowledged_by:
        by = snapshot.person(root.acknowledged_by)
        return Rendered(
            all_clear(person, by, arrived=chain.delivered is not None),
            life,
            _helping(chain, trouble),
            clear=False,
        )
    buttons = (*_buttons(row), *_helping(chain, trouble))
    return Rendered(unreached_warning(person, trouble), life, buttons, clear=False)


def note_clear(row: Notification, rendered: Rendered, now: datetime) -> None:
    """Take down since when what a warning warns of is over, as it is said in Slack."""
    if rendered.clear is not None:
        row.cleared_at = (row.cleared_at or now) if rendered.clear else None


def _who_is(chain: Chain) -> list[Person] | None:
    """Return who is on call by now; None if it is the same person, by a newer message."""
    now = schedule.on_call(chain.root.team, chain.now).members
    if chain.root.team_member_id in now:
        return None
    people = schedule.members_by_id(chain.root.team)
    return [snapshot.person(people[member]) for member in now]


def _helping(chain: Chain, trouble: Trouble) -> Buttons:
    """Return the buttons that can help: those that could not are left out."""
    root, error = chain.root, explaining.of(chain.telling).error_class
    # Nothing is mended by sending it again while they want no SMS, or the team may send no more.
    stopped = error is ErrorClass.OPTED_OUT or chain.telling.error_code == OwnCode.CAPPED
    failed = trouble.kind == "failed" and not stopped
    missing = chain.telling.error_code == OwnCode.NO_NUMBER
    number = failed and (missing or error is ErrorClass.WRONG_ADDRESS)
    offered = (
        (TRY_AGAIN, Action.RESEND, root.id, failed and not missing),
        (COVER_SHIFT, Action.COVER, _rest_of(chain), True),
        (FIX_NUMBER, Action.EDIT_MEMBER, mention(root.recipient), number),
    )
    return tuple(
        button(label, action, what, team=root.team_id)
        for label, action, what, helps in offered
        if helps
    )


def _rest_of(chain: Chain) -> str:
    """Return the rest of the turn, as one types it: 'now to 2026-11-24 08:00'.

    Of one that was told of before it begins, the whole of it.
    """
    zone = schedule.zone_of(chain.root.team)
    at = announced.called(chain.root, chain.now) or chain.now
    begins = "now" if at == chain.now else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
    ends = schedule.coming(chain.root.team, at)[0].end
    return f"{begins} to {ends.astimezone(zone):%Y-%m-%d %H:%M}"
