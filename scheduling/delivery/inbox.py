"""Handles replies, the texts that people send to our number: each is read once and answered.

Each reply is a row with Twilio's id, written in the transaction that does what it asks for. A reply
that is read twice, or by two processes, has no effect the second time.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import NamedTuple

from scheduling import phones
from scheduling.channels import Inbound
from scheduling.delivery import acknowledge, answers, hellos, resend, said
from scheduling.delivery.chain import has_duty
from scheduling.delivery.policy import REPLIES
from scheduling.notifications import queue
from scheduling.numbers import masked, spaced
from scheduling.rota import schedule
from scheduling.rota.queue import takes_turns
from scheduling.words import reading_replies
from scheduling.words.buttons import ENTER_NUMBER, Action, button
from scheduling.words.directs import doubtful_number_direct, stopped_direct
from scheduling.words.replies import NO_WORDS, STARTED, STOPPED, WORDLESS, help_answer
from storage.database import database, reading, writing
from storage.models import Member, Notification, Reply
from storage.queries import outbox, teams
from storage.statuses import OF_ANYBODY, Meaning, Purpose, Status

log = logging.getLogger("whoseonfirst.replies")


def pause(now: datetime) -> timedelta:
    """Return how long to wait between two polls for replies."""
    with reading():
        awaited = outbox.anybody_may_reply(now - REPLIES.awaited)
        return REPLIES.quickly if awaited else REPLIES.slowly


def since(now: datetime) -> datetime:
    """Return how far back to look for replies that weren't read yet."""
    with reading():
        newest = Reply.select().order_by(Reply.received_at.desc()).first()
        earliest = _earliest(now)
    return max(earliest, newest.received_at - REPLIES.overlap) if newest else earliest


def unread(found: Sequence[Inbound], now: datetime) -> list[Inbound]:
    """Return the replies that weren't read yet, in the order in which they came."""
    with reading():
        earliest = _earliest(now)
        oldest = min((one.at for one in found), default=now)
        known = {row.sid for row in Reply.select(Reply.sid).where(Reply.received_at >= oldest)}
    return in_order([one for one in found if one.sid not in known and one.at >= earliest])


def _earliest(now: datetime) -> datetime:
    """Return the earliest instant, on Twilio's clock, of the replies that we read."""
    began = teams.first_made_at()
    return max(now - REPLIES.read_back, (min(began, now) if began else now) - REPLIES.clocks_differ)


def in_order(found: Sequence[Inbound]) -> list[Inbound]:
    """Return replies in the order in which they came, as far as it is known.

    Twilio's instants are whole seconds. Within a second, the order of Twilio's list counts, unless
    a text has no DateSent or the texts went to different numbers of ours. Then STOP is put before
    START: if that is wrong, Twilio refuses our next text with 21610, and we learn of the STOP. With
    the opposite mistake we would never learn of the START. A STOP that Twilio doesn't recognize as
    one is put last, because Twilio would never refuse a text because of it.
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


class _Understood(NamedTuple):
    """A reply and what it means.

    owners: the members with that number, those with it as their first phone first
    opted_out: the phone had sent STOP before
    confirmed: its owner had confirmed it before
    """

    inbound: Inbound
    owners: list[Member]
    meaning: Meaning
    opted_out: bool
    confirmed: bool

    @property
    def phone(self) -> str:
        """The number that it came from."""
        return self.inbound.phone

    @property
    def first_phone_of(self) -> list[Member]:
        """The owners whose first phone it is."""
        return [one for one in self.owners if one.phone == self.phone]


def take(inbound: Inbound, now: datetime) -> bool:
    """Do what a reply asks for, once; False if it was read before."""
    with writing():
        reply = _understood(inbound, now)
        if not _written_down(reply):
            return False
        log.info(
            "a reply from %s: %s",
            masked(reply.phone),
            reply.meaning,
            extra={"actor": masked(reply.phone), "operation": f"reply {reply.meaning}"},
        )
        if reply.meaning.counts_of_anybody and _is_undone(inbound):
            return True
        if reply.owners:
            _respond(reply, now)
        else:
            _note_opt_out(reply, now)
    return True


def _understood(inbound: Inbound, now: datetime) -> _Understood:
    owners = _heard(inbound.phone, now)
    owners.sort(key=lambda owner: owner.phone != inbound.phone)
    phone = phones.known([inbound.phone]).get(inbound.phone)
    opted_out = bool(phone and phone.opted_out_at)
    confirmed = bool(phone and phone.confirmed_at)
    meaning = _meaning(inbound, owners, opted_out=opted_out)
    if meaning is Meaning.OTHER and not confirmed and _is_a_strangers(inbound, owners):
        meaning = Meaning.STOP
    if not owners and not (meaning.counts_of_anybody and _owners(inbound.phone)):
        meaning = Meaning.STRANGER
    return _Understood(inbound, owners, meaning, opted_out, confirmed)


def _is_a_strangers(inbound: Inbound, owners: list[Member]) -> bool:
    return reading_replies.says_wrong_number(inbound.body, [owner.name for owner in owners])


def _meaning(inbound: Inbound, owners: list[Member], *, opted_out: bool) -> Meaning:
    if not inbound.body.strip():
        return Meaning.OTHER
    names = [owner.name for owner in owners]
    read = reading_replies.meaning(inbound.body, opted_out=opted_out, names=names)
    found = Meaning[read.upper()]
    if found is Meaning.OTHER and reading_replies.asks_to_stop(inbound.body):
        return Meaning.STOP
    return found


def _written_down(reply: _Understood) -> bool:
    """Store a reply; False if it is stored already. The text of strangers isn't kept."""
    query = Reply.insert(
        sid=reply.inbound.sid,
        phone=reply.phone,
        body=reply.inbound.body if reply.owners else "",
        received_at=reply.inbound.at,
        meaning=reply.meaning,
    )
    return bool(database.execute(query.on_conflict_ignore()).rowcount)


