"""The words of every SMS and announcement. Pure, and the only place where they are chosen.

An SMS fits one GSM-7 segment (160 characters) wherever the names allow: what can be missed is
dropped first. An announcement is Slack mrkdwn; its times show each reader their own zone, and the
team's beside it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SEGMENT = 160
# Turns that a direct message lists, of many that moved.
MOST_TURNS = 12
# GSM 03.38: the characters an SMS carries in seven bits; those in the second line take two places.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# What Twilio's SmartEncoded puts in the place of what editors and phones make of plain characters.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‘’‚‛′‹›", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f", " "),
        "…": "...",
    }
)
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a message speaks of. `slack_user_id` lets Slack show and notify them."""

    name: str
    slack_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn on call, as a message tells it. `until` is an aware instant.

    `day` is (2, 2) on the second day of two, None on a turn of one day. `covering` are those for
    whom an override put the person in, `next_up` those who take over (empty: nobody does).
    `late_since` is when the message was due, if it is late.
    """

    team: str
    zone: ZoneInfo
    people: tuple[Person, ...]
    until: datetime
    day: tuple[int, int] | None = None
    covering: tuple[Person, ...] = ()
    reason: str | None = None
    next_up: tuple[Person, ...] = ()
    late_since: datetime | None = None
    late_by: timedelta = timedelta()


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the team reads it, for example 'Tue 24 Nov 08:00 CST'."""
    return f"{wall_clock(at, zone)} {at.astimezone(zone):%Z}"


def wall_clock(at: datetime, zone: ZoneInfo) -> str:
    """Return the same where the zone is told beside it, for example 'Tue 24 Nov 08:00'."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def span_time(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a span as the team reads it, for example 'Fri 27 Nov 14:00 to 18:00'.

    Another year than the one at `now` is told.
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    until = f"{last:%H:%M}" if first.date() == last.date() else wall_clock(end, zone)
    year = f" {first.year}" if first.year != now.astimezone(zone).year else ""
    return f"{first:%a} {first.day} {first:%b}{year} {first:%H:%M} to {until}"


def slack_time(at: datetime, zone: ZoneInfo) -> str:
    """Return mrkdwn that shows an instant in each reader's zone, with the team's in brackets."""
    plain = clock_time(at, zone)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{plain}> ({plain})"


def length(by: timedelta) -> str:
    """Return a length of time in words: '20 min', '3 h 5 min', '2 days 4 h'."""
    minutes = max(round(by.total_seconds()) // 60, 1)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min"


# --- SMS --------------------------------------------------------------------------------------


def one_segment(text: str) -> bool:
    """Tell whether a text fits a single GSM-7 segment."""
    if not all(sign in GSM or sign in GSM_DOUBLE for sign in text):
        return False
    return sum(2 if sign in GSM_DOUBLE else 1 for sign in text) <= SEGMENT


# What a team's own wording of the morning's SMS can have put in, and what that is.
PLACEHOLDERS = {
    "first": "the first name of who is on call",
    "name": "their full name",
    "team": "the team",
    "until": "when the turn ends",
    "next": "who takes over",
    "covering": "for whom they stand in",
    "day": "day 2 of 2, on a shift of several days",
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Count:
    """How long an SMS is. `foreign` are the characters that make it take 70 a segment, not 160."""

    characters: int
    segments: int
    foreign: tuple[str, ...]


def counted(text: str) -> Count:
    """Count what a text takes as SMS: characters, segments, and what is not GSM-7 in it.

    Typographic quotes and dashes do not count as foreign: Twilio sends the plain ones for them. Of
    a character that takes two places, no half goes into another segment.
    """
    text = text.translate(_PLAIN)
    foreign = tuple(dict.fromkeys(one for one in text if one not in GSM and one not in GSM_DOUBLE))
    if foreign:
        widths, single, joined = [2 if ord(one) > 0xFFFF else 1 for one in text], 70, 67
    else:
        widths, single, joined = [2 if one in GSM_DOUBLE else 1 for one in text], SEGMENT, 153
    if sum(widths) <= single:
        return Count(len(text), 1, foreign)
    full, used = 1, 0
    for width in widths:
        if used + width > joined:
            full, used = full + 1, 0
        used += width
    return Count(len(text), full, foreign)


def unknown_placeholders(text: str) -> list[str]:
    """Return what stands in braces in a wording and is none of PLACEHOLDERS."""
    found = dict.fromkeys(match[0] for match in _PLACEHOLDER.finditer(text))
    unknown = [one for one in found if one[1:-1] not in PLACEHOLDERS]
    left = _PLACEHOLDER.sub("", text)
    return unknown + [brace for brace in "{}" if brace in left]


def sample_sms(name: str, team: str, zone: ZoneInfo, text: str | None) -> str:
    """Return the morning's SMS of a made-up day, so that people see what a wording comes to."""
    until = datetime(2026, 11, 25, 8, tzinfo=zone)
    turn = Turn(team, zone, (Person(name),), until, day=(2, 2), next_up=(Person("Bob"),))
    return morning_sms(Person(name), turn, text)


