"""Each command, given files in any state, says in one line what is wrong."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.world import Sandbox
from tests.stories.command_line import ROOT, run_bot

COMMANDS = (["check"], ["run"], ["health"], ["import", "team.toml"], ["export"])
TOKEN = "xoxb-1234-hunter2hunter2"
LINES = f"SLACK_BOT_TOKEN={TOKEN}\nONCALL_TEAM=Süd\n"


def run(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a folder; no traceback and no token, whatever is there."""
    ended = run_bot(*words, environment=environment, folder=folder)
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    assert "hunter2" not in said
    return ended


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(running=True) as sandbox:
        yield sandbox


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (LINES.encode("utf-16"), ".env is UTF-16"),
        (LINES.encode("utf-16-le"), ".env is UTF-16"),
        (LINES.encode("latin-1"), ".env is not UTF-8 (line 2)"),
        (b"\x00\x01hunter2\x00\x00\x00", ".env is not a text file"),
    ],
)
def test_an_env_that_is_not_utf_8_is_reported_for_every_command(
    tmp_path: Path, command: list[str], content: bytes, expected: str
) -> None:
    (tmp_path / ".env").write_bytes(content)

    ended = run(tmp_path, *command)

    assert ended.returncode == 1
    assert expected in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_an_env_that_is_a_directory_or_not_to_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert ".env is a directory, not a file" in run(tmp_path, "check").stderr
    (tmp_path / ".env").rmdir()
    (tmp_path / ".env").symlink_to("/proc/self/mem")  # opens, and fails to read, even for root
    assert ".env can't be read" in run(tmp_path, "check").stderr


def test_the_demo_needs_no_env(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(LINES.encode("utf-16"))

    assert run(tmp_path, "demo", "--help").returncode == 0


def test_an_env_with_a_mark_and_windows_lines_is_as_good_as_any(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    channel = sandbox.slack.channel("support")
    settings = sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}", ONCALL_CHANNEL=channel.id)
    text = "\r\n".join(f"{name}={value}" for name, value in settings.items())
    (tmp_path / ".env").write_bytes(text.encode("utf-8-sig"))

    ended = run(tmp_path, "check")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "✓ Settings: complete." in ended.stdout


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "which is empty"),
        (f"{TOKEN}\n{TOKEN}\n".encode(), "which has 2 lines"),
        (f"{TOKEN}\n# the bot's\n".encode(), "which has 2 lines"),
        (f"{TOKEN}\n".encode("utf-16"), "which is UTF-16"),
        (f"{TOKEN}ü\n".encode("latin-1"), "which is not UTF-8"),
        (f"“{TOKEN}”\n".encode(), "starts with a quotation mark"),
        (f'"{TOKEN}"\n'.encode(), "starts with a quotation mark"),
        (f"{TOKEN}’\n".encode(), "has a typographic quotation mark (character 25)"),
        (f"{TOKEN} {TOKEN}".encode(), "has a space"),
        (None, "which is a directory"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "TWILIO_AUTH_TOKEN"])
def test_a_secret_file_that_is_wrong_is_said_without_what_is_in_it(  # noqa: PLR0917
    tmp_path: Path, sandbox: Sandbox, name: str, command: str, content: bytes | None, expected: str
) -> None:
    file = tmp_path / "secret"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    settings = sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}")
    settings.pop(name)

    ended = run(tmp_path, command, **settings, **{f"{name}_FILE": str(file)})

    assert ended.returncode == 1
    (line,) = (one for one in (ended.stdout + ended.stderr).splitlines() if name in one)
    assert expected in line
    assert not (tmp_path / "bot.db").exists()


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\n\r\n", ""])
def test_a_secret_file_with_a_mark_and_any_end_of_line_is_read(
    tmp_path: Path, sandbox: Sandbox, command: str, end: str
) -> None:
    file = tmp_path / "secret"
    settings = sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}")
    file.write_bytes(f"{settings.pop('SLACK_BOT_TOKEN')}{end}".encode("utf-8-sig"))
    settings["SLACK_APP_TOKEN"] = "xapp-wrong"

    ended = run(tmp_path, command, **settings, SLACK_BOT_TOKEN_FILE=str(file))

    said = ended.stdout + ended.stderr
    assert "SLACK_BOT_TOKEN:" not in said
    assert "invalid_auth" in said  # of the other one


@pytest.mark.parametrize("command", [["check"], ["run"]], ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("SLACK_API_URL", "http://bot:hunter2@127.0.0.1:1/api/"),
        ("SLACK_API_URL", "http://bot:hunter2@/api/"),
        ("TWILIO_API_URL", "http://bot:hunter2@127.0.0.1:1"),
        ("TWILIO_API_URL", "ftp://bot:hunter2@127.0.0.1:1"),
        ("HEARTBEAT_URL", "http://bot:hunter2@127.0.0.1:port/"),
        ("HEARTBEAT_URL", "http://[hunter2"),
        ("DATABASE_URL", "mysql://bot:hunter2@db/oncall"),
        ("DATABASE_URL", "mysql://db/oncall?user=bot&password=hunter2"),
        ("DATABASE_URL", "sqlite:///nowhere/bot.db?password=hunter2@x"),
        ("ONCALL_CHANNEL", "xoxb-hunter2"),
        ("TWILIO_PHONE_NUMBER", "xoxb-hunter2"),
        ("LOG_LEVEL", "xapp-hunter2"),
    ],
)
def test_a_secret_in_a_url_or_in_the_wrong_place_is_not_repeated(
    tmp_path: Path, sandbox: Sandbox, command: list[str], name: str, url: str
) -> None:
    settings = sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}", SLACK_BOT_TOKEN="xoxb-no")

    ended = run(tmp_path, *command, **{**settings, name: url})

    assert ended.returncode == 1


