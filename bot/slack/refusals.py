"""A refusal in words, as Slack shows it: what was wrong, whom to ask, and what to type instead."""

from collections.abc import Sequence

from scheduling.errors import NotAllowed, Refusal
from scheduling.words.lines import in_slack


def worded(refusal: Refusal) -> str:
    """Return a refusal in mrkdwn."""
    ask = refusal.ask if isinstance(refusal, NotAllowed) else None
    parts = (
        refusal.message,
        "" if ask is None else who_could(ask),
        in_slack(refusal.suggest),
    )
    return " ".join(filter(None, parts))


def who_could(users: Sequence[str]) -> str:
    """Return a sentence about whom to ask."""
    if not users:
        return "Ask an admin of this workspace."
    return f"Ask {' or '.join(f'<@{one}>' for one in users)}."
