"""Phone numbers as people type them, at each door: accepted and shown whole, or refused."""

import json
from collections.abc import Callable

import pytest

from storage.database import reading
from storage.models import Member
from tests.stories.conftest import World


def numbers(name: str) -> tuple[str | None, str | None]:
    """Return the numbers that are stored of somebody."""
    with reading():
        member = Member.get(Member.name == name)
    return member.phone, member.second_phone


@pytest.mark.parametrize("linked", [False, True], ids=["as typed", "as a link"])
@pytest.mark.parametrize("typed", ["312 555 0111", "(312) 555-0111", "13125550111", "312–555–0111"])
def test_a_number_without_its_country_is_ours_and_shown_in_full(
    support: World, typed: str, linked: bool
) -> None:
    support.joins("Zoe", "+13125550111")
    support.sandbox.slack.truths.numbers_become_links = linked

    preview = support.runs("Alice", f"/oncall members add @zoe {typed}")
    assert "Texts go to +1 312-555-0111." in preview.text
    done = support.confirms("Alice", preview)

    assert "with +1 312-555-0111" in done.text
    assert numbers("Zoe") == ("+13125550111", None)
    support.forgets_mail()


@pytest.mark.parametrize("linked", [False, True], ids=["as typed", "as a link"])
def test_the_full_number_is_shown_by_each_door(support: World, linked: bool) -> None:
    support.joins("Zoe", "+13125550111")
    support.sandbox.slack.truths.numbers_become_links = linked

    edited = support.runs("Bob", "/oncall members edit phone 312 555 0122")
    assert "number +1 312-555-0122" in edited.text
    second = support.runs("Bob", "/oncall members edit second 312 555 0123")
    assert "second number +1 312-555-0123" in second.text
    contact = support.runs("Alice", "/oncall escalation add @zoe 312 555 0111")
    assert "at +1 312-555-0111" in contact.text
    assert numbers("Bob") == ("+13125550122", "+13125550123")


@pytest.mark.parametrize("linked", [False, True], ids=["as typed", "as a link"])
def test_a_number_stays_one_in_quotes_and_in_a_reason(support: World, linked: bool) -> None:
    support.sandbox.slack.truths.numbers_become_links = linked

    added = support.runs("Alice", '/oncall members add "Ann Lee" "+1 312 555 0111"')
    assert "Texts go to +1 312-555-0111." in added.text
    covered = support.runs("Bob", "/oncall take friday for a call at +1 312 555 0111")
    assert "a call at +1 312 555 0111" in covered.text
    assert "tel:" not in covered.text


def test_labels_with_blanks_stay_with_their_mention(support: World) -> None:
    bob, zoe = support.people["Bob"].id, support.joins("Zoe", "+13125550111")
    channel = support.sandbox.slack.channel("payments")

    mine = support.people["Alice"].runs(
        f"/oncall mine <@{bob}|bob van doe>", support.channel, escape=False
    )
    assert "Bob" in mine.text
    added = support.people["Alice"].runs(
        f"/oncall members add <@{zoe.id}|zoe de la cruz> <tel:+13125550111|+1 312 555 0111>",
        support.channel,
        escape=False,
    )
    assert "Texts go to +1 312-555-0111." in added.text
    team = support.people["Alice"].runs(
        f"/oncall teams add payments <#{channel.id}|pay ments>", support.channel, escape=False
    )
    assert "payments" in team.text
    assert ":x:" not in team.text


def test_a_form_says_which_country_it_takes_and_shows_the_number(support: World) -> None:
    view = support.runs("Bob", "/oncall members edit").view
    assert view is not None
    assert "without them, I read it as a local number (US)." in view.plain

    answer = support.submits("Bob", {"Phone number": "(312) 555-0122"})

    assert answer is not None
    assert "number +1 312-555-0122" in answer.plain


WRONG: dict[str, str] = {
    "+1 312 555 0111 ext 23": "has an extension",
    "+13125550111,,23": "has an extension",
    "+1-312-555-CALL": "has letters in it",
    "+1 900 555 0111": "premium-rate",
    "+8816 1234 5678": "satellite",
    "+13125550111 +13125550112": "more than one number",
    "911": "isn’t a phone number I can text",
    "+13125550199": "the number I text from",
    "312 555 0199": "the number I text from",
}
DOORS: dict[str, Callable[[World, str], str]] = {
    "members add": lambda world, typed: (
        world.runs("Alice", f"/oncall members add @zoe {typed}").text
    ),
    "members edit": lambda world, typed: (
        world.runs("Bob", f"/oncall members edit phone {typed}").text
    ),
    "second phone": lambda world, typed: (
        world.runs("Bob", f"/oncall members edit second {typed}").text
    ),
    "escalation add": lambda world, typed: (
        world.runs("Alice", f"/oncall escalation add @zoe {typed}").text
    ),
    "form": lambda world, typed: _by_form(world, "Alice", "members add", typed),
    "form of a contact": lambda world, typed: _by_form(world, "Alice", "escalation add", typed),
    "my number": lambda world, typed: _by_form(world, "Bob", "members edit", typed),
}


def _by_form(world: World, name: str, command: str, typed: str) -> str:
    view = world.runs(name, f"/oncall {command}").view
    assert view is not None
    values: dict[str, object] = {"Phone number": typed}
    if "Who, in Slack" in view.plain:
        values["Who, in Slack"] = world.people["Zoe"].id
    answer = world.submits(name, values)
    assert answer is not None
    return json.dumps(answer.errors, ensure_ascii=False)


@pytest.mark.parametrize("door", DOORS)
def test_no_door_takes_what_is_not_all_of_it_a_number_to_text(support: World, door: str) -> None:
    support.joins("Zoe", "+13125550111")
    with reading():
        before = [(one.name, one.phone, one.second_phone) for one in Member.select()]

    for typed, heard in WRONG.items():
        said = DOORS[door](support, typed)
        assert heard in said, (typed, said[:300])

    with reading():
        assert [(one.name, one.phone, one.second_phone) for one in Member.select()] == before


def test_a_number_of_the_messaging_service_is_ours_too(world: World) -> None:
    world.stops_bot()
    service = world.sandbox.twilio.messaging_service_sid
    world.starts_bot(TWILIO_PHONE_NUMBER="", TWILIO_MESSAGING_SERVICE_SID=service)
    world.has_support_team()
    world.joins("Zoe", "+13125550111")
    world.passes(minutes=3)  # replies were looked for: Twilio told the service's numbers

    answer = world.runs("Alice", "/oncall members add @zoe 312 555 0199")

    assert "the number I text from" in answer.text
