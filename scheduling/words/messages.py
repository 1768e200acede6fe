"""The words of every SMS and announcement. Pure, and the only place where they are chosen.

An SMS fits one GSM-7 segment (160 characters) wherever the names allow: what can be missed is
dropped first. An announcement is Slack mrkdwn; its times show each reader their own zone, and the
team's beside it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.words.visible import visible, without_hidden
from scheduling.words.wording import several

SEGMENT = 160
# Begins what stands in the place of a warning once all is well.
CLEAR = ":white_check_mark:"
# Begins what is said of an SMS that was given up while nobody could tell whether it went out.
UNSURE = "It may have gone out all the same."
# Segments within 24 hours that a team can be allowed.
MOST_SEGMENTS_A_DAY = 10_000
# Turns that a direct message lists, of many that moved.
MOST_TURNS = 12
# SMS segments of an answer, however many teams its reader is in.
MOST_ANSWERED = 2
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
    `first_sent` is when an earlier one went out, of one that is sent again, `late_since` when the
    message was due, if it is late, `confirm_within` the minutes in which
    the team wants an OK, `hears` whether a reply by SMS would reach us.
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
    first_sent: datetime | None = None
    confirm_within: int | None = None
    hears: bool = True


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the team reads it, for example 'Tue 24 Nov 08:00 CST'."""
    return f"{wall_clock(at, zone)} {at.astimezone(zone):%Z}"


def wall_clock(at: datetime, zone: ZoneInfo) -> str:
    """Return the same where the zone is told beside it, for example 'Tue 24 Nov 08:00'."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def span_time(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a span as the team reads it, for example 'Fri 27 Nov 14:00 to 18:00'.

    Another year than the one at `now` is told; so is the clocks' name (CDT or CST) where they
    show a time twice.
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    marks = [f" {at:%Z}" if _comes_twice(at) else "" for at in (first, last)]
    if any(marks) and f"{first:%Z}" == f"{last:%Z}":
        marks = ["", f" {last:%Z}"]
    until = f"{last:%H:%M}" if first.date() == last.date() else wall_clock(end, zone)
    year = f" {first.year}" if first.year != now.astimezone(zone).year else ""
    begins = f"{first:%a} {first.day} {first:%b}{year} {first:%H:%M}"
    return f"{begins}{marks[0]} to {until}{marks[1]}"


def _comes_twice(local: datetime) -> bool:
    """Tell whether clocks show a local time in two different hours."""
    one, other = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    return (one or timedelta()) > (other or timedelta())


def slack_time(at: datetime, zone: ZoneInfo) -> str:
    """Return mrkdwn that shows an instant in each reader's zone, with the team's in brackets."""
    plain = clock_time(at, zone)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{plain}> ({plain})"


def length(by: timedelta) -> str:
    """Return a length of time in words: '20 min', '3 h 5 min', '2 days 4 h'."""
    minutes = max(round(by.total_seconds()) // 60, 1)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return several(days, "day") + (f" {hours} h" if hours else "")
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
        return _filled_in(text, person, turn) + _ask(turn) + _late(turn)
    day = f"Day {turn.day[0]} of {turn.day[1]}: you" if turn.day else "You"
    return _on_call_sms(f"Good morning, {_first(person)}! {day} are on call", "", turn)


def handoff_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to somebody who comes on call at any other time."""
    return _on_call_sms(f"{_first(person)}, you are on call", " from now", turn)


def _on_call_sms(opening: str, since: str, turn: Turn) -> str:
    until = f"{since} until {clock_time(turn.until, turn.zone)}"
    covering = f", covering for {_listed(turn.covering)}" if turn.covering else ""
    following = f" Next: {_listed(turn.next_up)}." if turn.next_up else ""
    late = _ask(turn) + _late(turn)
    return _shortest_loss(
        f"{opening} for {turn.team}{until}{covering}.{following}{late}",
        f"{opening} for {turn.team}{until}{covering}.{late}",
        f"{opening} for {turn.team}{until}.{late}",
        f"{opening}{until}.{late}",
        f"{opening}{until}.{_ask(turn)}",
    )


def _ask(turn: Turn) -> str:
    if not turn.confirm_within:
        return ""
    how = "Reply OK" if turn.hears else "Confirm in Slack"
    return f" {how} within {turn.confirm_within} min."


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
    if turn.first_sent:  # that was in time, or said itself how late it was
        return f" (Sent again; first sent at {turn.first_sent.astimezone(turn.zone):%H:%M}.)"
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
    return joined([person.name for person in people])


