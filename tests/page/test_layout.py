"""The layout is stable: nothing jumps, is cut off, or shows an old time."""

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.page.browser import NARROW, WIDE, Screen, screen
from tests.page.conftest import Stage
from tests.page.gallery import options, plain
from tests.page.hall import Hall, hall

__all__ = ["hall"]  # the fixture

LONG = "Everybody takes the shift after the one that they had in the week before"


def boxes(window: Screen) -> list[tuple[str, object]]:
    """Return the positions of the header's controls, and its height."""
    found: list[tuple[str, object]] = window.page.evaluate(
        """() => {
            const parts = [...document.querySelectorAll("#top, #top :is(button, input, label)")];
            return parts.map((one) => {
                const { x, y, width, height } = one.getBoundingClientRect();
                return [one.dataset.key ?? one.id, [x, y, width, height]];
            });
        }"""
    )
    return found


def opens_the_header(window: Screen, stage: Stage, size: tuple[int, int]) -> None:
    """Open the page with its header in view, which is in a tab on a phone."""
    window.opens(stage.url)
    if size == NARROW:
        window.presses("Clock")


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_header_stays_as_high_as_it_is_whatever_it_says(
    stage: Stage, browser: Browser, size: tuple[int, int]
) -> None:
    with screen(browser, size) as window:
        opens_the_header(window, stage, size)
        crash = window.page.get_by_role("button", name="Crash")
        expect(crash).to_be_visible()
        before = boxes(window)

        crash.click()
        expect(crash).to_have_text("Crashes at next text", use_inner_text=True)
        assert boxes(window) == before
        window.presses("Next 8:00 AM")
        expect(window.page.get_by_role("status")).to_have_text("Bot up, restarted once")
        expect(window.page.get_by_role("button", name="Stop")).to_have_count(0)
        assert boxes(window) == before
        window.page.get_by_label("Slack is").select_option("hanging")
        window.presses("+1 hour")
        expect(window.page.get_by_role("button", name="Stop")).to_be_visible()
        expect(window.page.get_by_role("status")).to_have_text("Hung calls take 10 s each")
        assert boxes(window) == before
        window.presses("Stop")
        expect(window.page.get_by_role("status")).to_have_text("Stopping…")
        assert boxes(window) == before


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_header_stays_as_high_as_it_is_when_the_bot_is_down(
    stage: Stage, browser: Browser, size: tuple[int, int]
) -> None:
    with screen(browser, size) as window:
        opens_the_header(window, stage, size)
        window.page.get_by_label("Slack is").select_option("failing")
        expect(window.page.get_by_role("status")).to_have_text("Bot up")
        before = boxes(window)

        stage.keeper.kill()

        expect(window.page.get_by_role("status")).to_have_text("Bot down, waiting for Slack")
        assert boxes(window) == before


def in_whole(one: Locator) -> bool:
    """Return whether an element's full width is in the window."""
    return bool(
        one.evaluate(
            """(one) => {
                const row = one.closest("ul").getBoundingClientRect();
                const { left, right } = one.getBoundingClientRect();
                return left >= row.left - 1 && right <= row.right + 1;
            }"""
        )
    )


def test_on_a_phones_width_every_place_can_be_seen_and_chosen(
    stage: Stage, browser: Browser
) -> None:
    with screen(browser, NARROW) as window:
        window.opens(stage.url)
        home = window.page.get_by_role("button", name="WhoseOnFirst Home")
        assert in_whole(home)

        # In an even smaller one, the controls that don't fit wrap to a second row.
        window.page.set_viewport_size({"width": 280, "height": 640})
        direct = window.page.get_by_role("button", name="WhoseOnFirst", exact=True)
        assert in_whole(direct)
        above, below = home.bounding_box(), direct.bounding_box()
        assert above is not None
        assert below is not None
        assert below["y"] > above["y"]


