"""`run_bot.py check --live`: from its options to findings on the terminal and in a file."""

import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

from bot.live.context import Context, Options, is_given
from bot.live.live_check import LiveCheck, Need
from bot.live.live_checks import LIVE_CHECKS
from bot.live.report import REPORT, left_behind, line_of, report, summary, write
from bot.live.runner import Finding, run
from bot.process import asking_client, describe_error
from bot.redaction import Redactor
from bot.settings import Settings
from bot.slack.directory import Directory
from scheduling.changes import checks
from scheduling.channels.slack.errors import SLACK_ERRORS
from scheduling.clock import Clock
from scheduling.errors import Refusal
from scheduling.numbers import parse_number
from scheduling.words.wording import several


class Wrong(Exception):
    """An argument or option is wrong; the message says what would be right."""


def options(
    settings: Settings,
    clock: Clock,
    *,
    channel: str = "",
    sms_to: str = "",
    deactivated: str = "",
    private: str = "",
    edit_window: bool = False,
    costly: bool = False,
    patience: float = 60.0,
) -> Options:
    """Return the checked options; a channel's name is looked up in Slack. Raises Wrong."""
    try:
        phone = parse_number(sms_to) if sms_to else None
    except Refusal as refusal:
        raise Wrong(f"--sms-to: {refusal}") from None
    if deactivated and not re.fullmatch(r"[UW][A-Z0-9]{2,}", deactivated):
        raise Wrong("--deactivated takes a Slack user id such as U0123456789.")
    if private and not re.fullmatch(checks.CHANNEL, private):
        raise Wrong("--private takes a channel id such as C0123456789.")
    return Options(
        channel=_channel(settings, clock, channel) if channel else None,
        sms_to=phone,
        deactivated=deactivated or None,
        private=private or None,
        edit_window=edit_window,
        costly=costly,
        patience=patience,
    )


def chosen(only: Collection[str]) -> Sequence[LiveCheck]:
    """Return the checks with these keys, all if there are none. Raises Wrong."""
    keys = {check.key for check in LIVE_CHECKS}
    if unknown := [key for key in only if key not in keys]:
        raise Wrong(
            f"--only: there’s no check {unknown[0]}. The checks are: {', '.join(sorted(keys))}."
        )
    return [check for check in LIVE_CHECKS if not only or check.key in only]


def live(
    settings: Settings,
    options: Options,
    live_checks: Sequence[LiveCheck],
    clock: Clock,
    say: Callable[[str], None],
    *,
    pause: Callable[[float], object] = time.sleep,
) -> bool:
    """Run the checks, say the findings and write the report; return whether all could be run.

    A skipped check counts as run. Everything that the checks made is removed.
    """
    context = Context(settings, options, tell=say, clock=clock, pause=pause)
    redacted = Redactor(settings.secrets, numbers=False)
    try:
        context.introduces_itself()
    except SLACK_ERRORS as error:
        context.close()
        say(f"✗ Slack: {redacted(describe_error(error))}. Nothing was checked.")
        return False
    skipped = Counter[str]()

    def found(finding: Finding) -> None:
        """Say a finding; a reason to skip is said once, and counted from then on."""
        why = finding.answer.seen if finding.answer.says == "skipped" else ""
        skipped[why] += 1
        if not why or skipped[why] == 1:
            say(redacted(line_of(finding)))

    findings = run(live_checks, context, found)
    for why, times in skipped.items():
        if why and times > 1:
            say(redacted(f"– {times - 1} more skipped because {why}."))
    for left in left_behind(context):
        say(f"! Left behind: {redacted(left)}")
    say(summary(findings))
    text = report(findings, context, clock.now())
    try:
        write(text)
    except OSError as error:
        say(f"✗ can’t write {REPORT} ({error.strerror}), so here it is:\n\n{text}")
        return False
    say(f"{REPORT} has the details, without names, numbers or tokens. Attach it to a bug report.")
    whole = len(findings) == len(live_checks)
    return whole and not any(finding.answer.says == "broke" for finding in findings)


def beforehand(
    live_checks: Sequence[LiveCheck], settings: Settings, options: Options
) -> Iterator[str]:
    """Yield what people should know before it begins: who is needed when, and what it costs."""
    made = [
        one for one in live_checks if all(is_given(need, settings, options) for need in one.needs)
    ]
    at_phone = [check for check in made if Need.TEXTER in check.needs]
    in_slack = [check for check in made if Need.PERSON in check.needs and check not in at_phone]
    if in_slack or at_phone:
        alone = len(made) - len(in_slack) - len(at_phone)
        groups = ((in_slack, "somebody in Slack"), (at_phone, "somebody at the phone"))
        first, *second = [(len(group), whom) for group, whom in groups if group]
        needed = (
            f"{'Then ' if alone else ''}{first[0]} need{'s' if first[0] == 1 else ''} {first[1]}"
        )
        needed += "".join(f", and {count} {whom}" for count, whom in second)
        alone_needs = f"{alone} need{'s' if alone == 1 else ''} nobody. " if alone else ""
        yield f"{several(len(made), 'check')}. {alone_needs}{needed}. Ctrl-C ends it anytime."
    texting = [check for check in made if {Need.PHONE, Need.TEXTER} & set(check.needs)]
    if texting:
        most = several(1 + sum(check.texts for check in texting), "text")
        yield f"At most {most} to that phone. They cost a few cents, and so do the replies."
    if any(check.texts for check in at_phone):
        yield (
            "The phone’s owner is asked to reply STOP, then START. If you stop in between, text "
            "START yourself. The bot reads these replies, too, when it runs again."
        )


def _channel(settings: Settings, clock: Clock, typed: str) -> str:
    """Return the id of a channel that the bot is in. Raises Wrong."""
    client = asking_client(settings)
    try:
        known = re.fullmatch(checks.CHANNEL, typed)
        found = typed if known else Directory(client, clock).channel_named(typed)
        channel = client.conversations_info(channel=found)["channel"]
    except Refusal as refusal:  # worded for Slack, where one can pick a channel
        answered = refusal.__cause__ is None
        what = "I can’t find that channel" if answered else "Slack didn’t list its channels in time"
        act = "give its id, such as C0123456789 (at the bottom of “View channel details”)"
        private = " If it’s private, invite me first: /invite @WhoseOnFirst" if answered else ""
        raise Wrong(f"{typed}: {what}. Check the name, or {act}.{private}") from None
    except SLACK_ERRORS as error:
        raise Wrong(f"{typed}: {describe_error(error)}.") from None
    if not channel.get("is_member"):
        raise Wrong(f"I’m not in {typed}. Type there: /invite @WhoseOnFirst")
    return found
