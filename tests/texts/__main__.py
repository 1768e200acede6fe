"""`make texts`: everything that the bot can say, by who reads it; or the examples, found again."""

import argparse
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sandbox.slack.render import mrkdwn
from tests.texts.examples import READERS, Example, chosen, heard, keep, kept
from tests.texts.matching import LONG, Texts
from tests.texts.templates import Template, templates

# Who reads the texts of a file, for those without an example.
FILES = {
    "run_bot.py": "terminal",
    "bot/check.py": "check",
    "bot/leaving.py": "check",
    "bot/live/": "live check",
    "bot/slack/": "answer",
    "bot/": "terminal",
    "sandbox/": "demo",
    "scheduling/channels/twilio/account.py": "check",
    "scheduling/words/sms.py": "text",
    "scheduling/words/replies.py": "text",
    "scheduling/words/agreement.py": "direct",
    "scheduling/words/directs.py": "direct",
    "scheduling/changes/": "refusal",
    "storage/database.py": "terminal",
    "storage/files.py": "terminal",
    "": "channel",
}


_BUTTON = re.compile(r"^\[ .+ \]$", re.MULTILINE)


class _Names:
    """People and channels, by the ids that the sandbox gives them: 'U0001ALICE' is Alice."""

    def user(self, id: str) -> str:
        """Return a user's name."""
        return id.lstrip("UW0123456789").title() or id

    def channel(self, id: str) -> str:
        """Return a channel's name."""
        return id.lstrip("C0123456789").lower() or id


def main() -> None:
    """Print everything, or add the texts recorded in a folder to the examples."""
    parser = argparse.ArgumentParser(prog="python -m tests.texts", description=__doc__)
    parser.add_argument("--heard", type=Path, help="what `pytest -p tests.texts.heard` wrote")
    parser.add_argument("--whole", action="store_true", help="it was heard in all of the tests")
    asked = parser.parse_args()
    heard_in = asked.heard
    texts = Texts(templates())
    if heard_in:
        before = [one for one in kept() if one.by_hand or not asked.whole]
        usual = chosen(texts, before, heard(heard_in))
        keep(chosen(texts, usual, heard(heard_in, "*.odd")))
        shutil.rmtree(heard_in)
    sys.stdout.writelines(f"{line}\n" for line in printed(texts, kept()))


def printed(texts: Texts, examples: Sequence[Example]) -> Iterator[str]:
    """Yield the lines: each reader's examples, with the code that the words come from."""
    by_reader: dict[str, list[Example]] = {reader: [] for reader in READERS}
    for one in examples:
        by_reader[one.reader].append(one)
    left = dict(texts.by_key)
    for one in examples:
        for text in texts.said(one.says).templates:
            left.pop(text, None)
    for reader, title in READERS.items():
        yield from ("", f"## {title}", "")
        for one in by_reader[reader]:
            yield from _example(one, texts)
        yield from _alone(reader, left)
    yield from ("", "## Buttons", "")
    yield from sorted({f"  {one}" for example in examples for one in _BUTTON.findall(example.says)})


def _example(one: Example, texts: Texts) -> Iterator[str]:
    for line in _read(one).splitlines():
        yield f"  {line}"
    said = texts.said(one.says).plainly
    # A single word is said by chance.
    whole = {text for text in said if len("".join(text)) >= LONG} or said
    found = [texts.by_key[text][0] for text in whole]
    yield f"      {_where(found)}{' (said by no test)' if one.by_hand else ''}"
    yield ""


def _alone(reader: str, left: Mapping[tuple[str, ...], list[Template]]) -> Iterator[str]:
    """Yield the texts without an example: whole texts, and parts of texts."""
    rows = [found[0] for found in left.values() if _reader(found[0].file) == reader]
    if rows:
        yield from ("  Also, each by itself or in a longer text:", "")
        for one in rows:
            yield f"  {one.text.strip()}"
            yield f"      {one.where}"
        yield ""


def _reader(file: str) -> str:
    return next(reader for begins, reader in FILES.items() if file.startswith(begins))


def _read(one: Example) -> str:
    if one.reader in ("text", "check", "live check", "terminal", "demo"):
        return one.says
    return mrkdwn(
        one.says, _Names(), ZoneInfo("America/Chicago"), datetime(2026, 11, 23, tzinfo=UTC)
    )


def _where(found: Iterable[Template]) -> str:
    """Return files and lines in short form: 'a.py:3 5, b.py:7'."""
    lines: dict[str, set[int]] = {}
    for one in found:
        lines.setdefault(one.file, set()).add(one.line)
    return ", ".join(f"{file}:{' '.join(map(str, sorted(lines[file])))}" for file in sorted(lines))


if __name__ == "__main__":
    main()
