"""Answers that Slack rejects are sent again in another format, or another way."""

import logging

import pytest

from sandbox.slack.people import Answer, SlackMessage
from tests.stories.conftest import World
from tests.stories.reading import RESPONSE_URL


def answers_seen(world: World, name: str) -> list[SlackMessage]:
    """Return what somebody was answered, in the team's channel and in direct messages."""
    person = world.people[name].slack
    direct = person.direct_messages.messages
    return [one for one in world.channel.seen_by(person) if one.ephemeral] + direct


def clicks_unanswered(world: World, label: str, on: Answer) -> None:
    """Let Alice click a button whose answer Slack does not take at once."""
    before = len(world.sandbox.slack.calls(RESPONSE_URL))
    world.people["Alice"].slack.clicks(label, on)
    world.sandbox.slack.until(lambda: len(world.sandbox.slack.calls(RESPONSE_URL)) > before)


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged of answers that Slack did not take; each line has its reference."""
    found = [
        record
        for record in caplog.records
        if record.name == "whoseonfirst.listener" and record.levelno == logging.WARNING
    ]
    for record in found:
        assert f"[{record.__dict__['reference']}]" in record.getMessage()
    return [record.getMessage() for record in found]


@pytest.mark.parametrize("kind", ["500", "503", "ratelimited"])
def test_an_answer_that_slack_could_not_take_comes_at_the_second_try(
    support: World, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    support.sandbox.slack.fault(RESPONSE_URL, kind)

    answer = support.runs("Alice", "/oncall members")

    assert "Bob" in answer.text
    assert len(answers_seen(support, "Alice")) == 1
    (line,) = warned(caplog)
    assert f"was not taken: {'429' if kind == 'ratelimited' else kind}" in line
    assert ("ratelimited" if kind == "ratelimited" else "upstream trouble") in line


def test_answers_that_wait_for_their_second_try_hold_up_no_other(support: World) -> None:
    support.runs("Bob", "/oncall members")
    support.sandbox.slack.fault(RESPONSE_URL, "ratelimited", times=12, retry_after=25)
    listed = support.runs("Alice", "/oncall")
    for _ in range(12):
        clicks_unanswered(support, "Schedule", listed)

    assert "Carol" in support.runs("Alice", "/oncall members").text


@pytest.mark.parametrize("refused", [1, 2])
def test_when_the_bot_stops_an_answer_does_not_wait_for_its_second_try(
    support: World, refused: int
) -> None:
    listed = support.runs("Alice", "/oncall")
    support.sandbox.slack.fault(RESPONSE_URL, "ratelimited", times=refused, retry_after=25)
    clicks_unanswered(support, "Schedule", listed)

    support.stops_bot()

    assert "Mon Nov 23, 8:00 AM" in answers_seen(support, "Alice")[-1].plain


def test_when_the_bot_stops_an_answer_that_may_be_there_is_not_given_twice(
    support: World,
) -> None:
    listed = support.runs("Alice", "/oncall")
    support.sandbox.slack.fault(RESPONSE_URL, "drop_after", times=2)
    clicks_unanswered(support, "Schedule", listed)

    support.stops_bot()

    assert len(answers_seen(support, "Alice")) == 1


@pytest.mark.parametrize("says_why", [True, False])
@pytest.mark.parametrize("kind", ["error:used_url", "error:expired_url"])
def test_an_answer_whose_url_is_used_up_is_given_in_the_channel_to_its_reader_alone(
    support: World, kind: str, says_why: bool
) -> None:
    support.sandbox.slack.truths.refused_answers_say_why = says_why
    support.sandbox.slack.fault(RESPONSE_URL, kind)

    answer = support.runs("Bob", "/oncall members")

    assert "Carol" in answer.text
    assert answer.ephemeral
    assert answer.message is not None
    assert answer.message.channel_id == support.channel.id


def test_where_the_bot_is_not_an_answer_whose_url_expired_is_a_direct_message(
    support: World,
) -> None:
    elsewhere = support.sandbox.slack.channel("elsewhere", bot=False)
    support.sandbox.slack.fault(RESPONSE_URL, "error:expired_url")

    answer = support.people["Bob"].runs("/oncall members team:Support", elsewhere)

    assert "Carol" in answer.text
    assert answer.message is not None
    assert answer.message.channel_id == support.people["Bob"].slack.direct_messages.id


def test_what_is_shared_is_posted_to_everybody_if_its_url_is_used_up(support: World) -> None:
    support.sandbox.slack.fault(RESPONSE_URL, "error:used_url")

    support.runs("Bob", "/oncall share")

    support.sees_post("Nobody is on call", "Shared by @Bob")


def test_an_answer_that_two_tries_and_the_channel_refuse_is_a_direct_message(
    support: World,
) -> None:
    support.sandbox.slack.fault(RESPONSE_URL, "503", times=2)
    support.sandbox.slack.fault("chat.postEphemeral", "error:internal_error")

    answer = support.runs("Bob", "/oncall members")

    assert answer.message is not None
    assert answer.message.channel_id == support.people["Bob"].slack.direct_messages.id


def test_an_answer_that_nothing_takes_is_in_the_log_with_a_reference(
    support: World, caplog: pytest.LogCaptureFixture
) -> None:
    listed = support.runs("Bob", "/oncall")
    support.sandbox.slack.fault(RESPONSE_URL, "error:used_url")
    support.sandbox.slack.fault("chat.postEphemeral", "error:channel_not_found")
    support.sandbox.slack.fault("chat.postMessage", "error:fatal_error")

    support.people["Bob"].slack.clicks("Schedule", listed)

    support.sandbox.slack.until(lambda: bool(support.sandbox.slack.calls("chat.postMessage")))
    support.stops_bot()  # what is under way ends first
    assert len(warned(caplog)) == 3
    assert "fatal_error" in warned(caplog)[-1]
    support.starts_bot()
    support.runs("Bob", "/oncall schedule")


def test_an_answer_is_shown_once_if_only_slacks_receipt_is_lost(support: World) -> None:
    support.sandbox.slack.fault(RESPONSE_URL, "drop_after")

    support.runs("Alice", "/oncall members")

    support.stops_bot()  # what is under way ends first
    assert len(answers_seen(support, "Alice")) == 1


def test_a_form_is_opened_once_if_only_slacks_receipt_is_lost(support: World) -> None:
    support.runs("Alice", "/oncall members")
    support.sandbox.slack.fault("views.open", "drop_after")

    form = support.runs("Alice", "/oncall override")

    assert form.view is not None
    support.stops_bot()
    assert len(answers_seen(support, "Alice")) == 1


def test_an_older_answer_that_comes_late_does_not_replace_a_newer_one(support: World) -> None:
    listed = support.runs("Alice", "/oncall schedule")
    support.sandbox.slack.fault(RESPONSE_URL, "500")
    clicks_unanswered(support, "Later ›", listed)

    support.clicks("Alice", "My shifts", listed)

    support.sandbox.slack.fault(RESPONSE_URL, "ratelimited", retry_after=2)
    support.runs("Alice", "/oncall members")  # comes after the second try of the first
    assert "coming up in" in support.shown("Alice", listed)


# --- what Slack would not show ------------------------------------------------------------------


@pytest.mark.parametrize("says_why", [True, False])
@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize("answered", [True, False])
def test_the_schedule_can_be_read_wherever_slack_shows_tables(
    support: World, acknowledged: bool, answered: bool, says_why: bool
) -> None:
    truths = support.sandbox.slack.truths
    truths.refused_answers_say_why = says_why
    truths.tables_in_acknowledgements, truths.tables_in_response_urls = acknowledged, answered

    listed = support.runs("Alice", "/oncall schedule")

    tables = [block for block in listed.blocks if block["type"] == "table"]
    assert len(tables) == answered
    assert "Mon Nov 23, 8:00 AM" in listed.text
    assert "Greg" in support.clicks("Alice", "4 weeks", listed).text
    assert "[ Later › ]" in support.shown("Alice", listed)


def test_an_answer_whose_blocks_slack_refuses_comes_as_text(support: World) -> None:
    support.sandbox.slack.fault(RESPONSE_URL, "error:invalid_blocks", times=2)

    listed = support.runs("Alice", "/oncall schedule")

    assert listed.blocks == []
    assert "Mon Nov 23, 8:00 AM" in listed.text


@pytest.mark.parametrize("may", [True, False])
def test_an_answer_replaces_another_whether_or_not_it_may_say_who_sees_it(
    support: World, may: bool, caplog: pytest.LogCaptureFixture
) -> None:
    support.sandbox.slack.truths.replacing_takes_response_type = may
    preview = support.runs("Alice", "/oncall override @greg friday")

    done = support.confirms("Alice", preview)

    assert support.shown("Alice", preview) == done.text
    assert warned(caplog) == []
