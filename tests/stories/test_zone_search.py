"""Time zones are searched for in forms: by city, country or abbreviation."""

from sandbox.slack.memory import Json
from storage.database import reading
from storage.models import Team
from tests.stories.conftest import World
from tests.stories.stored import person


def searches(world: World, name: str, text: str) -> list[str]:
    """Return what somebody is shown who types this into the zone's field of the open form."""
    slack = world.people[name].slack
    assert slack.view is not None
    found: list[Json] = slack.searches(slack.view, "zone", "zone", text)
    return [one["text"]["text"] for one in found]


def test_a_lead_types_a_city_and_picks_its_zone(support: World) -> None:
    view = support.opens("Alice", "settings")
    assert "Chicago (America/Chicago)" in view.plain

    assert searches(support, "Alice", "b") == []  # Slack doesn't ask for a single letter
    assert searches(support, "Alice", "berl") == [
        "Berlin (Europe/Berlin, now 14:00 CET)",
    ]
    assert "New York (America/New_York, now 8:00 AM EST)" in searches(support, "Alice", "New Y")
    assert searches(support, "Alice", "ny")[0].startswith("New York (America/New_York, now 8:00")
    assert searches(support, "Alice", "sf")[0].startswith("Los Angeles (America/Los_Angeles")
    assert searches(support, "Alice", "san fran")[0].startswith("Los Angeles")
    assert searches(support, "Alice", "usa") == searches(support, "Alice", "us")
    preview = support.fills_in("Alice", {"Time zone": "new york"})
    support.confirms_form("Alice", preview)

    with reading():
        assert Team.get().time_zone == "America/New_York"


def test_one_list_of_zones_has_one_clock(support: World) -> None:
    support.opens("Alice", "settings")

    for typed, twelve in (("america", True), ("europe", False)):
        found = searches(support, "Alice", typed)
        assert len(found) > 10
        assert {" AM " in one or " PM " in one for one in found} == {twelve}


def test_a_country_shows_its_zones_and_nonsense_none(support: World) -> None:
    support.opens("Alice", "settings")

    assert len(searches(support, "Alice", "australia")) > 5
    assert searches(support, "Alice", "Atlantis") == []
    assert searches(support, "Alice", "<script>" * 50) == []


def test_a_member_picks_their_own_zone_and_goes_back_to_the_teams(support: World) -> None:
    support.opens("Bob", "members edit")
    support.fills_in("Bob", {"Time zone": "GMT"})
    assert person("Bob").time_zone == "UTC"

    view = support.opens("Bob", "members edit")
    assert "UTC (UTC)" in view.plain
    support.fills_in("Bob", {"Time zone": None})
    assert person("Bob").time_zone is None


def test_what_nobody_can_have_picked_is_refused(support: World) -> None:
    support.opens("Alice", "settings")
    forged = {"text": {"type": "plain_text", "text": "Mars"}, "value": "../../etc/passwd"}

    view = support.people["Alice"].slack.forges({"zone": {"selected_option": forged}})

    assert view is not None
    assert "isn’t a time zone I know" in view.errors["Time zone"]
    with reading():
        assert Team.get().time_zone == "America/Chicago"


def test_a_zone_is_still_typed_as_a_command(support: World) -> None:
    """Slack may fail to show suggestions; then there is the command."""
    support.changes("Alice", "/oncall settings zone Berlin")

    with reading():
        assert Team.get().time_zone == "Europe/Berlin"


# --- on a trip ----------------------------------------------------------------------------------


def test_a_member_abroad_takes_the_zone_of_their_slack_profile_with_a_click(
    support: World,
) -> None:
    bob = support.people["Bob"].slack
    home = support.opens_home("Bob", "My next shifts")
    assert "time in Slack" not in home.plain

    bob.travels("Europe/Berlin")
    support.passes(minutes=10)  # what Slack has told of him is too old by then
    said = "You’re on Berlin time in Slack, but your texts use Chicago time."
    home = support.opens_home("Bob", said)
    support.clicks("Bob", "Use Berlin time", home)

    assert person("Bob").time_zone == "Europe/Berlin"
    support.sees_home("Bob", "My next shifts", gone="time in Slack")
    support.until("2026-11-24 08:00")
    support.reads("Bob", "until Thu Nov 26, 3:00 PM CET")


def test_another_city_on_the_same_clock_does_not_count_as_a_trip(support: World) -> None:
    support.people["Bob"].slack.travels("America/Menominee")
    support.passes(minutes=10)

    assert "time in Slack" not in support.opens_home("Bob", "My next shifts").plain
