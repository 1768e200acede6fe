"""Commands in a workspace with several teams."""

import pytest

from sandbox.slack.people import SlackChannel, SlackPerson
from tests.stories.conftest import World
from tests.stories.reading import bullets, labels


def direct(world: World, name: str) -> SlackChannel:
    """Return somebody's direct messages with the bot, as a channel to type in."""
    return world.people[name].slack.direct_messages


class Two:
    """Support, and payments with a channel of its own, in which Zoe is on call all week."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.zoe = world.joins("Zoe", "+13125550111")
        world.joins("Henry", "+13125550112")  # is in no team
        people: list[SlackPerson] = [person.slack for person in world.people.values()]
        self.payments = world.sandbox.slack.channel("payments", members=people)
        for command in (
            "teams add payments #payments",
            "members add @zoe +13125550111 team:payments",
            "shifts pattern weekly team:payments",
        ):
            world.changes("Alice", f"/oncall {command}")
        world.tick()
        world.forgets_mail()


@pytest.fixture
def two(morning: World) -> Two:
    """Two teams, on Monday at 08:00."""
    return Two(morning)


def test_teams_lists_them_with_who_is_on_call(two: Two) -> None:
    answer = two.world.runs("Bob", "/oncall teams").text

    assert bullets(answer) == [
        "• Support: @Alice on call. #support, America/Chicago, texts at 8:00 AM, "
        "rotates by one each week, planned 8 weeks ahead",
        "• payments: @Zoe on call. #payments, America/Chicago, texts at 8:00 AM, "
        "rotates by one each week, planned 8 weeks ahead",
    ]
    assert "For another team: /oncall team:Support." in answer


def test_a_command_is_about_the_team_of_its_channel(two: Two) -> None:
    bob = two.world.people["Bob"]

    assert "@Zoe is on call for payments" in bob.runs("/oncall", two.payments).text
    assert "@Alice is on call for Support" in bob.runs("/oncall", two.world.channel).text
    assert bob.runs("/oncall schedule", two.payments).text.startswith("payments schedule: ")
    assert "You’re not in payments" in bob.runs("/oncall mine", two.payments).text
    bob.runs("/oncall share", two.payments)
    assert "@Zoe is on call for payments" in two.payments.messages[-1].plain


def test_buttons_stay_with_the_team_they_are_about(two: Two) -> None:
    bob = two.world.people["Bob"].slack
    answer = bob.runs("/oncall team:payments", two.world.channel)

    shown = two.world.clicks("Bob", "Schedule", answer)

    assert shown.text.startswith("payments schedule: ")
    assert two.world.clicks("Bob", "Later ›", shown).text.startswith("payments schedule: ")


@pytest.mark.parametrize(
    "line",
    [
        "team:payments who tomorrow",
        "who team:payments tomorrow",
        "who tomorrow team:payments",
        "who tomorrow TEAM:Payments",
    ],
)
def test_a_team_is_named_anywhere_in_the_line(two: Two, line: str) -> None:
    answer = two.world.runs("Bob", f"/oncall {line}").text

    assert answer.startswith("📞 On call for payments on Tue Nov 24, 2026:\n")
    assert "@Zoe" in answer


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("schedule team:nope", "There’s no team “nope”. The teams are: Support, payments."),
        ("schedule team:", "Which team? Put its name right after the colon"),
        ("schedule team:payments team:support", "One team at a time."),
    ],
)
def test_a_team_that_is_none_is_said(two: Two, line: str, words: str) -> None:
    answer = two.world.runs("Bob", f"/oncall {line}").text

    assert answer.startswith("❌ ")
    assert words in answer


def test_a_name_with_a_space_is_named_in_quotes(two: Two) -> None:
    two.world.changes("Alice", '/oncall settings name "night shift" team:payments')

    answer = two.world.runs("Bob", '/oncall team:"night shift"').text

    assert "@Zoe is on call for night shift" in answer


def test_in_a_direct_message_ones_own_team_is_meant(two: Two) -> None:
    bob, zoe = two.world.people["Bob"], two.world.people["Zoe"]

    assert "for Support" in bob.runs("/oncall", direct(two.world, "Bob")).text
    assert "for payments" in zoe.runs("/oncall", direct(two.world, "Zoe")).text


def test_who_is_in_no_team_is_asked_which_and_clicks_it(two: Two) -> None:
    henry = two.world.people["Henry"]
    asked = henry.runs("/oncall who tomorrow", direct(two.world, "Henry"))

    assert "Which team do you mean? Click it" in asked.text
    assert labels(asked) == ["Support", "payments"]

    answer = two.world.clicks("Henry", "payments", asked)

    assert answer.text.startswith("📞 On call for payments on Tue Nov 24, 2026:\n")
    assert "@Zoe" in answer.text
    again = henry.runs("/oncall who tomorrow", direct(two.world, "Henry"))
    answer = two.world.clicks("Henry", "Support", again)
    assert answer.text.startswith("📞 On call for Support on Tue Nov 24, 2026:\n")


def test_a_name_with_a_space_can_be_clicked_too(two: Two) -> None:
    two.world.changes("Alice", '/oncall settings name "night shift" team:payments')
    henry = two.world.people["Henry"]
    asked = henry.runs("/oncall schedule", direct(two.world, "Henry"))

    answer = two.world.clicks("Henry", "night shift", asked)

    assert answer.text.startswith("night shift schedule: ")


def test_who_is_in_two_teams_is_asked_too(two: Two) -> None:
    two.world.changes("Alice", "/oncall members add @greg +13125550107 team:payments")
    two.world.tick()
    greg = two.world.people["Greg"]
    asked = greg.runs("/oncall mine", direct(two.world, "Greg"))
    assert labels(asked) == ["Support", "payments"]

    answer = two.world.clicks("Greg", "payments", asked)

    assert "coming up in payments:" in answer.text


def test_a_form_is_opened_for_the_team_that_is_clicked(two: Two) -> None:
    world = two.world
    world.joins("Ida", "+13125550113", admin=True)
    asked = world.people["Ida"].runs("/oncall members add", direct(world, "Ida"))

    form = world.clicks("Ida", "payments", asked)

    assert form.view is not None
    assert form.view.title == "Add a member"
    ida = world.people["Ida"]
    preview = world.fills_in("Ida", {"Who, in Slack": ida.id, "Phone number": "+13125550113"})
    assert "@Zoe → @Ida" in preview.plain
    world.confirms_form("Ida", preview)
    assert "2. @Ida" in ida.runs("/oncall members", two.payments).text
    assert "@Ida" not in ida.runs("/oncall members", world.channel).text


def test_a_form_of_a_named_team_is_about_that_team(two: Two) -> None:
    form = two.world.opens("Alice", "settings team:payments")

    assert "payments" in form.plain
    assert "Support" not in form.plain


def test_each_team_tells_of_its_own_messages_and_changes(two: Two) -> None:
    bob = two.world.people["Bob"]

    assert "@Alice" not in bob.runs("/oncall notifications", two.payments).text
    audit = bob.runs("/oncall audit", two.payments).text
    assert "created the team payments" in audit
    assert "added Greg" not in audit
    assert "There’s no notification 1." in bob.runs("/oncall notifications 1", two.payments).text
