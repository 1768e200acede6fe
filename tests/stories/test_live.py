"""`run_bot.py check --live` on the sandbox: checks run, guarded, cleaned up and reported."""

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.live.context import Context
from bot.live.live_check import Answer, LiveCheck, Need, answered, yes
from bot.live.live_checks import LIVE_CHECKS
from bot.live.report import REPORT
from bot.live.runner import run
from bot.process import Bot
from bot.settings import Settings
from run_bot import cli
from sandbox.truths import SlackTruths, TwilioTruths
from tests.stories.command_line import reads
from tests.stories.live import LivePlace


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivePlace]:
    monkeypatch.chdir(tmp_path)  # the report goes there
    place = LivePlace(tmp_path)
    yield place
    place.close()


def check(
    run: Callable[[Context], Answer], key: str = "mine", *needs: Need, within: float = 10
) -> LiveCheck:
    """Return a check that is none of ours."""
    return LiveCheck(
        key=key,
        provider="Slack",
        question="Is it?",
        believed=True,
        source="https://docs.slack.dev",
        if_yes="It is.",
        if_no="It isn’t.",
        either_way="Nothing.",
        run=run,
        needs=needs,
        within=within,
    )


# --- all of them --------------------------------------------------------------------------------


def test_every_check_can_be_made_and_leaves_nothing_behind(place: LivePlace) -> None:
    found = {one.check.key: one.answer for one in place.tries()}

    assert found.keys() == {one.key for one in LIVE_CHECKS}
    assert {key: one for key, one in found.items() if one.says == "broke"} == {}
    place.is_clean()
    assert place.context
    assert set(place.context.left) == {
        "a text on that phone",
        "messages only you can see: they go away when you reload Slack",
        "an open form in Slack: close it",  # time passes there, but no trigger grows old
    }


def test_nobody_waits_between_what_they_are_asked_for() -> None:
    turns = {Need.PERSON: 1, Need.TEXTER: 2, Need.COSTLY: 3}
    order = [max([turns.get(need, 0) for need in one.needs], default=0) for one in LIVE_CHECKS]
    assert order == sorted(order)


def test_keys_are_unique_and_every_open_question_has_a_check() -> None:
    keys = [one.key for one in LIVE_CHECKS]

    assert len(keys) == len(set(keys))
    assert {one.name for one in (*fields(SlackTruths), *fields(TwilioTruths))} <= set(keys)


@pytest.mark.parametrize("truths", [SlackTruths(), TwilioTruths()], ids=["Slack", "Twilio"])
def test_what_is_believed_is_what_the_sandbox_does_by_itself(
    truths: SlackTruths | TwilioTruths,
) -> None:
    believed = {one.key: one.believed for one in LIVE_CHECKS}
    by_itself = {one.name: getattr(truths, one.name) for one in fields(truths)}
    yes_or_no = {name: holds for name, holds in by_itself.items() if isinstance(holds, bool)}

    assert {name: believed[name] for name in yes_or_no} == yes_or_no


@pytest.mark.parametrize("one", LIVE_CHECKS, ids=lambda one: one.key)
def test_a_check_says_everything(one: LiveCheck) -> None:
    assert one.question.endswith("?")
    assert one.source.startswith("https://")
    for words in (one.if_yes, one.if_no, one.either_way):
        assert words.endswith(".")


# --- what is missing is a reason, not an error ---------------------------------------------------


def test_without_anything_given_nothing_is_posted_and_nobody_is_texted(place: LivePlace) -> None:
    found = place.tries(
        channel="", sms_to="", deactivated="", private="", edit_window=False, costly=False
    )

    made = [one.check.needs for one in found if one.answer.says in ("yes", "no")]
    assert set(made) == {()}
    assert "no channel was given ('#channel')" in {one.answer.seen for one in found}
    assert place.sandbox.slack.calls("chat.postMessage") == []
    assert place.sandbox.twilio.calls
    assert place.alice.phone.messages == []
    assert [line for line in place.said if line.startswith("→")] == []


def test_once_nobody_does_what_is_asked_nothing_more_is(place: LivePlace) -> None:
    place.do = {"": lambda _: None}
    found = place.tries(costly=False, patience=0.2)

    asked = [one for one in found if Need.PERSON in one.check.needs]
    assert {one.answer.says for one in asked} == {"skipped"}
    assert asked[0].answer.seen == "nobody did that within 0.2 s"
    lines = [line for line in place.said if line.startswith("→")]
    assert [line.split(" ")[1] for line in lines] == ["Type", "At"]  # in Slack, and at the phone
    place.is_clean()


