"""Options that the app suggests while somebody types into an external select menu.

https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
"""

from sandbox.slack.block_elements import SUGGESTIONS
from sandbox.slack.errors import InvalidAnswer
from sandbox.slack.memory import Json

# Characters, where the element doesn't say how many.
USUAL_QUERY = 3


def is_asked(element: Json, typed: str) -> bool:
    """Return whether enough was typed for Slack to ask the app."""
    return len(typed) >= int(element.get("min_query_length", USUAL_QUERY))


def options_in(answer: Json) -> list[Json]:
    """Return the options in the app's answer, in order. Raises InvalidAnswer."""
    problems = list(SUGGESTIONS(answer, ""))
    if problems:
        raise InvalidAnswer(f"{problems} for {answer}")
    groups = answer.get("option_groups") or [answer]
    return [option for group in groups for option in group["options"]]
