"""Why a message did not arrive, or may not, where that is for us to say and not for a provider.

Each is a sentence, for a warning or the list of notifications. Pure.
"""

from scheduling.words.lines import Line, in_slack, typed

# Of an attempt.
UNFORESEEN = "Something unforeseen went wrong: see the log."
NO_TRACE = "There is no trace of it; I look once more before I send it again."
# Of the next morning's message.
NOBODY_THEN = "Nobody is on call then."
NO_CHANNEL = in_slack(
    (
        "No channel is set, so nothing can be posted. For example: ",
        Line("settings channel #support"),
        ".",
    )
)


def not_answered(times: str) -> str:
    """Return that a text is given up of which nobody knows anything; `times` is 'three times'."""
    return f"It was tried {times} without an answer."


def segments_used_up(most: int) -> str:
    """Return that a text would be more than its team may send."""
    return f"The {most} SMS segments that the team has for that in 24 hours are used up."


def opted_out(*, in_slack: bool) -> str:
    """Return that somebody gets no SMS; `in_slack` is whether we can write to them there."""
    instead = " I write in Slack instead." if in_slack else ""
    return f"They replied STOP and get no SMS; texting START undoes that.{instead}"


# Of a text, and of the next morning's message.
NO_NUMBER = "They haven’t entered a phone number yet."


def no_number(whom: str) -> str:
    """Return that nobody knows where to text somebody; `whom` is how one types them."""
    return (
        f"{NO_NUMBER} I’ll write in Slack instead. A lead can ask again: "
        f"{typed(f'members confirm {whom}')}."
    )


def never_reached(whom: str) -> str:
    """Return that a number may be wrong; `whom` is how one types its person."""
    return (
        "Nobody has ever confirmed their number, and no SMS has arrived there yet. A lead can ask: "
        f"{typed(f'members confirm {whom}')}."
    )
