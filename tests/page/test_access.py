"""Accessibility of the page: by keyboard, on a phone, in dark mode, with a screen reader."""

from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.page.browser import NARROW, WIDE, Scheme, Screen, screen
from tests.page.conftest import Stage
from tests.page.hall import Hall, hall

__all__ = ["hall"]  # the fixture

EVERY_SCREEN = list(product((WIDE, NARROW), ("light", "dark")))
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def is_readable(window: Screen) -> None:
    """Check WCAG AA: contrast, names, roles, order."""
    found: dict[str, Any] = Axe().run(window.page, options=RULES).response
    said = [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert not said, "\n".join(said)


def fits(window: Screen) -> None:
    """Check that nothing overflows at the side."""
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert window.page.evaluate(width) == 0
    assert window.page.locator("#composer").evaluate("box => box.clientHeight") < 80
    sticking_out = """[...document.querySelectorAll("main *, dialog *")].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width && box.right > innerWidth + 1 && !one.closest(".scroll, #side ul");
    }).map((one) => one.outerHTML.slice(0, 80))"""
    assert window.page.evaluate(sticking_out) == []


@pytest.mark.parametrize(("size", "scheme"), EVERY_SCREEN)
def test_the_workspace_is_readable_and_fits(
    stage: Stage, browser: Browser, size: tuple[int, int], scheme: Scheme
) -> None:
    stage.people[1].phone.switches("off")
    stage.people[0].runs("/oncall help", stage.channel)
    with screen(browser, size, scheme) as window:
        window.opens(stage.url)
        if size == NARROW:
            window.presses("Clock")
        window.presses("Next 8:00 AM")
        window.presses("+1 min")
        window.sees("didn’t get the text")
        window.page.get_by_label("Twilio is").select_option("slow")
        for tab in ("Clock", "Phones", "Slack") if size == NARROW else ("",):
            if tab:
                window.page.get_by_role("navigation", name="Parts of the page").get_by_role(
                    "button", name=tab
                ).click()
            fits(window)
            is_readable(window)


@pytest.mark.parametrize(("size", "scheme"), EVERY_SCREEN)
def test_what_the_bot_shows_is_readable_and_fits(
    stage: Stage, browser: Browser, size: tuple[int, int], scheme: Scheme
) -> None:
    with screen(browser, size, scheme) as window:
        window.opens(stage.url)
        for typed, seen in (
            ("/oncall schedule", "On call"),
            ("/oncall override @dave tomorrow", "Not saved yet"),
        ):
            window.types(typed)
            window.sees(seen)
            fits(window)
            is_readable(window)
        for typed, title in (
            ("/oncall override", "Have someone cover"),
            ("/oncall swap", "Swap shifts"),
            ("/oncall settings", "Team settings"),
        ):
            window.types(typed)
            expect(window.page.get_by_role("dialog", name=title)).to_be_visible()
            fits(window)
            is_readable(window)
            window.page.keyboard.press("Escape")
            expect(window.page.get_by_role("dialog")).to_have_count(0)
        window.presses("WhoseOnFirst Home")
        home = window.page.get_by_label("Home tab")
        expect(home.get_by_role("heading", name="For leads")).to_be_visible()
        fits(window)
        is_readable(window)


@pytest.mark.parametrize(("size", "scheme"), EVERY_SCREEN)
def test_blocks_and_forms_are_readable_and_fit(
    hall: Hall, browser: Browser, size: tuple[int, int], scheme: Scheme
) -> None:
    with screen(browser, size, scheme) as window:
        window.opens(hall.url)
        window.types("/gallery")
        window.sees("One of everything")
        fits(window)
        is_readable(window)
        window.types("/gallery form")
        form = window.page.get_by_role("dialog", name="Cover a shift")
        form.get_by_role("button", name="Save").click()
        expect(form.locator(".error")).to_be_visible()
        fits(window)
        is_readable(window)


def test_a_morning_by_keyboard_alone(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    keyboard = window.page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(60):
            keyboard.press("Tab")
            focused = window.page.evaluate(
                "document.activeElement.ariaLabel || document.activeElement.innerText"
            )
            if focused == name:
                return
        pytest.fail(f"{name} can't be reached by Tab")

    keyboard.press("Tab")
    keyboard.press("Enter")  # the skip link
    tab_to("Message")
    keyboard.type("/onc")
    keyboard.press("Tab")
    keyboard.press("Enter")
    window.sees("@Fran is on call")

    keyboard.press("Escape")
    window.page.get_by_role("combobox", name="Message").evaluate("box => box.blur()")
    window.page.locator("body").press("Home")
    tab_to("Next 8:00 AM")
    keyboard.press("Enter")

    window.sees("Good morning! @Bob")
    expect(window.page.get_by_role("button", name="Next 8:00 AM")).to_be_focused()


def test_a_change_is_confirmed_by_keyboard_alone(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.types("/oncall override @dave tomorrow")
    preview = window.sees("Not saved yet")

    confirm = preview.get_by_role("button", name="Confirm", exact=True)
    for _ in range(20):
        window.page.keyboard.press("Shift+Tab")
        if confirm.evaluate("button => button === document.activeElement"):
            break
    expect(confirm).to_be_focused()
    window.page.keyboard.press("Enter")

    window.sees("@Dave is on call from Mon Nov 23, 8:00 AM to ")


def test_a_form_by_keyboard_alone(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    form.get_by_label("Name", exact=True).focus()

    window.page.keyboard.type("Nobody")
    window.page.keyboard.press("Enter")
    expect(form.locator(".error")).to_contain_text("Say Bob.")
    window.page.keyboard.press("ControlOrMeta+a")
    window.page.keyboard.type("Bob")
    window.page.keyboard.press("Enter")

    window.sees('"name": "Bob"')


def test_on_a_phones_width_a_new_sms_is_marked_on_its_tab(stage: Stage, browser: Browser) -> None:
    with screen(browser, NARROW) as window:
        window.opens(stage.url)
        window.presses("Clock")
        window.presses("Next 8:00 AM")
        tabs = window.page.get_by_role("navigation", name="Parts of the page")
        expect(tabs.get_by_label("new texts")).to_have_text("1")

        tabs.get_by_role("button", name="Phones").click()

        expect(window.phone("Bob").get_by_role("listitem")).to_be_in_viewport()
        expect(tabs.get_by_label("new texts")).to_have_count(0)
