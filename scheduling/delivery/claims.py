"""Taking notifications for a try: by conditional UPDATE, all in one, with words true by now."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from peewee import fn

from scheduling import phones
from scheduling.channels import CALLS_VALID_FOR, VALID_FOR, Message, Search, twilio_codes
from scheduling.channels.sms import CAPPED
from scheduling.channels.twilio_codes import OPTED_OUT
from scheduling.delivery import posts, unposted, watch
from scheduling.delivery.chain import Chain
from scheduling.notifications import planning, setback
from scheduling.notifications.planning import CALLS, Situation
from scheduling.rota import schedule
from scheduling.words import messages
from storage.database import database, read_instant, reading, stored_instant, writing
from storage.models import DeliveryAttempt, Member, Notification, Team
from storage.statuses import OPEN

log = logging.getLogger("whoseonfirst.outbox")

# No call to a provider takes longer: what is still 'sending' then belongs to a dead process.
ABANDONED = timedelta(seconds=60)
# How far back the SMS segments count that a team may send.
CAP_WINDOW = timedelta(hours=24)
# The code of a try that was a look, with the answer that there is no trace of the message.
NOT_THERE = "not there"
# The code of one that could not be made; all that is uncertain besides was a call that may have
# been carried out.
NO_LOOK = "no look"
LOOKS = (NOT_THERE, NO_LOOK)
UNFORESEEN = "unforeseen"
# What calls somebody is of no use an hour later; the rest may come a little late.
URGENT = (*CALLS, "second", "again", "escalation")

# A warning waits so long for what comes of an SMS that is just being tried.
DECIDED_WITHIN = timedelta(minutes=10)
# In the place of a status: whether it is to be sent, is seen by the next tick.
LATER = "later"

# What goes to a number that has opted out, too: a test, by which whoever asked for it finds out
# whether START was heard, and the confirmation of a STOP that Twilio doesn't know as one.
DESPITE_STOP = ("test", "stopped")

# What every tick asks, in plain SQL: the answer is almost always that there is nothing.
_DUE = """
SELECT 1 FROM notification_log
WHERE status IN ('pending', 'retrying', 'uncertain') AND next_attempt_at <= ? LIMIT 1
"""
_ABANDONED = "SELECT id FROM notification_log WHERE status = 'sending' AND claimed_at <= ?"
# Plain SQL, too: it is asked of every team that has something to send.
_NEWEST = """
SELECT kind, team_member_id, max(due_at) FROM notification_log
WHERE team_id = ? AND about IS NOT NULL AND due_at >= ? AND due_at <= ?
GROUP BY kind, team_member_id
"""

# What may have gone to the same number by now without a receipt of it.
_RIVALS = """
SELECT count(*) FROM notification_log
WHERE status IN ('sending', 'uncertain') AND kind = 'sms' AND phone = ? AND id <> ?
"""

# When the newest text was due, by kind and member (None: the channel).
_Newest = dict[tuple[str, int | None], datetime]


def about(one: "Notification | Claim") -> dict[str, int]:
    """Return the fields of a log line about a notification."""
    return {"notification": one.id, "team": one.team_id}


@dataclass(frozen=True, slots=True)
class Claim:
    """A notification taken for this try.

    `message` is as an earlier try sent it, and went to, `words` what it says if it is sent now, to
    address`. `attempt` counts this try and those before, `tried` the same without mere looks.
    `first_try` is when there was one, `in_doubt` whether it is open if the message went out,
    `doubts` how many tries left that open, `doubtful_at` when the last one of these ended and
    `doubt` why nobody knows, `doubt_code` the same as a code, and `looks` how many looks have found
    no trace of it since. If none finds one, `untrue` is what becomes of a row that says something
    wrong by now, and `bar` the status, code and reason of one that must not go out any more.
    """

    id: int
    team_id: int
    kind: str
    purpose: str
    message: Message
    words: str
    address: str
    attempt: int
    tried: int
    claimed_at: datetime
    due_at: datetime
    in_doubt: bool
    doubts: int
    doubtful_at: datetime | None
    doubt: str
    doubt_code: str
    looks: int
    first_try: datetime | None
    untrue: str | None
    bar: tuple[str, str, str] | None = None

    @property
    def phone(self) -> str | None:
        """The number it goes, or went, to, if it is an SMS."""
        return self.message.to if self.kind == "sms" else None

    @property
    def route(self) -> str:
        """What a rate limit of the provider's holds for: all our SMS, or one channel."""
        return "sms" if self.kind == "sms" else self.address


class _Batch:
    """What one round of claims needs to know of the teams and numbers in it, asked for once."""

    def __init__(self, due: list[Notification], now: datetime) -> None:
        self._now = now
        self._situations: dict[int, Situation] = {}
        self._newest: dict[int, _Newest] = {}
        sms = [row for row in due if row.kind == "sms"]
        self._opted_out = phones.opted_out(map(_address, sms)) if sms else set()
        self._used = _segments_used(now) if sms else {}

    def untrue(self, row: Notification) -> tuple[str | None, str]:
        """Return what is to become of a row that is not true any more, and its words if it is."""
        call = row.fallback_of
        if call and call.kind == "sms" and call.purpose in CALLS:
            return self._of_chain(row, Chain.of(call, self._now))
        if row.purpose == "preflight" and self._now >= planning.morning_looked_at(row):
            return "expired", row.text  # the morning that it looks at has come
        if row.about is None:
            return None, row.text
        if setback.void(row.dedupe_key, self._now):
            return "cancelled", row.text
        if row.acknowledged_by_id and row.acknowledged_by_id == row.team_member_id:
            return "cancelled", row.text
        return self._about_a_turn(row, row)

    def _of_chain(self, row: Notification, chain: Chain) -> tuple[str | None, str]:
        if row.purpose == "warning":
            return self._of_warning(row, chain)
        if row.purpose == "clear":
            return None, row.text
        if row.purpose in ("direct", "escalation"):
            told = row.purpose == "escalation" and chain.taken
            # Whoever is no contact was asked only because the channel did not know of it.
            told = told or (row.kind == "sms" and chain.posted and not row.recipient.escalates)
            needless = told or chain.reached or not chain.current
            return "cancelled" if needless else None, row.text
        if chain.reached:
            return "cancelled", row.text
        return self._about_a_turn(row, chain.root, chain.first_sent)

    def _of_warning(self, row: Notification, chain: Chain) -> tuple[str | None, str]:
        if chain.reached:
            return "cancelled", row.text
        soon = chain.under_way and self._now - row.created_at < DECIDED_WITHIN
        if chain.trouble is None or soon:
            return LATER, row.text
        return None, posts.draw(row, self._now).text

    def _about_a_turn(
        self, row: Notification, call: Notification, first_sent: datetime | None = None
    ) -> tuple[str | None, str]:
        """Return the same for a text that calls somebody on call, as `call` does.

        `first_sent` is when the first one went out, of one that is sent again.
        """
        team = row.team_id
        if team not in self._situations:
            self._newest[team] = _newest(call, self._now)
            self._situations[team] = Situation(row.team, self._now, self._now)
        situation = self._situations[team]
        if untrue := _no_longer(call, situation, self._newest[team]):
            return untrue, row.text
        return None, _words(call, situation, first_sent)

    def barred(self, row: Notification) -> tuple[str, str, str] | None:
        """Return (status, code, why) for an SMS that must not go out, None for all others."""
        if row.kind != "sms":
            return None
        if _address(row) in self._opted_out and row.purpose not in DESPITE_STOP:
            return "skipped", str(OPTED_OUT), twilio_codes.told(OPTED_OUT, None)
        used = self._used.get(row.team_id, 0) + messages.counted(row.text).segments
        # What calls somebody has all of it; answers and tests can't use it up.
        most = row.team.most_segments // (1 if row.root.purpose in CALLS else 2)
        if used > most:
            why = f"The {most} SMS segments that the team has for that in 24 hours are used up."
            return "failed", CAPPED, why
        self._used[row.team_id] = used
        return None


def take(now: datetime, mine: frozenset[int], paused: frozenset[str]) -> list[Claim]:
    """Take what is due for this try: all in one transaction, and with words true at `now`.

    `mine` are the ids of those whose last try is just being recorded: they wait for the next tick.
    So does what goes by a route that is `paused`.
    """
    with reading():
        if not database.execute_sql(_DUE, (stored_instant(now),)).fetchone():
            return []
    with writing():
        due = _due(now)
        batch = _Batch(due, now)
        claims = []
        for row in due:
            try:
                untrue, words = batch.untrue(row)
                claim = _claimed(row, untrue, words, now)
            except Exception:
                # It stays due; what is wrong with one team must not hold up the others.
                log.exception("notification %s could not be worded", row.id, extra=about(row))
                continue
            if untrue == LATER:
                continue
            if untrue and not row.attempts:
                drop(row, untrue, now)
                row.save()
                watch.chain_changed(row, now)
                log.info("notification %s is %s", row.id, untrue, extra=about(row))
            elif row.id in mine or claim.route in paused:
                continue
            elif (bar := batch.barred(row)) and not claim.in_doubt:
                hold_back(row, *bar, now)
            else:
                claims.append(replace(claim, bar=bar))
        _mark_claimed(claims, {row.id: row.text for row in due}, now)
    return claims


def _due(now: datetime) -> list[Notification]:
    """Return what is due, in the order in which it is to be sent."""
    query = (
        Notification.select(Notification, Team, Member)
        .join(Team)
        .switch(Notification)
        .join(Member, "LEFT JOIN", on=Notification.team_member)
        .where(
            Notification.status.in_(OPEN),
            Notification.next_attempt_at <= now,
            # A team that can't be read must not keep the others' messages from being read.
            fn.datetime(Team.created_at).is_null(False),
        )
        # SMS before posts of the same time: it is they that wake people.
        .order_by(Notification.due_at, Notification.kind.desc(), Notification.id)
    )
    return list(query)


def hold_back(row: Notification, status: str, code: str, why: str, now: datetime) -> None:
    """Settle an SMS that must not go out, and say so."""
    settle(row, status)
    row.error_code, row.error_message = code, why
    row.save()
    give_up(row, why, now)
    if code == CAPPED:
        most = row.team.most_segments
        calls = row.root.purpose in CALLS
        text = messages.cap_warning(row.team.name, most, calls=calls)
        key = f"cap:{row.team_id}:{most}:{calls}:{now.date()}"
        planning.announce(row.team, "warning", key, text, now)
    log.warning("notification %s is %s: %s", row.id, status, why, extra=about(row))


_LOST = {
    "test": "test SMS",
    "hello": "SMS that asks for a confirmation",
    "summary": "SMS with the week’s list",
}


def give_up(row: Notification, why: str, now: datetime, *, unsure: bool = False) -> None:
    """See to it that somebody hears of what did not arrive."""
    watch.chain_changed(row, now)
    if row.kind == "sms" and row.purpose in _LOST and row.team_member is not None:
        person = planning.person(row.team_member)
        text = messages.lost_sms_warning(person, _LOST[row.purpose], why, unsure=unsure)
        planning.announce(row.team, "warning", f"warning:{row.id}", text, now)


def _segments_used(now: datetime) -> dict[int, int]:
    """Return how many segments each team has sent within the window."""
    found = database.execute_sql(
        "SELECT team_id, SUM(segments) FROM notification_log"
        " WHERE sent_at > ? AND kind = 'sms' GROUP BY team_id",
        (stored_instant(now - CAP_WINDOW),),
    )
    return {team: used or 0 for team, used in found}


def _address(row: Notification) -> str:
    """Return where a notification goes: the number and the channel of now.

    They may have been mended since it was planned. An answer goes where the question came from, and
    what is meant for a second phone stays with it.
    """
    member = row.team_member
    if row.kind == "announcement":
        return row.team.channel_id or ""
    if row.kind == "direct":
        return posts.slack_user(row) or ""
    if row.purpose in ("answer", "second", "stopped"):
        return row.phone or ""
    return (member and member.phone) or ""


def _claimed(row: Notification, untrue: str | None, words: str, now: datetime) -> Claim:
    tries = []
    if row.attempts:
        query = DeliveryAttempt.select().where(DeliveryAttempt.notification == row)
        tries = list(query.order_by(DeliveryAttempt.number))
    address = _address(row)
    doubts = [one for one in tries if _is_doubtful(one)]
    since = doubts[-1].number if doubts else 0
    return Claim(
        id=row.id,
        team_id=row.team_id,
        kind=row.kind,
        purpose=row.purpose,
        message=Message(
            (row.attempts and row.phone) or address,
            row.text if row.attempts else words,
            row.dedupe_key,
            valid_for=CALLS_VALID_FOR if row.purpose in URGENT else VALID_FOR,
        ),
        words=words,
        address=address,
        attempt=row.attempts + 1,
        tried=1 + sum(one.error_code not in LOOKS for one in tries),
        claimed_at=now,
        due_at=row.due_at,
        in_doubt=row.status == "uncertain",
        doubts=len(doubts),
        doubtful_at=(doubts[-1].finished_at or doubts[-1].started_at) if doubts else None,
        doubt=(doubts[-1].error_message or "") if doubts else "",
        doubt_code=(doubts[-1].error_code or "") if doubts else "",
        looks=sum(one.number > since and one.error_code == NOT_THERE for one in tries),
        first_try=tries[0].started_at if tries else None,
        untrue=untrue,
    )


def _is_doubtful(one: DeliveryAttempt) -> bool:
    """Tell whether a try may have sent the message, and nobody knows."""
    return one.outcome is None or (one.outcome == "uncertain" and one.error_code not in LOOKS)


def search_for(claim: Claim, first_try: datetime, now: datetime) -> Search:
    """Return where to look for a message, and which of other rows may be taken for it."""
    if claim.kind != "sms":
        return Search(first_try, now)
    with reading():
        found = database.execute_sql(
            "SELECT twilio_sid FROM notification_log"
            " WHERE sent_at > ? AND twilio_sid IS NOT NULL AND id <> ?",
            (stored_instant(first_try - CAP_WINDOW), claim.id),
        )
        taken = frozenset(sid for (sid,) in found)
        rivals = database.execute_sql(_RIVALS, (claim.phone, claim.id)).fetchone()[0]
    return Search(first_try, now, taken, rivals)


def _mark_claimed(claims: list[Claim], read: dict[int, str], now: datetime) -> None:
    """Store claims. `read` are the texts that they were made from, by notification.

    A text that is the same stays as it is stored: a note may have been added to since it was read.
    """
    # Plain SQL: of a thousand messages the query builder would take longer than Twilio.
    at = stored_instant(now)
    texts = [one.message.text for one in claims]
    marked = database.connection().executemany(
        "UPDATE notification_log SET status = 'sending', claimed_at = ?, attempts = ?,"
        " next_attempt_at = NULL, text = coalesce(?, text), phone = ?"
        " WHERE id = ? AND status IN ('pending', 'retrying', 'uncertain')",
        [
            (at, one.attempt, None if new == read[one.id] else new, one.phone, one.id)
            for one, new in zip(claims, texts, strict=True)
        ],
    )
    if claims and marked.rowcount != len(claims):
        raise RuntimeError(f"claimed {marked.rowcount} notifications of {len(claims)}")
    database.connection().executemany(
        "INSERT INTO delivery_attempts (notification_id, number, started_at) VALUES (?, ?, ?)",
        [(claim.id, claim.attempt, at) for claim in claims],
    )


def still_ours(claim: Claim, now: datetime) -> bool:
    """Renew a claim; False if somebody took it for abandoned meanwhile."""
    with writing():
        renewed = Notification.update(claimed_at=now).where(
            Notification.id == claim.id,
            Notification.status == "sending",
            Notification.attempts == claim.attempt,
        )
        return bool(renewed.execute())


def renewed(claim: Claim, now: datetime) -> Claim | None:
    """Renew a claim that waited for a thread, with what is true by now; None if it was lost."""
    with writing():
        if not still_ours(claim, now):
            return None
        row = Notification.get_by_id(claim.id)
        untrue, words = _Batch([], now).untrue(row)
        if untrue == LATER:
            give_back([claim], now)
            return None
        return replace(claim, claimed_at=now, untrue=untrue, words=claim.words if untrue else words)


def reworded(claim: Claim, now: datetime) -> Message | None:
    """Return what to send now, and where, and remember both: a later look compares them.

    A post is drawn here, in a thread of its own, so that no SMS waits for it. None if the claim was
    lost.
    """
    message = replace(claim.message, text=claim.words, to=claim.address)
    if claim.kind != "sms":
        with reading():
            row = Notification.get_by_id(claim.id)
            row.text = claim.words
            drawn = posts.draw(row, now)
        message = replace(
            message, text=drawn.text, buttons=drawn.buttons, small_print=drawn.small_print
        )
    if (message.text, message.to) != (claim.message.text, claim.message.to):
        with changing(claim.id, "sending", claim.attempt) as ours:
            if ours is None:
                return None
            ours.text, ours.phone = message.text, message.to if claim.kind == "sms" else None
    return message


def give_back(claims: list[Claim], at: datetime) -> None:
    """Undo claims whose tries never began; they are due again at `at`."""
    if not claims:
        return
    with writing():
        for claim in claims:
            with changing(claim.id, "sending", claim.attempt) as row:
                if row is None:
                    continue
                before = "retrying" if claim.first_try else "pending"
                row.status = "uncertain" if claim.in_doubt else before
                row.attempts, row.next_attempt_at = claim.attempt - 1, at
                DeliveryAttempt.delete().where(
                    DeliveryAttempt.notification == row, DeliveryAttempt.number == claim.attempt
                ).execute()


def recover(now: datetime, mine: frozenset[int]) -> None:
    """Take up what a process that died left in the middle of a try."""
    abandoned = (Notification.status == "sending") & (Notification.claimed_at <= now - ABANDONED)
    with reading():
        found = database.execute_sql(_ABANDONED, (stored_instant(now - ABANDONED),)).fetchall()
    lost = [number for (number,) in found if number not in mine]
    for number in lost:
        with writing():
            taken = Notification.update(status="uncertain", next_attempt_at=now).where(
                Notification.id == number, abandoned
            )
            if taken.execute():
                log.warning(
                    "notification %s was left in the middle of a try",
                    number,
                    extra={"notification": number},
                )


def _newest(oldest: Notification, now: datetime) -> _Newest:
    """Return when the team's newest text of each kind to each member was due, from `oldest` on."""
    since, until = stored_instant(oldest.due_at), stored_instant(now)
    found = database.execute_sql(_NEWEST, (oldest.team_id, since, until))
    return {(kind, member): read_instant(due_at) for kind, member, due_at in found}


def _no_longer(call: Notification, situation: Situation, newest: _Newest) -> str | None:
    """Return 'cancelled' if a text is not true any more, 'expired' if a newer one is there."""
    told = {int(member) for member in (call.about or "").split(",") if member}
    members = set(situation.members)
    if not told <= members or (call.kind == "announcement" and told != members):
        return "cancelled"
    latest = newest.get((call.kind, call.team_member_id), call.due_at)
    return "expired" if latest > call.due_at else None


def _words(call: Notification, situation: Situation, first_sent: datetime | None) -> str:
    if call.kind == "sms":
        member = cast(int, call.team_member_id)
        return situation.sms(call.purpose, member, call.due_at, first_sent)
    return situation.announcement(call.purpose, call.due_at)


def drop(row: Notification, untrue: str, now: datetime) -> None:
    """Give up what says something wrong by now; a turn that nobody was told of is told late."""
    settle(row, untrue)
    late = now - row.due_at > planning.LATE
    if row.kind == "announcement" and row.purpose in CALLS and late:
        unposted.note(row, now)
    if row.kind == "sms" and row.purpose in CALLS and untrue == "cancelled" and late:
        if Chain.of(row, now).warned:
            return  # the warning is drawn anew, and says it
        person, zone = planning.person(row.recipient), schedule.zone_of(row.team)
        note = messages.untold_note(person, row.due_at, zone)
        planning.announce(row.team, "missed", f"untold:{row.id}", note, now)


def settle(row: Notification, status: str) -> None:
    """Give a row its status, with nothing left to try."""
    row.status, row.next_attempt_at = status, None


@contextmanager
def changing(number: int, status: str, attempt: int | None = None) -> Iterator[Notification | None]:
    """Yield a notification to change, and save it; None if its status or attempt is another."""
    with writing():
        row = Notification.get_by_id(number)
        ours = row.status == status and attempt in (None, row.attempts)
        yield row if ours else None
        if ours:
            row.save()
