"""The findings as lines for the terminal, and as a file to attach to a bug report."""

import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.live.context import Context
from bot.live.runner import Finding
from bot.redaction import Redactor
from scheduling.words.wording import several

REPORT = Path("live-report.md")
PACKAGES = ("slack-sdk", "slack-bolt", "websocket-client", "twilio", "requests")
MOST_SEEN = 300  # characters of what a check saw
# Ids of Slack (U0123456789) and of Twilio (SM and 32 hex digits), and digits as long as a number.
_SLACK_ID = re.compile(r"\b[A-Z][A-Z0-9]{8,}\b")
_SID = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b", re.IGNORECASE)
_DIGITS = re.compile(r"\+?[\d•](?:[ ().-]{0,2}[\d•]){6,}")
_ADDRESS = re.compile(r"\b(?:https?|wss?)://\S+|\b\S+@\S+\.\w+|\b[\w-]+\.slack\.com\S*")
SAYS = {"yes": "Yes", "no": "No", "skipped": "Skipped", "broke": "Could not be run"}


class Veil:
    """Removes everything that identifies a person or place. Stricter than a log's redaction."""

    def __init__(self, names: Iterable[str], secrets: Iterable[str]) -> None:
        self._redacted = Redactor(secrets)
        words = sorted((name.lstrip("#@") for name in names), key=len, reverse=True)
        self._names = re.compile(
            "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words if word) or r"(?!)",
            re.IGNORECASE,
        )

    def __call__(self, text: str) -> str:
        """Return the text without tokens, numbers, ids, addresses and the names we know."""
        text = self._redacted(text)
        for hidden in (_ADDRESS, self._names, _SID, _SLACK_ID, _DIGITS):
            text = hidden.sub("…", text)
        return text


def line_of(finding: Finding) -> str:
    """Return a finding as a line for the terminal. The marks mean the same as in `check`."""
    mark = {"skipped": "–", "broke": "✗"}.get(finding.answer.says, "!" if finding.is_new else "✓")
    return f"{mark} {_told(finding)}"


def _told(finding: Finding) -> str:
    check, answer = finding.check, finding.answer
    seen = f" ({answer.seen})" if answer.seen else ""
    if answer.says == "skipped":
        return f"{check.provider}: {check.question} Skipped because {answer.seen}."
    if answer.says == "broke":
        return f"{check.provider}: {check.question} Could not be run{seen}."
    new = " Not what we expected: please send us the report." if finding.is_new else ""
    return f"{check.provider}: {check.question} {SAYS[answer.says]}{seen}. {finding.means}{new}"


def summary(findings: Iterable[Finding]) -> str:
    """Return how many checks had which answer, in a line."""
    counted = Counter[str](finding.answer.says for finding in findings)
    parts = [f"{counted[says]} {word.lower()}" for says, word in SAYS.items() if counted[says]]
    return f"{several(sum(counted.values()), 'check')}: {', '.join(parts) or 'none run'}."


def left_behind(context: Context) -> list[str]:
    """Return the things that couldn't be removed, each once."""
    counted = Counter(context.left)
    return [one if times == 1 else f"{one} ({times} times)" for one, times in counted.items()]


def report(findings: Sequence[Finding], context: Context, at: datetime) -> str:
    """Return the report as Markdown, without anything that identifies a person or place."""
    veil = Veil(context.hidden, context.settings.secrets)
    lines = [
        "# Live report",
        "",
        f"Made by `run_bot.py check --live` on {at:%Y-%m-%d}. {summary(findings)} Tokens, numbers, "
        "names and ids are removed.",
        "",
        *(f"- {what}" for what in _setting(context)),
        "",
        "| | key | question | answer | seen | expected |",
        "|---|---|---|---|---|---|",
    ]
    for finding in findings:
        check, answer = finding.check, finding.answer
        seen = _cell(veil(answer.seen)[:MOST_SEEN])
        expected = "" if answer.says not in ("yes", "no") else "no" if finding.is_new else "yes"
        lines.append(
            f"| {check.provider} | `{check.key}` | {_cell(check.question)} | {SAYS[answer.says]} "
            f"| {seen} | {expected} |"
        )
    if left := left_behind(context):
        lines += ["", "Left behind:", "", *(f"- {_cell(veil(one))}" for one in left)]
    return "\n".join([*lines, ""])


def write(text: str, path: Path = REPORT) -> None:
    """Write a report that only its owner can read; an older one is replaced. Raises OSError."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    file = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write(text)
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _setting(context: Context) -> list[str]:
    settings, options = context.settings, context.options
    sender = "a messaging service" if settings.sms.messaging_service_sid else "a number"
    given = [
        name
        for name in ("channel", "sms_to", "deactivated", "private", "edit_window", "costly")
        if getattr(options, name)
    ]
    where = [
        name
        for name, url in (
            ("SLACK_API_URL", settings.slack_api_url),
            ("TWILIO_API_URL", settings.sms.api_url),
        )
        if url
    ]
    python = f"Python {platform.python_version()} on {sys.platform}"
    return [
        f"{python}; {', '.join(f'{one} {_version(one)}' for one in PACKAGES)}",
        f"Texts come from {sender}; given: {', '.join(given) or 'nothing'}",
        *(f"{name} is set, so this may not be the real service" for name in where),
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