def test_on_a_phones_width_a_direct_message_that_came_is_seen_from_everywhere(
    stage: Stage, browser: Browser
) -> None:
    with screen(browser, NARROW) as window:
        window.opens(stage.url, who=stage.id_of("Bob"))
        expect(window.page.get_by_label("unread")).to_have_count(0)
        window.presses("Phones")

        alice = stage.people[0].slack
        alice.clicks("Confirm", alice.runs("/oncall override @dave tomorrow", stage.channel))

        tab = window.page.locator("#tabs").get_by_role("button", name="Slack")
        expect(tab.get_by_label("unread messages")).to_have_text("1")
        tab.click()
        expect(tab.get_by_label("unread messages")).to_have_count(0)
        direct = window.page.get_by_role("button", name="WhoseOnFirst 1 unread", exact=True)
        badge = direct.get_by_label("1 unread")
        expect(badge).to_be_visible()
        assert in_whole(badge)
        direct.click()
        window.sees("@Dave")
        expect(window.page.get_by_label("unread")).to_have_count(0)


def test_on_a_phones_width_a_shift_and_its_button_share_a_line(
    stage: Stage, browser: Browser
) -> None:
    with screen(browser, NARROW) as window:
        window.opens(stage.url, who=stage.id_of("Bob"))
        window.presses("WhoseOnFirst Home")
        cover = window.page.get_by_role("button", name="Find cover").first
        row = window.page.locator(".block.section", has_text="Find cover").first
        words, button = row.locator(".said").bounding_box(), cover.bounding_box()

        assert words is not None
        assert button is not None
        assert button["x"] >= words["x"] + words["width"]
        assert button["y"] < words["y"] + words["height"]


def test_on_a_phones_width_there_are_things_to_try_where_the_channel_begins(
    stage: Stage, browser: Browser
) -> None:
    with screen(browser, NARROW) as window:
        window.opens(stage.url)

        hints = window.page.get_by_label("Beginning").get_by_label("Things to try")

        expect(hints).to_be_visible()
        expect(hints).to_contain_text("Press “Next 8:00 AM” and watch the phones.")


def test_a_command_to_try_is_in_one_box(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    commands = window.page.locator("#side .hints code")
    expect(commands.filter(has_text="/oncall override")).to_be_visible()

    # An element on two lines has two boxes.
    assert (
        commands.evaluate_all("all => all.map((one) => one.getClientRects().length)")
        == [1] * commands.count()
    )


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_choice_that_is_longer_than_its_box_can_be_read(
    hall: Hall, browser: Browser, size: tuple[int, int]
) -> None:
    long, short = options(LONG, "Everybody")
    pick = {"type": "static_select", "action_id": "p", "placeholder": plain("How")}
    hall.gallery.client.chat_postMessage(
        channel=hall.support.id,
        text="x",
        blocks=[
            {
                "type": "actions",
                "elements": [{**pick, "options": [long, short], "initial_option": short}],
            }
        ],
    )
    with screen(browser, size) as window:
        window.opens(hall.url)
        box, whole = window.page.get_by_label("How"), window.messages.last.locator(".whole")
        expect(box).to_be_visible()
        expect(whole).to_be_hidden()

        box.select_option(label=LONG)

        if size == NARROW:
            expect(whole).to_have_text(LONG)
        else:
            expect(whole).to_be_hidden()


def test_the_clock_says_the_new_time_once_the_notify_time_is_another(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)
    window.types("/oncall settings notify 07:00")

    expect(window.page.get_by_label("Things to try").first).to_contain_text("Next 7:00 AM")
    window.presses("Next 7:00 AM")

    expect(window.page.locator("#clock time")).to_have_text("Mon Nov 23, 2026, 7:00:00 AM CST")


def test_the_page_reads_the_clock_as_the_team_does(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.types("/oncall settings clock 24")

    expect(window.page.locator("#clock time")).to_have_text("Sun Nov 22, 2026, 20:00:00 CST")
    expect(window.phone("Fran").get_by_role("listitem")).to_contain_text("Sun Nov 22, 20:00")
    window.presses("Next 08:00")

    expect(window.page.locator("#clock time")).to_have_text("Mon Nov 23, 2026, 08:00:00 CST")
