"""Trigger ids: the right to open one form, for three seconds after somebody did something."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from sandbox.slack.errors import SlackError
from sandbox.slack.memory import View


@dataclass
class Trigger:
    """What `user` did on a `client`, in a modal if `view` is one.

    `made_at` is on the monotonic clock.
    """

    user: str
    client: str
    view: View | None
    made_at: float
    opened: View | None = None
    shown: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, view: View) -> None:
        """Record that the trigger's form has opened."""
        self.opened = view
        self.shown.set()


class Triggers:
    """All trigger ids so far. Their three seconds are real ones."""

    def __init__(self, lifetime: float) -> None:
        self.lifetime = lifetime  # seconds
        self._given: dict[str, Trigger] = {}

    def give(self, user: str, client: str, view: View | None = None) -> tuple[str, Trigger]:
        """Return a new trigger and its id."""
        trigger_id = f"{len(self._given) + 1}.{secrets.token_hex(12)}"
        trigger = self._given[trigger_id] = Trigger(user, client, view, time.monotonic())
        return trigger_id, trigger

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger, which works only once; raises SlackError."""
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.opened is not None:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - trigger.made_at > self.lifetime:
            raise SlackError("expired_trigger_id")
        return trigger
