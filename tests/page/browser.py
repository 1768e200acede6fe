"""A real browser on the sandbox's page: typing, clicking and reading there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, Playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Address bar suggestions and a spare process: for each window they cost more than the page itself.
UNSEEN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
# The features that playwright disables. Chromium reads only the last such list, which is ours.
OFF = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
# No updates and no address lookups, so it contacts only us. Run by root, it needs --no-sandbox.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join((*UNSEEN, *OFF))}",
)
# How long to wait, in milliseconds, on the busiest machine: for an answer, and for days to pass.
PATIENCE, LONG = 90_000, 300_000
WIDE, NARROW = (1280, 800), (390, 844)
Scheme = Literal["light", "dark"]


def chromium(playwright: Playwright) -> str | None:
    """Return the path of a Chromium: CHROMIUM, one on the path, playwright's own; or None."""
    named = os.environ.get("CHROMIUM")
    found = [named, *map(shutil.which, NAMES), playwright.chromium.executable_path]
    return next((path for path in found if path and os.path.exists(path)), None)


def launched(playwright: Playwright, path: str) -> Browser:
    """Start a Chromium without a window."""
    return playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))


class Screen:
    """The page as one person has it open."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def opens(self, url: str, *, who: str = "") -> None:
        """Open the page, as the person with a Slack id."""
        self.page.goto(f"{url}/#as={who}" if who else url)
        expect(self.page.locator("body")).to_have_attribute("data-live", "yes")

    def types(self, text: str) -> None:
        """Type something into the message box and press Enter."""
        self.page.get_by_role("combobox", name="Message").fill(text)
        self.page.keyboard.press("Enter")

    def presses(self, name: str) -> None:
        """Press the button with this name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def confirms(self, *fragments: str) -> Locator:
        """Click Confirm below a preview that has the fragments; return what replaces it."""
        preview = self.sees(*fragments, "Not saved yet")
        preview.get_by_role("button", name="Confirm", exact=True).click()
        expect(preview).not_to_contain_text("Not saved yet")
        return self.messages.last

    @property
    def messages(self) -> Locator:
        """The messages in the channel that is open."""
        return self.page.locator("#messages .message")

    @property
    def modal(self) -> Locator:
        """The modal on top."""
        return self.page.locator("#modal")

    def phone(self, owner: str) -> Locator:
        """Somebody's phone."""
        there = self.page.locator(".phone")
        return there.filter(has=self.page.get_by_text(owner, exact=True))

    def sees(self, *fragments: str) -> Locator:
        """Wait until the newest message contains the fragments; return it."""
        newest = self.messages.last
        for fragment in fragments:
            expect(newest).to_contain_text(fragment)
        return newest


@contextmanager
def screen(
    browser: Browser, size: tuple[int, int] = WIDE, scheme: Scheme = "light"
) -> Iterator[Screen]:
    """Open a browser window, and check it at the end.

    Its console must have no errors, and it must not request anything from another host.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale="en-US",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    trouble: list[str] = []
    page.on(
        "console",
        lambda said: trouble.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            trouble.append(f"asked {asked.url}")
            if urlsplit(asked.url).hostname not in ("127.0.0.1", "")
            else None
        ),
    )
    try:
        yield Screen(page)
    finally:
        context.close()
        assert not trouble, trouble
