"""Renders posts: their text, the delivery status of the SMS they are about, and their buttons.

A post is rendered when it is sent, and again whenever an SMS that it is about changes. Rendering is
a function of the stored rows and the time, so doing it twice, or late, does no harm.

A morning's post has one line for each person. Only the warning lists what was tried when their text
didn't arrive.
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
    A_TEXT,
    SECOND_PHONE,
    TextStatus,
    more_replies,
    resent_line,
    status_line,
    step_line,
    zone_line,
)
from scheduling.words.times import seconds
from scheduling.words.warnings import (
    Trouble,
    all_clear,
    resent_post,
    settled,
    unreached_warning,
)
from storage.models import Member, Notification
from storage.statuses import POSTS, Kind, OwnCode, Purpose, Status, Trait

Buttons = tuple[Button, ...]
# An SMS that goes out normally: it waits for its receipt, or has it.
_UNEVENTFUL = (Status.PENDING, Status.SENDING, Status.SENT, Status.DELIVERED)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A post as it should look in Slack.

    `clear` is whether it says that the trouble it warned of is over; None if it isn't a warning.
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
        """All of it as one string, to compare with what was posted."""
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
        return Rendered(root.text, more_replies(said.unquoted(root)))
    if root is row or not root.purpose.is_duty:
        return Rendered(row.text, buttons=_buttons(row))
    chain = Chain.of(root, now)
    if row.purpose == Purpose.WARNING:
        return _warning(row, chain)
    if row.purpose not in (Purpose.DIRECT, Purpose.ESCALATION):
        return Rendered(row.text, buttons=_buttons(row))
    return Rendered(row.text, _status(chain), () if _over(row, chain) else _buttons(row))


def can_wait(row: Notification, rendered: Rendered, now: datetime) -> bool:
    """Tell whether an edit can wait until the receipts of all of the post's SMS are in.

    Slack limits edits. Anything people must see at once (a failure, a confirmation, a cover) can't
    wait.
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
    """Return the all-clear to post if a warning can't be edited; None if there is none to give.

    After the turn there is none, because later posts say who is on call.
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
    """Yield the status line of an SMS without trouble, and older lines that may stay for now."""
    root = chain.root
    if chain.rows or root.acknowledged_at or root.status not in _UNEVENTFUL:
        return
    if is_late(root, chain.now):
        return
    person, clock = snapshot.person(root.recipient), schedule.clock_of(root.team)
    earlier = (Status.SENT, "held")
    yield _status(chain), tuple(status_line(TextStatus(person, one), clock) for one in earlier)


def slack_user(row: Notification) -> str | None:
    """Return the Slack id that a direct message goes to."""
    member = row.team_member
    return row.slack_user_id or (member.slack_user_id if member else None)


def _buttons(row: Notification) -> Buttons:
    return tuple((label, runs) for label, runs in json.loads(row.buttons or "[]"))


def _over(row: Notification, chain: Chain) -> bool:
    """Tell whether a post or direct message has nothing left to confirm."""
    done = chain.reached or chain.taken if row.purpose == Purpose.ESCALATION else chain.confirmed
    return done or not chain.current


def _is_of_event(row: Notification) -> bool:
    """Tell whether a row is the channel's post of a morning or a handoff."""
    return bool(row.kind == Kind.ANNOUNCEMENT and row.purpose.is_duty)


def _of_event(row: Notification, now: datetime) -> Rendered:
    """Return the post of a morning or a handoff, with a line about each of its SMS."""
    chains = _chains(row, now)
    to_confirm = [chain.root for chain in chains if not _over(row, chain)]
    several = len(to_confirm) > 1
    buttons = tuple(
        button(
            f"{GOT_IT} ({_short(duty.recipient.name)})" if several else GOT_IT,
            Action.ACKNOWLEDGE,
            duty.id,
            team=duty.team_id,
        )
        for duty in to_confirm
    )
    lines = [_status(chain, below=bool(chain.warnings)) for chain in chains]
    return Rendered(row.text, "\n".join(lines), buttons)


def _chains(row: Notification, now: datetime) -> list[Chain]:
    """Return the chains of a morning's or a handoff's SMS."""
    duties = (
        Notification.select(Notification, Member)
        .join(Member, on=Notification.team_member)
        .where(row.of_same_event, Notification.kind.not_in(POSTS))
        .order_by(Notification.id)
    )
    return [Chain.of(duty, now) for duty in duties]


def _short(name: str) -> str:
    """Return a first name that fits a button."""
    return (name.split() or [name])[0][:40]


def _status(chain: Chain, *, why: bool = True, below: bool = False) -> str:
    """Return the status line of an SMS, with a second one if somebody else is handling it.

    `why` puts the reason of a failure into the line; `below` is whether a warning below has more.
    """
    root, shown = chain.root, chain.delivered or chain.root
    confirmed = None
    if root.acknowledged_at:
        confirmed = (
            root.acknowledged_at,
            snapshot.person(root.acknowledged_by or root.recipient),
            "by text" if root.acknowledged_in == "sms" else "in Slack",
        )
    silent = shown.status == Status.SENT and shown.next_attempt_at is None
    expected = shown.error_code != NO_RECEIPTS or shown.twilio_status == NO_RECEIPTS
    blind = "blind" if shown.status == Status.SENT and not expected else None
    one = TextStatus(
        snapshot.person(root.recipient),
        blind
        or ("held" if is_late(shown, chain.now) else "no receipt" if silent else shown.status),
        shown.delivered_at if shown.status == Status.DELIVERED else None,
        shown.error_message if why else None,
        confirmed,
        below and chain.current and chain.trouble is not None,
    )
    return status_line(one, schedule.clock_of(root.team))


