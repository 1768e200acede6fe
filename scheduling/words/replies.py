"""The answers to what people text us. Pure."""

from collections.abc import Sequence
from datetime import datetime

from scheduling.words.gsm import counted, shortest_loss
from scheduling.words.lines import team_word, typed
from scheduling.words.people import Person, first_name, listed
from scheduling.words.times import Clock, clock_time, time_beside, when
from scheduling.words.wording import several

# The most SMS segments of an answer, however many teams its reader is in.
MOST_ANSWERED = 2


def confirmed_answer(
    person: Person, team: str, until: datetime, clock: Clock, *, theirs: bool = True
) -> str:
    """Return the answer to an OK from the person on call.

    It isn't `theirs` if it came from a phone that is somebody else's main one.
    """
    if not theirs:
        return shortest_loss(
            f"Thanks. Confirmed for {person.name}, on call for {team} until "
            f"{clock_time(until, clock)}.",
            f"Thanks. Confirmed for {person.name}.",
        )
    return shortest_loss(
        f"Thanks, {first_name(person)}. Confirmed: you're on call for {team} until "
        f"{clock_time(until, clock)}.",
        f"Thanks, {first_name(person)}. Confirmed.",
    )


def taken_answer(
    person: Person,
    unreached: Person,
    team: str,
    *,
    in_channel: bool = True,
    named: bool = False,
    thanked: bool = False,
) -> str:
    """Return the answer to an OK from somebody who takes over.

    `in_channel` is whether the team has a channel, which then shows it, `named` whether commands
    have to name the team, `thanked` whether the same text has thanked them before.
    """
    take = typed(f"take {team_word(team)}" if named else "take")
    thanks = "" if thanked else f"Thanks, {first_name(person)}. "
    how = f"To take the whole shift, type {take} in Slack."
    if not in_channel:
        return shortest_loss(f"{thanks}{how}", f"{thanks}You can take the shift in Slack.")
    return shortest_loss(
        f"{thanks}{team}'s channel now shows you're on it. {how}",
        *([f"{thanks}{how}"] if named else []),
        f"{thanks}{unreached.name}'s team can see you're on it.",
        thanks.strip() or "You're on it.",
    )


def number_confirmed_answer(person: Person) -> str:
    """Return the answer to an OK that confirms only the number, not a shift."""
    return f"Thanks, {first_name(person)}. This number is confirmed."


def already_confirmed_answer(person: Person, at: datetime, clock: Clock, now: datetime) -> str:
    """Return the answer to a second OK."""
    confirmed = when(at, clock, now)
    return f"Thanks, {first_name(person)}. You already confirmed {confirmed}."


def next_answer(
    team: str,
    clock: Clock,
    now: datetime,
    turn: tuple[datetime, datetime] | None,
    whose: Person | None = None,
) -> str:
    """Return the sentence about a present or next shift; `turn` is None if none is planned.

    `whose` is the person, if the phone belongs to several people; otherwise it's the reader's.
    """
    if turn is None:
        return f"{f'{whose.name} has' if whose else 'You have'} no upcoming {team} shifts."
    start, end = turn
    if start <= now:
        who = f"{whose.name} is" if whose else "You're"
        return f"{who} on call for {team} until {clock_time(end, clock)}."
    what = f"{whose.name}'s" if whose else "Your"
    begins = time_beside(start, clock, end)
    return f"{what} next {team} shift: {begins} to {clock_time(end, clock)}."


def who_answer(team: str, clock: Clock, people: Sequence[Person], until: datetime | None) -> str:
    """Return the sentence about who is on call in a team; `until` None: nobody is planned."""
    if until is None:
        return f"Nobody is on call for {team}, and nobody is scheduled."
    who = listed(people) or "Nobody"
    verb = "are" if len(people) > 1 else "is"
    return f"{who} {verb} on call for {team} until {clock_time(until, clock)}."


def help_answer(team: str) -> str:
    """Return the answer to MENU, and to unclear replies. Twilio answers HELP itself."""
    most = "Reply OK to confirm, WHO for who's on call, NEXT for your next shift"
    rest = "STOP or START to opt out or in."
    return shortest_loss(
        f"WhoseOnFirst ({team} on-call). {most}, MENU for this list, {rest}",
        f"WhoseOnFirst ({team} on-call). {most}, {rest}",
        f"WhoseOnFirst, your on-call bot. {most}, {rest}",
    )


def not_confirmed_answer(person: Person, team: str) -> str:
    """Return the answer to an unclear reply from a number that nobody has confirmed.

    Its reader may be a stranger.
    """
    which = "If that's you, reply OK. Wrong number? Reply STOP."
    return shortest_loss(
        f"WhoseOnFirst here, with on-call texts for {person.name} ({team}). {which}",
        f"WhoseOnFirst here, with on-call texts for {person.name}. {which}",
        f"WhoseOnFirst here, with on-call texts. {which}",
    )


# The answers to ways of saying STOP and START that Twilio doesn't recognize and answer itself.
STOPPED = "You're opted out: no more texts from me. To opt back in, text START."
STARTED = "You're opted back in."
# A picture, or a text that Twilio redacted: asking for an OK again wouldn't help.
WORDLESS = "Your reply has no text, so I can't tell what you mean. Confirm in Slack."
NO_WORDS = "(no text)"


def fitted(opening: str, sentences: Sequence[str], where: str) -> str:
    """Return an answer of at most two segments: the sentences that fit, and where the rest is."""
    for kept in range(len(sentences), -1, -1):
        left = len(sentences) - kept
        rest = f"Plus {several(left, 'more team')}: type {where} in Slack." if left else ""
        answer = " ".join(filter(None, (opening, *sentences[:kept], rest)))
        if counted(answer).segments <= MOST_ANSWERED:
            return answer
    return opening or sentences[0]