def test_while_the_bot_runs_nobody_is_asked_for_anything_in_slack(place: LivePlace) -> None:
    bot = Bot(Settings.from_environment(place.environment), place.clock)
    bot.start(jobs_run=False)
    try:
        found = place.tries(costly=False)
    finally:
        bot.stop()

    asked = [
        one.answer.seen
        for one in found
        if Need.PERSON in one.check.needs and one.check.provider == "Slack"
    ]
    assert "the bot is running and would take half of what people do" in asked[0]
    assert set(asked) == {asked[0]}
    assert [line for line in place.said if "At that phone" not in line] == []


def test_a_command_of_somebody_else_is_answered_with_a_word(place: LivePlace) -> None:
    bob = place.sandbox.person("Bob Brown", "+13125550102")
    place.channel.invite(bob.slack)
    answers = []

    def barges_in(line: str) -> None:
        answers.append(bob.runs("/oncall who", place.channel).text)
        place.do.clear()
        place.told(line)

    place.do = {"Type": barges_in}
    assert place.answers("numbers_become_links").says == "no"
    assert "I’m being checked right now" in answers[0]


# --- trouble ------------------------------------------------------------------------------------


def test_one_that_fails_is_named_and_the_rest_goes_on(place: LivePlace) -> None:
    def fails(context: Context) -> Answer:
        context.post(context.channel, text="Alice Anderson was here")
        raise ValueError("Alice Anderson +13125550101")

    def refused(context: Context) -> Answer:
        context.call("chat.update", channel=context.channel, ts="1.2", text="x")
        return yes()

    first, second, third = place.tries(
        checks=[
            check(fails, "one"),
            check(refused, "two"),
            check(lambda _: yes(), "three"),
        ]
    )

    assert first.answer == Answer("broke", "ValueError")
    assert second.answer == Answer("broke", "SlackApiError message_not_found")
    assert third.answer.says == "yes"
    place.is_clean()


def test_one_that_hangs_is_left_behind(place: LivePlace) -> None:
    held = threading.Event()

    ended = threading.Event()

    def hangs(context: Context) -> Answer:
        context.post(context.channel, text="I hang")
        held.wait(20)
        try:
            context.post(context.channel, text="I am late")
        finally:
            ended.set()
        return yes()

    first, second = place.tries(
        checks=[check(hangs, "one", within=0.5), check(lambda _: yes(), "two")]
    )
    held.set()
    assert ended.wait(5)

    assert first.answer == Answer("broke", "took longer than 0.5 s")
    assert second.answer.says == "yes"
    place.is_clean()


def test_ctrl_c_removes_what_was_made_and_keeps_what_was_found(place: LivePlace) -> None:
    def stopped(context: Context) -> Answer:
        context.post(context.channel, text="I am stopped")
        os.kill(os.getpid(), 2)
        threading.Event().wait(5)
        return yes()

    found = place.tries(
        checks=[
            check(lambda _: yes(), "one"),
            check(stopped, "two"),
            check(stopped, "three"),
        ]
    )

    assert [one.check.key for one in found] == ["one"]
    assert place.said == ["Stopped. Everything the checks made has been removed."]
    place.is_clean()


def test_a_second_ctrl_c_waits_until_everything_is_removed(place: LivePlace) -> None:
    place.sandbox.slack.fault("chat.delete", "ratelimited", then=lambda: os.kill(os.getpid(), 2))

    def stopped(context: Context) -> Answer:
        context.post(context.channel, text="I am stopped")
        os.kill(os.getpid(), 2)
        threading.Event().wait(5)
        return yes()

    assert place.tries(checks=[check(stopped)]) == []
    assert place.said == [
        "Removing what the checks posted…",
        "Stopped. Everything the checks made has been removed.",
    ]
    place.is_clean()


def test_what_a_check_makes_too_late_is_removed_at_once(place: LivePlace) -> None:
    gone = threading.Event()

    def hangs(context: Context) -> Answer:
        answer = context.call("chat.postMessage", channel=context.channel, text="I am late")
        gone.wait(20)
        where = {"channel": context.channel, "ts": answer["ts"]}
        context.later("a post", lambda: context.call("chat.delete", **where))
        return yes()

    place.tries(checks=[check(hangs, within=0.2)])
    gone.set()
    place.sandbox.slack.until(lambda: place.channel.messages == [])
    assert place.context
    assert place.context.left == []


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_stop_does_the_same(place: LivePlace, sign: signal.Signals) -> None:
    before = signal.getsignal(sign)

    def stopped(context: Context) -> Answer:
        context.post(context.channel, text="I am stopped")
        os.kill(os.getpid(), sign)
        threading.Event().wait(5)
        return yes()

    assert place.tries(checks=[check(stopped)]) == []
    assert signal.getsignal(sign) == before
    place.is_clean()


