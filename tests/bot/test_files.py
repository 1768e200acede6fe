"""Files in any encoding and state: their text, or one line that says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files import MOST, Unreadable, environment_file, secret_of, text_of, unprintable
from tests.nobody import folder_of_nobody

SECRET = "xoxb-1234567890-hunter2hunter2"


def wrong(path: Path) -> str:
    """Return the line about a file that can't be taken."""
    with pytest.raises(Unreadable) as caught:
        text_of(path)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    assert "hunter2" not in line
    return line


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "ascii"])
def test_utf_8_with_and_without_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(f"A={SECRET}\r\nB=2\r\n".encode(encoding))

    assert text_of(file) == f"A={SECRET}\r\nB=2\r\n"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (f"A={SECRET}\n".encode("utf-16"), "is UTF-16. Save it as UTF-8: iconv -f UTF-16"),
        (f"A={SECRET}\n".encode("utf-16-le"), "is UTF-16. Save it as UTF-8"),
        (f"A={SECRET}\n".encode("utf-16-be"), "is UTF-16. Save it as UTF-8"),
        (f"A={SECRET}\nB=Süd\n".encode("utf-16-le"), "is UTF-16. Save it as UTF-8"),
        (f"A={SECRET}\n".encode("utf-32"), "is UTF-32. Save it as UTF-8"),
        (f"A={SECRET}\nB=Süd\n".encode("latin-1"), "is not UTF-8 (line 2). Save it as UTF-8"),
        (f"A={SECRET}\nB=“Süd”\n".encode("cp1252"), "is not UTF-8 (line 2). Save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR hunter2", "is not a text file"),
        (b"SQLite format 3\x00 hunter2", "is not a text file"),
        (b"hunter2" * (MOST // 7 + 1), "is larger than 10 MB"),
    ],
)
def test_another_encoding_or_kind_is_reported_with_what_to_do(
    tmp_path: Path, content: bytes, error: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)

    assert error in wrong(file)


def test_what_is_not_a_file_is_reported(tmp_path: Path) -> None:
    assert "does not exist" in wrong(tmp_path / "none")
    assert "is a directory" in wrong(tmp_path)
    assert "can't be read" in wrong(tmp_path / ("x" * 300))
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "can't be read" in wrong(loop)


@given(st.binary(max_size=200))
def test_whatever_is_in_a_file_it_is_text_or_a_line(
    tmp_path_factory: object, content: bytes
) -> None:
    assert isinstance(tmp_path_factory, pytest.TempPathFactory)
    file = tmp_path_factory.getbasetemp() / "anything"
    file.write_bytes(content)

    try:
        content.decode()
        is_text = b"\x00" not in content and not content.startswith((b"\xff\xfe", b"\xfe\xff"))
    except UnicodeDecodeError:
        is_text = False
    if is_text:
        assert text_of(file).encode() == content.removeprefix(b"\xef\xbb\xbf")
    else:
        wrong(file)


@pytest.mark.parametrize(
    "content",
    [f"{SECRET}", f"{SECRET}\n", f"\ufeff{SECRET}\r\n", f"\n\n  {SECRET}  \n\n"],
)
def test_spaces_around_a_secret_are_dropped(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_text(content)

    assert secret_of(file, "X_FILE names it, which") == SECRET


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "which is empty"),
        (" \r\n\n", "which is empty"),
        (f"{SECRET}\n{SECRET}\n", "which has 2 lines"),
        (f"{SECRET}\r# of the bot\r", "which has 2 lines"),
    ],
)
def test_a_secret_with_something_beside_it_is_reported_without_it(
    tmp_path: Path, content: str, error: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content.encode())

    with pytest.raises(Unreadable) as caught:
        secret_of(file, "X_FILE names it, which")
    assert error in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_lines_of_an_environment_file_that_set_nothing_are_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\n\nB: 2\n# a comment\nexport C=3\nD\n")

    assert environment_file(file)[1] == [
        f"{file}, line 3, isn't NAME=value, so it's ignored.",
        f"{file}, line 6, isn't NAME=value, so it's ignored.",
    ]
    assert environment_file(tmp_path / "none") == ("", [])


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("xoxb-1 2", "a space (character 7)"),
        ("xoxb-1\n2", "a line break (character 7)"),
        ("xoxb-“1”", "a typographic quotation mark (character 6)"),
        ("xoxb-1\u200b", "U+200B (character 7)"),
        ("xoxb-12_ab%", None),
    ],
)
def test_a_character_that_no_token_has_is_described(value: str, error: str | None) -> None:
    assert unprintable(value) == error


def test_a_file_without_permission_is_reported_with_the_command_that_gives_it() -> None:
    with folder_of_nobody() as folder:
        path = folder / ".env"
        path.touch(mode=0)

        with pytest.raises(Unreadable) as caught:
            text_of(path, ".env")

    assert ".env can't be read: permission denied" in str(caught.value)
    assert f"chmod u+r {path}" in str(caught.value)
