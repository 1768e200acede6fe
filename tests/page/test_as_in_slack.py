"""The page behaves as Slack does: who sees a form, where people type, what a tab's event says."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from sandbox.page.server import Page
from sandbox.slack.manifest import MANIFEST as PASTED
from sandbox.slack.manifest import Manifest
from sandbox.world import Sandbox
from tests.page.browser import Screen, screen
from tests.page.conftest import Stage
from tests.page.hall import Hall, hall

__all__ = ["hall"]  # the fixture


def becomes(window: Screen, label: str) -> None:
    """Choose the person to act as."""
    window.page.get_by_label("You are").select_option(label=label)


def test_home_is_that_of_the_person_chosen_there(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.presses("WhoseOnFirst Home")
    home = window.page.get_by_label("Home tab")
    expect(home.get_by_role("heading", name="For leads")).to_be_visible()

    becomes(window, "Bob")

    expect(home).to_contain_text("@Fran is on call for Support")
    expect(home.get_by_role("heading", name="My next shifts")).to_be_visible()
    expect(home.get_by_role("heading", name="For leads")).to_have_count(0)


def test_whoever_comes_back_to_home_by_its_address_finds_it(hall: Hall, window: Screen) -> None:
    window.page.goto(f"{hall.url}/#as={hall.bob.id}&in=home")

    expect(window.page.get_by_label("Home tab")).to_contain_text("Hi @Bob")


def test_an_app_that_publishes_no_home_is_said_to_have_none(
    nothing_said: Sandbox, window: Screen
) -> None:
    window.opens(Page(nothing_said, port=0).url)

    window.presses("WhoseOnFirst Home")

    expect(window.page.get_by_label("Home tab")).to_contain_text("hasn’t published a Home tab")
    expect(window.page.get_by_role("alert")).to_contain_text("No answer, just as in Slack")


@pytest.fixture
def nothing_said() -> Iterator[Sandbox]:
    """A workspace whose app never connected."""
    with Sandbox() as sandbox:
        alice = sandbox.person("Alice", "+13125550101", admin=True)
        sandbox.slack.channel("support", members=[alice.slack])
        yield sandbox


def test_a_form_is_typed_into_at_once_and_sent_by_enter(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    # Above it is a button, which no field is.
    expect(form.get_by_label("Name", exact=True)).to_be_focused()

    window.page.keyboard.type("Bob")
    window.page.keyboard.press("Enter")

    window.sees('"name": "Bob"')
    expect(form).to_have_count(0)
    assert [one["type"] for one in hall.gallery.heard] == ["view_submission"]


def test_among_several_choices_the_one_that_is_made_has_the_focus(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)

    window.types("/oncall shifts pattern")

    expect(window.modal.get_by_role("radio", checked=True)).to_be_focused()


def test_enter_neither_closes_nor_sends_what_has_no_field(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    window.modal.get_by_role("button", name="More").click()
    top = window.page.get_by_role("dialog", name="More about it")
    expect(top).to_be_visible()
    expect(top.get_by_role("button", name="Close")).not_to_be_focused()

    window.page.keyboard.press("Enter")
    window.page.keyboard.press("Escape")

    expect(window.page.get_by_role("dialog", name="Cover a shift")).to_be_visible()
    expect(window.page.get_by_label("Name", exact=True)).to_be_focused()
    assert [one["type"] for one in hall.gallery.heard] == ["block_actions"]


def test_a_form_is_open_in_the_browser_where_it_was_asked_for_and_in_no_other(
    hall: Hall, browser: Browser, window: Screen
) -> None:
    form = re.compile("Cover a shift")
    with screen(browser) as other:
        window.opens(hall.url, who=hall.bob.id)
        other.opens(hall.url, who=hall.bob.id)
        window.types("/gallery form")
        expect(window.page.get_by_role("dialog", name=form)).to_be_visible()

        other.types("Hello from my phone")
        other.sees("Hello from my phone")
        expect(other.page.get_by_role("dialog")).to_have_count(0)
        # Each sends its own.
        other.types("/gallery form")
        expect(other.page.get_by_label("Name", exact=True)).to_be_focused()
        other.page.keyboard.type("Phone")
        other.page.keyboard.press("Enter")

        other.sees('"name": "Phone"')
        expect(other.page.get_by_role("dialog")).to_have_count(0)
        window.page.keyboard.type("Desk")
        window.page.keyboard.press("Enter")
        window.sees('"name": "Desk"')


def test_what_may_be_typed_to_the_app_is_what_the_manifest_says(
    stage: Stage, window: Screen
) -> None:
    tabs = json.loads(PASTED.read_text(encoding="utf-8"))["features"]["app_home"]
    assert tabs["messages_tab_enabled"]
    assert not tabs["messages_tab_read_only_enabled"]
    window.opens(stage.url)

    window.page.get_by_role("button", name="WhoseOnFirst", exact=True).click()

    expect(window.page.get_by_label("Beginning")).to_contain_text("with or without /oncall")
    window.types("who")
    window.sees("@Fran is on call")


def test_nothing_can_be_typed_to_an_app_whose_messages_are_read_only(window: Screen) -> None:
    read_only = Manifest(Manifest.of_the_app().scopes, home=True, messages=False)
    with Sandbox(manifest=read_only) as sandbox:
        alice = sandbox.person("Alice", "+13125550101", admin=True)
        sandbox.slack.channel("support", members=[alice.slack])
        window.opens(Page(sandbox, port=0).url)

        window.page.get_by_role("button", name="WhoseOnFirst", exact=True).click()

        said = "Sending messages to this app has been turned off"
        expect(window.page.get_by_label("Beginning")).to_contain_text(said)
        expect(window.page.get_by_role("combobox", name="Message")).to_have_count(0)
        window.page.goto("about:blank")  # before its sandbox is gone


def test_back_closes_the_form_on_top_and_one_stays_who_one_is(stage: Stage, window: Screen) -> None:
    window.opens(stage.url, who=stage.id_of("Bob"))
    becomes(window, "Dave")
    window.types("/oncall take")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    expect(form).to_be_visible()

    window.page.go_back()

    expect(form).to_have_count(0)
    window.page.reload()
    expect(window.page.get_by_label("You are")).to_have_value(stage.id_of("Dave"))
    window.types("/oncall take")
    expect(form).to_be_visible()
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_have_count(0)


def test_back_leads_to_who_one_was_and_where(stage: Stage, window: Screen) -> None:
    window.opens(stage.url, who=stage.id_of("Bob"))
    window.presses("WhoseOnFirst Home")
    becomes(window, "Dave")
    who, home = window.page.get_by_label("You are"), window.page.get_by_label("Home tab")
    expect(home.get_by_role("heading", name="My next shifts")).to_be_visible()

    window.page.go_back()
    expect(who).to_have_value(stage.id_of("Bob"))
    expect(home.get_by_role("heading", name="My next shifts")).to_be_visible()
    window.page.go_back()
    expect(home).to_be_hidden()
    window.sees("@Fran")
    window.page.go_forward()

    expect(home).to_be_visible()
    expect(who).to_have_value(stage.id_of("Bob"))


def test_in_an_empty_workspace_anybody_sets_up_a_team_but_a_guest(
    empty_stage: Stage, window: Screen
) -> None:
    window.opens(empty_stage.url)
    hints = window.page.get_by_label("Things to try").first
    expect(hints).to_contain_text("press “Set up a team”. Anybody but a guest can.")
    expect(hints).to_contain_text("To see what guests see, become Hal.")
    home = window.page.get_by_label("Home tab")
    becomes(window, "Greg")
    window.presses("WhoseOnFirst Home")
    home.get_by_role("button", name="Set up a team").click()
    expect(window.modal).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(window.modal).to_be_hidden()

    becomes(window, "Hal, guest")

    expect(home).to_contain_text("You’re a guest here. No team is set up here yet")
    expect(home.get_by_role("button")).to_have_count(0)
    places = window.page.locator("#side ul").first
    expect(places).to_contain_text("# support")
    expect(places).not_to_contain_text("# payments")