def test_a_connection_that_slack_closes_is_opened_again(place: LivePlace) -> None:
    def typed(context: Context) -> Answer:
        context.typed({"text": "Thanks."})
        return yes()

    def dropped(context: Context) -> Answer:
        context.connected()
        place.sandbox.slack.drop_connections()
        while context.door.is_open:  # the check may take ten seconds
            threading.Event().wait(0.01)
        return yes()

    first, second = place.tries(checks=[check(dropped, "one"), check(typed, "two")])
    assert (first.answer.says, second.answer.says) == ("yes", "yes")


def test_what_cannot_be_removed_is_said(place: LivePlace) -> None:
    place.sandbox.slack.fault("chat.delete", "error:internal_error")
    place.tries("tables_in_posts")

    assert place.context
    assert place.context.left == ["a post of the check (couldn’t be removed: SlackApiError)"]
    assert "couldn’t be removed" in place.report


def test_slack_asking_to_wait_is_waited_for(place: LivePlace) -> None:
    place.sandbox.slack.fault("chat.postMessage", "ratelimited", retry_after=30)
    before = place.clock.now()

    assert place.answers("tables_in_posts").says == "yes"
    assert (place.clock.now() - before).total_seconds() == 30


# --- the report ---------------------------------------------------------------------------------


def test_the_report_tells_nobody_who_or_where_this_is(place: LivePlace) -> None:
    place.tries()
    settings, me = place.settings, place.context and place.context.me
    assert me
    planted = [
        settings.slack_bot_token,
        settings.slack_app_token,
        settings.sms.password,
        settings.sms.account_sid,
        str(settings.sms.phone_number),
        "+13125550101",
        "312 555 0101",
        "+1 (312) 555-0101",
        place.channel.id,
        "#warroom",
        place.private.id,
        place.gone.id,
        place.alice.id,
        place.alice.slack.handle,
        "Grace Gone",
        "#secrets",
        str(me["team"]),
        str(me["team_id"]),
        str(me["user"]),
        str(me["url"]),
        "SM0123456789abcdef0123456789abcdef",
        "W0123456789",
        "https://hooks.slack.com/commands/T1/2/3",
        "acme.slack.com",
        "alice@example.com",
    ]
    plain = place.findings[0]
    answer = Answer("yes", "Seen: " + " ; ".join(planted))
    place.findings.append(replace(plain, answer=answer))
    for count, secret in enumerate(planted):
        place.findings.append(replace(plain, answer=Answer("no", f"seen:{secret}, {count}")))
        assert place.context
        place.context.leaves(f"a text to {secret}")
    said = place.report

    assert [one for one in planted if one.lstrip("#") in said] == []
    assert f"| Slack | `{plain.check.key}` | {plain.check.question} | No | seen:…, 5 |" in said


def test_what_is_seen_on_the_terminal_is_in_the_report(place: LivePlace) -> None:
    assert place.checks()

    lines = [line for line in place.said if not line.startswith("→")]
    for one in LIVE_CHECKS:
        found = [line for line in lines if f"{one.provider}: {one.question} " in line]
        assert all(line[0] in "✓!–" for line in found)
        assert len(found) == 1 or Need.SERVICE in one.needs  # why they are skipped is said once
    said = REPORT.read_text(encoding="utf-8")
    assert [one.key for one in LIVE_CHECKS if f"| `{one.key}` |" not in said] == []
    assert any(line.startswith("! Left behind: a text on that phone") for line in lines)
    assert lines[-1].startswith("live-report.md has the details")
    assert "expected" in said


def test_an_answer_that_nobody_expected_asks_for_the_report(place: LivePlace) -> None:
    place.sandbox.slack.truths.numbers_become_links = True

    assert place.checks("numbers_become_links")
    assert (
        "! Slack: Does Slack turn a phone number in a command into a link? Yes (as a link). "
        "Numbers come as <tel:…|…>, with spaces in them. "
        "Not what we expected: please send us the report."
    ) in place.said
    assert "| Yes | as a link | no |" in REPORT.read_text(encoding="utf-8")


def test_a_no_that_was_expected_is_nothing_to_do(place: LivePlace) -> None:
    assert place.checks("in_a_grid")
    (line,) = [line for line in place.said if "Enterprise Grid" in line]
    assert line.startswith("✓ Slack: Is this workspace part of an Enterprise Grid? No. ")
    assert "1 check: 1 no." in place.said


def test_what_could_not_be_tried_is_marked_as_wrong(place: LivePlace) -> None:
    place.sandbox.slack.fault("users.list", "error:fatal_error")
    assert not place.checks("people_listed_whole")
    (line,) = [line for line in place.said if "Can everybody in the workspace be listed" in line]
    assert line.startswith("✗ Slack: ")
    assert "Could not be run" in line


