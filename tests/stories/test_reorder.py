"""The form that reorders the rotation, one move at a time."""

import json

from sandbox.slack.people import SlackView
from scheduling.rota import queue
from storage.database import reading, writing
from storage.models import Member, Team
from tests.builders import stored_member
from tests.stories.conftest import World
from tests.stories.stored import changeable, person

WHO, WHERE = "Who moves?", "Where to?"
ORDER = ["Alice", "Bob", "Carol", "Dave", "Eve", "Fran", "Greg"]


def picks(world: World, label: str, choice: str) -> None:
    """Let Alice choose something in the open form; she sees nothing new of it yet."""
    alice = world.people["Alice"].slack
    view = alice.view
    assert view is not None
    (block,) = [one for one in view.blocks if one.get("label", {}).get("text") == label]
    alice.uses(view, block["block_id"], block["element"]["action_id"], choice)


def moves(world: World, who: str, where: str) -> SlackView:
    """Let Alice move somebody, and return the form with the order after it."""
    alice = world.people["Alice"].slack
    before = alice.view
    picks(world, WHO, who)
    picks(world, WHERE, where)
    world.sandbox.slack.until(lambda: alice.view is not None and alice.view != before)
    assert alice.view is not None
    return alice.view


def coming(world: World) -> list[str]:
    """Return the names in the order that is coming."""
    with reading():
        order = queue.coming(Team.get(), world.clock.now())
        return [Member.get_by_id(one).name for one in order]


def shown(view: SlackView) -> list[str]:
    """Return the names as the form numbers them."""
    lines = [line.partition(". ") for line in view.plain.splitlines()]
    return [name for number, _, name in lines if number.isdigit()]


def test_members_move_one_after_the_other_and_the_order_is_shown(support: World) -> None:
    view = support.opens("Alice", "members move")
    assert shown(view) == ORDER
    assert "Start over" not in view.plain

    view = moves(support, "Greg", "First")
    assert shown(view) == ["Greg", *ORDER[:-1]]
    view = moves(support, "Alice", "After Carol")
    assert shown(view) == ["Greg", "Bob", "Carol", "Alice", "Dave", "Eve", "Fran"]
    preview = support.fills_in("Alice")
    assert "Alice, Dave, Eve, Fran, starting Mon Nov 30?" in preview.plain
    support.confirms_form("Alice", preview)

    assert coming(support) == ["Greg", "Bob", "Carol", "Alice", "Dave", "Eve", "Fran"]


def test_the_last_move_counts_whether_it_was_rendered_or_not(support: World) -> None:
    support.opens("Alice", "members move")

    preview = support.fills_in("Alice", {WHO: "Bob", WHERE: "Last"})
    support.confirms_form("Alice", preview)

    assert coming(support) == ["Alice", *ORDER[2:], "Bob"]


def test_one_starts_over(support: World) -> None:
    support.opens("Alice", "members move")
    view = moves(support, "Greg", "First")

    again = support.clicks("Alice", "Start over", view).view
    assert again is not None
    assert shown(again) == ORDER
    view = moves(support, "Bob", "First")
    assert shown(view) == ["Bob", "Alice", *ORDER[2:]]


def test_what_is_missing_or_makes_no_sense_is_said_where_it_is(support: World) -> None:
    support.opens("Alice", "members move")

    assert support.fills_in("Alice", {WHO: "Bob"}).errors == {WHERE: "Choose a position, too."}
    itself = support.fills_in("Alice", {WHERE: "After Bob"})
    assert itself.errors == {WHERE: "You can’t put somebody after themselves. Name somebody else."}
    alone = support.fills_in("Alice", {WHO: None})
    assert alone.errors == {WHO: "Choose who moves, too."}
    nothing = support.fills_in("Alice", {WHERE: None})
    assert "That’s already the order" in next(iter(nothing.errors.values()))
    assert coming(support) == ORDER


