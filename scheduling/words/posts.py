"""The words of the channel’s posts: announcements, notes, the weekly summary, delivery status.

A post is Slack mrkdwn; its times are on the team's clock. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduling.words.mrkdwn import all_shown, covering_note, escaped, literal, shown
from scheduling.words.people import Person, Slot, Turn
from scheduling.words.times import (
    Clock,
    clock_time,
    length,
    seconds,
    time_of_day,
    wall_clock,
    zone_mark,
)
from scheduling.words.wording import several
from storage.statuses import Status


def morning_announcement(turn: Turn) -> str:
    """Return the channel's post at the notify time. A gap in coverage is a warning."""
    since = f" from {time_of_day(turn.since, turn.clock)}" if turn.since else ""
    return _announcement("Good morning!", since, turn)


def handoff_announcement(turn: Turn) -> str:
    """Return the channel's post at any other handoff, or when a team begins."""
    if turn.first and turn.people:
        until = clock_time(turn.until, turn.clock)
        following = f" Next: {all_shown(turn.next_up)}." if turn.next_up else ""
        return (
            f":telephone_receiver: On call for *{escaped(turn.team)}* starting now: "
            f"{all_shown(turn.people)}, until {until}.{following}"
        )
    return _announcement("Handoff:", " now", turn)


