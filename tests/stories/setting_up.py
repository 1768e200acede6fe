"""The steps of setup, by their titles and fields."""

from sandbox.slack.people import SlackView
from tests.stories.conftest import World

STEP_1, STEP_2 = "Step 1 of 3: the team", "Step 2 of 3: members"
NUMBERS, STEP_3 = "Step 2 of 3: numbers", "Step 3 of 3: shifts"
ANOTHER = "Add a team"
NAME, CHANNEL, PEOPLE = "Team name", "Channel", "Who’s in the rotation?"


def modal(world: World, name: str, title: str) -> SlackView:
    """Return the form that somebody has open, with this title."""
    view = world.people[name].slack.view
    assert view is not None
    assert view.title == title
    return view