def _trail(chain: Chain) -> str:
    """Return the status of an SMS and what else was tried, one line each, then the time zone."""
    clock = schedule.clock_of(chain.root.team)
    lines = [_status(chain, why=False)]
    lines += [_step(row, chain) for row in chain.rows if Trait.BELOW_POST in row.purpose.traits]
    if again := chain.with_purpose(Purpose.RESENT):
        last = again[-1]
        status = _delivery_status(last, chain.now)
        lines.append(resent_line(len(again), last.created_at, clock, status))
    if len(lines) > 1 or chain.root.acknowledged_at or chain.delivered:
        lines.append(zone_line(chain.now, clock))
    return "\n".join(lines)


def _step(row: Notification, chain: Chain) -> str:
    """Return a line about a fallback, for example '8:05 AM message in Slack'."""
    clock = schedule.clock_of(chain.root.team)
    what = A_MESSAGE if row.kind == Kind.DIRECT else A_TEXT
    if row.purpose == Purpose.SECOND:
        what = SECOND_PHONE
    contact = snapshot.person(row.recipient) if row.purpose == Purpose.ESCALATION else None
    return step_line(what, row.created_at, clock, _delivery_status(row, chain.now), contact)


def is_late(row: Notification, now: datetime) -> bool:
    """Tell whether Twilio has held an SMS long enough that people should know."""
    return row.held and row.left_at is not None and now - row.left_at >= RECEIPTS.usually_left


def _delivery_status(row: Notification, now: datetime) -> str:
    """Return the delivery status of a row, or another word that `step_line` knows."""
    if row.kind == Kind.DIRECT and row.status == Status.DELIVERED:
        return "read"
    if is_late(row, now):
        return "held"
    if row.status == Status.SENT and (row.next_attempt_at is None or row.error_code == NO_RECEIPTS):
        return "no receipt"
    return str(row.status)


def _warning(row: Notification, chain: Chain) -> Rendered:
    """Return the warning about somebody who wasn't reached, as it should read now."""
    root, trouble = chain.root, chain.trouble
    if any(one.id > row.id for one in chain.warnings):
        return Rendered(row.text)  # only the newest warning is kept up to date
    person = snapshot.person(root.recipient)
    trail = _trail(chain)
    clock = schedule.clock_of(root.team)
    got_at = seconds(chain.in_time, clock) if chain.in_time else None
    if chain.confirmed or (chain.reached and chain.current):
        return Rendered(all_clear(person, None, got_at, ok=chain.confirmed), trail, clear=True)
    if not chain.current:
        return Rendered(settled(person, trouble, _who_is(chain), got_at), trail, clear=False)
    if trouble is None:
        return Rendered(resent_post(person), trail, clear=False)
    if chain.taken and root.acknowledged_by:
        by = snapshot.person(root.acknowledged_by)
        return Rendered(
            all_clear(person, by, arrived=chain.delivered is not None),
            trail,
            _helping(chain, trouble),
            clear=False,
        )
    buttons = (*_buttons(row), *_helping(chain, trouble))
    return Rendered(unreached_warning(person, trouble), trail, buttons, clear=False)


def note_clear(row: Notification, rendered: Rendered, now: datetime) -> None:
    """Record when a warning in Slack began to say that its trouble is over."""
    if rendered.clear is not None:
        row.cleared_at = (row.cleared_at or now) if rendered.clear else None


def _who_is(chain: Chain) -> list[Person] | None:
    """Return who is on call now; None if it's still the same person, in a newer turn."""
    now = schedule.on_call(chain.root.team, chain.now).members
    if chain.root.team_member_id in now:
        return None
    people = schedule.members_by_id(chain.root.team)
    return [snapshot.person(people[member]) for member in now]


def _helping(chain: Chain, trouble: Trouble) -> Buttons:
    """Return only those buttons that can help with this trouble."""
    root, error = chain.root, explaining.of(chain.decisive).error_class
    # Resending doesn't help if they opted out, or if the team has used up its segments.
    stopped = error is ErrorClass.OPTED_OUT or chain.decisive.error_code == OwnCode.CAPPED
    failed = trouble.kind == "failed" and not stopped
    missing = chain.decisive.error_code == OwnCode.NO_NUMBER
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
    """Return the rest of the turn in the form people type: 'now to 2026-11-24 08:00'.

    If the turn hasn't begun, return all of it.
    """
    zone = schedule.zone_of(chain.root.team)
    at = announced.on_call_at(chain.root, chain.now) or chain.now
    begins = "now" if at == chain.now else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
    ends = schedule.coming(chain.root.team, at)[0].end
    return f"{begins} to {ends.astimezone(zone):%Y-%m-%d %H:%M}"
