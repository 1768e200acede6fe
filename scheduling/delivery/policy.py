"""Every duration and count of delivery: what is tried when, how often, and for how long."""

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
    """When something is tried again that surely did not go out, and until when.

    It is tried `pauses` apart; then an SMS has failed, unless the provider asks us to wait or can't
    be reached: then it is tried on for `sms_patience`. By then others were told. Nothing steps in
    for a post, so it is tried each minute for `each_minute_for`, then each `later_pause`, for as
    long as somebody can use it: `post_patience`, or what `patience_by_purpose` says. What says who
    is on call stops being true when the turn is over, and no turn is longer than that.

    A provider's rate limit holds for all that goes the same way, for `longest_pause` at most; a
    post may be asked to wait for `longest_wait`. Those that were asked too often without a word how
    long to wait are spread over `spread` seconds, two ticks' worth. A channel's own thread waits
    `short_wait` where Slack asks it to, `short_waits` times for one post.
    """

    pauses: tuple[timedelta, ...] = (_MINUTE, _MINUTE)
    sms_patience: timedelta = _HOUR
    post_patience: timedelta = 24 * _HOUR
    patience_by_purpose: Mapping[str, timedelta] = MappingProxyType(
        {
            **dict.fromkeys(DUTY, LONGEST_SHIFT),
            Purpose.MISSED: 7 * _DAY,
            Purpose.PREFLIGHT: 2 * _DAY,  # the next morning ends it
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
        """How often something is tried."""
        return len(self.pauses) + 1

    def patience(self, kind: str, purpose: str) -> timedelta:
        """Return for how long after it became due something is tried."""
        if kind == Kind.SMS:
            return self.sms_patience
        return self.patience_by_purpose.get(purpose, self.post_patience)


class LookupPolicy(NamedTuple):
    """When an SMS is looked up that may have gone out: `after` that, for Twilio's list may be late.

    If it is not there at the last lookup, it is sent again. While nobody can be asked, it is asked
    again each `pause`, for `patience`.
    """

    after: tuple[timedelta, ...] = (_MINUTE, 2 * _MINUTE, 5 * _MINUTE)
    pause: timedelta = _MINUTE
    patience: timedelta = _HOUR


class ClaimPolicy(NamedTuple):
    """What is ours to send, and for how long.

    No call to a provider takes longer than `abandoned`: what is still 'sending' then belongs to a
    dead process. What waited for a thread longer than `renewed` says again that it is ours. A team
    may send so many segments within `cap_window`. A warning waits for what comes of an SMS that is
    just being tried, `decided` at most. Posts wait `texts_first` seconds at most until each text of
    the same tick has a thread, looking every `glance`: all threads share one processor, and of many
    teams at 8:00 the texts go first.
    """

    abandoned: timedelta = 60 * _SECOND
    renewed: timedelta = 20 * _SECOND
    cap_window: timedelta = 24 * _HOUR
    decided: timedelta = 10 * _MINUTE
    texts_first: float = 5.0
    glance: float = 0.1


class ReceiptPolicy(NamedTuple):
    """When Twilio is asked what became of an SMS, each time half as late again, and then sparsely.

    Asked for the first time after `first`, never less often than every `rarest`, for `until`; then
    `revisits` after it was sent, as long as something is missing, such as its price. Where Twilio
    could not be asked, it is asked after `revisit_again`, until `given_up`. Within `usually_left`
    Twilio has mostly sent on what it took: nobody has to read of it before. After texts of
    `silent_days` without a receipt, of the last `silent_texts`, a number is taken to have none.
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
# All but "no receipt": something is wrong for sure.
_SURELY = _ALWAYS - _SILENT
_POST, _SMS, _DIRECT = Kind.ANNOUNCEMENT, Kind.SMS, Kind.DIRECT


class FollowUpPolicy(NamedTuple):
    """What follows while a duty notification does not reach its person.

    `notice` is how long an SMS may take before anybody worries, `soon` how long the answer to a
    question may take that was just asked. A turn that ended is looked at after `turn_over`, when
    the next one's messages are out. Whoever is on call can acknowledge what was sent to them within
    `open_for`; an OK counts for what was asked up to `written` after it, for clocks differ. Whoever
    was asked for their number has `just_asked` to enter it before anybody else hears that they get
    no text: a team that starts right away is no alarm.
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
    """Whom news is told that the channel can't take: `most_told` leads, those who were named first.

    What was said about a channel, or the next morning, isn't said again in the same words within
    `not_again`.
    """

    most_told: int = 5
    not_again: timedelta = 3 * _DAY


class ReplyPolicy(NamedTuple):
    """How often we look for replies, and how often we answer.

    `quickly` while somebody may be about to answer, which is for `awaited`. A list that is asked
    for while something arrives may miss it, so we look back a little, `overlap`; further back than
    `read_back` no reply is read. The first team was made by our clock, and replies are dated by
    Twilio's: they may differ by `clocks_differ`.

    Another machine may answer ours: no more than `most_answers` within `answers_within`, and to
    what we don't understand one each `puzzled_every`. Within `collected` the texts of one person go
    into one post, which quotes `quoted` of them.
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

    They are asked in Slack whether it's right after `unanswered`; not about a text older than
    `old_news`, which went out long before the bot came back.
    """

    unanswered: timedelta = _HOUR
    old_news: timedelta = _DAY


class EditPolicy(NamedTuple):
    """How many posts may be edited, and when one is edited again that could not be.

    `per_minute` is a little less than Slack promises, because calls don't arrive as evenly as they
    leave; the last few are kept for what is urgent. Every `fair` places one goes to whatever has
    waited longest. A rate limit that doesn't say how long lasts `unsaid_pause`, any
    `longest_pause` at most. A failed edit is tried after `first`, then after twice as long, never
    less often than each `rarest`, as long as a turn may last: `until`.
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
    """When people hear that nothing can be written: a lock held for some seconds is no news.

    They hear of what lasts `after`; whom to tell is looked up every `remembered`, and what can't be
    said is tried every `again` seconds.
    """

    after: timedelta = 30 * _SECOND
    remembered: timedelta = _MINUTE
    again: float = 15.0


class SentLogPolicy(NamedTuple):
    """How far back people read of what did not arrive: `lately`."""

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
