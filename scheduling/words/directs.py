"""The words of direct messages in Slack. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduling.words.mrkdwn import all_shown, by, escaped, shown
from scheduling.words.people import MovedTurn, Person, Turn, first_name
from scheduling.words.times import Clock, clock_time, span_with_zone, time_of_day
from scheduling.words.warnings import Trouble
from scheduling.words.wording import joined
from storage import statuses

# How many moved turns a direct message lists at most.
MOST_TURNS = 12


def not_asked(person: Person, title: str, why: str) -> str:
    """Return the direct message to the asker that the person who has to agree can't read it."""
    return (
        f":no_entry: I couldn’t ask {shown(person)}: {title}. {escaped(why)} Nothing was changed. "
        "To ask somebody else: `/oncall swap` or `/oncall override`. Or ask a lead to put somebody "
        "on call."
    )


def not_notified(person: Person, title: str, why: str) -> str:
    """Return the direct message about somebody whose shifts moved and who can't read it."""
    return (
        f":warning: I couldn’t tell {shown(person)} about your change: {title}. {escaped(why)} "
        "Tell them another way, or put somebody else on call: `/oncall override`."
    )


def moved_note(
    team: str,
    title: str,
    actor: str,
    turns: Sequence[MovedTurn],
    *,
    covers: bool,
    first: bool,
    reason: str | None,
    clock: Clock,
    now: datetime,
) -> str:
    """Return the direct message to somebody whose shifts a change of the `actor` moved.

    `covers` is whether the change has somebody cover for somebody else, `reason` why, and `first`
    whether they had no shift before.
    """
    who = f":calendar: {by(actor)}"
    if first:
        begins = _moved_span(turns[0], clock, now)
        more = " `/oncall mine` shows all your shifts." if len(turns) > 1 else ""
        return f"{who} put you on the *{escaped(team)}* rotation. Your first shift: {begins}.{more}"
    if covers and len(turns) == 1:
        why = f" Reason: {escaped(reason)}" if reason else ""
        return f"{who} {_covering_line(team, turns[0], actor, clock, now)}{why}"
    lines = [_moved_line(turn, clock, now) for turn in turns[:MOST_TURNS]]
    if len(turns) > MOST_TURNS:
        lines.append(f"• and {len(turns) - MOST_TURNS} more: `/oncall mine` shows all your shifts")
    return "\n".join([f"{who} changed your shifts in *{escaped(team)}*: {title}.", *lines])


def _covering_line(team: str, turn: MovedTurn, actor: str, clock: Clock, now: datetime) -> str:
    others, span = all_shown(turn.others), _moved_span(turn, clock, now)
    if turn.comes:
        whom = f", covering {others}" if others else ""
        if others == by(actor):
            whom = " in their place"
        return f"put you on call for *{escaped(team)}*{whom}: {span}."
    verb = "are" if len(turn.others) > 1 else "is"
    return f"took you off call for *{escaped(team)}*: {span}. {others or 'Nobody'} {verb} on call."


def _moved_line(turn: MovedTurn, clock: Clock, now: datetime) -> str:
    span, others = _moved_span(turn, clock, now), all_shown(turn.others)
    if turn.comes:
        return f"• *On call* {span}{f', instead of {others}' if others else ''}."
    verb = "are" if len(turn.others) > 1 else "is"
    return f"• *Off* {span}: {others or 'nobody'} {verb} on call."


def _moved_span(turn: MovedTurn, clock: Clock, now: datetime) -> str:
    """Return the turn's span with the zone: 'Fri Nov 27, 8:00 AM to Sat Nov 28, 8:00 AM CST'."""
    if turn.start < now + timedelta(minutes=1):  # a change takes effect a moment later
        return f"now until {clock_time(turn.end, clock)}"
    return span_with_zone(turn.start, turn.end, clock, now)


def new_lead_direct(team: str, by_whom: str | None) -> str:
    """Return the direct message to somebody who leads a team from now on.

    `by_whom` is the Slack user who named them, None if it was done elsewhere.
    """
    opening = f"{by(by_whom)} made you" if by_whom else "You’re now"
    return (
        f":wave: {opening} a lead of *{escaped(team)}*: you can change its members, shifts and "
        "settings. My Home tab has a button for each, and `/oncall help` lists the commands."
    )


def unreached_direct(
    person: Person,
    turn: Turn,
    trouble: Trouble,
    act: str = "",
    *,
    no_number: bool = False,
    doubtful: str = "",
) -> str:
    """Return the direct message to somebody whom the SMS didn't reach, or may not have.

    `act` is what only they can do about it; `no_number` is whether we have no number for them.
    `doubtful` is their number if it sent STOP and was never confirmed: it may be a stranger's.
    """
    covering = f", covering for {all_shown(turn.covering)}" if turn.covering else ""
    since = f" from {time_of_day(turn.since, turn.clock)}" if turn.since else ""
    because = {
        statuses.Trouble.UNCONFIRMED: "Please confirm.",
        statuses.Trouble.WAITING: "I’m writing here because your text couldn’t be sent yet.",
        statuses.Trouble.SILENT: "I’m writing here because your text may not have arrived.",
        statuses.Trouble.UNCLEAR: "I’m writing here because your text may not have arrived.",
    }.get(trouble.kind, "I’m writing here because your text didn’t arrive.")
    if no_number:
        because = "I’m writing here because I don’t have a phone number for you."
    if act:
        because += f" To get texts again, {act}."
    if doubtful:
        because += f" If {doubtful} isn’t your number, enter yours."
    return (
        f":telephone_receiver: {escaped(first_name(person))}, you’re on call for "
        f"*{escaped(turn.team)}*{since} until {clock_time(turn.until, turn.clock)}{covering}. "
        f"{because}"
    )


