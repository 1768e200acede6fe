"""Functions are marked as subcommands where they're defined, and collected in the table."""

from types import ModuleType

import pytest

from bot.slack.app import build_commands
from bot.slack.blocks import Reply
from bot.slack.command import Commands, Section, form, subcommand
from bot.slack.request import Request


def feature(name: str, **functions: object) -> ModuleType:
    """Return a module in which these functions are defined, in this order."""
    module = ModuleType(name)
    for called, function in functions.items():
        function.__module__ = name
        setattr(module, called, function)
    return module


@subcommand("wave", Section.LOOKING, does="wave", examples=("wave",))
def wave(_: Request) -> Reply:
    return Reply.of("waves")


@form("wave", for_leads=True)
@subcommand("bow", Section.LOOKING, does="bow", examples=("bow",), for_leads=True)
def bow(_: Request) -> Reply:
    return Reply.of("bows")


def test_a_marked_function_is_in_no_table_until_its_module_is_taken() -> None:
    assert "wave" not in {one.name for one in build_commands()}

    commands = Commands()
    assert list(commands) == []
    commands.collect(feature("greetings", bow=bow, wave=wave))
    assert [one.name for one in commands] == ["bow", "wave"]  # in the order of the module


def test_a_function_may_answer_a_subcommand_and_read_a_form() -> None:
    commands = Commands()
    commands.collect(feature("greetings", bow=bow))

    assert commands.find("bow")[0].run is bow
    assert commands.forms["wave"].submit is bow
    assert commands.forms["wave"].for_leads


def test_imported_functions_are_not_collected() -> None:
    commands = Commands()
    home = feature("greetings", wave=wave)
    guest = ModuleType("guest")
    vars(guest).update(vars(home), __name__="guest")

    commands.collect(guest)
    commands.collect(home)

    assert [one.name for one in commands] == ["wave"]


def test_two_subcommands_of_one_name_are_an_error_of_ours() -> None:
    commands = Commands()
    commands.collect(feature("greetings", wave=wave))

    with pytest.raises(ValueError, match="two subcommands are called 'wave'"):
        commands.collect(feature("greetings", wave=wave))


def test_every_section_of_the_help_has_commands() -> None:
    assert {one.section for one in build_commands()} == set(Section)
