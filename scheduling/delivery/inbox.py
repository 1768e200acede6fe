"""What people write to our number: read once, understood, and answered by SMS.

Each reply is a row with Twilio's id, written in the transaction that does what it asks for: a reply
that is read twice, or by two processes, changes nothing the second time.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile

from scheduling import phones
from scheduling.channels.twilio.inbox import Inbound
from scheduling.channels.twilio.sms import INBOX
from scheduling.delivery import acknowledge, answers, resend, said
from scheduling.delivery.policy import REPLIES
from scheduling.notifications import queue
from scheduling.notifications.planner import CALLS
from scheduling.numbers import masked
from scheduling.rota import schedule
from scheduling.rota.queue import takes_turns
from scheduling.words import reading_replies
from scheduling.words.directs import stopped_direct
from scheduling.words.replies import NO_WORDS, STARTED, STOPPED, WORDLESS, help_answer
from storage.database import database, read_instant, reading, writing
from storage.models import Member, Notification, Reply

log = logging.getLogger("whoseonfirst.replies")

AWAITED = (*CALLS, "second", "again", "escalation", "hello")
# What counts from the phone of somebody who left, too.
OF_ANYBODY = ("stop", "start")


def pause(now: datetime) -> timedelta:
    """Return how long to wait before looking again."""
    with reading():
        awaited = Notification.select().where(
            Notification.sent_at > now - REPLIES.awaited,
            Notification.kind == "sms",
            Notification.purpose.in_(AWAITED),
            Notification.acknowledged_at.is_null(),
        )
        return REPLIES.quickly if awaited.exists() else REPLIES.slowly


def since(now: datetime) -> datetime:
    """Return how far back to look for what was not read yet."""
    with reading():
        newest = Reply.select().order_by(Reply.received_at.desc()).first()
        earliest = _earliest(now)
    return max(earliest, newest.received_at - REPLIES.overlap) if newest else earliest


def unread(found: Sequence[Inbound], now: datetime) -> list[Inbound]:
    """Return those replies that were not read yet, in the order in which they came."""
    with reading():
        earliest = _earliest(now)
        oldest = min((one.at for one in found), default=now)
        known = {row.sid for row in Reply.select(Reply.sid).where(Reply.received_at >= oldest)}
    return in_order([one for one in found if one.sid not in known and one.at >= earliest])


def _earliest(now: datetime) -> datetime:
    """Return from when on replies are ours to read, by Twilio's clock."""
    (began,) = database.execute_sql("SELECT min(created_at) FROM teams").fetchone()
    return max(
        now - INBOX, (min(read_instant(began), now) if began else now) - REPLIES.clocks_differ
    )


def in_order(found: Sequence[Inbound]) -> list[Inbound]:
    """Return replies in the order in which they came, as far as anything tells it.

    Twilio's instants are whole seconds; within one the order of its list tells, unless a text has
    no DateSent or they went to different numbers of ours. Then STOP counts before START: if it was
    the other way round, Twilio refuses the next text with 21610, which is noted as a STOP; that
    nobody wants a STOP any more would never be found out. Only a STOP that Twilio doesn't know as
    one comes last: nothing would find that one out.
    """
    ordered: list[Inbound] = []
    for _, group in groupby(found, key=lambda one: one.at):
        same = list(group)
        unsure = {
            phone
            for phone in {one.phone for one in same}
            if len({one.to for one in same if one.phone == phone}) > 1
            or not all(one.placed for one in same if one.phone == phone)
        }
        ordered += [one for one in same if one.phone not in unsure]
        ordered += sorted(
            (one for one in same if one.phone in unsure),
            key=lambda one: reading_replies.safely(one.body),
        )
    return ordered


def take(inbound: Inbound, now: datetime) -> bool:
    """Do what a reply asks for, once; False if it was read before."""
    with writing():
        phone = phones.known([inbound.phone]).get(inbound.phone)
        owners = _heard(inbound.phone, now)
        owners.sort(
            key=lambda owner: owner.phone != inbound.phone
        )  # whose first phone it is, first
        opted_out = bool(phone and phone.opted_out_at)
        names = [owner.name for owner in owners]
        meaning = reading_replies.meaning(inbound.body, opted_out=opted_out, names=names)
        if meaning == "other" and reading_replies.asks_to_stop(inbound.body):
            meaning = "stop"
        if not inbound.body.strip():
            meaning = "other"
        if not owners and not (meaning in OF_ANYBODY and _owners(inbound.phone)):
            meaning = "stranger"
        query = Reply.insert(
            sid=inbound.sid,
            phone=inbound.phone,
            body=inbound.body if owners else "",
            received_at=inbound.at,
            meaning=meaning,
        )
        if not database.execute(query.on_conflict_ignore()).rowcount:
            return False
        log.info(
            "a reply from %s: %s",
            masked(inbound.phone),
            meaning,
            extra={"actor": masked(inbound.phone), "operation": f"reply {meaning}"},
        )
        if meaning in OF_ANYBODY and _is_undone(inbound):
            return True
        if not owners:  # who left: no answer, and their wish about SMS counts all the same
            if meaning == "stop":
                phones.opt_out(inbound.phone, now)
            elif meaning == "start":
                phones.opt_in(inbound.phone)
            return True
        phones.confirm(inbound.phone, now)
        answer = _answer(meaning, owners, inbound, now, opted_out=opted_out)
        if answer and _may_answer(inbound, meaning, now):
            queue.write_sms(
                owners[0].team,
                owners[0],
                answer,
                purpose="stopped" if meaning == "stop" else "answer",
                key=f"answer:{inbound.sid}",
                now=now,
                phone=inbound.phone,
            )
    return True


