"""Takes the next step when a duty notification by SMS doesn't reach its person.

Its row is the root of a chain: all rows written because of it refer to it by `fallback_of`. A chain
is checked at `watch_at`. Each check is a function of the rows and the instant, so it may run twice,
late, or in another process. `policy.FOLLOW_UP` has the steps in order, and `steps.due` finds those
that are due. The chain ends when the person is reached, acknowledges, or isn't on call anymore.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from peewee import OperationalError

from scheduling import phones
from scheduling.channels import explaining
from scheduling.delivery import targets
from scheduling.delivery.chain import WITHDRAWABLE, Chain
from scheduling.delivery.policy import FOLLOW_UP
from scheduling.delivery.resend import put_resend
from scheduling.delivery.steps import To, due
from scheduling.delivery.watch import refresh_posts
from scheduling.notifications import mornings
from scheduling.notifications.queue import announce, write_sms, write_to
from scheduling.notifications.snapshot import person
from scheduling.numbers import spaced
from scheduling.rota import schedule
from scheduling.words.buttons import ENTER_NUMBER, GOT_IT, Action, button
from scheduling.words.directs import ON_IT, escalation_direct, unreached_direct
from scheduling.words.sms import all_clear_sms, escalation_sms
from scheduling.words.warnings import Trouble
from storage.database import reading, writing
from storage.models import Member, Notification
from storage.queries import outbox
from storage.statuses import Kind, Purpose, Status

log = logging.getLogger("whoseonfirst.fallback")


def advance_all(now: datetime) -> None:
    """Check every chain that is due, and take its next step.

    Raises OperationalError if the database can't be written.
    """
    with reading():
        due = outbox.watched(now)
    for number in due:
        try:
            with writing():
                advance(Notification.get_by_id(number), now)
        except OperationalError:
            raise
        except Exception:
            # It stays due. One broken chain must not hold up the others.
            log.exception(
                "what follows notification %s could not be found out",
                number,
                extra={"notification": number},
            )


def advance(root: Notification, now: datetime) -> None:
    """Take the next step for an SMS that may not have reached its person. In a transaction."""
    chain = Chain.of(root, now)
    if root.status.is_withdrawn or not chain.current or chain.confirmed:
        _close(chain, now)
        return
    trouble = chain.trouble
    _tell_contacts(chain, now)
    looks = [at for at in chain.changes_at if at > now]
    if chain.reached and chain.deadline is None:
        _cancel_waiting(chain)
    elif trouble:
        looks += _follow_up(chain, trouble)
    Notification.update(watch_at=min([*looks, _over_at(chain)])).where(
        Notification.id == root.id
    ).execute()
    # While nothing is wrong and a receipt is pending, no post changes just because time passes.
    if trouble or not chain.unsettled:
        refresh_posts(root, now)


def _follow_up(chain: Chain, trouble: Trouble) -> list[datetime]:
    """Write what is due while the person isn't reached; return when to check again, if at all."""
    found = due(targets.rungs(chain, trouble), chain.now)
    for message in found.now:
        _WRITERS[message.to, message.kind](chain, message.who, trouble)
    alone = targets.alone_until(chain)
    return [at for at in (found.next, alone) if at]


def _over_at(chain: Chain) -> datetime:
    """Return when this message may be over, so that the buttons on its posts can go.

    It's over when the turn ends, or when the next morning's message calls the same person.
    """
    team, now = chain.root.team, chain.now
    ends = schedule.coming(team, now)[0].end
    morning = mornings.following(team.time_zone, team.notify_at, now)
    return min(ends, morning or ends) + FOLLOW_UP.turn_over


def _close(chain: Chain, now: datetime) -> None:
    """Withdraw what hasn't been sent, and stop checking the chain."""
    _cancel_waiting(chain)
    _tell_contacts(chain, now)
    Notification.update(watch_at=None).where(Notification.id == chain.root.id).execute()
    refresh_posts(chain.root, now)


def _cancel_waiting(chain: Chain) -> None:
    """Withdraw the unsent steps that were written because the person wasn't reached."""
    waiting = [row.id for row in chain.rows if row.purpose != Purpose.CLEAR]
    Notification.update(status=Status.CANCELLED, next_attempt_at=None).where(
        Notification.id.in_(waiting), Notification.status.in_(WITHDRAWABLE)
    ).execute()


