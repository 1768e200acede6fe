"""The Bolt app: one command, and the features that answer it."""

import logging

from slack_bolt import App
from slack_sdk import WebClient

from bot.slack.command import Commands
from bot.slack.features import (
    admins,
    audit,
    beginning,
    costs,
    delivery,
    escalation,
    generate,
    help,
    history,
    notifications,
    on_call,
    overrides,
    patterns,
    previews,
    schedule,
    settings,
    setup,
    shifts,
    swaps,
    teams,
    undo,
    why,
)
from bot.slack.features.members import add, edit, leave, numbers, own_number, reorder, show
from bot.slack.listener import Listeners
from bot.slack.services import Services

# In the order in which the help shows them.
FEATURES = (
    on_call,
    schedule,
    why,
    overrides,
    swaps,
    delivery,
    own_number,
    notifications,
    show,
    history,
    add,
    edit,
    leave,
    reorder,
    shifts,
    patterns,
    generate,
    escalation,
    costs,
    numbers,
    setup,
    beginning,
    settings,
    teams,
    admins,
    undo,
    audit,
    previews,
    help,
)


def build_commands() -> Commands:
    """Return the table of everything that `/oncall` understands."""
    commands = Commands()
    for feature in FEATURES:
        commands.collect(feature)
    return commands


def build_app(client: WebClient, services: Services) -> "BotApp":
    """Return the app. Bolt asks auth.test once, here, and not at the first command."""
    app = App(
        # Without a name, Bolt takes 20 ms to search all loaded modules for one. On each request it
        # sets this logger's level to its own logger's, so the name must not be one of ours.
        name="slack_bolt.app",
        client=client,
        logger=logging.getLogger("slack_bolt"),  # else Bolt takes the root's level for its own
        process_before_response=True,
        request_verification_enabled=False,  # Socket Mode: who sends is settled by the connection
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )
    return BotApp(app, Listeners(app, build_commands(), services))


class BotApp:
    """The Bolt app and the listeners that run on it."""

    def __init__(self, bolt: App, listeners: Listeners) -> None:
        self.bolt = bolt
        self.listeners = listeners
