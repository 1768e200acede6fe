"""/oncall help: made from the table that answers the commands."""

from functools import partial

from bot.blocks import Reply
from bot.command import Commands, Request, Subcommand


def register(commands: Commands) -> None:
    """Take `help` into the table."""
    commands.add(
        Subcommand(
            name="help",
            takes="[WORD]",
            does="this list, or more about one of its words",
            examples=("help", "help override"),
            run=partial(show, commands),
        )
    )


def show(commands: Commands, request: Request) -> Reply:
    """Return the help about what was asked for."""
    return Reply.of(commands.help(request.words))