def joined(words: Sequence[str]) -> str:
    """Return words as a list is said: 'A', 'A and B', 'A, B and C'."""
    *most, last = words or ("",)
    return f"{', '.join(most)} and {last}" if most else last


# --- announcements ----------------------------------------------------------------------------


_TWINS = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)")


def escaped(text: str) -> str:
    """Return what somebody typed so that Slack shows it as it is: no markup, no scrambled line.

    Slack has no way to escape an asterisk, so what would mark text up is replaced by its twin.
    """
    plain = without_hidden(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return isolated(_EDGE.sub("ˍ", plain.translate(_TWINS)))


def isolated(text: str) -> str:
    """Return a text so that its direction does not scramble what is beside it.

    One that is read from the right is set apart; what would turn others around is taken out.
    """
    text = without_hidden(text)
    if any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text):
        return f"\u2068{text}\u2069"
    return text


def literal(text: str, most: int = 300) -> str:
    """Return what a stranger to our markup wrote, sign by sign: in a code span of one line.

    There an emoji's code stays a code. That web addresses become no links is up to the block.
    """
    said = visible(text)
    said = (said if len(said) <= most else f"{said[: most - 1]}…").replace("`", "ˋ")
    plain = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"`{plain}`" if plain else "(nothing that can be shown)"


