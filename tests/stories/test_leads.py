"""Leads by team, and what guests and bots may see."""

import json

import pytest

from sandbox.world import Person
from scheduling import leads
from storage.database import reading, writing
from storage.models import Admin, Member, Override, Team
from tests.stories.conftest import World
from tests.stories.stored import person

ONLY_LEADS = "Only leads can do that"


def team(name: str) -> Team:
    with reading():
        found = Team.get(Team.name == name)
        assert isinstance(found, Team)
        return found


def overrides() -> int:
    with reading():
        return Override.select().count()


@pytest.fixture
def two(support: World) -> World:
    """Support, which Bob leads, and Payments, in which Zoe takes turns. Alice leads every team."""
    support.joins("Zoe", "+13125550111")
    everybody = [person.slack for person in support.people.values()]
    support.sandbox.slack.channel("payments", members=everybody)
    for line in (
        "teams add Payments #payments",
        "members add @zoe +13125550111 team:Payments",
        "shifts pattern weekly team:Payments",
        "admins add @bob",
    ):
        support.changes("Alice", f"/oncall {line}")
    support.forgets_mail()
    assert leads.named(team("Support")) == [support.people["Bob"].id]
    assert leads.named(team("Payments")) == []
    return support


# --- one team, and no other ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "members add @carol +13125550103",
        "members remove @zoe",
        "members edit @zoe phone +13125550199",
        "members move @zoe first",
        "members confirm @zoe",
        "shifts add 2 tuesday 24h 08:00",
        "shifts pattern daily",
        "settings notify 7:30 AM",
        "settings",
        "escalation add @zoe",
        "generate 12",
        "undo",
        "override @zoe tomorrow",
        "admins add @carol",
        "admins remove @carol",
        "test @zoe",
    ],
)
def test_a_lead_of_one_team_changes_no_other(two: World, line: str) -> None:
    answer = two.changes("Bob", f"/oncall {line} team:Payments")

    assert ONLY_LEADS in answer.text
    assert answer.view is None
    assert overrides() == 0
    assert ONLY_LEADS not in two.runs("Bob", "/oncall settings notify 7:30 AM").text


def test_whom_to_ask_leads_what_was_asked_for(two: World) -> None:
    assert "Ask @Bob." in two.runs("Carol", "/oncall settings notify 7:30 AM").text


def test_the_numbers_of_another_team_are_masked(two: World) -> None:
    for line in ("members", "audit", "escalation"):
        assert "555-0111" not in two.runs("Bob", f"/oncall {line} team:Payments").text
        assert "5550111" not in two.runs("Bob", f"/oncall {line} team:Payments").text
    assert "555-0103" in two.runs("Bob", "/oncall members").text
    assert "555-0111" in two.runs("Alice", "/oncall members team:Payments").text


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("settings", {"Name": "Helpdesk"}),
        (
            "members add",
            {"Or a name, if they aren’t in Slack": "Mallory", "Phone number": "+1312"},
        ),
        ("admins add", {"Who else should lead Support?": "U0"}),
        ("generate", {"How many weeks ahead?": "12"}),
        ("override", {"Who covers?": "Carol", "Or from": "2026-11-24"}),
    ],
)
def test_a_form_with_the_forged_id_of_another_team_changes_nothing(
    two: World, form: str, values: dict[str, object]
) -> None:
    two.opens("Bob", form)
    person = two.people["Bob"].slack
    view = two.sandbox.slack.memory.modals[person.id][-1]
    forged = json.loads(view.content["private_metadata"]) | {"team": team("Payments").id}
    view.content["private_metadata"] = json.dumps(forged)

    answer = two.fills_in("Bob", values)

    # A member of one team is none of another.
    assert ONLY_LEADS in f"{answer.plain} {answer.errors}" or "Who covers?" in answer.errors
    with reading():
        assert Team.get(Team.name == "Payments").weeks_ahead == 8
    assert overrides() == 0


def test_a_button_of_another_team_does_nothing(two: World) -> None:
    settings = two.runs("Bob", "/oncall admins")
    assert "[ Add ]" in settings.text
    assert "[ Add ]" not in two.runs("Bob", "/oncall admins team:Payments").text
    home = two.opens_home("Alice", "For leads")
    value = next(
        element["value"]
        for block in home.blocks
        for element in block.get("elements", [])
        if str(element.get("value", "")).endswith(" settings notify") or "undo" in str(element)
    )
    line = str(value).partition(" ")[2]
    answer = two.runs("Bob", f"/oncall {line} team:Payments")
    assert ONLY_LEADS in answer.text


