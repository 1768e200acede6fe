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
from scheduling.channels import twilio_codes
from scheduling.channels.sms import NO_RECEIPTS
from scheduling.delivery import second_way
from scheduling.errors import Refusal
from scheduling.notifications import planning
from scheduling.notifications.planning import CALLS, NOTICE, Situation
from scheduling.rota import schedule
from scheduling.words import messages
from scheduling.words.messages import Trouble
from storage.database import database, reading, stored_instant, writing
from storage.models import OPEN_STATUSES, Member, Notification, Team

log = logging.getLogger("whoseonfirst.fallback")

FAILED = ("undelivered", "failed", "skipped")
NOT_OUT = (*OPEN_STATUSES, "sending")
GONE = ("cancelled", "expired")
# Until the answer to a question is there that was just asked.
SOON = timedelta(seconds=15)
# A turn that ended is seen to when the next one's messages are out.
TURN_OVER = timedelta(minutes=1)
# An SMS that surely did not arrive, for a reason that may pass, is sent anew so often, so long.
AGAIN_EVERY, AGAIN_UNTIL = timedelta(minutes=10), timedelta(hours=1)
# Whoever is on call can confirm what was sent to them so long ago.
OPEN_FOR = timedelta(hours=48)
# An OK counts for what was asked up to this long after it was written: clocks differ a little.
WRITTEN = timedelta(minutes=1)
GOT_IT = "I’ve got it"
_DUE = "SELECT id FROM notification_log WHERE watch_at <= ?"


