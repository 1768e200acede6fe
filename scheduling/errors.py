"""The one error that people are meant to read."""

from collections.abc import Sequence

from scheduling.words.lines import Part


class Refusal(Exception):
    """An expected "no", worded for a person: what was wrong, what would be right, an example.

    `field` names the form field it belongs to, if there is a form. `suggest` says what to do
    instead; it is separate because each front writes commands in its own way.
    """

    def __init__(
        self, message: str, field: str | None = None, *, suggest: Sequence[Part] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.suggest = tuple(suggest)

    def about(self, field: str) -> "Refusal":
        """Return the same refusal as one about a form field."""
        return Refusal(self.message, field, suggest=self.suggest)

    def read_by(self, user: str) -> "Refusal":  # noqa: ARG002 - see AboutSomebody
        """Return the refusal as a Slack user reads it."""
        return self


class AboutSomebody(Refusal):
    """A refusal about one person: if that person, the Slack `user`, reads it, it says `own`."""

    def __init__(
        self,
        message: str,
        user: str | None,
        own: str,
        *,
        suggest: Sequence[Part] = (),
        own_suggest: Sequence[Part] = (),
    ) -> None:
        super().__init__(message, suggest=suggest)
        self._user = user
        self._own = Refusal(own, suggest=own_suggest)

    def read_by(self, user: str) -> Refusal:
        """Return the refusal, in the second person if it's about the reader."""
        return self._own if user == self._user else self


class NothingToDo(Refusal):
    """Nothing is wrong, but there is nothing to do: it's done already, or there is none yet."""


class WithoutExample(Refusal):
    """An example of a command wouldn't help: the words say all, or the trouble is elsewhere."""


class NotAllowed(WithoutExample):
    """Permission denied.

    `ask` are the Slack users who could do it, as far as they are known; None if nobody could.
    """

    def __init__(
        self, message: str, *, ask: Sequence[str] | None = None, suggest: Sequence[Part] = ()
    ) -> None:
        super().__init__(message, suggest=suggest)
        self.ask = ask