def _note_opt_out(reply: _Understood, now: datetime) -> None:
    """Record a STOP or START from somebody who has left, without an answer."""
    if reply.meaning is Meaning.STOP:
        phones.opt_out(reply.phone, now)
    elif reply.meaning is Meaning.START:
        phones.opt_in(reply.phone)


def _respond(reply: _Understood, now: datetime) -> None:
    """Do what is asked for, and answer."""
    if not reply.confirmed and _agrees_to_texts(reply):
        phones.confirm(reply.phone, now)
        hellos.confirmed(reply.first_phone_of, now)
    answer = _answer(reply, now)
    if answer and _may_answer(reply, now):
        first = reply.owners[0]
        queue.write_sms(
            first.team,
            first,
            answer,
            purpose=Purpose.STOPPED if reply.meaning is Meaning.STOP else Purpose.ANSWER,
            key=f"answer:{reply.inbound.sid}",
            now=now,
            phone=reply.phone,
        )


def _agrees_to_texts(reply: _Understood) -> bool:
    """Tell whether a reply confirms its number: a yes to a text of ours, or START.

    Nothing else does. Somebody whose number was entered by mistake may well ask "Who?" or "When?".
    """
    match reply.meaning:
        case Meaning.OK:
            # After a STOP, it's an "ok, thanks" to the end of the texts.
            return not reply.opted_out and outbox.was_texted(reply.phone)
        case Meaning.START:
            return True
    return False


def _owners(number: str) -> list[Member]:
    """Return the members of all teams with this number as first or second phone, active ones first.

    Members who have left are included.
    """
    with reading():
        query = Member.select().where((Member.phone == number) | (Member.second_phone == number))
        return sorted(query, key=lambda member: (not member.is_active, member.id))


def _heard(number: str, now: datetime) -> list[Member]:
    """Return the `_owners` whose replies count: they take turns or are escalation contacts.

    Somebody who left counts too, while they are on call because a lead put them there.
    """
    return [
        one
        for one in _owners(number)
        if one.escalates
        or takes_turns(one, now)
        or one.id in schedule.on_call(one.team, now).members
    ]


def _answer(reply: _Understood, now: datetime) -> str:
    """Do what is asked for, and return the answer; '' for none, for example if Twilio answers."""
    owners, phone, inbound = reply.owners, reply.phone, reply.inbound
    known = reply.opted_out and _twilio_knows_of_stop(inbound)
    answered = reading_replies.is_keyword(inbound.body, opted_out=known)
    match reply.meaning:
        case Meaning.OK:
            written = None if inbound.ago is None else now - inbound.ago
            return answers.confirm(owners, phone, now, written)
        case Meaning.STOP:
            phones.opt_out(phone, now)
            if reply.confirmed:
                _tell_of_stop(owners, inbound, now)
            else:
                _doubt_number(reply, now)
            # Otherwise Twilio didn't see a STOP, so it neither confirms it nor blocks our text.
            return "" if answered or reply.opted_out else STOPPED
        case Meaning.START:
            phones.opt_in(phone)
            _withdraw_stop_notices(owners, phone)
            # If an SMS is resent, it tells them that they are on call.
            needless = _resent(owners, phone, now) or answered
            return "" if needless else answers.upcoming(owners, phone, now, STARTED)
    _resent(owners, phone, now)
    return _answer_to_question(reply, now, answered=answered)


def _answer_to_question(reply: _Understood, now: datetime, *, answered: bool) -> str:
    """Return the answer to a question, or to a reply that we don't understand."""
    if reply.meaning is Meaning.OTHER:
        _pass_on(reply, now)
    if not reply.inbound.body.strip():
        return WORDLESS
    match reply.meaning:
        case Meaning.WHO:
            return answers.who(reply.owners, now)
        case Meaning.NEXT:
            return answers.upcoming(reply.owners, reply.phone, now)
        case Meaning.HELP if answered:
            return ""
        case Meaning.OTHER if reply.first_phone_of and not reply.confirmed:
            # It may be a stranger's, who gets no list of what members can reply.
            return answers.not_confirmed(reply.first_phone_of[0])
    return help_answer(reply.owners[0].team.name)


