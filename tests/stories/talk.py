"""Direct messages with the bot."""

from collections.abc import Callable

from sandbox.slack.people import SlackMessage
from tests.stories.conftest import World


class Talk:
    """Somebody's direct messages with the bot."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self.person = world.people[name].slack
        self.place = self.person.direct_messages

    @property
    def answers(self) -> list[SlackMessage]:
        """The bot's messages; people's messages have no blocks."""
        return [one for one in self.place.messages if one.blocks]

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds that can be checked outside of the sandbox's loop."""
        self._world.sandbox.slack.until(lambda: bool(condition()))

    def has(self, count: int) -> list[SlackMessage]:
        """Wait for this many answers, and return them."""
        self.until(lambda: len(self.answers) >= count)
        assert len(self.answers) == count
        return self.answers

    def asks(self, text: str, thread: str | None = None) -> SlackMessage:
        """Write to the bot, and return its one answer."""
        before = len(self.answers)
        self.person.says(text, self.place, thread)
        answer = self.has(before + 1)[-1]
        self._world.reads_well(answer.plain)
        return answer