def shown(person: Person) -> str:
    """Return a person in mrkdwn: a mention where Slack knows them, else their name."""
    return (
        f"<@{person.slack_user_id}>"
        if person.slack_user_id
        else f"*{escaped(visible(person.name))}*"
    )


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
            f"planned. It takes members and shifts: a lead can add them with `/oncall setup`.{late}"
        )
    if not turn.people:
        following = f" Then: {_shown(turn.next_up)}." if turn.next_up else ""
        return (
            f":warning: *Nobody is on call* for *{escaped(turn.team)}*{now} until {until}."
            f"{following}\nTo fill the gap: `/oncall take until "
            f"{clock_time(turn.until, turn.zone)}`.{late}"
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
        told.insert(0, f"• {several(len(missed) - len(told), 'earlier one')}")
    return (
        f":information_source: I was not running from {clock_time(down_since, zone)} to "
        f"{clock_time(up_at, zone)}. These messages were not sent, and are of no use now:\n"
        + "\n".join(told)
    )


def unposted_note(due: datetime, whom: str, zone: ZoneInfo) -> str:
    """Return the channel's note on a post that Slack did not take until its turn was over."""
    return (
        ":information_source: Slack couldn’t be reached in time for these posts about who was on "
        f"call:{unposted_line(due, whom, zone)}"
    )


def unposted_line(due: datetime, whom: str, zone: ZoneInfo) -> str:
    """Return the line about another such post, for the end of that note."""
    return f"\n• {clock_time(due, zone)}: {escaped(whom)}"


def untold_note(person: Person, due: datetime, zone: ZoneInfo) -> str:
    """Return the channel's note that an SMS never went out, and that it is of no use any more."""
    return (
        f":information_source: {shown(person)} got no SMS of {clock_time(due, zone)}: it could not "
        "be sent in time, and that turn is not theirs any more."
    )


def by(actor: str) -> str:
    """Return who did something in mrkdwn: a Slack user's id as a mention, or 'command line'."""
    return f"<@{actor}>" if is_slack_user(actor) else escaped(actor)


def is_slack_user(actor: str) -> bool:
    """Tell the id of a Slack user from other words for who did something."""
    return re.fullmatch(r"[UW][A-Z0-9]+", actor) is not None


def not_asked(person: Person, title: str, why: str) -> str:
    """Return the direct message to whoever proposed a swap to somebody who can't read it."""
    return (
        f":no_entry: I couldn’t ask {shown(person)}: {title}. {escaped(why)} Nothing was changed. "
        "Use `/oncall swap` to propose it to somebody else, or ask a lead to put somebody on call "
        "for your shift: `/oncall override`."
    )


def not_told(person: Person, title: str, why: str) -> str:
    """Return the direct message about somebody whose shifts moved and who can't read it."""
    return (
        f":warning: I couldn’t tell {shown(person)} about your change: {title}. {escaped(why)} "
        "Tell them another way, or put somebody else on call: `/oncall override`."
    )


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
    return joined([shown(person) for person in people])


# --- the life of an SMS, below the post about it ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Life:
    """How far an SMS to somebody has come, as it is told below a post.

    `status` is one of the notification's, 'held' (Twilio has not sent it yet), 'no receipt' or
    'no receipts' (the carrier never gives any), `at` when it arrived, `confirmed` when, by whom and
    how ('by SMS' or 'in Slack') it was confirmed.
    """

    person: Person
    status: str
    at: datetime | None = None
    why: str | None = None
    confirmed: tuple[datetime, Person, str] | None = None


def life(one: Life, zone: ZoneInfo) -> str:
    """Return it as a line of mrkdwn, for example '✅ @alice: SMS delivered 8:00:07'."""
    who = shown(one.person)
    if one.confirmed:
        at, by_whom, how = one.confirmed
        if by_whom != one.person:
            rest = life(replace(one, confirmed=None), zone)
            return f"{rest}\n:eyes: {shown(by_whom)} sees to it ({minutes(at, zone)} {how})"
        arrived = f"SMS delivered {seconds(one.at, zone)}, " if one.at else ""
        return f":white_check_mark: {who}: {arrived}confirmed {minutes(at, zone)} {how}"
    why = f": {escaped(one.why.rstrip('.'))}" if one.why else ""
    return {
        "delivered": f":incoming_envelope: {who}: SMS delivered"
        + (f" {seconds(one.at, zone)}" if one.at else ""),
        "held": f":hourglass: {who}: Twilio has the SMS and has not sent it yet",
        "no receipt": f":incoming_envelope: {who}: SMS sent; there is no receipt",
        "no receipts": f":incoming_envelope: {who}: SMS sent; this carrier gives no receipts",
        "undelivered": f":warning: {who}: SMS not delivered{why}",
        "failed": f":warning: {who}: SMS not sent{why}",
        "skipped": f":warning: {who}: no SMS{why}",
        "retrying": f":hourglass: {who}: SMS waits to be tried again{why}",
        "uncertain": f":hourglass: {who}: unclear whether the SMS went out; I look it up",
        "cancelled": f":heavy_minus_sign: {who}: SMS not needed any more",
        "expired": f":heavy_minus_sign: {who}: SMS not needed any more",
    }.get(one.status, f":outbox_tray: {who}: SMS on its way")


def seconds(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant of today to the second, as the team reads it: '8:00:07'."""
    return f"{minutes(at, zone)}:{at.astimezone(zone):%S}"


def when(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return when something happened: 'at 8:02' today, 'on Mon 23 Nov 08:02' before."""
    today = at.astimezone(zone).date() == now.astimezone(zone).date()
    return f"at {minutes(at, zone)}" if today else f"on {wall_clock(at, zone)}"


def minutes(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant of today as the team reads it: '8:02'."""
    local = at.astimezone(zone)
    return f"{local.hour}:{local:%M}"


# --- when somebody can't be reached -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why somebody was not reached. `why` is a sentence of Twilio's or ours.

    `kind` is 'failed' (it surely did not arrive), 'unclear' (it may have), 'waiting' (it has not
    gone out yet), 'silent' (no receipt came) or 'unconfirmed' (they did not confirm in time).
    """

    kind: str
    why: str


_NOT_REACHED = {
    "failed": "did not get the SMS",
    "unclear": "may not have got the SMS",
    "waiting": "has not got the SMS yet",
    "silent": "may not have got the SMS",
    "unconfirmed": "has not confirmed",
}


def unreached_direct(person: Person, turn: Turn, trouble: Trouble, act: str = "") -> str:
    """Return the direct message in Slack to whom the SMS did not reach, or may not have.

    `act` is what only they can do about it.
    """
    covering = f", covering for {_shown(turn.covering)}" if turn.covering else ""
    because = {
        "unconfirmed": "Please confirm that you have it.",
        "waiting": "I write here because your SMS could not be sent yet.",
        "silent": "I write here because your SMS may not have arrived.",
        "unclear": "I write here because your SMS may not have arrived.",
    }.get(trouble.kind, "I write here because your SMS did not arrive.")
    if act:
        because += f" To get SMS again, {act}."
    return (
        f":telephone_receiver: {escaped(_first(person))}, you are on call for "
        f"*{escaped(turn.team)}* until {slack_time(turn.until, turn.zone)}{covering}. {because}"
    )


def escalation_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to those who are told when the person on call can't be reached."""
    until = f" until {clock_time(turn.until, turn.zone)}"
    ask = f" {'Reply OK' if turn.hears else 'Confirm in Slack'} if you see to it."
    return _shortest_loss(
        f"I cannot reach {person.name}, who is on call for {turn.team}{until}.{ask}",
        f"I cannot reach {person.name}, who is on call for {turn.team}.{ask}",
        f"I cannot reach {person.name}, on call{until}.{ask}",
    )


def all_clear_sms(person: Person, by_whom: Person, team: str, *, arrived: bool = False) -> str:
    """Return the SMS to those who were told, once somebody has it.

    `arrived` is whether the person on call has the SMS, and only has not confirmed it.
    """
    if by_whom == person:
        return _shortest_loss(
            f"All is well: {person.name} is reached, and on call for {team}.",
            f"All is well: {person.name} is reached.",
        )
    return _shortest_loss(
        f"{by_whom.name} sees to it: {person.name} of {team} "
        f"{'has not confirmed' if arrived else 'could not be reached'}.",
        f"{by_whom.name} sees to it.",
    )


def escalation_direct(person: Person, turn: Turn) -> str:
    """Return the same as a direct message in Slack."""
    return (
        f":rotating_light: I cannot reach {shown(person)}, who is on call for "
        f"*{escaped(turn.team)}* until {slack_time(turn.until, turn.zone)}. Do you see to it?"
    )


def warning(person: Person, trouble: Trouble) -> str:
    """Return the channel's warning that the person on call was not reached."""
    ask = "Please ask them" if trouble.kind in ("unclear", "silent") else "Please tell them"
    return (
        f":warning: {shown(person)}, who is on call, {_NOT_REACHED[trouble.kind]}. "
        f"{escaped(trouble.why)}\n{ask} another way, or take over."
    )


def all_clear(
    person: Person,
    confirmed_by: Person | None,
    got_at: str | None = None,
    *,
    ok: bool = False,
    arrived: bool = False,
) -> str:
    """Return what stands in the place of a warning once somebody has it after all.

    `got_at` is when they got the SMS, if that was in time and only word of it came late; `ok`
    whether they have confirmed. `arrived` is whether they have the SMS while somebody else sees to
    it.
    """
    if got_at:
        had_it = "has confirmed" if ok else f"got the SMS at {got_at}; its receipt came late"
        return f":white_check_mark: {shown(person)}, who is on call, {had_it}."
    if confirmed_by and confirmed_by != person:
        but = "has not confirmed" if arrived else "was not reached by SMS"
        return f":eyes: {shown(confirmed_by)} sees to it: {shown(person)}, who is on call, {but}."
    return f":white_check_mark: {shown(person)}, who is on call, was reached after all."


def on_its_way(person: Person) -> str:
    """Return what stands in the place of a warning while a late SMS has no receipt yet."""
    return f":hourglass: {shown(person)}, who is on call: the SMS went out again."


def settled(
    person: Person,
    trouble: Trouble | None,
    on_call: Sequence[Person] | None,
    got_at: str | None = None,
) -> str:
    """Return what stands in the place of a warning once that turn is over.

    `on_call` are those on call by now, None if a newer message calls the same person. `got_at` is
    when they got the SMS, if that was in time.
    """
    late = f"got the SMS at {got_at}" if got_at else "was reached late"
    said = _NOT_REACHED[trouble.kind] if trouble else late
    if on_call is None:
        after = "a newer message went out since"
    elif on_call:
        verb = "are" if len(on_call) > 1 else "is"
        after = f"by now {_shown(on_call)} {verb} on call"
    else:
        after = "by now nobody is on call"
    return f":heavy_minus_sign: {shown(person)} {said.replace('has not', 'had not')}; {after}."


def lost_sms_warning(person: Person, what: str, why: str, *, unsure: bool) -> str:
    """Return the channel's warning about an SMS that calls nobody on call. `what` is its name."""
    fate = "may not have reached" if unsure else "did not reach"
    return f":warning: The {what} {fate} {shown(person)}. {escaped(why)}"


def cap_warning(team: str, most: int, *, calls: bool) -> str:
    """Return the channel's warning that a team has sent as many SMS as it may.

    `calls` is whether none is left for those on call, or only for answers and tests.
    """
    more = min(most * 2, MOST_SEGMENTS_A_DAY)
    raised = (
        f"If that many are right, a lead can raise the limit: `/oncall settings sms-cap {more}`. "
        if more > most
        else ""
    )
    look = f"{raised}`/oncall notifications` shows what went out."
    if not calls:
        return (
            f":rotating_light: *{escaped(team)}* has used up its SMS segments for answers and "
            f"tests: {most // 2} of {most} within 24 hours. Whoever is on call still gets theirs. "
            f"{look}"
        )
    return (
        f":rotating_light: *{escaped(team)}* has used up its {most} SMS segments of 24 hours, so I "
        f"send no more SMS for now and write in Slack instead. {look}"
    )


# --- handoffs, and the days to come -------------------------------------------------------------


def going_off_sms(person: Person, turn: Turn) -> str:
    """Return the SMS to somebody who is not in Slack and whose turn has just ended."""
    who = _listed(turn.people) or "nobody"
    verb = "are" if len(turn.people) > 1 else "is"
    return _shortest_loss(
        f"{_first(person)}, your turn for {turn.team} has ended: {who} {verb} on call now.",
        f"{_first(person)}, your turn on call has ended.",
    )


def going_off_direct(turn: Turn) -> str:
    """Return the direct message to somebody whose turn has just ended."""
    who = _shown(turn.people) or "nobody"
    verb = "are" if len(turn.people) > 1 else "is"
    if not turn.people and not turn.next_up:
        return (
            f":wave: Your turn for *{escaped(turn.team)}* has ended: nobody is on call now, and "
            "nobody is planned."
        )
    return (
        f":wave: Your turn for *{escaped(turn.team)}* has ended: {who} {verb} on call now, until "
        f"{slack_time(turn.until, turn.zone)}."
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of a week's list: who is on call, for whom they stand in, and why."""

    start: datetime
    end: datetime
    people: tuple[Person, ...]
    covered: tuple[Person, ...] = ()
    reason: str | None = None


def summary_sms(team: str, zone: ZoneInfo, week: Sequence[Slot]) -> str:
    """Return the week's list as an SMS, by the names of the days: 'Mon Alice, Wed-Thu Carol'."""
    told = []
    for slot in week:
        first = slot.start.astimezone(zone)
        last = (slot.end - timedelta(minutes=1)).astimezone(zone)
        clock = "" if f"{first:%H:%M}" == f"{week[0].start.astimezone(zone):%H:%M}" else "%H:%M"
        nights = round((slot.end - slot.start) / timedelta(days=1))
        until = f"-{last - timedelta(days=1):%a}" if nights > 1 else ""
        day = f"{first:%a}{until}" + (f" {first:{clock}}" if clock else "")
        covered = f" (for {' and '.join(map(_first, slot.covered))})" if slot.covered else ""
        told.append(f"{day} {' and '.join(map(_first, slot.people)) or 'nobody'}{covered}")
    return f"{team} this week: {', '.join(told)}."


def summary_post(team: str, zone: ZoneInfo, week: Sequence[Slot]) -> str:
    """Return the week's list for the channel, a line a stretch."""
    lines = []
    for slot in week:
        hours = round((slot.end - slot.start) / timedelta(hours=1))
        covered = f", covering for {_shown(slot.covered)}" if slot.covered else ""
        reason = f" ({escaped(slot.reason)})" if slot.reason else ""
        who = _shown(slot.people) or ":warning: *nobody*"
        lines.append(
            f"• {wall_clock(slot.start, zone)} to {wall_clock(slot.end, zone)}"
            f"{f' ({hours} h)' if hours > 24 else ''}: {who}{covered}{reason}"
        )
    zone_name = f"_Times are {zone.key}._"
    return "\n".join([f":calendar: *{escaped(team)}*: who is on call this week", *lines, zone_name])


# The button of somebody who sees to it that a person who was not reached is stood in for.
SEE_TO_IT = "I see to it"


def channel_notice(team: str) -> str:
    """Return the direct message to a lead that nothing can be posted for a team."""
    return (
        f":warning: I can’t post to the channel of *{escaped(team)}*. Texts still go out, and you "
        "get the warnings instead. To fix it, let me back in, or choose a channel: "
        "`/oncall settings`."
    )


def in_the_channels_place(channel: str | None, why: str) -> str:
    """Return the small print of a direct message that the channel could not take."""
    where = f"<#{channel}> can’t take it" if channel else "the team has no channel"
    return f"You get this because {where}. {escaped(why)}".strip()


def preflight_cleared(text: str) -> str:
    """Return what stands in the place of a warning about tomorrow that no longer holds."""
    lines = [f"~{line.removeprefix('• ')}~" for line in text.split("\n") if line.startswith("• ")]
    return "\n".join([f"{CLEAR} All clear for tomorrow’s message now.", *lines])


def preflight_warning(team: str, whose: Sequence[tuple[Person, str]], ours: Sequence[str]) -> str:
    """Return the channel's warning of the afternoon about tomorrow's message.

    `whose` are those on call then with what is wrong for each, `ours` what is wrong for everybody.
    """
    lines = [f"• {shown(person)}: {escaped(why)}" for person, why in whose]
    lines += [f"• {escaped(why)}" for why in ours]
    return (
        f":warning: Tomorrow’s message for *{escaped(team)}* may not arrive:\n"
        + "\n".join(lines)
        + "\nThere is time to mend it."
    )


# --- what people write to us --------------------------------------------------------------------

WHAT_TO_WRITE = (
    "OK: I have it. WHO: who is on call. NEXT: my next shift. MENU: this list. STOP: no more SMS. "
    "START: SMS again."
)


def confirmed_answer(
    person: Person, team: str, until: datetime, zone: ZoneInfo, *, theirs: bool = True
) -> str:
    """Return the answer to an OK from the person on call.

    It is not `theirs` if the phone that it came from is somebody else's first one.
    """
    if not theirs:
        return _shortest_loss(
            f"Thanks: confirmed for {person.name}, who is on call for {team} until "
            f"{clock_time(until, zone)}.",
            f"Thanks: confirmed for {person.name}.",
        )
    return _shortest_loss(
        f"Thanks, {_first(person)}: confirmed. You are on call for {team} until "
        f"{clock_time(until, zone)}.",
        f"Thanks, {_first(person)}: confirmed.",
    )


def seen_to_answer(person: Person, unreached: Person, team: str, *, in_channel: bool = True) -> str:
    """Return the answer to an OK from somebody who sees to it instead.

    `in_channel` is whether the team has one, in which that is said.
    """
    if not in_channel:
        return f"Thanks, {_first(person)}. To take the shift over, type /oncall take in Slack."
    return _shortest_loss(
        f"Thanks, {_first(person)}. The channel of {team} knows that you see to it. To take the "
        "shift over, type /oncall take in Slack.",
        f"Thanks, {_first(person)}. {unreached.name}'s team knows that you see to it.",
        f"Thanks, {_first(person)}.",
    )


def hello_sms(person: Person, team: str, *, takes_turns: bool, hears: bool = True) -> str:
    """Return the SMS that asks somebody to confirm their number, if a reply would reach us."""
    if not hears:
        what = (
            f"in {team}'s on-call rotation" if takes_turns else f"an escalation contact of {team}"
        )
        return _shortest_loss(
            f"Hello {_first(person)}, WhoseOnFirst here: you are {what}. My texts come from this "
            "number. STOP for no SMS.",
            "WhoseOnFirst here: your on-call texts come from this number. STOP for no SMS.",
        )
    if not takes_turns:
        return _shortest_loss(
            f"Hello {_first(person)}, WhoseOnFirst here: I write to you when {team}'s person on "
            "call can't be reached. Reply OK so that I know I reach you.",
            "WhoseOnFirst here: you are an escalation contact. Reply OK so that I know I reach "
            "you, or STOP for no SMS.",
        )
    return _shortest_loss(
        f"Hello {_first(person)}, WhoseOnFirst here: you are in {team}'s on-call rotation. Reply "
        "OK so that I know I reach you, or STOP for no SMS.",
        f"WhoseOnFirst here: you are in {team}'s on-call rotation. Reply OK so that I know I reach "
        "you, or STOP for no SMS.",
        "You are in an on-call rotation. Reply OK so that I know I reach you, or STOP for no SMS.",
    )


def number_confirmed_answer(person: Person) -> str:
    """Return the answer to the OK of who was not asked to be on call right now."""
    return f"Thanks, {_first(person)}: I know that I reach you here."


def already_confirmed_answer(person: Person, at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return the answer to a second OK."""
    return f"You confirmed {when(at, zone, now)} already, {_first(person)}. Thanks."


def next_answer(
    team: str,
    zone: ZoneInfo,
    now: datetime,
    turn: tuple[datetime, datetime] | None,
    whose: Person | None = None,
) -> str:
    """Return the sentence about a present or next turn, None if nothing is planned.

    `whose` is its person, where the phone belongs to several people; else it is the reader's.
    """
    if turn is None:
        return f"No shift of {whose.name if whose else 'yours'} for {team} is planned."
    start, end = turn
    if start <= now:
        who = f"{whose.name} is" if whose else "You are"
        return f"{who} on call for {team} now, until {clock_time(end, zone)}."
    what = f"{whose.name}'s" if whose else "Your"
    return f"{what} next shift for {team}: {wall_clock(start, zone)} to {clock_time(end, zone)}."


def who_answer(team: str, zone: ZoneInfo, people: Sequence[Person], until: datetime | None) -> str:
    """Return the sentence about who is on call in a team; `until` None: nobody is planned."""
    if until is None:
        return f"Nobody is on call for {team}, and nobody is planned."
    who = _listed(people) or "Nobody"
    verb = "are" if len(people) > 1 else "is"
    return f"{who} {verb} on call for {team} until {clock_time(until, zone)}."


def help_answer(team: str) -> str:
    """Return the answer to MENU, and to what we do not understand. Twilio answers HELP itself."""
    return _shortest_loss(
        f"WhoseOnFirst, {team}'s on-call bot. Write {WHAT_TO_WRITE}",
        f"WhoseOnFirst, your on-call bot. Write {WHAT_TO_WRITE}",
    )


def no_receipts_direct(*, wants_ok: bool) -> str:
    """Return the direct message to somebody whose carrier gives no receipts.

    `wants_ok` is whether their team wants an OK for each text.
    """
    follows = (
        "Your team wants an OK anyway, so please keep replying."
        if wants_ok
        else "From now on I take “sent” as good, and no longer write here or warn the channel each "
        "time. If a text doesn’t reach you, tell a lead."
    )
    return (
        ":incoming_envelope: Your phone’s carrier doesn’t send delivery receipts: I can see that "
        f"my texts are sent, but not whether they arrive. {follows}"
    )


def no_receipts_lead(person: Person, *, wants_ok: bool) -> str:
    """Return the same for a lead."""
    follows = (
        "An OK is still required."
        if wants_ok
        else "From now on “sent” counts as delivered for them. To be sure, ask for an OK: "
        "`/oncall settings confirm 15`."
    )
    return (
        f":incoming_envelope: The carrier of {shown(person)} doesn’t send delivery receipts: 3 "
        f"days of texts were sent, and none was reported delivered or lost. {follows}"
    )


REPLIES_LOST = (
    ":warning: Replies to my texts are lost: the messaging service in Twilio drops incoming "
    "messages, so OK, WHO and STOP never get to me. To fix it, open the service’s *Integration* in "
    "Twilio’s console and select *Defer to sender’s webhook*. Until then I ask for an OK in Slack."
)

# The answers to a STOP and a START that Twilio doesn't know as such, and so doesn't answer.
STOPPED = "You're opted out: no more texts from me. To opt back in, text START."
STARTED = "You get my SMS again."
# A picture, or Twilio keeps no texts (message redaction): then "Reply OK" would be asked in vain.
WORDLESS = "Your reply came without any words, so I can't tell what you mean. Confirm in Slack."
NO_WORDS = "(no words)"


def fitted(opening: str, sentences: Sequence[str], where: str) -> str:
    """Return an answer of two segments at most: as many sentences as fit, and where the rest is."""
    for kept in range(len(sentences), -1, -1):
        left = len(sentences) - kept
        rest = f"And {several(left, 'more team')}: {where} in Slack." if left else ""
        told = " ".join(filter(None, (opening, *sentences[:kept], rest)))
        if counted(told).segments <= MOST_ANSWERED:
            return told
    return opening or sentences[0]


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


def stopped_direct(teams: Sequence[str], *, first_phone: bool) -> str:
    """Return the direct message to somebody who wants no SMS any more."""
    named = joined([escaped(team) for team in teams])
    if not first_phone:
        return (
            ":mute: You replied STOP from your second phone, so it gets no more SMS from me; your "
            "first one does. Text START from it to undo that."
        )
    return (
        f":mute: You replied STOP, so you get no more SMS from me. When you are on call for "
        f"*{named}* I write to you here instead. Text START to my number to undo that."
    )