def test_moves_hold_when_somebody_else_changes_the_order_meanwhile(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    support.opens("Alice", "members move")
    moves(support, "Greg", "After Alice")
    support.changes("Bob", "/oncall members move @carol first")

    preview = support.fills_in("Alice")
    support.confirms_form("Alice", preview)

    assert coming(support) == ["Carol", "Alice", "Greg", "Bob", "Dave", "Eve", "Fran"]


def test_two_changes_of_the_order_can_be_told_apart(support: World) -> None:
    support.changes("Alice", "/oncall members move @carol first")
    support.passes(minutes=1)
    support.changes("Alice", "/oncall members move @dave first")

    last = support.runs("Alice", "/oncall undo").text
    assert "Undo “Change the rotation’s order to Dave, Carol, Alice, Bob, Eve, Fran, Greg" in last


def three(world: World) -> World:
    """Let Alice, Bob and Carol take turns, without any shifts yet."""
    for name, phone in (("Alice", "01"), ("Bob", "02"), ("Carol", "03")):
        world.joins(name, f"+131255501{phone}", admin=name == "Alice")
    for name in ("alice", "bob", "carol"):
        world.changes("Alice", f"/oncall members add @{name}")
    return world


def test_without_shifts_nothing_is_said_of_them(world: World) -> None:
    three(world)
    done = world.runs("Alice", "/oncall members move @carol first").text

    assert "New rotation order, starting Mon Nov 23: Carol, Alice, Bob." in done
    assert "shift" not in done


def test_a_new_order_that_moves_shifts_is_not_said_to_move_none(world: World) -> None:
    """A new order from the week in which the rotation begins begins with its first."""
    world.until("2026-11-28 12:00")
    three(world)
    world.changes("Alice", "/oncall shifts add 1 monday 100h 08:00")
    done = world.changes("Alice", "/oncall members move @carol first").text

    assert "First shift in this order: @Alice, Mon Nov 30, 8:00 AM CST." in done
    assert "No shifts change hands" not in done
    world.forgets_mail()


def test_the_first_shift_in_a_new_order_is_not_one_that_is_over(world: World) -> None:
    three(world)
    world.changes("Alice", "/oncall shifts add 1 monday 100h 08:00")
    world.until("2026-11-28 12:00")
    world.forgets_mail()
    done = world.changes("Alice", "/oncall members move @bob last").text

    assert "First shift in this order: @Carol, Mon Nov 30, 8:00 AM CST." in done


def test_a_first_shift_that_somebody_covers_is_not_said_to_be_theirs(support: World) -> None:
    support.changes("Alice", "/oncall override @dave 2026-11-30 08:00 to 2026-12-01 08:00")
    done = support.runs("Alice", "/oncall members move @greg first").text

    assert "First shift" not in done
    assert "No shifts change hands." in done


def test_a_hundred_moves_are_made_at_once_and_no_more(support: World) -> None:
    support.opens("Alice", "members move")
    alice = support.people["Alice"].slack
    held = json.loads(support.sandbox.slack.memory.modals[alice.id][-1].content["private_metadata"])
    before = changeable()
    picks(support, WHO, "Bob")
    picks(support, WHERE, "Last")

    made = [[str(person("Alice").id), "first"]] * 100
    view = alice.forges(metadata=json.dumps({**held, "moves": made}))

    assert view is not None
    assert view.errors == {WHO: "You can make at most 100 moves at once. Start over."}
    assert changeable() == before


def test_a_long_order_is_shown_as_far_as_it_fits(support: World) -> None:
    with writing():
        team, now = Team.get(), support.clock.now()
        for place in range(65):
            stored_member(team, f"Member {place}", f"+1312556{1000 + place}", team.anchor, now)

    view = support.opens("Alice", "members move")

    assert shown(view)[-1] == "Member 52"
    assert "\n60. Member 52\n…and 12 more\n" in view.plain