def test_who_no_longer_leads_the_team_cannot_confirm_a_change_to_it(two: World) -> None:
    preview = two.runs("Bob", "/oncall override @greg friday")
    two.changes("Alice", "/oncall admins add @bob team:Payments")
    two.changes("Alice", "/oncall admins remove @bob")

    assert ONLY_LEADS in two.confirms("Bob", preview).text or overrides() == 0
    assert overrides() == 0
    assert ONLY_LEADS not in two.runs("Bob", "/oncall settings notify 7:30 AM team:Payments").text


def test_a_demotion_at_slack_counts_within_a_minute(two: World) -> None:
    preview = two.runs("Alice", "/oncall override @greg friday")
    two.people["Alice"].slack.is_demoted()
    two.passes(minutes=1)

    assert "Only leads can" in two.confirms("Alice", preview).text
    assert overrides() == 0
    two.forgets_mail()


# --- texts that cost everybody's money ----------------------------------------------------------


def limit(name: str) -> int:
    return int(team(name).most_segments)


def test_only_those_who_lead_every_team_raise_the_text_limit_above_the_usual(two: World) -> None:
    refused = two.runs("Bob", "/oncall settings sms-cap 400").text

    assert "Only those who lead every team can raise the text limit above 200" in refused
    assert "Ask @Alice." in refused
    assert limit("Support") == 200
    assert two.runs("Bob", "/oncall settings sms-cap 100").text.startswith("✅")
    assert two.runs("Bob", "/oncall settings sms-cap 200").text.startswith("✅")
    assert two.runs("Alice", "/oncall settings sms-cap 400").text.startswith("✅")
    assert two.runs("Bob", "/oncall settings sms-cap 300").text.startswith("✅")
    assert "above 200" in two.changes("Bob", "/oncall undo").text
    assert limit("Support") == 300
    assert "Undone" in two.changes("Alice", "/oncall undo").text
    assert limit("Support") == 400


def test_a_lead_of_one_team_raises_no_text_limit_with_the_form(two: World) -> None:
    two.opens("Bob", "settings")

    answer = two.fills_in("Bob", {"Text limit": "5000"})

    assert "can raise the text limit above 200" in f"{answer.plain} {answer.errors}"
    assert limit("Support") == 200


# --- who leads every team -----------------------------------------------------------------------


@pytest.fixture
def named_before(two: World) -> World:
    """The same; Carol was named before leads were named by team."""
    with writing():
        Admin.create(
            slack_user_id=two.people["Carol"].id,
            added_by=two.people["Alice"].id,
            created_at=two.clock.now(),
        )
    return two


def test_whoever_was_named_before_leads_every_team(named_before: World) -> None:
    for name in ("Support", "Payments"):
        done = named_before.changes("Carol", f"/oncall settings notify 7:30 AM team:{name}")
        assert done.text.startswith("✅")
    assert "every team (named earlier): @Carol" in (
        named_before.runs("Dave", "/oncall admins").text
    )


def test_a_lead_of_one_team_removes_nobody_who_leads_every_team(named_before: World) -> None:
    answer = named_before.changes("Bob", "/oncall admins remove @carol")

    assert "Only those who lead every team can do that" in answer.text
    assert leads.everywhere() == [named_before.people["Carol"].id]
    named_before.opens("Bob", "admins remove")
    view = named_before.people["Bob"].slack.view
    assert view is not None
    assert "Carol" not in str(view.blocks)


def test_a_lead_of_one_team_cannot_undo_a_change_by_somebody_who_leads_every_team(
    named_before: World,
) -> None:
    done = named_before.changes("Alice", "/oncall admins remove @carol")
    assert "no longer leads" in done.text

    answer = named_before.changes("Bob", "/oncall undo")

    assert "Only those who lead every team can do that" in answer.text
    assert leads.everywhere() == []
    assert "Undone" in named_before.changes("Alice", "/oncall undo").text
    assert leads.everywhere() == [named_before.people["Carol"].id]


def test_oncall_admins_lead_every_team(two: World) -> None:
    two.stops_bot()
    two.starts_bot(ONCALL_ADMINS=two.people["Dave"].id)

    done = two.changes("Dave", "/oncall settings notify 7:30 AM team:Payments")

    assert done.text.startswith("✅")
    assert "every team (ONCALL_ADMINS): @Dave" in two.runs("Bob", "/oncall admins").text


