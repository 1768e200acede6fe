"""What people write to our number: read once, understood, and answered by SMS.

Each reply is a row with Twilio's id, written in the transaction that does what it asks for: a reply
that is read twice, or by two processes, changes nothing the second time.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import NamedTuple

from scheduling import phones
from scheduling.channels import Inbound
from scheduling.delivery import acknowledge, answers, hellos, resend, said
from scheduling.delivery.chain import is_called
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
    """Return how long to wait before looking again."""
    with reading():
        awaited = outbox.anybody_may_reply(now - REPLIES.awaited)
        return REPLIES.quickly if awaited else REPLIES.slowly


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
    began = teams.first_made_at()
    return max(now - REPLIES.read_back, (min(began, now) if began else now) - REPLIES.clocks_differ)


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


class _Understood(NamedTuple):
    """A reply as it is understood: whose it is, whose first phone it is first, and what it means.

    `opted_out` is whether the phone had said STOP before, `confirmed` whether its owner had
    answered from it.
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
            _note_wish(reply, now)
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
    """Store a reply; False if it is there already. What strangers write is not kept."""
    query = Reply.insert(
        sid=reply.inbound.sid,
        phone=reply.phone,
        body=reply.inbound.body if reply.owners else "",
        received_at=reply.inbound.at,
        meaning=reply.meaning,
    )
    return bool(database.execute(query.on_conflict_ignore()).rowcount)


def _note_wish(reply: _Understood, now: datetime) -> None:
    """Note a STOP or START of somebody who left: it counts all the same, and is not answered."""
    if reply.meaning is Meaning.STOP:
        phones.opt_out(reply.phone, now)
    elif reply.meaning is Meaning.START:
        phones.opt_in(reply.phone)


def _respond(reply: _Understood, now: datetime) -> None:
    """Do what is asked for, and answer."""
    # A STOP may come from whoever has a number that was mistyped.
    if reply.meaning is not Meaning.STOP and phones.confirm(reply.phone, now):
        hellos.confirmed((one for one in reply.owners if one.phone == reply.phone), now)
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


def _answer(reply: _Understood, now: datetime) -> str:
    """Do what is asked for, and return what to say; '' for nothing, as where Twilio answers."""
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
            # Twilio knows of no STOP then, and neither confirms it nor refuses our confirmation.
            return "" if answered or reply.opted_out else STOPPED
        case Meaning.START:
            phones.opt_in(phone)
            _take_back(owners, phone)
            # That they are on call, the SMS that follows says.
            needless = _resent(owners, phone, now) or answered
            return "" if needless else answers.upcoming(owners, phone, now, STARTED)
    _resent(owners, phone, now)
    return _told(reply, now, answered=answered)


def _told(reply: _Understood, now: datetime, *, answered: bool) -> str:
    """Return what is said to somebody who asks, or whom we don't understand."""
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
    return help_answer(reply.owners[0].team.name)


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
    stops = list(takewhile(lambda one: one.meaning is Meaning.STOP, latest))
    return not stops or any(reading_replies.is_keyword(one.body, opted_out=False) for one in stops)


def _resent(owners: list[Member], phone: str, now: datetime) -> bool:
    """Send what did not reach somebody on call again, for their phone is there; True if it was."""
    again = [resend.phone_works(member, phone, now) for member in owners]
    return any(again)


def _pass_on(reply: _Understood, now: datetime) -> None:
    """Let the channel see what somebody who is on call has written: it may mean no.

    That holds after an OK, too: they may have to leave. On a phone that is somebody else's first
    one it holds for what was sent there.
    """
    inbound = reply.inbound
    speaking = answers.speakers(reply.owners, inbound.phone)
    for member in reply.owners:
        theirs = member in speaking or acknowledge.own_open(member, now, inbound.phone)
        if theirs and is_called(member, now):
            words = inbound.body.strip() or NO_WORDS
            said.pass_on(member, words, f"said:{inbound.sid}:{member.team_id}", now)


def _take_back(owners: list[Member], phone: str) -> None:
    """Say nothing of a STOP that a START has undone before anything was sent."""
    Notification.update(status=Status.CANCELLED, next_attempt_at=None).where(
        Notification.purpose == Purpose.STOPPED,
        Notification.status == Status.PENDING,
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
        queue.write_to(members[0].team, members[0], text, purpose=Purpose.STOPPED, key=key, now=now)


def _doubt_number(reply: _Understood, now: datetime) -> None:
    """Ask whoever entered a number that nobody has confirmed, and that sent STOP, if it's theirs.

    A second phone is never asked to be confirmed: that one is theirs, for all we know.
    """
    inbound, first = reply.inbound, [one for one in reply.owners if one.phone == reply.phone]
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
    """Tell whether a number is to be answered: two machines could go on for ever."""
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
        # Whoever has played with STOP and WHO hears that texts come again.
        before = before.where(Reply.meaning == Meaning.START)
    return before.count() < REPLIES.most_answers
