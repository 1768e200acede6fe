"""Operators' text files, read strictly, with one line about what is wrong with a file."""

import logging
import re
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

ENVIRONMENT_FILE = Path(".env")
# Bytes: neither settings nor a team file is ever larger.
MOST = 10_000_000
UTF8 = "Save it as UTF-8"
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_LOOKS = 2000  # bytes


class Unreadable(Exception):
    """A file can't be read as text; the message is one line that never shows its content."""


class Missing(Unreadable):
    """There is no such file."""


def text_of(path: Path, name: str = "") -> str:
    """Return the text of a UTF-8 file, without a byte order mark. Raises Unreadable.

    `name` begins the sentence that says what is wrong; the path itself if left out.
    """
    name = name or str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST + 1)
    except FileNotFoundError:
        raise Missing(f"{name} does not exist. Check the path.") from None
    except IsADirectoryError:
        raise Unreadable(
            f"{name} is a directory, not a file. Docker makes one if the file to mount doesn't "
            "exist: remove the directory and create the file."
        ) from None
    except PermissionError:
        raise Unreadable(
            f"{name} can't be read: permission denied. Give the user that runs the bot read "
            f"access: chmod u+r {path}, or chown it."
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "that isn't a path"
        raise Unreadable(f"{name} can't be read: {why}.") from None
    if len(content) > MOST:
        raise Unreadable(f"{name} is larger than {MOST // 1_000_000} MB. Is it the right file?")
    return _decoded(content, name, path)


def _decoded(content: bytes, name: str, path: Path) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    encoding = encoding or _wide(content[:_LOOKS])
    if encoding:
        raise Unreadable(
            f"{name} is {encoding}. {UTF8}: iconv -f {encoding} -t UTF-8 {path} > new, or "
            "“Save as” in the editor."
        )
    if b"\x00" in content:
        raise Unreadable(f"{name} is not a text file. Is it the right one?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"{name} is not UTF-8 (line {line}). {UTF8}; if it is Latin-1: "
            f"iconv -f LATIN1 -t UTF-8 {path} > new."
        ) from None


def _wide(content: bytes) -> str | None:
    """Return UTF-16 if text without a byte order mark looks like it: every other byte is 0."""
    if len(content) >= 2 and not len(content) % 2:
        for zeros, letters in ((content[1::2], content[::2]), (content[::2], content[1::2])):
            if not any(zeros) and all(letters):
                return "UTF-16"
            if zeros.count(0) > 0.9 * len(zeros) and letters.count(0) < 0.05 * len(letters):
                return "UTF-16"
    return None


def environment_file(path: Path) -> tuple[str, list[str]]:
    """Return the text of a .env file, and a line about each of its lines that sets nothing.

    Both are empty if there is none. Raises Unreadable.
    """
    try:
        text = text_of(path)
    except Missing:
        return "", []
    # It warns of the same lines, without naming the file.
    logging.getLogger("dotenv.main").setLevel(logging.ERROR)
    odd = []
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key and binding.value is None):
            written = binding.original.string
            line = binding.original.line + written[: -len(written.lstrip())].count("\n")
            odd.append(f"{path}, line {line}, isn't NAME=value, so it's ignored.")
    return text, odd


def secret_of(path: Path, name: str) -> str:
    """Return the one line of a secret's file, stripped. Raises Unreadable."""
    lines = [line.strip() for line in text_of(path, name).splitlines()]
    filled = [line for line in lines if line]
    if not filled:
        raise Unreadable(f"{name} is empty. Put only the value in it.")
    if len(filled) > 1:
        raise Unreadable(f"{name} has {len(filled)} lines. Keep only the line with the value.")
    return filled[0]


def unprintable(value: str) -> str | None:
    """Return the first character that no token, key or URL has, described; None if all are fine."""
    found = re.search(r"[^!-~]", value)
    if found is None:
        return None
    code = f"U+{ord(found[0]):04X}"
    kind = {" ": "a space", "\t": "a tab", "\n": "a line break", "\r": "a line break"}
    kind |= dict.fromkeys("“”„‘’", "a typographic quotation mark")
    return f"{kind.get(found[0], code)} (character {found.start() + 1})"