@dataclass(frozen=True)
class Chain:
    """An SMS that calls somebody on call, and all that was done because it did not reach them."""

    root: Notification
    rows: tuple[Notification, ...]
    now: datetime

    @classmethod
    def of(cls, root: Notification, now: datetime) -> "Chain":
        """Return the chain of an SMS as it stands."""
        query = Notification.select().where(Notification.fallback_of == root)
        return cls(root, tuple(query.order_by(Notification.id)), now)

    @cached_property
    def own(self) -> list[Notification]:
        """The SMS to the person themselves, oldest first."""
        return [self.root, *self.with_purpose("second", "again")]

    @property
    def delivered(self) -> Notification | None:
        """The first SMS to the person that arrived, or that is all that can be known of."""
        arrived = (row for row in self.own if row.status == "delivered")
        blind = (row for row in self.own if row.error_code == NO_RECEIPTS)
        return next(arrived, None) or next(blind, None)

    @property
    def in_time(self) -> datetime | None:
        """When the first SMS reached the person, if that was before anybody had to worry."""
        at, due = (
            self.root.delivered_at,
            max(self.root.due_at, self.root.leaves_at or self.root.due_at),
        )
        return at if at and at - due < NOTICE else None

    @property
    def first_sent(self) -> datetime | None:
        """When the first SMS to the person went out; None while none has."""
        return min((row.sent_at for row in self.own if row.sent_at), default=None)

    @property
    def unsettled(self) -> bool:
        """Whether it is still open what becomes of an SMS to the person."""
        return any(
            row.status in NOT_OUT
            or (row.status == "sent" and row.next_attempt_at and row.error_code != NO_RECEIPTS)
            for row in self.own
        )

    @property
    def unconfirmed(self) -> bool:
        """Whether the time has passed in which the team wants to hear from the person."""
        deadline = self.deadline
        return deadline is not None and self.now >= deadline

    @property
    def deadline(self) -> datetime | None:
        """Until when the person has to confirm; None if they need not, or have."""
        within = self.root.team.confirm_within
        left = [row.left_at for row in self.own if row.left_at]
        if within is None or self.confirmed or not left:
            return None
        return min(left) + timedelta(minutes=within)

    @property
    def confirmed(self) -> bool:
        """Whether the person has confirmed."""
        return self.root.acknowledged_at is not None and not self.seen_to

    @property
    def seen_to(self) -> bool:
        """Whether somebody else sees to it: then nobody else is told, but the person still is."""
        by = self.root.acknowledged_by_id
        return by is not None and by != self.root.team_member_id

    @property
    def reached(self) -> bool:
        """Whether the person has it, as far as the team wants to know."""
        return self.confirmed or (self.delivered is not None and not self.unconfirmed)

    @cached_property
    def current(self) -> bool:
        """Whether the person is on call by now, and no newer message says so."""
        return _on_call(self.root, self.now) and not _superseded(self.root, self.now)

    @property
    def under_way(self) -> bool:
        """Whether an SMS to the person is just being tried: what comes of that decides."""
        return any(
            row.status == "sending"
            or (row.status in OPEN_STATUSES and row.next_attempt_at <= self.now)
            for row in self.own
        )

    @property
    def posted(self) -> bool:
        """Whether the channel knows that the person was not reached: the newest warning counts."""
        return bool(self.warnings) and self.warnings[-1].status == "delivered"

    @property
    def warnings(self) -> list[Notification]:
        """The warnings in the channel, oldest first."""
        return [row for row in self.with_purpose("warning") if row.kind == "announcement"]

    @property
    def warned(self) -> bool:
        """Whether the channel, or leads in its place, were told that they were not reached."""
        return any(row.status == "delivered" for row in self.with_purpose("warning"))

    def concerns(self, member: Member) -> bool:
        """Whether it is about a member, or they were told of it in the channel's place."""
        told = self.with_purpose("warning", "escalation")
        return member.id in {self.root.team_member_id, *(row.team_member_id for row in told)}

    def with_purpose(self, *purposes: str) -> list[Notification]:
        """Return the rows of the chain that were written for one of these purposes."""
        return [row for row in self.rows if row.purpose in purposes]

    @property
    def trouble(self) -> Trouble | None:
        """Return why the person was not reached, by the newest SMS to them; None if all is well."""
        if self.reached:
            return None
        if self.delivered:
            return self._no_ok
        newest = self.telling
        said = newest.error_message or "Twilio gives no reason."
        if newest.status in FAILED:
            unsure = twilio_codes.reason(newest.error_code).outcome == "uncertain"
            unsure = unsure or said.startswith(messages.UNSURE)
            if link := twilio_codes.link(newest.error_code):
                said = f"{said} {link}"
            return Trouble("unclear" if unsure else "failed", said)
        if self.unconfirmed:
            return self._no_ok
        just_asked = newest.status == "sent" and self._asked_now(newest)
        if just_asked or self.now - since(newest) < NOTICE:
            return None
        sent = Trouble("silent", "There is no receipt yet: the phone may be switched off.")
        if newest.held:
            sent = Trouble("waiting", "Twilio has accepted it and not sent it yet.")
        return {
            "sent": sent,
            "uncertain": Trouble(
                "unclear", newest.error_message or "It is unclear whether it went out."
            ),
        }.get(newest.status) or Trouble(
            "waiting", f"{newest.error_message or ''} I keep trying.".strip()
        )

    @property
    def _no_ok(self) -> Trouble:
        minutes = self.root.team.confirm_within
        return Trouble("unconfirmed", f"There was no OK within {minutes} min.")

    def _asked_now(self, row: Notification) -> bool:
        """Whether Twilio is just asked what became of an SMS: the answer decides."""
        return row.next_attempt_at is not None and row.next_attempt_at <= self.now

    @property
    def newest(self) -> Notification:
        """The newest SMS to the person that is not taken back."""
        return next((row for row in reversed(self.own) if row.status not in GONE), self.root)

    @property
    def telling(self) -> Notification:
        """The SMS to the person that tells how things are: the newest one, once it can."""
        newest = self.newest
        if newest is self.root or self.now - since(newest) >= NOTICE:
            return newest
        # It was just sent anew, or to the second phone: what was wrong before still holds.
        before = self.own[self.own.index(newest) - 1]
        if newest.purpose == "again" and before.status == "skipped":
            return newest  # they want SMS again: the STOP is over
        return before if before.status in FAILED else newest


def since(row: Notification) -> datetime:
    """Return since when a receipt of an SMS may be waited for: since it left Twilio's queue."""
    return row.left_at or row.created_at


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
        touch(root, now)


def _on_call(root: Notification, now: datetime) -> bool:
    return root.team_member_id in schedule.on_call(root.team, now).members


def _superseded(root: Notification, now: datetime) -> bool:
    """Tell whether a newer message calls the same person; one from the future is not newer."""
    newer = Notification.select().where(
        Notification.team == root.team_id,
        Notification.due_at > root.due_at,
        Notification.due_at <= now,
        Notification.team_member == root.team_member_id,
        Notification.kind == "sms",
        Notification.purpose.in_(CALLS),
        Notification.status.not_in(GONE),
    )
    return bool(newer.exists())


