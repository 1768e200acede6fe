"""`make screenshots`: retakes the README's pictures of the page.

Wide and on a phone, light and dark. The machine needs an emoji font and Inter, or they look
different from the page on a usual desktop.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from sandbox.keeper import begun
from tests.page.browser import NARROW, WIDE, Screen, chromium, launched, screen
from tests.page.conftest import MISSING, Stage

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
NO_EMOJI = (
    "There is no font with emoji here, so the pictures would show boxes. On Debian or Ubuntu: "
    "apt install fonts-noto-color-emoji fonts-inter"
)
# Without an emoji font, all emoji are the same box.
HAS_EMOJI = """() => {
    const [one, other] = ["📞", "🏁"].map((sign) => {
        const canvas = document.createElement("canvas");
        const pen = canvas.getContext("2d");
        pen.font = "40px sans-serif";
        pen.fillText(sign, 0, 50);
        return canvas.toDataURL();
    });
    return one !== other;
}"""


def main() -> None:
    """Take all of them."""
    with sync_playwright() as playwright:
        path = chromium(playwright)
        if path is None:
            sys.exit(MISSING)
        browser = launched(playwright, path)
        with screen(browser) as window:
            if not window.page.evaluate(HAS_EMOJI):
                sys.exit(NO_EMOJI)
        for take in (a_morning, a_storm):
            with tempfile.TemporaryDirectory() as folder:
                stage = Stage(Path(folder), begun)
                try:
                    stage.start_bot()
                    take(browser, stage)
                finally:
                    stage.close()
        browser.close()


def a_morning(browser: Browser, stage: Stage) -> None:
    """Monday, 08:00: Bob's phone rings, the channel has the copy, and Alice asks."""
    with screen(browser, WIDE) as window:
        window.opens(stage.url)
        window.presses("Next 8:00 AM")
        window.sees("Good morning! @Bob")
        window.types("/oncall override @dave friday for a day at the sea")
        window.confirms("@Eve → @Dave")
        window.types("/oncall")
        window.sees("@Bob is on call")
        window.presses("+1 min")
        expect(window.phone("Bob").get_by_role("listitem")).to_contain_text("delivered")
        post = window.messages.filter(has_text="Good morning! @Bob")
        expect(post).to_contain_text("delivered")
        expect(window.page.get_by_role("button", name="Stop")).to_have_count(0)
        taken(window, "page.png")
    with screen(browser, NARROW) as window:
        window.opens(stage.url, who=stage.id_of("Bob"))
        window.sees("Good morning! @Bob")
        taken(window, "page-narrow.png")


def a_storm(browser: Browser, stage: Stage) -> None:
    """Bob's phone is off: the team is warned, and Carol's morning comes in the dark."""
    with screen(browser, WIDE, "dark") as window:
        window.opens(stage.url)
        stage.people[1].phone.switches("off")
        window.presses("Next 8:00 AM")
        window.presses("+1 min")
        window.sees("@Bob is on call but didn’t get the text")
        window.types("/oncall notifications")
        window.sees("undelivered")
        window.page.get_by_label("Twilio is").select_option("rate limiting")
        window.presses("Crash mid-send")
        expect(window.page.get_by_text("Crashes at next text")).to_be_visible()
        taken(window, "page-dark.png")
    with screen(browser, NARROW, "dark") as window:
        window.opens(stage.url)
        window.presses("Phones")
        expect(window.phone("Bob")).to_contain_text("never arrived")
        taken(window, "page-narrow-dark.png")


def taken(window: Screen, name: str) -> None:
    """Take a picture of what is in the window."""
    window.page.screenshot(path=PICTURES / name)
    sys.stdout.write(f"docs/pictures/{name}\n")


if __name__ == "__main__":
    main()
