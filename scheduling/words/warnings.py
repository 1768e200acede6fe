"""The channel’s warnings, and their wording once they're settled. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from scheduling.words.mrkdwn import all_shown, escaped, shown
from scheduling.words.people import Person
from scheduling.words.sms import MOST_SEGMENTS_A_DAY
from scheduling.words.times import length
from storage import statuses

# The start of a warning's text once everything is all clear.
CLEAR = ":white_check_mark:"
# The start of the message about an SMS that was given up without knowing whether it was sent.
UNSURE = "It may have been sent anyway."
# Why somebody wasn't reached, if Twilio doesn't give a reason.
NO_REASON = "Twilio gave no reason."
NO_RECEIPT = "There’s no delivery receipt yet: the phone may be off."
NOT_SENT_ON = "Twilio has accepted it but hasn’t sent it yet."
NOBODY_KNOWS = "It’s not clear whether it was sent."


def no_ok(minutes: int | None) -> str:
    """Return that there was no confirmation within the time that the team allows."""
    return f"There was no OK within {length(timedelta(minutes=minutes or 0))}."


def keeps_trying(why: str | None) -> str:
    """Return the reason for a retry, followed by the note that it's being retried."""
    return f"{why or ''} I’ll keep trying.".strip()


class Trouble(NamedTuple):
    """Why somebody wasn't reached. `why` is a sentence from Twilio or from us."""

    kind: statuses.Trouble
    why: str


_NOT_REACHED = {
    statuses.Trouble.FAILED: "didn’t get the text",
    statuses.Trouble.UNCLEAR: "may not have gotten the text",
    statuses.Trouble.WAITING: "hasn’t gotten the text yet",
    statuses.Trouble.SILENT: "may not have gotten the text",
    statuses.Trouble.UNCONFIRMED: "hasn’t confirmed",
}


def unreached_warning(person: Person, trouble: Trouble) -> str:
    """Return the channel's warning that the person on call wasn't reached."""
    unsure = (statuses.Trouble.UNCLEAR, statuses.Trouble.SILENT)
    ask = "Check with them" if trouble.kind in unsure else "Call them"
    return (
        f":warning: {shown(person)} is on call but {_NOT_REACHED[trouble.kind]}. "
        f"{escaped(trouble.why)}\n{ask}, or cover the shift."
    )


def all_clear(
    person: Person,
    confirmed_by: Person | None,
    got_at: str | None = None,
    *,
    ok: bool = False,
    arrived: bool = False,
) -> str:
    """Return a warning's text once the person is reached, or somebody else handles it.

    `got_at` is when they got the SMS, if that was on time and only the receipt came late; `ok`
    whether they have confirmed. `arrived` is whether they got the SMS while somebody else handles
    it.
    """
    if got_at:
        had_it = "has confirmed" if ok else f"got the text at {got_at}; its receipt came late"
        return f":white_check_mark: {shown(person)} is on call and {had_it}."
    if confirmed_by and confirmed_by != person:
        but = "hasn’t confirmed" if arrived else "didn’t get the text"
        return f":eyes: {shown(confirmed_by)} is handling it: {shown(person)} (on call) {but}."
    return f":white_check_mark: {shown(person)} is on call and has been reached."


def resent_post(person: Person) -> str:
    """Return a warning's text while a resent SMS doesn't have a receipt yet."""
    return f":hourglass: {shown(person)} is on call. The text was resent."


def settled(
    person: Person,
    trouble: Trouble | None,
    on_call: Sequence[Person] | None,
    got_at: str | None = None,
) -> str:
    """Return a warning's text once that turn is over.

    `on_call` are those on call now, None if a newer message calls the same person. `got_at` is
    when they got the SMS, if that was on time.
    """
    late = f"got the text at {got_at}" if got_at else "was reached late"
    ended = _NOT_REACHED[trouble.kind].replace("hasn’t", "hadn’t") if trouble else late
    if on_call is None:
        after, ended = "a newer text was sent", ended.replace("the text", "the earlier one")
    elif on_call:
        after = f"{all_shown(on_call)} {'are' if len(on_call) > 1 else 'is'} on call now"
    else:
        after = "nobody is on call now"
    return f":heavy_minus_sign: Closed: {after}. {shown(person)} {ended}."


def lost_sms_warning(person: Person, what: str, why: str, *, unsure: bool) -> str:
    """Return the channel's warning about an SMS other than a duty one. `what` is its name."""
    failed = "may not have reached" if unsure else "didn’t reach"
    return f":warning: The {what} {failed} {shown(person)}. {escaped(why)}"


def cap_warning(team: str, most: int, *, usual: int, duty: bool) -> str:
    """Return the channel's warning that a team has sent as many SMS as it may.

    `duty` is whether none is left for those on call, or only for answers and tests. Up to the
    `usual` limit a lead can raise it.
    """
    more = min(most * 2, MOST_SEGMENTS_A_DAY)
    who = "a lead" if more <= usual else "a workspace admin"
    raised = (
        f"If it needs more, {who} can raise the limit: `/oncall settings sms-cap {more}`. "
        if more > most
        else ""
    )
    look = f"{raised}`/oncall notifications` shows what was sent."
    if not duty:
        return (
            f":warning: *{escaped(team)}* has hit its limit for tests, answers and other extra "
            f"texts: {most // 2} of its {most} SMS segments in 24 hours. Whoever is on call still "
            f"gets texts. {look}"
        )
    return (
        f":rotating_light: *{escaped(team)}* has hit its limit of {most} SMS segments in 24 hours, "
        f"so for now I’m writing in Slack instead of texting. {look}"
    )


def preflight_cleared(text: str) -> str:
    """Return the text of a warning about tomorrow once it no longer applies."""
    lines = [f"~{line.removeprefix('• ')}~" for line in text.split("\n") if line.startswith("• ")]
    return "\n".join([f"{CLEAR} All clear for tomorrow’s messages.", *lines])


def preflight_warning(team: str, whose: Sequence[tuple[Person, str]], ours: Sequence[str]) -> str:
    """Return the channel's afternoon warning about tomorrow's messages.

    `whose` has the people on call then and each one's problem, `ours` the problems that affect
    everybody.
    """
    lines = [f"• {shown(person)}: {escaped(why)}" for person, why in whose]
    lines += [f"• {escaped(why)}" for why in ours]
    return (
        f":warning: Heads-up: tomorrow’s messages for *{escaped(team)}* may not get through:\n"
        + "\n".join(lines)
        + "\nThere’s still time to fix it."
    )
