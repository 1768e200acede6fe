"""A refusal in words, as Slack shows it: what was wrong, whom to ask, and what to type instead."""

from collections.abc import Sequence

from scheduling.errors import NotAllowed, Refusal
from scheduling.words.lines import continued, in_slack


def worded(refusal: Refusal) -> str:
    """Return a refusal in mrkdwn."""
    ask = refusal.ask if isinstance(refusal, NotAllowed) else None
    said = continued(refusal.message, "" if ask is None else who_could(ask))
    return continued(said, in_slack(refusal.suggest))


def who_could(users: Sequence[str]) -> str:
    """Return a sentence about whom to ask."""
    if not users:
        return "Ask an admin of this workspace."
    return f"Ask {' or '.join(f'<@{one}>' for one in users)}."