def _owners(number: str) -> list[Member]:
    """Return the members of all teams who have this number, as first or second, active ones first.

    Those who have left are among them.
    """
    with reading():
        query = Member.select().where((Member.phone == number) | (Member.second_phone == number))
        return sorted(query, key=lambda member: (not member.is_active, member.id))


def _heard(number: str, now: datetime) -> list[Member]:
    """Return those `_owners` whose replies count: who takes turns, or is an escalation contact.

    So are those of whoever left and is on call all the same, because a lead put them there.
    """
    return [
        one
        for one in _owners(number)
        if one.escalates
        or takes_turns(one, now)
        or one.id in schedule.on_call(one.team, now).members
    ]


def _answer(
    meaning: str, owners: list[Member], inbound: Inbound, now: datetime, *, opted_out: bool
) -> str:
    """Do what is asked for, and return what to say; '' for nothing, as where Twilio answers."""
    phone = inbound.phone
    known = opted_out and _twilio_knows_of_stop(inbound)
    answered = reading_replies.is_keyword(inbound.body, opted_out=known)
    if meaning == "ok":
        written = None if inbound.ago is None else now - inbound.ago
        return answers.confirm(owners, phone, now, written)
    if meaning == "stop":
        phones.opt_out(phone, now)
        _tell_of_stop(owners, inbound, now)
        # Twilio knows of no STOP then, and neither confirms it nor refuses our confirmation.
        return "" if answered or opted_out else STOPPED
    if meaning == "start":
        phones.opt_in(phone)
        _take_back(owners, phone)
    follows = _sent_again(owners, phone, now)
    if meaning == "start":
        # That they are on call, the SMS that follows says.
        needless = answered or follows
        return "" if needless else answers.upcoming(owners, phone, now, STARTED)
    if meaning == "other":
        _pass_on(owners, inbound, now)
    if not inbound.body.strip():
        return WORDLESS
    if meaning == "help" and answered:
        return ""
    return {
        "who": lambda: answers.who(owners, now),
        "next": lambda: answers.upcoming(owners, phone, now),
    }.get(meaning, lambda: help_answer(owners[0].team.name))()


def _is_undone(inbound: Inbound) -> bool:
    """Tell whether a STOP or a START was listed only after a later one had been taken."""
    later = Reply.select().where(
        Reply.phone == inbound.phone,
        Reply.meaning.in_(OF_ANYBODY),
        Reply.received_at > inbound.at,
    )
    return later.exists()


def _twilio_knows_of_stop(inbound: Inbound) -> bool:
    """Tell whether Twilio, too, has a phone as opted out: not by a "please stop" alone."""
    wishes = Reply.select().where(
        Reply.phone == inbound.phone, Reply.meaning.in_(OF_ANYBODY), Reply.sid != inbound.sid
    )
    latest = wishes.order_by(Reply.received_at.desc(), Reply.id.desc())
    stops = list(takewhile(lambda one: one.meaning == "stop", latest))
    return not stops or any(reading_replies.is_keyword(one.body, opted_out=False) for one in stops)


def _sent_again(owners: list[Member], phone: str, now: datetime) -> bool:
    """Send what did not reach somebody on call again, for their phone is there; True if it was."""
    again = [resend.phone_works(member, phone, now) for member in owners]
    return any(again)


def _pass_on(owners: list[Member], inbound: Inbound, now: datetime) -> None:
    """Let the channel see what somebody who is on call has written: it may mean no.

    That holds after an OK, too: they may have to leave. On a phone that is somebody else's first
    one it holds for what was sent there.
    """
    speaking = answers.speakers(owners, inbound.phone)
    for member in owners:
        theirs = member in speaking or acknowledge.own_open(member, now, inbound.phone)
        if theirs and member.id in schedule.on_call(member.team, now).members:
            words = inbound.body.strip() or NO_WORDS
            said.pass_on(member, words, f"said:{inbound.sid}:{member.team_id}", now)


def _take_back(owners: list[Member], phone: str) -> None:
    """Say nothing of a STOP that a START has undone before anything was sent."""
    Notification.update(status="cancelled", next_attempt_at=None).where(
        Notification.purpose == "stopped",
        Notification.status == "pending",
        (Notification.phone == phone) | Notification.team_member.in_(owners),
    ).execute()


def _tell_of_stop(owners: list[Member], inbound: Inbound, now: datetime) -> None:
    told: dict[str, list[Member]] = {}
    for member in owners:
        if member.slack_user_id:
            told.setdefault(member.slack_user_id, []).append(member)
    for members in told.values():
        first = any(member.phone == inbound.phone for member in members)
        text = stopped_direct([member.team.name for member in members], first_phone=first)
        key = f"stopped:{inbound.sid}:{members[0].id}"
        queue.write_to(members[0].team, members[0], text, purpose="stopped", key=key, now=now)


def _may_answer(inbound: Inbound, meaning: str, now: datetime) -> bool:
    """Tell whether a number is to be answered: two machines could go on for ever."""
    window = REPLIES.puzzled_every if meaning == "other" else REPLIES.answers_within
    before = Reply.select().where(
        Reply.phone == inbound.phone,
        Reply.received_at > now - window,
        Reply.sid != inbound.sid,
    )
    if meaning == "other":
        return not before.where(Reply.meaning == "other").exists()
    if meaning == "start":  # whoever has played with STOP and WHO hears that texts come again
        before = before.where(Reply.meaning == "start")
    return before.count() < REPLIES.most_answers
