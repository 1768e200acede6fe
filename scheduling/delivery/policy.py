"""Every duration and count of delivery: what is tried when, how often, and for how long."""

from dataclasses import dataclass
from datetime import timedelta

from scheduling.delivery.steps import Step, To
from scheduling.notifications import NOTICE
from storage.statuses import Kind, Trouble

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

_ALWAYS = frozenset(Trouble)
_SILENT = frozenset({Trouble.SILENT})
# All but "no receipt": something is wrong for sure.
_SURELY = _ALWAYS - _SILENT
_POST, _SMS, _DIRECT = Kind.ANNOUNCEMENT, Kind.SMS, Kind.DIRECT


@dataclass(frozen=True, slots=True)
class FollowUpPolicy:
    """What follows while a duty notification does not reach its person.

    `notice` is how long an SMS may take before anybody worries, `soon` how long the answer to a
    question may take that was just asked. A turn that ended is looked at after `turn_over`, when
    the next one's messages are out. Whoever is on call can acknowledge what was sent to them within
    `open_for`; an OK counts for what was asked up to `written` after it, for clocks differ.
    """

    notice: timedelta = NOTICE
    soon: timedelta = timedelta(seconds=15)
    turn_over: timedelta = _MINUTE
    open_for: timedelta = timedelta(hours=48)
    written: timedelta = _MINUTE
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


FOLLOW_UP = FollowUpPolicy()
