"""The one error that people are meant to read."""


class Refusal(Exception):
    """An expected "no", worded for a person: what was wrong, what would be right, an example.

    `field` names the form field it belongs to, where there is a form.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NothingToDo(Refusal):
    """Nothing is wrong, and nothing is left to do: it is that way already."""
