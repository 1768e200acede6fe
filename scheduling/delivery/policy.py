"""All durations and limits of delivery: when things are tried, how often, and for how long."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

from scheduling.delivery.steps import Step, To
from scheduling.notifications import NOTICE
from storage.models import LONGEST_SHIFT
from storage.statuses import DUTY, Kind, Purpose, Trouble

_SECOND, _MINUTE, _HOUR, _DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)


class RetryPolicy(NamedTuple):
    """When to retry what certainly wasn't sent, and for how long.

    An SMS is tried with `pauses` in between and has then failed. If the provider asks us to wait,
    or can't be reached, it is tried for `sms_patience` instead; the fallbacks don't wait for that.
    A post has no fallback, so it is tried every minute for `each_minute_for`, then every
    `later_pause`, as long as it is useful: `post_patience`, or its `patience_by_purpose`. A post
    about who is on call is useful until the turn ends, at most the longest possible shift.

    A provider's rate limit pauses the whole route (all SMS, or one channel), at most
    `longest_pause`; one post may wait up to `longest_wait`. If a rate limit doesn't say how long to
    wait, retries are spread over `spread` seconds, about two ticks. A posting thread itself waits
    out a pause of up to `short_wait` seconds, at most `short_waits` times per post.
    """

    pauses: tuple[timedelta, ...] = (_MINUTE, _MINUTE)
    sms_patience: timedelta = _HOUR
    post_patience: timedelta = 24 * _HOUR
    patience_by_purpose: Mapping[str, timedelta] = MappingProxyType(
        {
            **dict.fromkeys(DUTY, LONGEST_SHIFT),
            Purpose.MISSED: 7 * _DAY,
            Purpose.PREFLIGHT: 2 * _DAY,  # it expires the next morning anyway
        }
    )
    each_minute_for: timedelta = _HOUR
    later_pause: timedelta = 5 * _MINUTE
    longest_pause: timedelta = 10 * _MINUTE
    longest_wait: timedelta = _DAY
    spread: int = 31
    short_wait: int = 5  # seconds
    short_waits: int = 5

    @property
    def tries(self) -> int:
        """The number of tries, the first included."""
        return len(self.pauses) + 1

    def patience(self, kind: str, purpose: str) -> timedelta:
        """Return how long after its due time a notification is tried."""
        if kind == Kind.SMS:
            return self.sms_patience
        return self.patience_by_purpose.get(purpose, self.post_patience)


class LookupPolicy(NamedTuple):
    """When to look up an SMS that may have been sent.

    It is looked up several times, this long `after` the attempt, because Twilio's list may lag. If
    the last lookup doesn't find it, it is sent again. If Twilio can't be reached, the lookup is
    repeated every `pause`, for `patience`.
    """

    after: tuple[timedelta, ...] = (_MINUTE, 2 * _MINUTE, 5 * _MINUTE)
    pause: timedelta = _MINUTE
    patience: timedelta = _HOUR


class ClaimPolicy(NamedTuple):
    """How long claims last, and what waits for what.

    abandoned: no call to a provider takes longer, so an older 'sending' is a dead process's
    renewed: a claim that waited this long for a thread is renewed
    cap_window: the period of a team's cap on SMS segments
    decided: a warning waits at most this long for the outcome of an SMS that is being sent
    texts_first, glance: posts wait up to `texts_first` seconds, checking every `glance`, until all
        texts of the tick have a thread, because at 8:00 texts must go out before posts
    """

    abandoned: timedelta = 60 * _SECOND
    renewed: timedelta = 20 * _SECOND
    cap_window: timedelta = 24 * _HOUR
    decided: timedelta = 10 * _MINUTE
    texts_first: float = 5.0
    glance: float = 0.1


class ReceiptPolicy(NamedTuple):
    """When to poll Twilio for the delivery status of an SMS.

    first, rarest, until: first poll, longest interval (each is half as long again), and the end
    revisits: later polls, counted from when it was sent, while its price or receipt is missing
    revisit_again, given_up: if Twilio can't be reached, retry at this interval, until this age
    usually_left: Twilio mostly sends a text on within this time, so nobody is bothered before
    silent_days, silent_texts: a number has no receipts if its last texts, at most `silent_texts` of
        them, went without one on `silent_days` days
    """

    first: timedelta = 15 * _SECOND
    rarest: timedelta = 15 * _MINUTE
    until: timedelta = 4 * _HOUR
    revisits: tuple[timedelta, ...] = (10 * _MINUTE, _HOUR, _DAY)
    revisit_again: timedelta = 10 * _MINUTE
    given_up: timedelta = 2 * _DAY
    usually_left: timedelta = 30 * _SECOND
    silent_days: int = 3
    silent_texts: int = 60


_ALWAYS = frozenset(Trouble)
_SILENT = frozenset({Trouble.SILENT})
# Everything except a missing receipt: something is certainly wrong.
_SURELY = _ALWAYS - _SILENT
_POST, _SMS, _DIRECT = Kind.ANNOUNCEMENT, Kind.SMS, Kind.DIRECT


class FollowUpPolicy(NamedTuple):
    """What happens while a duty notification doesn't reach its person.

    notice: how long an SMS may take before anybody is warned
    soon: grace period while a delivery-status query is in flight
    turn_over: a chain is checked this long after its turn, when the next messages are out
    open_for: how long a duty notification can be acknowledged
    written: an OK counts for what was asked up to this long after it, because clocks differ
    just_asked: somebody asked for their number has this long to enter it before others hear that
        they get no texts, so a team that starts right away doesn't set off an alarm
    steps: what to do, in this order
    """

    notice: timedelta = NOTICE
    soon: timedelta = 15 * _SECOND
    turn_over: timedelta = _MINUTE
    open_for: timedelta = 48 * _HOUR
    written: timedelta = _MINUTE
    just_asked: timedelta = 10 * _MINUTE
    steps: tuple[Step, ...] = (
        Step(To.CHANNEL, (_POST,), on=_SURELY, patience=NOTICE),
        Step(To.LEADS, (_POST, _SMS), on=_SURELY, patience=NOTICE),
        Step(
            To.FIRST_PHONE,
            (_SMS,),
            on=frozenset({Trouble.FAILED}),
            every=10 * _MINUTE,
            until=_HOUR,
        ),
        Step(
            To.SECOND_PHONE,
            (_SMS,),
            on=frozenset({Trouble.FAILED, Trouble.UNCONFIRMED}),
            holds=NOTICE,
        ),
        Step(To.IN_SLACK, (_DIRECT,), on=_ALWAYS, holds=NOTICE),
        Step(To.CHANNEL, (_POST,), on=_SILENT, patience=NOTICE),
        Step(To.LEADS, (_POST, _SMS), on=_SILENT, patience=NOTICE),
        Step(To.CONTACTS, (_SMS, _DIRECT), on=_SURELY, patience=NOTICE),
    )


class SecondWayPolicy(NamedTuple):
    """Who gets the news that can't be posted in the channel.

    most_told: at most this many leads, those named first
    not_again: the same warning about a channel or the next morning isn't repeated in this time
    """

    most_leads: int = 5
    not_again: timedelta = 3 * _DAY


class ReplyPolicy(NamedTuple):
    """How often we poll for replies, and how often we answer.

    quickly, awaited: the poll interval for this long after we texted somebody who may answer
    slowly: the poll interval otherwise
    overlap: each poll reaches this far back, because Twilio's list may miss a text just arriving
    read_back: older replies are never read
    clocks_differ: how much Twilio's clock, which dates replies, may differ from ours
    most_answers, answers_within: a limit on answers to one number, which may be another bot's
    puzzled_every: at most one answer in this time to replies that we don't understand
    collected, quoted: one person's texts within this time share a post, which quotes this many
    """

    quickly: timedelta = 20 * _SECOND
    slowly: timedelta = 2 * _MINUTE
    awaited: timedelta = 30 * _MINUTE
    overlap: timedelta = 10 * _MINUTE
    read_back: timedelta = 7 * _DAY
    clocks_differ: timedelta = _HOUR
    most_answers: int = 10
    answers_within: timedelta = _HOUR
    puzzled_every: timedelta = _DAY
    collected: timedelta = 5 * _MINUTE
    quoted: int = 3


class HelloPolicy(NamedTuple):
    """What follows when somebody doesn't answer the text that asks them to confirm their number.

    After `unanswered` they are asked in Slack whether it's right, unless the text is older than
    `old_news`, as after a long outage.
    """

    unanswered: timedelta = _HOUR
    old_news: timedelta = _DAY


class EditPolicy(NamedTuple):
    """How many posts may be edited, and when a failed edit is retried.

    per_minute: slightly below Slack's limit, because calls don't arrive as evenly as they leave
    kept_for_urgent: how many of these are reserved for urgent posts
    fair: one place in this many goes to the post that has waited longest
    unsaid_pause, longest_pause: how long a rate limit lasts that doesn't say, and at most
    first, rarest, until: a failed edit is retried after `first`, then after twice as long each
        time, at least every `rarest`, as long as a turn may last
    """

    minute: timedelta = _MINUTE
    per_minute: int = 48
    kept_for_urgent: int = 4
    fair: int = 4
    unsaid_pause: timedelta = 30 * _SECOND
    longest_pause: timedelta = 10 * _MINUTE
    first: timedelta = _MINUTE
    rarest: timedelta = _HOUR
    until: timedelta = 8 * _DAY


class AlarmPolicy(NamedTuple):
    """When people hear that the database can't be written.

    after: how long it must last, because a lock held for a few seconds is normal
    remembered: how often we look up whom to warn
    again: seconds between two tries to post a warning
    """

    after: timedelta = 30 * _SECOND
    remembered: timedelta = _MINUTE
    again: float = 15.0


class SentLogPolicy(NamedTuple):
    """How far back people see what wasn't delivered: `lately`."""

    lately: timedelta = 7 * _DAY


RETRY = RetryPolicy()
LOOKUP = LookupPolicy()
CLAIM = ClaimPolicy()
RECEIPTS = ReceiptPolicy()
FOLLOW_UP = FollowUpPolicy()
SECOND_WAY = SecondWayPolicy()
REPLIES = ReplyPolicy()
HELLOS = HelloPolicy()
EDITS = EditPolicy()
ALARM = AlarmPolicy()
SENT_LOG = SentLogPolicy()
