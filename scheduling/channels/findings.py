"""What a provider says of our account and of what we send from."""

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """One thing that a provider says of us: `what` it is, and what whoever runs the bot must do.

    `to` is how the numbers begin that it concerns, '' for all. `doubtful` is whether a text that
    arrives anyway proves it wrong. `of_replies` is whether it stops replies, not texts.
    """

    level: Literal["fine", "advice", "wrong"]
    what: str
    act: str = ""
    to: str = ""
    doubtful: bool = False
    of_replies: bool = False

    @property
    def for_owner(self) -> str:
        """The words for whoever runs the bot."""
        return f"{self.what}: {self.act}." if self.act else f"{self.what}."

    @property
    def for_team(self) -> str:
        """The words for a team, most of whom can't do anything about it."""
        return f"{self.what}. Whoever runs me must {self.act}." if self.act else f"{self.what}."
