"""The answers to what people write to us by SMS. Pure."""

from collections.abc import Sequence
from datetime import datetime

from scheduling.words.gsm import counted, shortest_loss
from scheduling.words.lines import team_word, typed
from scheduling.words.people import Person, first_name, listed
from scheduling.words.times import Clock, clock_time, wall_clock, when
from scheduling.words.wording import several

# SMS segments of an answer, however many teams its reader is in.
MOST_ANSWERED = 2
WHAT_TO_WRITE = (
    "OK: I have it. WHO: who is on call. NEXT: my next shift. MENU: this list. STOP: no more SMS. "
    "START: SMS again."
)


def confirmed_answer(
    person: Person, team: str, until: datetime, clock: Clock, *, theirs: bool = True
) -> str:
    """Return the answer to an OK from the person on call.

    It is not `theirs` if the phone that it came from is somebody else's first one.
    """
    if not theirs:
        return shortest_loss(
            f"Thanks: confirmed for {person.name}, who is on call for {team} until "
            f"{clock_time(until, clock)}.",
            f"Thanks: confirmed for {person.name}.",
        )
    return shortest_loss(
        f"Thanks, {first_name(person)}: confirmed. You are on call for {team} until "
        f"{clock_time(until, clock)}.",
        f"Thanks, {first_name(person)}: confirmed.",
    )


def taken_answer(
    person: Person, unreached: Person, team: str, *, in_channel: bool = True, named: bool = False
) -> str:
    """Return the answer to an OK from somebody who sees to it instead.

    `in_channel` is whether the team has one, in which that is said, `named` whether a command has
    to name it.
    """
    take = typed(f"take {team_word(team)}" if named else "take")
    how = f"Thanks, {first_name(person)}. To take the shift over, type {take} in Slack."
    if not in_channel:
        return shortest_loss(how, f"Thanks, {first_name(person)}. Take the shift over in Slack.")
    return shortest_loss(
        f"Thanks, {first_name(person)}. The channel of {team} knows that you see to it. To take "
        f"the shift over, type {take} in Slack.",
        *([how] if named else []),
        f"Thanks, {first_name(person)}. {unreached.name}'s team knows that you see to it.",
        f"Thanks, {first_name(person)}.",
    )


def number_confirmed_answer(person: Person) -> str:
    """Return the answer to the OK of who was not asked to be on call right now."""
    return f"Thanks, {first_name(person)}: I know that I reach you here."


def already_confirmed_answer(person: Person, at: datetime, clock: Clock, now: datetime) -> str:
    """Return the answer to a second OK."""
    return f"You confirmed {when(at, clock, now)} already, {first_name(person)}. Thanks."


def next_answer(
    team: str,
    clock: Clock,
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
        return f"{who} on call for {team} now, until {clock_time(end, clock)}."
    what = f"{whose.name}'s" if whose else "Your"
    return f"{what} next shift for {team}: {wall_clock(start, clock)} to {clock_time(end, clock)}."


def who_answer(team: str, clock: Clock, people: Sequence[Person], until: datetime | None) -> str:
    """Return the sentence about who is on call in a team; `until` None: nobody is planned."""
    if until is None:
        return f"Nobody is on call for {team}, and nobody is planned."
    who = listed(people) or "Nobody"
    verb = "are" if len(people) > 1 else "is"
    return f"{who} {verb} on call for {team} until {clock_time(until, clock)}."


def help_answer(team: str) -> str:
    """Return the answer to MENU, and to what we do not understand. Twilio answers HELP itself."""
    return shortest_loss(
        f"WhoseOnFirst, {team}'s on-call bot. Write {WHAT_TO_WRITE}",
        f"WhoseOnFirst, your on-call bot. Write {WHAT_TO_WRITE}",
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
