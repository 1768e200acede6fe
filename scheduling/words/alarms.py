"""The alarms in Slack while nothing can be written, or a team can't be planned. Pure."""

from collections.abc import Sequence

from scheduling.words.mrkdwn import all_shown, escaped
from scheduling.words.people import Person

# SQLite's words, and ours for them.
_WHY = (
    ("full", "my database’s disk is full"),
    ("locked", "my database is locked by another program"),
    ("readonly", "my database is read-only"),
    ("i/o", "my database’s disk is failing"),
)


def not_written(said: str, since: str, team: str | None = None) -> str:
    """Return that nothing is sent, for a team or at all, because of what the database `said`."""
    known = (why for sign, why in _WHY if sign in said.lower())
    why = next(known, "I can’t write to my database")
    whom = f" for {escaped(team)}" if team is not None else " anything"
    return f"I haven’t been able to text or post{whom} since {since}: {why}."


def partly_failed(error: str, since: str) -> str:
    """Return that something fails for an unknown reason; `error` is its class."""
    return (
        f"One of my background jobs has been failing since {since} ({error}), so texts and posts "
        "may be late or missing."
    )


def for_channel(what: str, on_call: Sequence[Person]) -> str:
    """Return the alarm in a team's channel; `on_call` is empty where that can't be read."""
    who = f" On call now: {all_shown(on_call)}." if on_call else ""
    return (
        f":warning: {what} I’ll keep trying and catch up as soon as it works. "
        f"Until then, please call people directly.{who}"
    )


def for_lead(what: str, *, everything: bool) -> str:
    """Return the alarm to a lead; `everything` is whether nobody at all is texted."""
    paged = "Nobody is texted" if everything else "Some people may not get their texts"
    return f":warning: {what} {paged} until that’s fixed. See the log. I’ll keep trying."


def not_planned(team: str, why: str) -> str:
    """Return the alarm about a team whose due messages can't be worked out."""
    return (
        f":warning: I can’t plan what to send for {escaped(team)} ({escaped(why)}), so nobody in "
        "this team is texted until that’s fixed. Other teams aren’t affected. See the log."
    )


def works_again() -> str:
    """Return the all-clear."""
    return (
        ":white_check_mark: I can text and post again. Everything that was due is being sent now."
    )


def planned_again(team: str | None) -> str:
    """Return the all-clear for one team; None if its name is no longer known."""
    named = escaped(team) if team is not None else "this team"
    return f":white_check_mark: I can plan what to send for {named} again."