def _is_undone(inbound: Inbound) -> bool:
    """Tell whether a later STOP or START was already handled, because this one was listed late."""
    later = Reply.select().where(
        Reply.phone == inbound.phone,
        Reply.meaning.in_(OF_ANYBODY),
        Reply.received_at > inbound.at,
    )
    return later.exists()


def _twilio_knows_of_stop(inbound: Inbound) -> bool:
    """Tell whether Twilio has opted the phone out as well, which a "please stop" doesn't do."""
    wishes = Reply.select().where(
        Reply.phone == inbound.phone, Reply.meaning.in_(OF_ANYBODY), Reply.sid != inbound.sid
    )
    latest = wishes.order_by(Reply.received_at.desc(), Reply.id.desc())
    stops = list(takewhile(lambda one: one.meaning is Meaning.STOP, latest))
    return not stops or any(reading_replies.is_keyword(one.body, opted_out=False) for one in stops)


def _resent(owners: list[Member], phone: str, now: datetime) -> bool:
    """Resend what didn't reach an owner on call, since their phone works; True if it was resent."""
    again = [resend.phone_works(member, phone, now) for member in owners]
    return any(again)


def _pass_on(reply: _Understood, now: datetime) -> None:
    """Show the channel what somebody on call has written, because it may mean no.

    That goes for replies after an OK too, because they may have to leave. If the phone is somebody
    else's first one, it needs an open SMS that was sent there.
    """
    inbound = reply.inbound
    speaking = answers.speakers(reply.owners, inbound.phone)
    for member in reply.owners:
        theirs = member in speaking or acknowledge.own_open(member, now, inbound.phone)
        if theirs and has_duty(member, now):
            words = inbound.body.strip() or NO_WORDS
            said.pass_on(member, words, f"said:{inbound.sid}:{member.team_id}", now)


def _withdraw_stop_notices(owners: list[Member], phone: str) -> None:
    """Withdraw the unsent messages about a STOP that a START has undone."""
    Notification.update(status=Status.CANCELLED, next_attempt_at=None).where(
        Notification.purpose == Purpose.STOPPED,
        Notification.status == Status.PENDING,
        (Notification.phone == phone) | Notification.team_member.in_(owners),
    ).execute()


def _tell_of_stop(owners: list[Member], inbound: Inbound, now: datetime) -> None:
    by_user: dict[str, list[Member]] = {}
    for member in owners:
        if member.slack_user_id:
            by_user.setdefault(member.slack_user_id, []).append(member)
    for members in by_user.values():
        first = any(member.phone == inbound.phone for member in members)
        text = stopped_direct([member.team.name for member in members], first_phone=first)
        key = f"stopped:{inbound.sid}:{members[0].id}"
        queue.write_to(members[0].team, members[0], text, purpose=Purpose.STOPPED, key=key, now=now)


def _doubt_number(reply: _Understood, now: datetime) -> None:
    """Ask the owners of a number that sent STOP before it was confirmed whether it's theirs.

    Second phones are never confirmed, so we take them to be right.
    """
    inbound, first = reply.inbound, reply.first_phone_of
    _tell_of_stop([one for one in reply.owners if one not in first], inbound, now)
    said_stop = reading_replies.asks_to_stop(inbound.body) or reading_replies.is_stop(inbound.body)
    for member in first:
        if member.slack_user_id:
            queue.write_to(
                member.team,
                member,
                doubtful_number_direct(
                    member.team.name,
                    spaced(reply.phone),
                    ours=spaced(inbound.to) if inbound.to.startswith("+") else "",
                    said_stop=said_stop,
                ),
                purpose=Purpose.STOPPED,
                key=f"stopped:{inbound.sid}:{member.id}",
                now=now,
                buttons=(button(ENTER_NUMBER, Action.ENTER_NUMBER, team=member.team_id),),
            )


def _may_answer(reply: _Understood, now: datetime) -> bool:
    """Tell whether to answer a number: two machines could keep answering each other."""
    puzzled = reply.meaning is Meaning.OTHER
    window = REPLIES.puzzled_every if puzzled else REPLIES.answers_within
    before = Reply.select().where(
        Reply.phone == reply.phone,
        Reply.received_at > now - window,
        Reply.sid != reply.inbound.sid,
    )
    if puzzled:
        return not before.where(Reply.meaning == Meaning.OTHER).exists()
    if reply.meaning is Meaning.START:
        # After many other replies, somebody still hears that their texts are back on.
        before = before.where(Reply.meaning == Meaning.START)
    return before.count() < REPLIES.most_answers
