"""What a provider says about our account and our senders."""

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """One finding about our account.

    what, act: what it is, and what the person who runs the bot must do
    to: the prefix of the numbers that it affects; '' for all
    doubtful: a text that arrives anyway proves it wrong
    of_replies: it stops replies, not texts
    """

    level: Literal["fine", "advice", "wrong"]
    what: str
    act: str = ""
    to: str = ""
    doubtful: bool = False
    of_replies: bool = False

    @property
    def for_owner(self) -> str:
        """The sentence for the person who runs the bot."""
        return f"{self.what}: {self.act}." if self.act else f"{self.what}."

    @property
    def for_team(self) -> str:
        """The sentence for a team, most of whom can't do anything about it."""
        if not self.act:
            return f"{self.what}."
        return f"{self.what}. Whoever runs this bot needs to {self.act}."
