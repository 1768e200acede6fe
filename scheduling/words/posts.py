"""The words of the channel’s posts: announcements, notes, the week’s list, the life of an SMS.

A post is Slack mrkdwn; its times are on the team's clock. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduling.words.mrkdwn import all_shown, escaped, literal, shown, standing_in
from scheduling.words.people import Person, Slot, Turn
from scheduling.words.times import (
    Clock,
    clock_time,
    length,
    seconds,
    time_of_day,
    wall_clock,
)
from scheduling.words.wording import several
from storage.statuses import Status


def morning_announcement(turn: Turn) -> str:
    """Return the channel's post of the notify time. Nobody on call is said loudest."""
    since = f" from {time_of_day(turn.since, turn.clock)}" if turn.since else ""
    return _announcement("Good morning!", since, turn)


def handoff_announcement(turn: Turn) -> str:
    """Return the channel's line at any other handoff, or when a team begins."""
    if turn.first and turn.people:
        until = clock_time(turn.until, turn.clock)
        following = f" Next: {all_shown(turn.next_up)}." if turn.next_up else ""
        return (
            f":telephone_receiver: On call for *{escaped(turn.team)}* from now on: "
            f"{all_shown(turn.people)}, until {until}.{following}"
        )
    return _announcement("Handoff:", " now", turn)


def _announcement(opening: str, now: str, turn: Turn) -> str:
    late = ""
    if turn.late_since:
        due = time_of_day(turn.late_since, turn.clock)
        late = f"\n_{length(turn.late_by)} late: it was due at {due}._"
    until = clock_time(turn.until, turn.clock)
    if not turn.people and not turn.next_up:
        return (
            f":warning: *Nobody is on call* for *{escaped(turn.team)}*{now}, and nobody is "
            f"planned. It takes members and shifts: a lead can add them with `/oncall setup`.{late}"
        )
    if not turn.people:
        following = f" Then: {all_shown(turn.next_up)}." if turn.next_up else ""
        return (
            f":warning: *Nobody is on call* for *{escaped(turn.team)}*{now} until {until}."
            f"{following}\nTo fill the gap: `/oncall take until "
            f"{clock_time(turn.until, turn.clock)}`.{late}"
        )
    verb = "is" if len(turn.people) == 1 else "are"
    day = f" (day {turn.day[0]} of {turn.day[1]})" if turn.day else ""
    covering = standing_in(all_shown(turn.covering), turn.reason)
    following = f" Next: {all_shown(turn.next_up)}." if turn.next_up else ""
    return (
        f":telephone_receiver: {opening} {all_shown(turn.people)} {verb} on call for "
        f"*{escaped(turn.team)}*{now}{day} until {until}{covering}.{following}{late}"
    )


# Of a turn that was told to nobody, as nobody had it.
NOBODY_WAS = "nobody was on call"


def missed_note(
    down_since: datetime, up_at: datetime, clock: Clock, missed: Sequence[tuple[datetime, str]]
) -> str:
    """Return the channel's note after an outage: what was not sent, and that it was not.

    `missed` are (due, whose turn) in order of time; of many, the last five are told.
    """
    told = [f"• {clock_time(at, clock)}: {escaped(whom)}" for at, whom in missed[-5:]]
    if len(missed) > len(told):
        told.insert(0, f"• {several(len(missed) - len(told), 'earlier one')}")
    return (
        f":information_source: I was not running from {clock_time(down_since, clock)} to "
        f"{clock_time(up_at, clock)}. These messages were not sent, and are of no use now:\n"
        + "\n".join(told)
    )


def unposted_note(due: datetime, whom: str, clock: Clock) -> str:
    """Return the channel's note on a post that Slack did not take until its turn was over."""
    return (
        ":information_source: Slack couldn’t be reached in time for these posts about who was on "
        f"call:{unposted_line(due, whom, clock)}"
    )


def unposted_line(due: datetime, whom: str, clock: Clock) -> str:
    """Return the line about another such post, for the end of that note."""
    return f"\n• {clock_time(due, clock)}: {escaped(whom)}"


def untold_note(person: Person, due: datetime, clock: Clock) -> str:
    """Return the channel's note that an SMS never went out, and that it is of no use any more."""
    return (
        f":information_source: {shown(person)} got no SMS of {clock_time(due, clock)}: it could "
        "not be sent in time, and that turn is not theirs any more."
    )


@dataclass(frozen=True, slots=True)
class Life:
    """How far an SMS to somebody has come, as it is told below a post.

    `status` is one of the notification's, 'held' (Twilio has not sent it yet), 'no receipt' or
    'blind' (the carrier never gives one), `at` when it arrived, `confirmed` when, by whom and
    how ('by SMS' or 'in Slack') it was confirmed.
    """

    person: Person
    status: str
    at: datetime | None = None
    why: str | None = None
    confirmed: tuple[datetime, Person, str] | None = None


