"""The whole life of a message on the page, with every kind of outage."""

import re

import pytest
from playwright.sync_api import Locator, expect

from sandbox.page.weather import WEATHER
from tests.page.browser import LONG, Screen
from tests.page.conftest import Stage


def morning(window: Screen) -> Locator:
    """Return Monday morning's post."""
    return window.messages.filter(has_text="Good morning! @Bob")


def test_an_sms_is_watched_from_its_way_to_the_ok(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.presses("Next 8:00 AM")
    expect(morning(window)).to_contain_text("@Bob: text on its way")
    expect(morning(window).get_by_role("button", name="I’ve got it")).to_be_visible()

    window.presses("+1 min")
    expect(morning(window)).to_contain_text("@Bob: text delivered 8:00:03 AM")

    bob = window.phone("Bob")
    bob.get_by_label("Reply from Bob’s phone").fill("ok")
    bob.get_by_role("button", name="Send from Bob’s phone").click()
    expect(bob.get_by_role("listitem").last).to_contain_text("Thanks, Bob. Confirmed")
    expect(morning(window)).to_contain_text("confirmed 8:01 AM by text")
    expect(morning(window).get_by_role("button")).to_have_count(0)
    expect(window.messages).to_have_count(2)


def test_what_follows_an_sms_that_does_not_arrive_is_watched_too(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)
    window.types("/oncall escalation add @greg")
    window.sees("I’ll text @Greg at")
    window.phone("Bob").locator("summary").click()
    window.phone("Bob").get_by_label("Bob’s phone is").select_option("Off")
    window.presses("Next 8:00 AM")
    window.presses("+1 min")

    warning = window.sees("@Bob is on call but didn’t get the text", "phone is off")
    # The number is right: nothing there needs fixing.
    expect(warning.get_by_role("button")).to_have_text(["Try again", "Cover the shift"])
    window.presses("+1 hour")
    expect(window.page.locator("#clock time")).to_contain_text("9:01:00 AM")
    expect(window.phone("Greg").get_by_role("listitem")).to_contain_text("can't reach Bob")
    warning = window.messages.filter(has_text="@Bob is on call but didn’t get the text")
    expect(warning).to_contain_text("text to @Greg, delivered")

    window.phone("Bob").get_by_label("Bob’s phone is").select_option("On")
    warning.get_by_role("button", name="Try again").click()
    expect(window.phone("Bob").get_by_role("listitem").last).to_contain_text("Good morning, Bob.")
    window.presses("+1 min")
    expect(window.messages.filter(has_text="has been reached")).to_have_count(1)


@pytest.mark.parametrize("service", ["Slack", "Twilio"])
@pytest.mark.parametrize("weather", [word for word in WEATHER if word != "working"])
def test_in_any_weather_it_arrives_once_and_the_post_says_so(
    stage: Stage, window: Screen, service: str, weather: str
) -> None:
    window.opens(stage.url)
    clock = window.page.locator("#clock time")
    window.presses("+1 min")  # Fran has hers
    expect(clock).to_contain_text("8:01:00 PM")
    window.page.get_by_label(f"{service} is").select_option(weather)
    window.presses("Next 8:00 AM")
    expect(clock).to_contain_text("8:00:00 AM", timeout=LONG)
    window.page.get_by_label(f"{service} is").select_option("working")
    hour = window.page.get_by_role("button", name="+1 hour", exact=True)
    expect(hour).to_be_enabled(timeout=LONG)  # hanging calls time out before the clock moves on
    hour.click()
    expect(clock).to_contain_text("9:00:00 AM", timeout=LONG)

    expect(morning(window)).to_have_count(1)
    expect(morning(window)).to_contain_text(re.compile(r"@Bob: text delivered 8:\d\d:\d\d"))
    (sms,) = stage.people[1].phone.messages
    assert sms.body.startswith("Good morning, Bob.")