def _close(chain: Chain, now: datetime) -> None:
    """Take back what has not gone out, and look no more."""
    _cancel_waiting(chain)
    _tell_contacts(chain, now)
    Notification.update(watch_at=None).where(Notification.id == chain.root.id).execute()
    touch(chain.root, now)


def _cancel_waiting(chain: Chain) -> None:
    """Take back what was written because the person was not reached, and has not gone out."""
    waiting = [row.id for row in chain.rows if row.purpose != "clear"]
    Notification.update(status="cancelled", next_attempt_at=None).where(
        Notification.id.in_(waiting), Notification.status.in_(("pending", "retrying"))
    ).execute()


def _tell_contacts(chain: Chain, now: datetime) -> None:
    """Tell the escalation contacts who were alarmed that they need not see to it, once."""
    root = chain.root
    who = root.acknowledged_by if chain.seen_to else root.recipient
    if not (chain.seen_to or chain.reached) or who is None:
        return
    text = messages.all_clear_sms(
        planning.person(root.recipient),
        planning.person(who),
        root.team.name,
        arrived=chain.delivered is not None,
    )
    for row in chain.with_purpose("escalation"):
        if row.kind == "sms" and row.sent_at and row.team_member_id != who.id:
            planning.write_sms(
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
    def _situation(self) -> Situation:
        return Situation(self.chain.root.team, self.chain.now, self.chain.now)

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
        planning.announce(root.team, "warning", key, "", now, fallback_of=root)

    def phones(self) -> Iterator[datetime]:
        """Text the leads if the channel can't take the warning; yield when it would be time to.

        Contacts are texted anyway; whoever was written to in Slack may not look there at night.
        """
        root, now = self.chain.root, self.chain.now
        posts = self.chain.warnings
        if self.chain.posted or self.chain.seen_to or not posts or posts[-1].status in GONE:
            return
        if not posts[-1].attempts:
            yield now + NOTICE  # it waits for what comes of a text, not for Slack
            return
        if now < posts[-1].created_at + NOTICE:
            yield posts[-1].created_at + NOTICE
            return
        whom = planning.person(self._member)
        for member in second_way.with_phones(root.team, now, self._member):
            planning.write_sms(
                root.team,
                member,
                messages.escalation_sms(whom, self._situation.turn()),
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
            send_again(root, now)
            since = now
        yield since + AGAIN_EVERY

    def second(self) -> Notification | None:
        """Send it to the second phone; None if there is none that takes SMS."""
        number = self._member.second_phone
        if not number or phones.opted_out([number]) or self._texts_stopped:
            return None
        root, now = self.chain.root, self.chain.now
        planning.write_sms(
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
            planning.person(self._member),
            self._situation.turn(),
            self.trouble,
            twilio_codes.reason(self.chain.telling.error_code).for_recipient,
        )
        planning.write_to(
            root.team,
            self._member,
            text,
            purpose="direct",
            key=f"direct:{root.id}",
            now=now,
            buttons=(got_it(root),),
            fallback_of=root,
        )
        return self._written(f"direct:{root.id}")

    def escalate(self) -> Iterator[datetime]:
        """Tell the escalation contacts; yield when to see whether that reached them."""
        root, now = self.chain.root, self.chain.now
        if self.chain.seen_to:
            return
        whom = planning.person(self._member)
        for contact in planning.escalation_contacts(root.team):
            if contact.id == self._member.id:
                continue
            key = f"escalation:{root.id}:{contact.id}"
            row = Notification.get_or_none(Notification.dedupe_key == key)
            # A text that would be refused too is the last resort: for whoever is not in Slack.
            if row is None and not (self._texts_stopped and contact.slack_user_id):
                planning.write_sms(
                    root.team,
                    contact,
                    messages.escalation_sms(whom, self._situation.turn()),
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
                planning.write_to(
                    root.team,
                    contact,
                    messages.escalation_direct(whom, self._situation.turn()),
                    purpose="escalation",
                    key=f"{key}:direct",
                    now=now,
                    buttons=(button("I see to it", f"ok {root.id}", root),),
                    fallback_of=root,
                )

    def _written(self, key: str) -> Notification:
        row: Notification = Notification.get(Notification.dedupe_key == key)
        return row


def _all_clear(post: Notification, warnings: list[Notification]) -> bool:
    """Tell whether a warning, or what leads read in its place, says that all is well by now."""
    instead = [row for row in warnings if row.dedupe_key.startswith(f"lead:{post.id}:")]
    return any(row.text.startswith(messages.CLEAR) for row in (post, *instead))


def got_it(root: Notification) -> tuple[str, str]:
    """Return the button that confirms an SMS: its label, and what it runs."""
    return button(GOT_IT, f"ok {root.id}", root)


def button(label: str, line: str, root: Notification) -> tuple[str, str]:
    """Return a button that does what typing a line would, in the team of an SMS."""
    return label, f"{root.team_id} {line}"


def send_again(root: Notification, now: datetime) -> bool:
    """Put an SMS into the outbox anew; False if that was done in the same minute."""
    minute = int(now.timestamp()) // 60
    return planning.write_sms(
        root.team,
        root.recipient,
        root.text,
        purpose="again",
        key=f"again:{root.id}:{minute}",
        now=now,
        fallback_of=root,
    )


def try_again(team: Team, number: int, now: datetime) -> Member:
    """Send an SMS anew because somebody asks for it, and return to whom.

    Raises Refusal when it arrived, may still arrive, or the person is not on call any more.
    """
    with writing():
        root = _root(team, number)
        chain = Chain.of(root, now)
        name = root.recipient.name
        if not chain.current:
            raise Refusal(f"{name} is not on call any more. `/oncall` shows who is.")
        newest = chain.own[-1]
        if chain.confirmed:
            raise Refusal(f"{name} has confirmed: no other SMS is needed.")
        if newest.status not in FAILED:
            raise Refusal(
                f"The SMS to {name} {_stands(newest)}, so a second one could come twice. "
                f"`/oncall notifications {newest.id}` shows what becomes of it."
            )
        send_again(root, now)
        Notification.update(watch_at=now + NOTICE).where(Notification.id == root.id).execute()
        touch(root, now)
        return root.recipient


def _stands(row: Notification) -> str:
    return {"delivered": "has arrived", "sent": "is on its way"}.get(row.status, "is being sent")


def confirm(team: Team, number: int, user: str, now: datetime) -> tuple[Notification, Member]:
    """Confirm an SMS for a Slack user: its recipient, or an escalation contact.

    Returns it, as it stands then, and who they are. Raises Refusal when it is another's, or that
    turn is over.
    """
    with writing():
        root = _root(team, number)
        name = root.recipient.name
        member = Member.get_or_none(Member.team == team, Member.slack_user_id == user)
        chain = Chain.of(root, now)
        if not _on_call(root, now):
            raise Refusal(f"That turn of {name} is over. `/oncall` shows who is on call now.")
        if member is None or not (member.escalates or chain.concerns(member)):
            raise Refusal(
                f"Only {name} can confirm that, or an escalation contact. To take the shift over: "
                "`/oncall take`."
            )
        theirs = member.id == root.team_member_id and not chain.confirmed
        if theirs or not (root.acknowledged_at or chain.reached):
            acknowledge(root, member, "slack", now)
        return Notification.get_by_id(root.id), member


def acknowledge(root: Notification, member: Member, where: str, now: datetime) -> None:
    """Take an SMS as confirmed by a member, in 'sms' or 'slack'.

    If it is their own, so are older ones, and one that waits to be tried again is not needed any
    more. If they see to it for somebody else, that one is still sought.
    """
    theirs = [root]
    if member.id == root.team_member_id:
        older = (row for row in own_calls(member, now) if row.due_at <= root.due_at)
        theirs += [row for row in older if row.id != root.id]
    for row in theirs:
        row.acknowledged_at, row.acknowledged_by, row.acknowledged_in = now, member, where
        if member.id == row.team_member_id and row.status in ("pending", "retrying"):
            row.status, row.next_attempt_at = "cancelled", None
        row.save()
        advance(row, now)


def own_calls(
    member: Member,
    now: datetime,
    by_phone: str | None = None,
    written: datetime | None = None,
) -> list[Notification]:
    """Return the SMS that call a member on call and are not confirmed by them, newest first.

    With `by_phone` only those that may have been read on that phone; with `written` only those that
    what was written then may answer.
    """
    calls = [row for row in _calls(member, now) if row.team_member_id == member.id]
    found = [row for row in calls if row.acknowledged_by_id != member.id and _on_call(row, now)]
    found = [row for row in found if _may_answer(written, row.due_at, now)]
    if by_phone and by_phone != member.phone:
        found = [row for row in found if by_phone in {one.phone for one in Chain.of(row, now).own}]
    return found


def told_calls(
    member: Member, now: datetime, written: datetime | None = None
) -> list[Notification]:
    """Return the SMS whose person is not reached, nobody sees to, and this contact was told of.

    With `written` only those that what was written then may answer.
    """
    found = []
    for row in _calls(member, now):
        chain = Chain.of(row, now)
        told = any(
            one.team_member_id == member.id
            and one.sent_at
            and _may_answer(written, one.due_at, now)
            for one in chain.with_purpose("escalation")
        )
        if told and chain.current and not chain.reached and not row.acknowledged_at:
            found.append(row)
    return found


def _may_answer(written: datetime | None, asked_at: datetime, now: datetime) -> bool:
    """Tell whether what was written at an instant (None: unknown) may answer what was asked.

    A clock that was ahead and has been set right asked later than it is now: nothing is known then.
    """
    return written is None or asked_at > now or asked_at <= written + WRITTEN


def confirmed_call(member: Member, now: datetime) -> Notification | None:
    """Return the newest SMS that a member has confirmed, or sees to, of a turn that still runs."""
    for row in _calls(member, now):
        if row.acknowledged_by_id == member.id and _on_call(row, now):
            return row
    return None


def open_call(member: Member, now: datetime) -> Notification | None:
    """Return the newest SMS that this member can confirm: theirs, or one they can see to."""
    return next(iter([*own_calls(member, now), *told_calls(member, now)]), None)


def _calls(member: Member, now: datetime) -> list[Notification]:
    query = Notification.select().where(
        Notification.team == member.team_id,
        Notification.due_at > now - OPEN_FOR,
        Notification.kind == "sms",
        Notification.purpose.in_(CALLS),
        Notification.status.not_in(("expired",)),
    )
    return list(query.order_by(Notification.due_at.desc(), Notification.id.desc()))


def number_mended(member: Member, now: datetime) -> bool:
    """Send an SMS that failed to a number that was just corrected; False if there is none."""
    for root in _calls(member, now):
        chain = Chain.of(root, now)
        if root.team_member_id != member.id or not chain.current or chain.reached:
            continue
        newest = chain.own[-1]
        if newest.status in FAILED and newest.phone != member.phone:
            Notification.update(watch_at=now + NOTICE).where(Notification.id == root.id).execute()
            return send_again(root, now)
    return False


def phone_works(member: Member, number: str, now: datetime) -> bool:
    """Take it that somebody's phone works, for they write from it; True if an SMS goes there again.

    That is one which calls them, and of which the last try failed. In a transaction.
    """
    if phones.opted_out([number]):
        return False
    for root in _calls(member, now):
        chain = Chain.of(root, now)
        if root.team_member_id != member.id or not chain.current or chain.reached:
            continue
        if chain.own[-1].status in FAILED:
            first = number == member.phone
            # The second phone gets it by the next look, if nothing went there yet.
            Notification.update(watch_at=now + NOTICE if first else now).where(
                Notification.id == root.id
            ).execute()
            return first and send_again(root, now)
    return False


def _root(team: Team, number: int) -> Notification:
    row = Notification.get_or_none(
        Notification.id == number, Notification.team == team, Notification.purpose.in_(CALLS)
    )
    if row is None or row.kind != "sms":
        raise Refusal(
            f"{number} is no SMS that calls somebody on call. `/oncall notifications` lists them."
        )
    return row


# --- what changed -----------------------------------------------------------------------------


def changed(row: Notification, now: datetime) -> None:
    """See that what follows from an SMS or direct message that changed is done soon."""
    root = row.root
    if root.purpose in CALLS and root.kind == "sms":
        Notification.update(watch_at=now).where(
            Notification.id == root.id, Notification.watch_at.is_null(False)
        ).execute()
        touch(root, now)


def touch(root: Notification, now: datetime) -> None:
    """See that the posts about an SMS are drawn anew: the event's, and the warning.

    One that waits for that already keeps its place.
    """
    event = root.dedupe_key.rpartition(":")[0]
    about = (Notification.dedupe_key == f"{event}:channel") | (
        (Notification.fallback_of == root) & (Notification.kind != "sms")
    )
    due = Notification.next_attempt_at.is_null(False) & (Notification.next_attempt_at <= now)
    Notification.update(next_attempt_at=now).where(
        about, Notification.status == "delivered", Notification.kind != "sms", ~due
    ).execute()
