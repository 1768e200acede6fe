"""What follows when an SMS that calls somebody on call does not reach them.

Its row is the root of a chain: everything that is done instead refers to it by `fallback_of`. A
chain is looked at when `watch_at` has come; each look is a function of the rows and the instant, so
it may be made twice, late, or by another process. The order of things:

1. the second phone, if the first one failed or was not confirmed in time;
2. a direct message in Slack: then, or when there is no receipt after five minutes;
3. the team's escalation contacts, by SMS, and in Slack where that fails;

(where no text of ours would go out, as with a used-up allowance, Slack alone, at once)
and as soon as something is surely wrong, a warning in the channel. An SMS that is known not to have
arrived, for a reason that may pass, is sent anew every ten minutes for an hour. All ends when the
person is reached, or confirms, or is not on call any more.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from peewee import OperationalError

from scheduling import phones
from scheduling.channels.twilio import codes as twilio_codes
from scheduling.delivery import second_way
from scheduling.delivery.chain import FAILED, GONE, Chain, since
from scheduling.delivery.resend import put_resend
from scheduling.delivery.watch import refresh_posts
from scheduling.notifications import snapshot
from scheduling.notifications.planner import NOTICE
from scheduling.notifications.queue import announce, write_sms, write_to
from scheduling.notifications.snapshot import OnCallSnapshot
from scheduling.rota import queue, schedule
from scheduling.words import messages
from scheduling.words.buttons import GOT_IT, Action, button
from scheduling.words.messages import Trouble
from storage.database import database, reading, stored_instant, writing
from storage.models import Member, Notification

log = logging.getLogger("whoseonfirst.fallback")

# Until the answer to a question is there that was just asked.
SOON = timedelta(seconds=15)
# A turn that ended is looked at when the next one's messages are out.
TURN_OVER = timedelta(minutes=1)
# An SMS that surely did not arrive, for a reason that may pass, is sent anew so often, so long.
AGAIN_EVERY, AGAIN_UNTIL = timedelta(minutes=10), timedelta(hours=1)
_DUE = "SELECT id FROM notification_log WHERE watch_at <= ?"


def advance_all(now: datetime) -> None:
    """Look at every chain whose time has come, and do what is next.

    Raises OperationalError where nothing can be written, whichever chain it is.
    """
    with reading():
        due = database.execute_sql(_DUE, (stored_instant(now),)).fetchall()
    for (number,) in due:
        try:
            with writing():
                advance(Notification.get_by_id(number), now)
        except OperationalError:
            raise
        except Exception:
            # It stays due; what is wrong with one must not hold up the others.
            log.exception(
                "what follows notification %s could not be found out",
                number,
                extra={"notification": number},
            )


def advance(root: Notification, now: datetime) -> None:
    """Do what is next for an SMS that may not have reached its person. In a transaction."""
    chain = Chain.of(root, now)
    if root.status in GONE or not chain.current or chain.confirmed:
        _close(chain, now)
        return
    trouble = chain.trouble
    _tell_contacts(chain, now)
    if chain.reached and chain.deadline is None:
        _cancel_waiting(chain)
        later = []
    else:
        later = [instant for instant in _steps(chain, trouble) if instant > now]
    # When the turn ends, what stands below the posts is not true any more.
    ends = schedule.coming(root.team, now)[0].end + TURN_OVER
    Notification.update(watch_at=min([*later, ends])).where(Notification.id == root.id).execute()
    # While nothing is wrong and a receipt is waited for, time alone changes no post.
    if trouble or not chain.unsettled:
        refresh_posts(root, now)


def _close(chain: Chain, now: datetime) -> None:
    """Take back what has not gone out, and look no more."""
    _cancel_waiting(chain)
    _tell_contacts(chain, now)
    Notification.update(watch_at=None).where(Notification.id == chain.root.id).execute()
    refresh_posts(chain.root, now)


def _cancel_waiting(chain: Chain) -> None:
    """Take back what was written because the person was not reached, and has not gone out."""
    waiting = [row.id for row in chain.rows if row.purpose != "clear"]
    Notification.update(status="cancelled", next_attempt_at=None).where(
        Notification.id.in_(waiting), Notification.status.in_(("pending", "retrying"))
    ).execute()


def _tell_contacts(chain: Chain, now: datetime) -> None:
    """Tell the escalation contacts who were alarmed that they need not see to it, once."""
    root = chain.root
    who = root.acknowledged_by if chain.taken else root.recipient
    if not (chain.taken or chain.reached) or who is None:
        return
    text = messages.all_clear_sms(
        snapshot.person(root.recipient),
        snapshot.person(who),
        root.team.name,
        arrived=chain.delivered is not None,
    )
    for row in chain.with_purpose("escalation"):
        if row.kind == "sms" and row.sent_at and row.team_member_id != who.id:
            write_sms(
                root.team,
                row.recipient,
                text,
                purpose="clear",
                key=f"clear:{row.id}:{who.id}",
                now=now,
                fallback_of=root,
            )


def _steps(chain: Chain, trouble: Trouble | None) -> Iterator[datetime]:
    """Take the steps whose time has come; yield when to look again."""
    root, now = chain.root, chain.now
    if trouble is None:
        yield root.created_at + NOTICE
        for row in chain.own:
            yield since(row) + NOTICE
        if chain.deadline:
            yield chain.deadline
        if chain.unsettled:
            yield max(now, since(chain.telling)) + SOON
        return
    step = _Step(chain, trouble)
    surely = trouble.kind != "silent"
    if surely:
        step.warn()
        yield from step.phones()
    yield from step.again()
    # What is told changes then, whether or not anything else does.
    yield since(chain.newest) + NOTICE
    second = step.second() if trouble.kind in ("failed", "unconfirmed") else None
    # These are further ways: one that waits in Twilio's queue holds up none of the others.
    if second and second.status not in (*FAILED, *GONE) and now - second.created_at < NOTICE:
        yield second.created_at + NOTICE
        return
    direct = step.direct()
    if direct and direct.status not in FAILED and now - direct.created_at < NOTICE:
        yield direct.created_at + NOTICE
        return
    step.warn()
    yield from step.phones()
    if surely:
        yield from step.escalate()
    if chain.unsettled:
        yield now + NOTICE
    if chain.deadline:
        yield chain.deadline


@dataclass(frozen=True)
class _Step:
    """One step each: it is taken once, for its key is unique."""

    chain: Chain
    trouble: Trouble

    @cached_property
    def _snapshot(self) -> OnCallSnapshot:
        return OnCallSnapshot(self.chain.root.team, self.chain.now, self.chain.now)

    @cached_property
    def _member(self) -> Member:
        return self.chain.root.recipient

    @property
    def _texts_stopped(self) -> bool:
        """Whether the last SMS met what any other would meet, too: our daily limit, say."""
        return twilio_codes.stops_all(self.chain.own[-1].error_code)

    def warn(self) -> None:
        """Say it in the channel. What it says is found when it is posted, and kept up to date."""
        root, now = self.chain.root, self.chain.now
        # One that was not needed before it was posted, or was all clear, is not the next one.
        told = self.chain.with_purpose("warning")
        taken_back = [
            row for row in self.chain.warnings if row.status in GONE or _all_clear(row, told)
        ]
        key = f"warning:{root.id}" + (f":{len(taken_back)}" if taken_back else "")
        announce(root.team, "warning", key, "", now, fallback_of=root)

    def phones(self) -> Iterator[datetime]:
        """Text the leads if the channel can't take the warning; yield when it would be time to.

        Contacts are texted anyway; whoever was written to in Slack may not look there at night.
        """
        root, now = self.chain.root, self.chain.now
        posts = self.chain.warnings
        if self.chain.posted or self.chain.taken or not posts or posts[-1].status in GONE:
            return
        if not posts[-1].attempts:
            yield now + NOTICE  # it waits for what comes of a text, not for Slack
            return
        if now < posts[-1].created_at + NOTICE:
            yield posts[-1].created_at + NOTICE
            return
        whom = snapshot.person(self._member)
        for member in second_way.with_phones(root.team, now, self._member):
            write_sms(
                root.team,
                member,
                messages.escalation_sms(whom, self._snapshot.turn()),
                purpose="escalation",
                key=f"escalation:{root.id}:{member.id}",
                now=now,
                fallback_of=root,
            )

    def again(self) -> Iterator[datetime]:
        """Send the SMS anew where the reason may have gone; yield when it would be time to."""
        newest = [self.chain.root, *self.chain.with_purpose("again")][-1]
        root, now = self.chain.root, self.chain.now
        if newest.status not in FAILED or not twilio_codes.passes(newest.error_code):
            return
        if self.trouble.kind != "failed" or now - root.created_at > AGAIN_UNTIL:
            return
        since = newest.created_at
        if now >= since + AGAIN_EVERY:
            put_resend(root, now)
            since = now
        yield since + AGAIN_EVERY

    def second(self) -> Notification | None:
        """Send it to the second phone; None if there is none that takes SMS."""
        number = self._member.second_phone
        if not number or phones.opted_out([number]) or self._texts_stopped:
            return None
        root, now = self.chain.root, self.chain.now
        write_sms(
            root.team,
            self._member,
            root.text,
            purpose="second",
            key=f"second:{root.id}",
            now=now,
            phone=number,
            fallback_of=root,
        )
        return self._written(f"second:{root.id}")

    def direct(self) -> Notification | None:
        """Write to them in Slack; None if they are not there."""
        if not self._member.slack_user_id:
            return None
        root, now = self.chain.root, self.chain.now
        text = messages.unreached_direct(
            snapshot.person(self._member),
            self._snapshot.turn(),
            self.trouble,
            twilio_codes.reason(self.chain.telling.error_code).for_recipient,
        )
        write_to(
            root.team,
            self._member,
            text,
            purpose="direct",
            key=f"direct:{root.id}",
            now=now,
            buttons=(button(GOT_IT, Action.ACKNOWLEDGE, root.id, team=root.team_id),),
            fallback_of=root,
        )
        return self._written(f"direct:{root.id}")

    def escalate(self) -> Iterator[datetime]:
        """Tell the escalation contacts; yield when to see whether that reached them."""
        root, now = self.chain.root, self.chain.now
        if self.chain.taken:
            return
        whom = snapshot.person(self._member)
        for contact in queue.escalation_contacts(root.team):
            if contact.id == self._member.id:
                continue
            key = f"escalation:{root.id}:{contact.id}"
            row = Notification.get_or_none(Notification.dedupe_key == key)
            # A text that would be refused too is the last resort: for whoever is not in Slack.
            if row is None and not (self._texts_stopped and contact.slack_user_id):
                write_sms(
                    root.team,
                    contact,
                    messages.escalation_sms(whom, self._snapshot.turn()),
                    purpose="escalation",
                    key=key,
                    now=now,
                    fallback_of=root,
                )
                row = self._written(key)
            if row and (row.status == "delivered" or row.status in GONE):
                continue
            if row and row.status not in FAILED and now - row.created_at < NOTICE:
                yield row.created_at + NOTICE
            elif contact.slack_user_id:
                write_to(
                    root.team,
                    contact,
                    messages.escalation_direct(whom, self._snapshot.turn()),
                    purpose="escalation",
                    key=f"{key}:direct",
                    now=now,
                    buttons=(
                        button(messages.SEE_TO_IT, Action.ACKNOWLEDGE, root.id, team=root.team_id),
                    ),
                    fallback_of=root,
                )

    def _written(self, key: str) -> Notification:
        row: Notification = Notification.get(Notification.dedupe_key == key)
        return row


def _all_clear(post: Notification, warnings: list[Notification]) -> bool:
    """Tell whether a warning, or what leads read in its place, says that all is well by now."""
    instead = [row for row in warnings if row.dedupe_key.startswith(f"lead:{post.id}:")]
    return any(row.text.startswith(messages.CLEAR) for row in (post, *instead))