def _tell_contacts(chain: Chain, now: datetime) -> None:
    """Tell the escalation contacts we texted, once, that somebody has it now."""
    root = chain.root
    who = root.acknowledged_by if chain.taken else root.recipient
    if not (chain.taken or chain.reached) or who is None:
        return
    text = all_clear_sms(
        person(root.recipient),
        person(who),
        root.team.name,
        arrived=chain.delivered is not None,
    )
    for row in chain.with_purpose(Purpose.ESCALATION):
        if not row.kind.is_post and row.sent_at and row.team_member_id != who.id:
            write_sms(
                root.team,
                row.recipient,
                text,
                purpose=Purpose.CLEAR,
                key=f"clear:{row.id}:{who.id}",
                now=now,
                fallback_of=root,
            )


def _warn(chain: Chain, _: Member, _trouble: Trouble) -> None:
    """Warn the channel. The text is written when it is posted, and then kept up to date."""
    root = chain.root
    over = sum(targets.is_over(row, chain) for row in chain.warnings)
    key = f"warning:{root.id}" + (f":{over}" if over else "")
    announce(root.team, Purpose.WARNING, key, "", chain.now, fallback_of=root)


def _alarm(chain: Chain, helper: Member, _: Trouble) -> None:
    """Text somebody who can help."""
    root = chain.root
    write_sms(
        root.team,
        helper,
        escalation_sms(person(root.recipient), chain.turn(helper)),
        purpose=Purpose.ESCALATION,
        key=targets.alarm_key(chain, helper),
        now=chain.now,
        fallback_of=root,
    )


def _ask(chain: Chain, contact: Member, _: Trouble) -> None:
    """Ask a contact in Slack whether they'll handle it."""
    root = chain.root
    write_to(
        root.team,
        contact,
        escalation_direct(person(root.recipient), chain.turn()),
        purpose=Purpose.ESCALATION,
        key=f"{targets.alarm_key(chain, contact)}:direct",
        now=chain.now,
        buttons=(button(ON_IT, Action.ACKNOWLEDGE, root.id, team=root.team_id),),
        fallback_of=root,
    )


def _text_second_phone(chain: Chain, member: Member, _: Trouble) -> None:
    root = chain.root
    write_sms(
        root.team,
        member,
        root.text,
        purpose=Purpose.SECOND,
        key=f"second:{root.id}",
        now=chain.now,
        phone=member.second_phone,
        fallback_of=root,
    )


def _write_in_slack(chain: Chain, member: Member, trouble: Trouble) -> None:
    root, doubtful = chain.root, phones.is_doubtful(member.phone)
    text = unreached_direct(
        person(root.recipient),
        chain.turn(),
        trouble,
        explaining.of(chain.decisive).for_recipient,
        no_number=member.phone is None,
        doubtful=spaced(member.phone) if doubtful else "",
    )
    enter = button(ENTER_NUMBER, Action.ENTER_NUMBER, team=root.team_id)
    write_to(
        root.team,
        member,
        text,
        purpose=Purpose.DIRECT,
        key=f"direct:{root.id}",
        now=chain.now,
        buttons=(
            button(GOT_IT, Action.ACKNOWLEDGE, root.id, team=root.team_id),
            *((enter,) if member.phone is None or doubtful else ()),
        ),
        fallback_of=root,
    )


def _resend(chain: Chain, _: Member, _trouble: Trouble) -> None:
    put_resend(chain.root, chain.now)


_WRITERS: Mapping[tuple[To, Kind], Callable[[Chain, Member, Trouble], None]] = {
    (To.CHANNEL, Kind.ANNOUNCEMENT): _warn,
    (To.LEADS, Kind.SMS): _alarm,
    (To.FIRST_PHONE, Kind.SMS): _resend,
    (To.SECOND_PHONE, Kind.SMS): _text_second_phone,
    (To.IN_SLACK, Kind.DIRECT): _write_in_slack,
    (To.CONTACTS, Kind.SMS): _alarm,
    (To.CONTACTS, Kind.DIRECT): _ask,
}
