"""What Slack knows of the app before it says a word: manifest.json, as it is pasted into Slack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

MANIFEST = Path(__file__).parents[2] / "manifest.json"


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command as Slack suggests it: `name` with its slash, `hint` for what may follow."""

    name: str
    description: str
    hint: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The app's scopes, its commands, its tabs, and the events that it subscribes to.

    `home` is whether it has a Home tab, `messages` whether people may write and type commands in
    its messages tab.
    """

    scopes: frozenset[str]
    commands: tuple[SlashCommand, ...] = ()
    home: bool = False
    messages: bool = True
    events: frozenset[str] = frozenset({"app_home_opened"})

    @classmethod
    def of_the_app(cls) -> Self:
        """Return the manifest that this project asks its users to paste."""
        data = json.loads(MANIFEST.read_text(encoding="utf-8"))
        features = data["features"]
        tabs = features["app_home"]
        return cls(
            frozenset(data["oauth_config"]["scopes"]["bot"]),
            tuple(
                SlashCommand(one["command"], one["description"], one.get("usage_hint", ""))
                for one in features["slash_commands"]
            ),
            tabs["home_tab_enabled"],
            tabs["messages_tab_enabled"] and not tabs["messages_tab_read_only_enabled"],
            frozenset(data["settings"]["event_subscriptions"]["bot_events"]),
        )