def test_whoever_leads_every_team_anyway_is_said_to_do_so(two: World) -> None:
    two.changes("Bob", "/oncall admins add @dave")
    two.changes("Bob", "/oncall admins add @eve")
    two.stops_bot()
    two.starts_bot(ONCALL_ADMINS=two.people["Dave"].id)

    for name in ("Alice", "Dave"):
        answer = two.changes("Bob", f"/oncall admins add @{name.lower()}").text
        assert answer.startswith("ℹ️")
        assert "already lead every team" in answer
    done = two.changes("Bob", "/oncall admins remove @dave").text
    assert "still lead every team" in done
    assert "they can look things up" not in done
    assert "no longer leads Support: they can look things up" in (
        two.changes("Bob", "/oncall admins remove @eve").text
    )
    assert leads.named(team("Support")) == [two.people["Bob"].id]


def test_who_can_be_asked_is_nearest_to_the_team(two: World) -> None:
    assert "Ask @Bob." in two.runs("Carol", "/oncall undo").text
    assert "Ask @Alice." in two.runs("Carol", "/oncall undo team:Payments").text


def test_leads_is_another_word_for_admins(two: World) -> None:
    for word in ("leads", "help leads"):
        same = two.runs("Bob", f"/oncall {word.replace('leads', 'admins')}").text
        assert two.runs("Bob", f"/oncall {word}").text == same
        assert not same.startswith("❌")
    assert "now leads Support" in two.changes("Bob", "/oncall leads add @carol").text
    assert "already leads Support" in two.changes("Bob", "/oncall lead add @carol").text


def test_of_team_names_the_nearest_first(named_before: World) -> None:
    bob, carol = named_before.people["Bob"].id, named_before.people["Carol"].id

    assert leads.of_team(team("Support"), ["U9"]) == [bob, "U9", carol]
    assert leads.of_team(team("Payments"), [carol]) == [carol]
    assert leads.led_by(bob) == {team("Support").id}
    assert leads.led_by(carol) == set()


# --- guests and bots ----------------------------------------------------------------------------


@pytest.fixture(params=["guest", "bot"])
def outsider(two: World, request: pytest.FixtureRequest) -> Person:
    """A guest, or a bot, in Support's channel."""
    person = two.visits("Gast", request.param)
    two.channel.invite(person.slack)
    return person


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_guest_sees_who_is_on_call_in_the_channel_of_the_team(
    two: World, outsider: Person, asked_before: bool
) -> None:
    if asked_before:
        two.runs("Gast", "/oncall audit")

    answer = outsider.runs("/oncall", two.channel)

    assert "@Alice" in answer.text or "Nobody is on call" in answer.text
    if asked_before:
        assert "[ " not in answer.text


@pytest.mark.parametrize(
    "line",
    [
        "team:Payments",
        "who",
        "schedule",
        "share",
        "members",
        "mine @bob",
        "members history @bob",
        "audit",
        "notifications",
        "costs",
        "teams",
        "overrides",
        "why",
        "escalation",
        "admins",
        "take tomorrow",
        "again 1",
        "ok",
        "settings notify 7:30 AM",
        "teams add Mine #mine",
        "setup",
    ],
)
def test_a_guest_sees_nothing_else(two: World, outsider: Person, line: str) -> None:
    answer = outsider.runs(f"/oncall {line}", two.channel)

    assert "Guests can only see who’s on call" in answer.text
    assert "Payments" not in answer.text
    assert len(two.channel.messages) == 0


def test_a_guest_sees_no_team_from_elsewhere(two: World, outsider: Person) -> None:
    elsewhere = two.sandbox.slack.channel("elsewhere", members=[outsider.slack])

    for place in (elsewhere, outsider.slack.direct_messages):
        answer = outsider.runs("/oncall", place)
        assert "Guests can only see who’s on call" in answer.text
        assert "Support" not in answer.text


def test_the_home_tab_of_a_guest_tells_of_no_team(two: World, outsider: Person) -> None:
    assert outsider.id
    home = two.opens_home("Gast", "You’re a guest here")

    assert "Support" not in home.plain
    assert "[ " not in home.plain


def test_a_button_clicked_by_a_guest_shows_them_nothing(two: World, outsider: Person) -> None:
    shared = two.runs("Alice", "/oncall share")
    assert shared.message is not None
    two.until("2026-11-23 08:00")
    two.forgets_mail()
    post = next(one for one in two.channel.messages if "[ " in one.plain)
    label = post.plain.partition("[ ")[2].partition(" ]")[0]

    answer = two.clicks("Gast", label, post)

    assert outsider.id
    assert "Guests can only see who’s on call" in answer.text