def morning_sms(person: Person, turn: Turn, text: str | None = None) -> str:
    """Return the SMS of the notify time, to somebody who is on call then; `text` is a wording."""
    if text:
        return _filled_in(text, person, turn) + _late(turn)
    day = f"Day {turn.day[0]} of {turn.day[1]}: you" if turn.day else "You"
    return _on_call_sms(f"Good morning, {_first(person)}! {day} are on call", "", turn)


def handoff_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to somebody who comes on call at any other time."""
    return _on_call_sms(f"{_first(person)}, you are on call", " from now", turn)


def _on_call_sms(opening: str, since: str, turn: Turn) -> str:
    until = f"{since} until {clock_time(turn.until, turn.zone)}"
    covering = f", covering for {_listed(turn.covering)}" if turn.covering else ""
    following = f" Next: {_listed(turn.next_up)}." if turn.next_up else ""
    late = _late(turn)
    return _shortest_loss(
        f"{opening} for {turn.team}{until}{covering}.{following}{late}",
        f"{opening} for {turn.team}{until}{covering}.{late}",
        f"{opening} for {turn.team}{until}.{late}",
        f"{opening}{until}.{late}",
        f"{opening}{until}.",
    )


def _filled_in(text: str, person: Person, turn: Turn) -> str:
    known = {
        "first": _first(person),
        "name": person.name,
        "team": turn.team,
        "until": clock_time(turn.until, turn.zone),
        "next": _listed(turn.next_up) or "nobody",
        "covering": _listed(turn.covering),
        "day": f"day {turn.day[0]} of {turn.day[1]}" if turn.day else "",
    }
    return _PLACEHOLDER.sub(lambda match: known.get(match[1], match[0]), text).strip()


def _late(turn: Turn) -> str:
    if not turn.late_since:
        return ""
    due = turn.late_since.astimezone(turn.zone)
    return f" ({length(turn.late_by)} late, due at {due:%H:%M}.)"


def trial_sms(
    person: Person,
    team: str,
    zone: ZoneInfo,
    now: datetime,
    turn: tuple[datetime, datetime] | None,
) -> str:
    """Return the SMS of `/oncall test`. `turn` is the person's present turn, or the next one.

    The time tells two tests apart, for people and where one is looked for by its text.
    """
    at = now.astimezone(zone)
    opening = f"Test from WhoseOnFirst at {at:%H:%M}: this is how I reach you, {_first(person)}."
    if turn is None:
        return opening
    start, end = turn
    since = (
        f"from {clock_time(start, zone)}" if start > now else f"now, until {clock_time(end, zone)}"
    )
    return _shortest_loss(f"{opening} You are on call for {team} {since}.", opening)


def _shortest_loss(*wordings: str) -> str:
    """Return the fullest wording that fits one segment, or the shortest of all."""
    return next((text for text in wordings if one_segment(text)), wordings[-1])


def _first(person: Person) -> str:
    return (person.name.split() or [person.name])[0]


def _listed(people: Sequence[Person]) -> str:
    return " and ".join(person.name for person in people)


# --- announcements ----------------------------------------------------------------------------


_TWINS = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
_EDGE = re.compile(r"(?<!\w)_(?=\w)|(?<=\w)_(?!\w)")


def escaped(text: str) -> str:
    """Return what somebody typed so that Slack shows it as it is: no markup, no scrambled line.

    Slack has no way to escape an asterisk, so what would mark text up is replaced by its twin.
    """
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return isolated(_EDGE.sub("ˍ", plain.translate(_TWINS)))


def isolated(text: str) -> str:
    """Return a text that is read from the right so that it does not scramble what is beside it."""
    if any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text):
        return f"\u2068{text}\u2069"
    return text


def shown(person: Person) -> str:
    """Return a person in mrkdwn: a mention where Slack knows them, else their name."""
    return f"<@{person.slack_user_id}>" if person.slack_user_id else f"*{escaped(person.name)}*"


def morning_announcement(turn: Turn) -> str:
    """Return the channel's post of the notify time. Nobody on call is said loudest."""
    return _announcement("Good morning!", "", turn)


def handoff_announcement(turn: Turn) -> str:
    """Return the channel's line at any other handoff."""
    return _announcement("Handoff:", " now", turn)