def escalation_direct(person: Person, turn: Turn) -> str:
    """Return the direct message that asks somebody else to handle it."""
    return (
        f":rotating_light: I can’t reach {shown(person)}, who is on call for "
        f"*{escaped(turn.team)}* until {clock_time(turn.until, turn.clock)}. Will you handle it?"
    )


def going_off_direct(turn: Turn) -> str:
    """Return the direct message to somebody whose shift has just ended."""
    who = all_shown(turn.people) or "Nobody"
    verb = "are" if len(turn.people) > 1 else "is"
    over = f":wave: Your *{escaped(turn.team)}* shift is over."
    if not turn.people and not turn.next_up:
        return f"{over} Nobody is on call now, and nobody is scheduled."
    return f"{over} {who} {verb} on call now, until {clock_time(turn.until, turn.clock)}."


# The button for taking over when the person on call can't be reached.
ON_IT = "I’m on it"


def channel_notice(team: str) -> str:
    """Return the direct message to a lead that nothing can be posted for a team."""
    return (
        f":warning: I can’t post in *{escaped(team)}*’s channel. Texts still go out, and you "
        "get the warnings instead. To fix it, invite me again, or choose another channel: "
        "`/oncall settings`."
    )


def in_the_channels_place(channel: str | None, why: str) -> str:
    """Return the small print of a direct message that couldn't be posted in the channel."""
    where = f"I can’t post in <#{channel}>" if channel else "I have nowhere to post it"
    return f"You’re getting this because {where}. {escaped(why)}".strip()


def no_receipts_direct(*, wants_ok: bool) -> str:
    """Return the direct message to somebody whose carrier gives no receipts.

    `wants_ok` is whether their team wants an OK for each text.
    """
    follows = (
        "Your team wants an OK anyway, so please keep replying."
        if wants_ok
        else "From now on “sent” counts as delivered: I won’t write here or warn the channel each "
        "time. If a text doesn’t reach you, tell a lead."
    )
    return (
        ":incoming_envelope: Your phone’s carrier doesn’t send delivery receipts: I can see that "
        f"my texts are sent, but not whether they arrive. {follows}"
    )


def no_receipts_lead(person: Person, *, wants_ok: bool) -> str:
    """Return the direct message to a lead about a member whose carrier gives no receipts."""
    follows = (
        "An OK is still required."
        if wants_ok
        else "From now on “sent” counts as delivered for them. To be sure, ask for an OK: "
        "`/oncall settings confirm 15`."
    )
    return (
        f":incoming_envelope: {shown(person)}’s carrier doesn’t send delivery receipts: in 3 "
        f"days, no text to them was reported delivered or lost. {follows}"
    )


def number_direct(team: str, by_whom: str | None, *, again: bool = False) -> str:
    """Return the direct message that asks somebody for their phone number.

    `by_whom` is the other Slack user who added them to the team, None if there is none; `again` is
    whether they were asked before.
    """
    if again:
        opening = f":phone: I still don’t have a phone number for you in *{escaped(team)}*."
    elif by_whom:
        opening = f":wave: {by(by_whom)} added you to the *{escaped(team)}* on-call rotation."
    else:
        opening = f":wave: You’re in the *{escaped(team)}* on-call rotation."
    return (
        f"{opening} When you’re on call I text you: usually one text a day, a few if you can’t be "
        "reached. To get them, enter your number. You can reply STOP to any text to opt out."
    )


def consent(team: str) -> str:
    """Return what people agree to when they enter their own number."""
    return (
        f"By entering it you agree to get on-call texts from {escaped(team)}. Message frequency "
        "varies. Message and data rates may apply. Reply HELP for help, STOP to opt out."
    )


REPLIES_LOST = (
    ":warning: Replies to my texts aren’t reaching me: the messaging service in Twilio drops "
    "incoming messages, so OK, WHO and STOP get lost. To fix it, open the service’s *Integration* "
    "in Twilio’s console and select *Defer to sender’s webhook*. Until then, I’ll ask for an OK in "
    "Slack."
)


def stopped_direct(teams: Sequence[str], *, first_phone: bool) -> str:
    """Return the direct message to somebody who has opted out of texts."""
    named = joined([escaped(team) for team in teams])
    if not first_phone:
        return (
            ":mute: You opted out (replied STOP) on your second phone: I’ll text only your first "
            "one. To opt back in, text START from the second phone."
        )
    return (
        f":mute: You’ve opted out of texts (replied STOP). When you’re on call for *{named}*, I’ll "
        "write to you here instead. To opt back in, text START to my number."
    )


def doubtful_number_direct(team: str, number: str, *, ours: str, said_stop: bool) -> str:
    """Return the direct message to somebody whose number, never confirmed, wants no texts.

    Its owner replied STOP (`said_stop`), or that it's a wrong number. `ours` is the number to text
    START to, '' if unknown.
    """
    start = f"text START to {ours or 'the number I text from'}"
    came = (
        f"I got STOP from {number}, so I don’t text that number"
        if said_stop
        else f"Somebody replied “wrong number” from {number}, so I don’t text that number"
    )
    return (
        f":mute: {came} about *{escaped(team)}*. If it isn’t yours, enter yours. If it is, {start}."
    )


def unanswered_hello_direct(team: str, number: str) -> str:
    """Return the direct message to somebody who didn't confirm their number."""
    return (
        f":phone: I texted {number} for *{escaped(team)}* and got no OK. Is that your number? "
        "If so, reply OK to that text. If not, enter yours."
    )


def all_confirmed_direct(team: str) -> str:
    """Return the direct message to the lead who set a team up that all numbers are confirmed."""
    return f":white_check_mark: Everybody in *{escaped(team)}* has confirmed their number."
