"""The channel’s warnings, and what stands in their place once they are settled. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from scheduling.words.mrkdwn import all_shown, escaped, shown
from scheduling.words.people import Person
from scheduling.words.sms import MOST_SEGMENTS_A_DAY
from storage import statuses

# Begins what stands in the place of a warning once all is well.
CLEAR = ":white_check_mark:"
# Begins what is said of an SMS that was given up while nobody could tell whether it went out.
UNSURE = "It may have gone out all the same."
# Why somebody was not reached, where Twilio says nothing of it.
NO_REASON = "Twilio gives no reason."
NO_RECEIPT = "There is no receipt yet: the phone may be switched off."
NOT_SENT_ON = "Twilio has accepted it and not sent it yet."
NOBODY_KNOWS = "It is unclear whether it went out."


def no_ok(minutes: int | None) -> str:
    """Return that nobody confirmed in the time in which the team wants to hear from them."""
    return f"There was no OK within {minutes} min."


def keeps_trying(why: str | None) -> str:
    """Return that it is tried on, after why it had to be."""
    return f"{why or ''} I keep trying.".strip()


class Trouble(NamedTuple):
    """Why somebody was not reached. `why` is a sentence of Twilio's or ours."""

    kind: statuses.Trouble
    why: str


_NOT_REACHED = {
    statuses.Trouble.FAILED: "did not get the SMS",
    statuses.Trouble.UNCLEAR: "may not have got the SMS",
    statuses.Trouble.WAITING: "has not got the SMS yet",
    statuses.Trouble.SILENT: "may not have got the SMS",
    statuses.Trouble.UNCONFIRMED: "has not confirmed",
}


def unreached_warning(person: Person, trouble: Trouble) -> str:
    """Return the channel's warning that the person on call was not reached."""
    open_ = (statuses.Trouble.UNCLEAR, statuses.Trouble.SILENT)
    ask = "Please ask them" if trouble.kind in open_ else "Please tell them"
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


def sent_again_post(person: Person) -> str:
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
        after = f"by now {all_shown(on_call)} {verb} on call"
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