def _announcement(opening: str, now: str, turn: Turn) -> str:
    late = ""
    if turn.late_since:
        due = turn.late_since.astimezone(turn.zone)
        late = f"\n_{length(turn.late_by)} late: it was due at {due:%H:%M}._"
    until = slack_time(turn.until, turn.zone)
    if not turn.people and not turn.next_up:
        return (
            f":warning: *Nobody is on call* for *{escaped(turn.team)}*{now}, and nobody is "
            f"planned. It takes members and shifts: `/oncall setup`.{late}"
        )
    if not turn.people:
        following = f" Then: {_shown(turn.next_up)}." if turn.next_up else ""
        return (
            f":warning: *Nobody is on call* for *{escaped(turn.team)}*{now} until {until}."
            f"{following}\nTo fill the gap: `/oncall override @somebody today`.{late}"
        )
    verb = "is" if len(turn.people) == 1 else "are"
    day = f" (day {turn.day[0]} of {turn.day[1]})" if turn.day else ""
    covering = f", covering for {_shown(turn.covering)}" if turn.covering else ""
    reason = f" ({escaped(turn.reason)})" if turn.reason else ""
    following = f" Next: {_shown(turn.next_up)}." if turn.next_up else ""
    return (
        f":telephone_receiver: {opening} {_shown(turn.people)} {verb} on call for "
        f"*{escaped(turn.team)}*{now}{day} until {until}{covering}{reason}.{following}{late}"
    )


def missed_note(
    down_since: datetime, up_at: datetime, zone: ZoneInfo, missed: Sequence[tuple[datetime, str]]
) -> str:
    """Return the channel's note after an outage: what was not sent, and that it was not.

    `missed` are (due, whose turn) in order of time; of many, the last five are told.
    """
    told = [f"• {clock_time(at, zone)}: {escaped(whom)}" for at, whom in missed[-5:]]
    if len(missed) > len(told):
        told.insert(0, f"• {len(missed) - len(told)} earlier ones")
    return (
        f":information_source: I was not running from {clock_time(down_since, zone)} to "
        f"{clock_time(up_at, zone)}. These messages were not sent, and are of no use now:\n"
        + "\n".join(told)
    )


def sms_warning(person: Person, why: str, *, trial: bool, unsure: bool = False) -> str:
    """Return the channel's warning that an SMS did not reach somebody. `why` is a sentence.

    `unsure` is for an SMS that may have gone out, where nobody could be asked.
    """
    if trial:
        fate = "may not have reached" if unsure else "did not reach"
        return f":warning: The test SMS {fate} {shown(person)}. {escaped(why)}"
    fate = "may not have got" if unsure else "did not get"
    ask = "Please ask them" if unsure else "Please tell them another way"
    return (
        f":warning: {shown(person)} {fate} the SMS. {escaped(why)}\n"
        f"{ask}. If somebody else should take over: `/oncall override @somebody today`."
    )


def by(actor: str) -> str:
    """Return who did something in mrkdwn: a Slack user's id as a mention, or 'command line'."""
    return f"<@{actor}>" if re.fullmatch(r"[UW][A-Z0-9]+", actor) else escaped(actor)


@dataclass(frozen=True, slots=True)
class MovedTurn:
    """A span that comes to somebody, or leaves them; `others` were, or will be, on call then."""

    start: datetime
    end: datetime
    comes: bool
    others: tuple[Person, ...]


def moved_note(
    team: str,
    title: str,
    actor: str,
    turns: Sequence[MovedTurn],
    *,
    agreed: bool,
    zone: ZoneInfo,
    now: datetime,
) -> str:
    """Return the direct message to somebody whose shifts a change moved.

    `actor` made it, or `agreed` to what was proposed.
    """
    did = "accepted in" if agreed else "changed who is on call for"
    lines = [_moved_line(turn, zone, now) for turn in turns[:MOST_TURNS]]
    if len(turns) > MOST_TURNS:
        lines.append(f"• and {len(turns) - MOST_TURNS} more: `/oncall mine` shows all your shifts")
    return f":calendar: {by(actor)} {did} *{escaped(team)}*: {title}. For you:\n" + "\n".join(lines)


def _moved_line(turn: MovedTurn, zone: ZoneInfo, now: datetime) -> str:
    start = "now" if turn.start <= now else f"from {slack_time(turn.start, zone)}"
    span = f"{start} to {slack_time(turn.end, zone)}"
    others = _shown(turn.others)
    if turn.comes:
        instead = f", instead of {others}" if others else ""
        return f"• *On call* {span}{instead}."
    return f"• *Off* {span}: {others or 'nobody'} is on call."


def _shown(people: Sequence[Person]) -> str:
    return " and ".join(shown(person) for person in people)