@pytest.mark.parametrize("command", ["check", "run"])
def test_placeholders_that_were_left_are_named(tmp_path: Path, command: str) -> None:
    example = (ROOT / ".env.example").read_text()
    (tmp_path / ".env").write_text(example)
    ended = run(tmp_path, command)
    said = ended.stdout + ended.stderr
    required = [line.partition("=")[0] for line in example.splitlines() if line[:1].isalpha()]
    assert len(required) == 5
    for name in required:
        assert f"{name} is still the placeholder from .env.example" in said

    commented = "\n".join(
        line.removeprefix("#") if line.startswith("#") and "=" in line.split(" ")[0] else line
        for line in example.splitlines()
    )
    (tmp_path / ".env").write_text(commented)
    ended = run(tmp_path, command)
    for name in ("TWILIO_API_KEY", "TWILIO_MESSAGING_SERVICE_SID", "ONCALL_CHANNEL"):
        assert f"{name} is still the placeholder" in ended.stdout + ended.stderr
    for name in ("ONCALL_ADMINS", "HEARTBEAT_URL"):
        assert f"{name} is still the placeholder" in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[team]\n".encode("utf-16"), "team.toml is UTF-16"),
        ('[team]\nname = "Süd"\n'.encode("latin-1"), "team.toml is not UTF-8 (line 2)"),
        (b"[team]\n" + b"#" * 11_000_000, "team.toml is larger than 10 MB"),
        (b"a = " + b"[" * 100_000, "team.toml is not TOML: it’s nested too deeply"),
        (b"a = " + b"9" * 10_000, "team.toml is not TOML"),
        (b"\x89PNG\x00", "team.toml is not a text file"),
        (None, "team.toml is a directory"),
    ],
)
def test_a_team_file_that_cannot_be_read_is_said_and_makes_no_database(
    tmp_path: Path, content: bytes | None, expected: str
) -> None:
    file = tmp_path / "team.toml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)

    ended = run(tmp_path, "import", str(file), DATABASE_URL=f"sqlite:///{tmp_path / 'bot.db'}")

    assert ended.returncode == 1
    assert expected in ended.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["team.toml"]


def test_a_team_file_with_a_mark_is_taken_and_comes_out_again_as_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "team.toml"
    file.write_bytes('[team]\r\nname = "Süd"\r\n'.encode("utf-8-sig"))
    url = f"sqlite:///{tmp_path / 'bot.db'}"

    assert run(tmp_path, "import", str(file), DATABASE_URL=url).returncode == 0
    out = run(tmp_path, "export", DATABASE_URL=url, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert 'name = "Süd"' in out.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_of_another_encoding_shows_what_it_can(
    tmp_path: Path, sandbox: Sandbox, encoding: str
) -> None:
    settings = sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}", ONCALL_TEAM="Süd")
    mark = "✗" if encoding == "utf-8" else "WRONG:"

    ended = run(tmp_path, "check", **settings, PYTHONIOENCODING=encoding, LC_ALL="C")
    assert f"{mark} Slack: no channel yet" in ended.stdout
    assert "is active." in ended.stdout
    assert run(tmp_path, "health", PYTHONIOENCODING=encoding, LC_ALL="C").returncode == 1


def test_a_value_that_is_not_utf_8_is_reported(tmp_path: Path, sandbox: Sandbox) -> None:
    settings = sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}", ONCALL_TEAM="S\udcfcd")

    assert "ONCALL_TEAM is not UTF-8" in run(tmp_path, "check", **settings).stdout
    assert "ONCALL_TEAM is not UTF-8" in run(tmp_path, "run", **settings).stderr


def test_files_that_others_can_read_are_reported_with_the_fix(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    channel = sandbox.slack.channel("support")
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    settings = sandbox.environment(url, ONCALL_CHANNEL=channel.id)
    secret = tmp_path / "token"
    secret.write_text(settings.pop("SLACK_BOT_TOKEN"))
    (tmp_path / ".env").write_text(f"SLACK_BOT_TOKEN_FILE={secret}\n")
    (tmp_path / "team.toml").write_text('[team]\nname = "Support"\n')
    assert run(tmp_path, "import", "team.toml", DATABASE_URL=url).returncode == 0
    files = [tmp_path / ".env", secret, tmp_path / "bot.db"]
    for file in files:
        file.chmod(0o644)

    ended = run(tmp_path, "check", **settings)

    assert ended.returncode == 0
    advice = [line for line in ended.stdout.splitlines() if line.startswith("! ")]
    assert [line.rpartition(": ")[2] for line in advice] == [
        "chmod 600 .env",
        f"chmod 600 {secret}",
        f"chmod 600 {tmp_path / 'bot.db'}*",
    ]
    for line in advice:
        subprocess.run(["sh", "-c", line.rpartition(": ")[2]], cwd=tmp_path, check=True)
    assert "! " not in run(tmp_path, "check", **settings).stdout
