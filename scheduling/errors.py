"""The one error that people are meant to read."""

from collections.abc import Sequence

from scheduling.words.lines import Part


class Refusal(Exception):
    """An expected "no", worded for a person: what was wrong, what would be right, an example.

    `field` names the form field it belongs to, where there is a form. What to do instead stands
    apart in `suggest`, since each front writes commands in its own way.
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
    """It speaks of one person: the Slack `user`, if Slack knows them, reads `own` instead of it."""

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
        """Return it in the second person for the one of whom it speaks."""
        return self._own if user == self._user else self


class NothingToDo(Refusal):
    """Nothing is wrong, and nothing can be done: it is that way already, or there is none yet."""


class NotAllowed(Refusal):
    """It is not wrong but somebody else's to do: an example would be of no use.

    `ask` are Slack users who could do it, nobody if none is known; None where nobody could.
    """

    def __init__(
        self, message: str, *, ask: Sequence[str] | None = None, suggest: Sequence[Part] = ()
    ) -> None:
        super().__init__(message, suggest=suggest)
        self.ask = ask
