"""People of another workspace of the same organization."""

from sandbox.slack.people import SlackMessage
from sandbox.world import Person
from tests.stories.conftest import World


def comes(
    world: World,
    name: str,
    *,
    sibling: bool = False,
    also_here: bool = False,
    stranger: bool = False,
    admin: bool = False,
) -> Person:
    """Add somebody from another workspace to the team's channel."""
    slack = world.sandbox.slack.person(
        name, sibling=sibling, also_here=also_here, stranger=stranger, admin=admin
    )
    came = Person(slack, world.sandbox.phones.phone("+13125550150", owner=name))
    world.people[name] = came
    world.channel.invite(slack)
    return came


ELSEWHERE = "You’re in another workspace, and people from there can’t change anything here."


def warning(world: World) -> SlackMessage:
    """Return the channel's warning, with its buttons, that Alice wasn't reached."""
    world.people["Alice"].phone.switches("invalid")
    world.until("2026-11-23 08:00")
    world.passes(seconds=30)
    (found,) = [one for one in world.channel.messages if "didn’t get the text" in one.plain]
    return found
