"""Scripts for the phone network: whether a text arrives."""

from dataclasses import replace

from sandbox.outcomes import Outcome
from tests.stories.conftest import World

ALICE, BOB = "+13125550101", "+13125550102"


def arrives(world: World, sid: str) -> None:
    network = world.sandbox.phones
    taken = network._taken[sid]
    network._taken[sid] = replace(taken, outcome=Outcome())