def test_a_guest_who_takes_turns_acts_as_a_member_of_that_team_and_of_no_other(two: World) -> None:
    guest = two.visits("Gast", "guest")
    two.channel.invite(guest.slack)
    two.changes("Alice", "/oncall members add @gast +13125550150")

    assert "@Gast" in two.runs("Gast", "/oncall members").text
    assert "I’ve asked @Dave" in two.runs("Gast", "/oncall take friday").text
    teams = two.runs("Gast", "/oncall teams").text
    assert "Support" in teams
    assert "Payments" not in teams
    assert "There’s no team “Payments”" in two.runs("Gast", "/oncall team:Payments schedule").text
    assert ONLY_LEADS in two.runs("Gast", "/oncall undo").text
    home = two.opens_home("Gast", "Next two weeks")
    assert "Payments" not in home.plain


# --- while Slack does not say who somebody is ---------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["", "who", "schedule", "members", "audit", "escalation", "notifications", "mine", "mine @bob",
     "members history @bob", "overrides", "why", "shifts", "teams", "costs", "admins"],
)  # fmt: skip
def test_reading_works_masked_while_slack_cannot_say_who_one_is(two: World, line: str) -> None:
    two.changes("Alice", "/oncall escalation add @greg")
    two.passes(minutes=6)  # what was known is old
    two.sandbox.slack.fault("users.info", "500", times=50)

    answer = two.runs("Alice", f"/oncall {line}")

    assert not answer.text.startswith("❌"), answer.text
    assert "555-0102" not in answer.text
    assert "555-0107" not in answer.text
    two.sandbox.slack.recover()


def test_changing_is_refused_while_slack_cannot_say_who_one_is(two: World) -> None:
    two.passes(minutes=6)
    two.sandbox.slack.fault("users.info", "error:fatal_error", times=50)

    refused = two.changes("Alice", "/oncall settings notify 7:30 AM")

    assert "Slack didn’t tell me who @Alice is, so nothing was changed" in refused.text
    two.sandbox.slack.recover()
    assert two.changes("Alice", "/oncall settings notify 7:30 AM").text.startswith("✅")


@pytest.mark.parametrize("line", ["override @bob friday", "override cancel 1"])
def test_a_target_is_not_called_a_non_lead_while_slack_cannot_say(
    support: World, line: str
) -> None:
    support.changes("Greg", "/oncall take saturday")
    support.passes(minutes=6)
    support.sandbox.slack.fault("users.info", "error:fatal_error", times=50)

    refused = support.runs("Alice", f"/oncall {line}").text

    assert "Slack didn’t tell me who @Alice is, so nothing was changed" in refused
    support.sandbox.slack.recover()
    assert "[ Confirm ]" in support.runs("Alice", f"/oncall {line}").text


def test_reading_works_while_slack_does_not_answer_at_all(two: World) -> None:
    two.passes(minutes=6)
    two.sandbox.slack.fault("users.info", "hang", times=50)

    assert "@Alice" in two.runs("Bob", "/oncall").text
    assert "@Carol +1••••••••03" in two.runs("Bob", "/oncall members").text


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Alice", "alice", "ALICE", "Ａｌｉｃｅ", " Alice ", "Al\u00adice"]
)
def test_a_member_cannot_take_another_members_name(support: World, name: str) -> None:
    refused = support.changes("Bob", f'/oncall members edit name "{name}"')

    assert refused.text.startswith("❌")
    with reading():
        assert Member.select().where(Member.name == "Bob").count() == 1


def test_nor_with_the_form_nor_in_another_normal_form(support: World) -> None:
    support.changes("Alice", '/oncall members edit @carol name "Zoë"')
    support.opens("Bob", "members edit")

    view = support.fills_in("Bob", {"Name": "Zoe\u0308"})

    assert "Another Zoë is already in the rotation" in f"{view.plain} {view.errors}"


def test_nobody_passes_for_another_by_their_name_in_slack(support: World) -> None:
    other = support.sandbox.slack.person("Alice")

    support.changes("Alice", f"/oncall members add <@{other.id}> +13125550177")

    assert person("Alice").slack_user_id == support.people["Alice"].id
    assert person("Alice 2").slack_user_id == other.id


def test_the_name_of_who_left_is_free(support: World) -> None:
    support.changes("Alice", "/oncall members remove @greg")

    assert support.changes("Bob", "/oncall members edit name Greg").text.startswith("✅")
