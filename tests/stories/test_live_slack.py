"""The live check's questions to Slack on the sandbox, with both answers where it can give both."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.live.live_check import Answer
from sandbox.slack.manifest import Manifest
from sandbox.truths import SlackTruths
from tests.stories.live import LivePlace


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivePlace]:
    monkeypatch.chdir(tmp_path)
    place = LivePlace(tmp_path)
    yield place
    place.is_clean()
    place.close()


Deed = Callable[[LivePlace], object]


def says(holds: bool) -> str:
    return "yes" if holds else "no"


# --- open questions ------------------------------------------------------------------------------

FIELDS = [field.name for field in fields(SlackTruths)]


@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("field", FIELDS)
def test_a_check_finds_out_what_holds(place: LivePlace, field: str, holds: bool) -> None:
    setattr(place.sandbox.slack.truths, field, holds)
    place.sandbox.slack.limits_editing(timedelta(minutes=1))

    assert place.answers(field).says == says(holds)


# --- the rest, both ways where the sandbox can ---------------------------------------------------


def refuses(method: str, code: str) -> Deed:
    return lambda place: place.sandbox.slack.fault(method, f"error:{code}")


def waits(method: str) -> Deed:
    return lambda place: place.sandbox.slack.fault(method, "ratelimited", retry_after=90)


def refused_with_200(place: LivePlace) -> None:
    place.sandbox.slack.truths.refused_answers_say_why = False


def no_tables(place: LivePlace) -> None:
    place.sandbox.slack.truths.tables_in_response_urls = False


def sees_none(place: LivePlace) -> None:
    place.do = {"Is there a table": place.clicks("✗ No")}


@pytest.mark.parametrize(
    ("key", "deed", "seen"),
    [
        ("scopes_in_headers", None, ""),
        ("user_groups_refused", None, "missing_scope"),
        ("people_listed_whole", None, "3 entries on 1 page"),
        ("channels_listed_whole", None, "2 entries on 1 page"),
        ("two_connections", None, "the hello counts 2"),
        ("deactivated_is_marked", None, ""),
        ("deactivated_takes_messages", None, ""),
        ("tables_in_posts", None, "taken"),
        ("tables_have_a_limit", None, "invalid_blocks"),
        ("dates_in_tables_count", None, "invalid_blocks"),
        ("updates_have_a_limit", None, "msg_too_long"),
        ("posts_are_found", None, "at lookup 1"),
        ("updates_keep_metadata", None, ""),
        ("histories_come_in_hundreds", LivePlace.talks, "20 messages of 200 asked for"),
        ("updates_are_limited", lambda place: place.sandbox.slack.real_tiers(), "429 at update 51"),
        ("late_triggers_expire", refuses("views.open", "expired_trigger_id"), "expired_trigger_id"),
        ("tables_are_replaced", None, "taken with 200"),
        ("refused_answers_say_why", None, "400 "),
        ("ephemeral_posts", None, "taken"),
        ("tables_in_ephemerals", None, "taken"),
        ("mentions_have_labels", None, "a label without a space"),
        ("commands_in_direct_messages", None, ""),
        ("direct_messages_arrive", None, ""),
        ("direct_posts_are_found", None, ""),
        ("reconnects_are_asked_for", None, ""),
    ],
)
def test_a_check_that_says_yes(place: LivePlace, key: str, deed: Deed | None, seen: str) -> None:
    if deed:
        deed(place)
    found = place.answers(key)

    assert found.says == "yes"
    assert found.seen.startswith(seen)


@pytest.mark.parametrize(
    ("key", "deed", "seen"),
    [
        ("in_a_grid", None, ""),
        (
            "people_listed_whole",
            waits("users.list"),
            "429 after 0 pages, 0 entries; Retry-After 90",
        ),
        ("channels_listed_whole", waits("conversations.list"), "429 after 0 pages"),
        (
            "deactivated_takes_messages",
            refuses("chat.postMessage", "user_disabled"),
            "user_disabled",
        ),
        ("tables_in_posts", refuses("chat.postMessage", "invalid_blocks"), "invalid_blocks"),
        ("updates_are_limited", None, "60 updates in "),
        (
            "refused_answers_say_why",
            lambda place: place.sandbox.slack.fault("response_url", "500"),
            "500",
        ),
        ("refused_answers_say_why", refused_with_200, "200 "),
        ("ephemeral_posts", refuses("chat.postEphemeral", "user_not_in_channel"), "user_not_in_ch"),
        ("tables_in_ephemerals", refuses("chat.postEphemeral", "invalid_blocks"), "invalid_blocks"),
        ("tables_in_ephemerals", sees_none, "taken"),
        ("late_triggers_expire", None, "opened"),
        ("tables_are_replaced", no_tables, "400 "),
    ],
)
def test_a_check_that_says_no(place: LivePlace, key: str, deed: Deed | None, seen: str) -> None:
    if deed:
        deed(place)
    found = place.answers(key)

    assert found.says == "no"
    assert found.seen.startswith(seen)


OWN = Manifest.of_the_app()


@pytest.mark.parametrize(
    ("manifest", "key", "seen"),
    [
        (
            replace(OWN, scopes=OWN.scopes | {"usergroups:read"}),
            "user_groups_refused",
            "listed",
        ),
        (replace(OWN, messages=False), "commands_in_direct_messages", ""),
        (
            replace(OWN, events=frozenset({"app_home_opened"})),
            "direct_messages_arrive",
            "it was typed, but didn’t reach the app",
        ),
    ],
)
def test_an_app_that_was_made_from_another_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifest: Manifest, key: str, seen: str
) -> None:
    monkeypatch.chdir(tmp_path)
    place = LivePlace(tmp_path, manifest)
    found = place.tries("numbers_become_links", key, patience=2.0)

    assert {one.check.key: one.answer for one in found}[key] == Answer("no", seen)
    place.close()


def test_nothing_is_sent_to_an_account_that_is_there(place: LivePlace) -> None:
    found = place.answers("deactivated_takes_messages", deactivated=place.alice.id)

    assert found == Answer("skipped", "that account isn’t deactivated, so I sent it nothing")
    assert place.answers("deactivated_is_marked", deactivated=place.alice.id).says == "no"


def test_a_quiet_channel_says_nothing_of_long_histories(place: LivePlace) -> None:
    assert place.answers("histories_come_in_hundreds").says == "skipped"


@pytest.mark.parametrize(
    ("key", "says"),
    [("tables_in_response_urls", "no"), ("answers_limited_together", "yes")],
)
def test_a_refusal_that_comes_with_200_is_one(place: LivePlace, key: str, says: str) -> None:
    truths = place.sandbox.slack.truths
    truths.refused_answers_say_why = truths.tables_in_response_urls = False
    truths.answers_limited_together = True

    assert place.answers(key).says == says


def test_where_socket_mode_is_off_nobody_is_asked_for_anything(place: LivePlace) -> None:
    place.sandbox.slack.fault("apps.connections.open", "error:link_disabled")
    found = place.tries("two_connections", "numbers_become_links", "ephemeral_posts")

    reason = "Socket Mode can’t connect (SlackApiError link_disabled)"
    assert [one.answer for one in found] == [Answer("skipped", reason)] * 3
    assert place.said == []


def test_a_private_channel_that_the_person_is_in_says_nothing_of_pickers(place: LivePlace) -> None:
    place.private.invite(place.alice.slack)

    found = place.answers("private_channels_in_pickers")
    assert found == Answer("skipped", "whoever clicked is in that private channel")


def test_a_picker_that_slack_refuses_is_a_no(place: LivePlace) -> None:
    place.sandbox.slack.fault("views.open", "error:invalid_arguments")

    found = place.answers("private_channels_in_pickers")
    assert found == Answer("no", "the form is refused: invalid_arguments")


def test_another_refusal_of_an_edit_says_nothing_of_the_window(place: LivePlace) -> None:
    place.sandbox.slack.fault("chat.update", "error:is_archived")

    assert place.answers("edit_window_binds_apps") == Answer(
        "skipped", "Slack answered is_archived"
    )


def test_an_answer_that_a_response_url_refuses_is_reported_with_its_code(place: LivePlace) -> None:
    assert place.answers("refused_answers_say_why").seen == "400 invalid_blocks"