def _announcement(opening: str, now: str, turn: Turn) -> str:
    late = ""
    if turn.late_since:
        due = time_of_day(turn.late_since, turn.clock)
        late = f"\n_Sent {length(turn.late_by)} late (due at {due})._"
    until = clock_time(turn.until, turn.clock)
    if not turn.people and not turn.next_up:
        return (
            f":warning: *Nobody is on call* for *{escaped(turn.team)}*{now}, and nobody is "
            f"scheduled. A lead can add members and shifts: `/oncall setup`.{late}"
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
    covering = covering_note(all_shown(turn.covering), turn.reason)
    following = f" Next: {all_shown(turn.next_up)}." if turn.next_up else ""
    return (
        f":telephone_receiver: {opening} {all_shown(turn.people)} {verb} on call for "
        f"*{escaped(turn.team)}*{now}{day} until {until}{covering}.{following}{late}"
    )


# Instead of a name, for a turn without anybody on call.
NOBODY_WAS = "nobody was on call"


def missed_note(
    down_since: datetime, up_at: datetime, clock: Clock, missed: Sequence[tuple[datetime, str]]
) -> str:
    """Return the channel's note after an outage about what wasn't sent.

    `missed` are (due, whose turn) in order of time; at most the last five are listed.
    """
    lines = [f"• {clock_time(at, clock)}: {escaped(whom)}" for at, whom in missed[-5:]]
    if len(missed) > len(lines):
        lines.insert(0, f"• {several(len(missed) - len(lines), 'earlier message')}")
    return (
        f":information_source: I wasn’t running from {clock_time(down_since, clock)} to "
        f"{clock_time(up_at, clock)}. These messages weren’t sent and are no longer needed:\n"
        + "\n".join(lines)
    )


def unposted_note(due: datetime, whom: str, clock: Clock) -> str:
    """Return the channel's note about a post that Slack didn't accept before its turn was over."""
    return (
        ":information_source: I couldn’t reach Slack in time to post who was on call:"
        f"{unposted_line(due, whom, clock)}"
    )


def unposted_line(due: datetime, whom: str, clock: Clock) -> str:
    """Return the line about another such post, to append to that note."""
    return f"\n• {clock_time(due, clock)}: {escaped(whom)}"


def unsent_text_note(person: Person, due: datetime, clock: Clock) -> str:
    """Return the channel's note that an SMS was never sent and is no longer needed."""
    return (
        f":information_source: {shown(person)} never got the text due {clock_time(due, clock)}: it "
        "couldn’t be sent in time, and they’re no longer on call."
    )


@dataclass(frozen=True, slots=True)
class TextStatus:
    """The delivery status of somebody's SMS, for the line below a post.

    - `status`: one of the notification's, 'held' (Twilio hasn't sent it yet), 'no receipt' or
      'blind' (the carrier never gives one)
    - `at`: when it arrived
    - `confirmed`: when, by whom and how ('by text' or 'in Slack') it was confirmed
    - `below`: whether a warning further down says more than `why` could
    """

    person: Person
    status: str
    at: datetime | None = None
    why: str | None = None
    confirmed: tuple[datetime, Person, str] | None = None
    below: bool = False


def status_line(one: TextStatus, clock: Clock) -> str:
    """Return a status as a line of mrkdwn, for example '✅ @alice: text delivered 8:00:07 AM'."""
    who = shown(one.person)
    if one.confirmed:
        at, by_whom, how = one.confirmed
        if by_whom != one.person:
            rest = status_line(replace(one, confirmed=None), clock)
            handled = f"{shown(by_whom)} is handling it ({time_of_day(at, clock)} {how})"
            return f"{rest}\n:eyes: {handled}"
        arrived = f"text delivered {seconds(one.at, clock)}, " if one.at else ""
        return f":white_check_mark: {who}: {arrived}confirmed {time_of_day(at, clock)} {how}"
    why = f": {escaped(one.why.rstrip('.'))}" if one.why else ""
    below = ", see below" if one.below else ""
    because = below or why
    delivered = f"text delivered {seconds(one.at, clock)}" if one.at else "text delivered"
    return {
        Status.DELIVERED: f":incoming_envelope: {who}: {delivered}"
        + (", not confirmed, see below" if one.below else ""),
        "held": f":hourglass: {who}: Twilio has the text but hasn’t sent it yet{below}",
        "no receipt": f":incoming_envelope: {who}: text sent, no delivery receipt{below}",
        "blind": f":incoming_envelope: {who}: text sent; their carrier sends no receipts{below}",
        Status.UNDELIVERED: f":warning: {who}: text not delivered{because}",
        Status.FAILED: f":warning: {who}: text not sent{because}",
        Status.SKIPPED: f":warning: {who}: no text{because}",
        Status.RETRYING: f":hourglass: {who}: text not sent yet, retrying{because}",
        Status.UNCERTAIN: f":hourglass: {who}: not sure the text was sent, checking with Twilio"
        + below,
        Status.CANCELLED: f":heavy_minus_sign: {who}: text no longer needed",
        Status.EXPIRED: f":heavy_minus_sign: {who}: text no longer needed",
    }.get(one.status, f":outbox_tray: {who}: text on its way{below}")


def summary_post(team: str, clock: Clock, week: Sequence[Slot]) -> str:
    """Return the weekly summary for the channel, one line for each slot."""
    lines = []
    for slot in week:
        hours = round((slot.end - slot.start) / timedelta(hours=1))
        covering = covering_note(all_shown(slot.covered), slot.reason)
        who = all_shown(slot.people) or ":warning: *nobody*"
        lines.append(
            f"• {wall_clock(slot.start, clock)} to {wall_clock(slot.end, clock)}"
            f"{f' ({hours} h)' if hours > 24 else ''}: {who}{covering}"
        )
    zone_name = f"_Times in {clock.zone.key}._"
    return "\n".join([f":calendar: *{escaped(team)}*: who is on call this week", *lines, zone_name])


_OUTCOMES = {
    Status.UNDELIVERED: ", not delivered",
    Status.DELIVERED: ", delivered",
    "held": ", waiting at Twilio",
    "no receipt": ", no receipt",
    Status.CANCELLED: ", not needed",
    Status.EXPIRED: ", not needed",
    Status.FAILED: ", failed",
    Status.SKIPPED: ", opted out",
    "read": "",
}


# The fallbacks after the first SMS.
A_MESSAGE, A_TEXT, SECOND_PHONE = "message in Slack", "text", "text to the second phone"


def step_line(what: str, at: datetime, clock: Clock, status: str, to: Person | None = None) -> str:
    """Return the line about a fallback, for example '• 8:05 AM message in Slack'.

    `status` is one of the notification's, 'held', 'no receipt', or 'read', which isn't shown;
    `to` is the person it went to, if that wasn't the person on call.
    """
    whom = f" to {shown(to)}" if to else ""
    return f"• {time_of_day(at, clock)} {what}{whom}{_outcome(status)}"


def resent_line(count: int, at: datetime, clock: Clock, status: str) -> str:
    """Return the line about an SMS that was resent `count` times, last `at` this instant."""
    times = f" {count} times, last" if count > 1 else ""
    return f"• resent{times} {time_of_day(at, clock)}{_outcome(status)}"


def zone_line(at: datetime, clock: Clock) -> str:
    """Return the line with the zone of the times above it."""
    return f"Times in {zone_mark(at, clock)}"


def _outcome(status: str) -> str:
    return _OUTCOMES.get(status, ", on its way")


def reply_post(person: Person, text: str) -> str:
    """Return the channel's line about an on-call person's reply that isn't a plain OK."""
    return (
        f":speech_balloon: {shown(person)}, who is on call, replied: “{literal(text)}”. I can’t "
        "tell if that means OK. Can someone check with them?"
    )


def another_reply(text: str) -> str:
    """Return another reply of the same person, to append to that line."""
    return f"\nAnd: “{literal(text)}”"


def more_replies(count: int) -> str:
    """Return the line about further replies that aren't quoted."""
    return f"…and {count} more within a few minutes." if count else ""
