"""An incomplete command opens its form, filled in with what was typed."""

from typing import Any

from sandbox.slack.people import SlackView
from tests.stories.conftest import World


def _element(form: SlackView, label: str) -> dict[str, Any]:
    found = [one for one in form.blocks if one.get("label", {}).get("text") == label]
    element: dict[str, Any] = found[0]["element"]
    return element


def filled_in(form: SlackView, label: str) -> str:
    """Return what is in a field before anybody touches it."""
    element = _element(form, label)
    chosen = element.get("initial_option")
    return str(chosen["text"]["text"] if chosen else element.get("initial_value", ""))


def choices(form: SlackView, label: str) -> list[str]:
    """Return what can be picked in a field."""
    return [one["text"]["text"] for one in _element(form, label)["options"]]


def test_an_override_of_somebody_asks_only_when(support: World) -> None:
    form = support.runs("Alice", "/oncall override @dave").view
    assert form
    assert form.title == "Have someone cover"
    assert filled_in(form, "Who covers?") == "Dave"

    preview = support.submits("Alice", {"Or from": "2026-11-28", "At": "14:00", "Until": "18:00"})

    assert preview
    assert "Sat Nov 28, 2:00 PM to 6:00 PM" in preview.plain
    assert "@Dave" in preview.plain


def test_a_member_finds_cover_by_whom_they_named(support: World) -> None:
    form = support.runs("Bob", "/oncall override @dave").view
    assert form
    assert form.title == "Find cover"
    assert filled_in(form, "Who covers?") == "Dave"


def test_whoever_may_not_override_gets_no_form(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    assert "Only leads can do that" in support.runs("Zoe", "/oncall override @dave").text


def test_a_swap_with_somebody_shows_their_shifts_only(support: World) -> None:
    form = support.runs("Bob", "/oncall swap @carol").view
    assert form
    assert form.title == "Swap shifts"
    offered = choices(form, "You get")
    assert offered
    assert all(says.endswith(": Carol") for says in offered)
    assert all(says.endswith(": Bob") for says in choices(form, "You give"))


def test_a_swap_with_oneself_is_still_refused(support: World) -> None:
    assert "You can’t swap with yourself" in support.runs("Bob", "/oncall swap @bob").text


def test_an_edit_of_somebody_begins_with_what_is_known(support: World) -> None:
    form = support.runs("Alice", "/oncall members edit @bob").view
    assert form
    assert filled_in(form, "Name") == "Bob"


def test_a_contact_without_a_number_is_asked_for_it(support: World) -> None:
    support.joins("Dana", "+13125550112")
    form = support.runs("Alice", "/oncall escalation add @dana").view
    assert form
    assert form.title == "Add a contact"
    assert "I don’t have Dana’s number yet." in form.plain
    wrong = support.submits("Alice")
    assert wrong
    assert wrong.errors == {
        "Phone number": "Dana isn’t in Support, so I don’t have their number. Type it here."
    }

    preview = support.submits("Alice", {"Phone number": "+13125550112"})

    assert preview
    assert "I’ll text @Dana at" in preview.plain