def life_line(one: Life, clock: Clock) -> str:
    """Return it as a line of mrkdwn, for example '✅ @alice: SMS delivered 8:00:07'."""
    who = shown(one.person)
    if one.confirmed:
        at, by_whom, how = one.confirmed
        if by_whom != one.person:
            rest = life_line(replace(one, confirmed=None), clock)
            return f"{rest}\n:eyes: {shown(by_whom)} sees to it ({time_of_day(at, clock)} {how})"
        arrived = f"SMS delivered {seconds(one.at, clock)}, " if one.at else ""
        return f":white_check_mark: {who}: {arrived}confirmed {time_of_day(at, clock)} {how}"
    why = f": {escaped(one.why.rstrip('.'))}" if one.why else ""
    return {
        Status.DELIVERED: f":incoming_envelope: {who}: SMS delivered"
        + (f" {seconds(one.at, clock)}" if one.at else ""),
        "held": f":hourglass: {who}: Twilio has the SMS and has not sent it yet",
        "no receipt": f":incoming_envelope: {who}: SMS sent; there is no receipt",
        "blind": f":incoming_envelope: {who}: SMS sent; this carrier gives no receipts",
        Status.UNDELIVERED: f":warning: {who}: SMS not delivered{why}",
        Status.FAILED: f":warning: {who}: SMS not sent{why}",
        Status.SKIPPED: f":warning: {who}: no SMS{why}",
        Status.RETRYING: f":hourglass: {who}: SMS waits to be tried again{why}",
        Status.UNCERTAIN: f":hourglass: {who}: unclear whether the SMS went out; I look it up",
        Status.CANCELLED: f":heavy_minus_sign: {who}: SMS not needed any more",
        Status.EXPIRED: f":heavy_minus_sign: {who}: SMS not needed any more",
    }.get(one.status, f":outbox_tray: {who}: SMS on its way")


def summary_post(team: str, clock: Clock, week: Sequence[Slot]) -> str:
    """Return the week's list for the channel, a line a stretch."""
    lines = []
    for slot in week:
        hours = round((slot.end - slot.start) / timedelta(hours=1))
        covering = standing_in(all_shown(slot.covered), slot.reason)
        who = all_shown(slot.people) or ":warning: *nobody*"
        lines.append(
            f"• {wall_clock(slot.start, clock)} to {wall_clock(slot.end, clock)}"
            f"{f' ({hours} h)' if hours > 24 else ''}: {who}{covering}"
        )
    zone_name = f"_Times are {clock.zone.key}._"
    return "\n".join([f":calendar: *{escaped(team)}*: who is on call this week", *lines, zone_name])


_BESIDES = {
    Status.UNDELIVERED: ", not delivered",
    Status.DELIVERED: ", delivered",
    "held": ", waiting at Twilio",
    "no receipt": ", no receipt",
    Status.CANCELLED: ", not needed",
    Status.EXPIRED: ", not needed",
    Status.FAILED: ", failed",
    Status.SKIPPED: ", they replied STOP",
    "read": "",
}


# What was done besides an SMS.
A_MESSAGE, AN_SMS, SECOND_PHONE = "message in Slack", "SMS", "SMS to the second phone"


def beside_line(
    what: str, at: datetime, clock: Clock, status: str, to: Person | None = None
) -> str:
    """Return the line about what was done besides, for example '• 8:05 message in Slack'.

    `status` is one of the notification's, 'held', 'no receipt', or 'read' where it says nothing;
    `to` is whoever it went to, if that wasn't the person on call.
    """
    whom = f" to {shown(to)}" if to else ""
    return f"• {time_of_day(at, clock)} {what}{whom}{_beside(status)}"


def sent_again_line(count: int, at: datetime, clock: Clock, status: str) -> str:
    """Return the line about an SMS that was sent again so often, `at` for the last time."""
    times = f" {count} times, last" if count > 1 else ""
    return f"• sent again{times} {time_of_day(at, clock)}{_beside(status)}"


def _beside(status: str) -> str:
    return _BESIDES.get(status, ", on its way")


def said_post(person: Person, text: str) -> str:
    """Return the channel's line about a reply that is no OK, of somebody who is on call."""
    return (
        f":speech_balloon: {shown(person)}, who is on call, replied to the SMS: "
        f"“{literal(text)}”. I don’t know what that means; please see to it."
    )


def said_also(text: str) -> str:
    """Return another reply of the same person, for the end of that line."""
    return f"\nAnd: “{literal(text)}”"


def said_more(count: int) -> str:
    """Return the line about as many further replies that are not quoted."""
    return f"…and {count} more in these few minutes." if count else ""