def test_why_checks_are_skipped_is_said_once(place: LivePlace) -> None:
    assert place.checks(channel="", sms_to="", deactivated="", private="", costly=False)
    said = [line for line in place.said if "no phone was given (--sms-to +1…)" in line]
    assert said[0].startswith("– Twilio: Does ")
    assert re.fullmatch(r"– \d+ more skipped because no phone was given \(.*\)\.", said[1])
    assert len(said) == 2
    assert not any("nobody texted" in line for line in place.said)  # nobody was asked
    assert len(place.said) < 30


def test_texts_that_stay_on_the_phone_are_counted(place: LivePlace) -> None:
    def texts(context: Context) -> Answer:
        context.leaves("a text on that phone")
        context.leaves("a text on that phone")
        return yes()

    place.tries(checks=[check(texts)])
    assert "- a text on that phone (2 times)" in place.report.splitlines()


def test_a_check_that_takes_long_says_how_far_it_is(place: LivePlace) -> None:
    said = threading.Semaphore(0)

    def tell(line: str) -> None:
        place.told(line)
        said.release()

    context = Context(place.settings, place.options(), tell=tell, clock=place.clock)
    slow = check(lambda _: answered(all(said.acquire(timeout=10) for _ in range(2))))

    def asks(context: Context) -> Answer:
        context.tell("→ Look out of the window", 5)
        return answered(not threading.Event().wait(0.3))  # longer than a silence

    run([slow, check(asks, "two")], context, lambda _: None, silent_at_most=0.2)
    *far, last = place.said
    assert last == "→ Look out of the window"
    assert len(far) >= 2
    for line in far:
        assert re.fullmatch(rf"… Slack: {re.escape(slow.question)} \(\d s of at most 10 s\)", line)


def test_a_report_that_cannot_be_written_is_shown(place: LivePlace) -> None:
    REPORT.mkdir()

    assert not place.checks("scopes_in_headers")
    assert place.said[-1].startswith("✗ can’t write live-report.md (")
    assert "| `scopes_in_headers` |" in place.said[-1]


def test_where_slack_lets_nobody_in_nothing_is_tried(place: LivePlace) -> None:
    place.sandbox.slack.fault("auth.test", "error:account_inactive")

    assert not place.checks()
    assert place.said == ["✗ Slack: it says account_inactive. Nothing was checked."]
    assert not REPORT.exists()


def test_the_report_is_private_and_says_what_was_found(place: LivePlace) -> None:
    REPORT.write_text("an older one", encoding="utf-8")
    REPORT.chmod(0o644)
    result = CliRunner().invoke(
        cli,
        ["check", "--live", "warroom", "--only", "tables_in_posts", "--only", "scopes_in_headers"],
        env={**place.environment, "ONCALL_CHANNEL": place.channel.id},
    )
    reads("check --live", result.output)

    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert "✓ Slack: Do Slack’s answers say which scopes the app has? Yes." in "\n".join(lines)
    assert "2 checks: 2 yes." in lines
    assert REPORT.stat().st_mode & 0o777 == 0o600
    said = REPORT.read_text(encoding="utf-8")
    assert "| Slack | `tables_in_posts` |" in said
    assert "SLACK_API_URL is set" in said
    assert "an older one" not in said
    place.is_clean()


# --- what is typed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["warroom"], "These arguments are for the live check: run_bot.py check --live"),
        (["--costly"], "These arguments are for the live check"),
        (
            ["--live", "nowhere"],
            "nowhere: I can’t find that channel. Check the name, or give its id",
        ),
        (["--live", "C0404"], "C0404: it says channel_not_found."),
        (["--live", "outside"], "I’m not in outside. Type there: /invite @WhoseOnFirst"),
        (["--live", "--sms-to", "hello"], "for example +13125550101."),
        (["--live", "--sms-to", "312 555 0101"], "+13125550101"),
        (["--live", "--deactivated", "grace"], "a Slack user id such as U0123456789"),
        (["--live", "--private", "secrets"], "a channel id such as C0123456789"),
        (["--live", "--only", "all"], "there’s no check all"),
    ],
)
def test_what_is_typed_wrong(place: LivePlace, words: list[str], expected: str) -> None:
    place.sandbox.slack.channel("outside", bot=False)
    result = CliRunner().invoke(
        cli, ["check", *words], env={**place.environment, "ONCALL_CHANNEL": place.channel.id}
    )
    reads("check --live", result.output)

    assert result.exit_code == 1
    assert expected in result.output
    assert not REPORT.exists()
    assert place.sandbox.slack.calls("chat.postMessage") == []


def test_with_settings_that_are_wrong_nothing_is_tried(place: LivePlace) -> None:
    result = CliRunner().invoke(
        cli, ["check", "--live"], env={**place.environment, "SLACK_BOT_TOKEN": "hello"}
    )

    assert result.exit_code == 1
    assert "✗ Settings: SLACK_BOT_TOKEN must start with xoxb-" in result.output
    assert isinstance(result.exception, SystemExit)
    assert not REPORT.exists()
