"""The command line: run, demo, check, health, import, export. Wiring only."""

import io
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from dotenv import load_dotenv

from bot.files import ENVIRONMENT_FILE, Unreadable, environment_file, text_of
from bot.health import look
from bot.logs import set_up
from bot.redaction import Redactor
from bot.settings import Settings, SettingsProblem, database_url
from scheduling.changes import checks
from scheduling.clock import Clock, SteadyClock, SystemClock
from scheduling.words.visible import without_hidden
from storage.database import (
    DatabaseProblem,
    NoDatabaseYet,
    close_database,
    in_words,
    open_database,
    open_to_look,
    reading,
)
from storage.models import Team
from storage.queries import teams

if TYPE_CHECKING:
    from bot.check import Line

log = logging.getLogger("whoseonfirst")

# The clock by which all of this goes.
machine: Clock = SystemClock()
# Seconds from a signal to the end of the process, whatever is stuck.
ENDS_WITHIN = 4.5
NO_TEAM_YET = "There’s no team yet."
LARGE_FILE = 20_000  # characters: importing more says how far it is

cli = typer.Typer(
    help="Tells a team who’s on call: /oncall in Slack, a text every morning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@cli.callback()
def environment(context: typer.Context) -> None:
    """Read .env, where there is one; what is set already wins."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without ✓ must not end the program
            stream.reconfigure(errors="backslashreplace")
    os.umask(0o077)  # whatever is written here may have phone numbers in it
    if context.invoked_subcommand == "demo":  # it needs no settings
        return
    try:
        text, odd = environment_file(ENVIRONMENT_FILE)
    except Unreadable as problem:
        raise _stop(str(problem)) from None
    for line in odd:
        typer.echo(line, err=True)
    try:
        load_dotenv(stream=StringIO(text))
    except UnicodeEncodeError:
        raise _stop(
            f"{ENVIRONMENT_FILE} has characters that this terminal's locale can't show. Set "
            "PYTHONUTF8=1, or a locale such as LANG=C.UTF-8."
        ) from None


@cli.command()
def run() -> None:
    """Run the bot until SIGTERM, SIGHUP or Ctrl-C."""
    # Not above: `health` runs every half minute, and needs neither Slack nor Twilio.
    from slack_sdk.errors import SlackApiError  # noqa: PLC0415

    from bot.process import Bot  # noqa: PLC0415
    from bot.slack.connection import OFF, OFF_IN_WORDS  # noqa: PLC0415
    from bot.slack.link import CONNECTION_ERRORS  # noqa: PLC0415

    try:
        settings = Settings.from_environment(os.environ)
    except SettingsProblem as problem:
        raise _stop(*problem.problems, "To check everything else, too: run_bot.py check") from None
    set_up(settings.log_level, settings.log_format, settings.secrets)
    redacted = Redactor(settings.secrets)
    ending = _until_signaled()
    bot = Bot(settings, SteadyClock(machine))
    try:
        identity = bot.start()
    except DatabaseProblem as problem:
        raise _stop(str(problem)) from None
    except SlackApiError as error:
        code = str(error.response["error"])
        if code in OFF:
            raise _stop(f"Slack: {OFF_IN_WORDS}.") from None
        code = code if code.isidentifier() else f"HTTP {error.response.status_code}"
        raise _stop(f"Slack says {code}. To see what to do: run_bot.py check") from None
    except CONNECTION_ERRORS as error:
        reason = redacted(str(error).rstrip("."))
        raise _stop(f"Slack couldn’t be reached: {reason}. Check the network.") from None
    log.info(
        "%s%s; SMS by Twilio account %s%s; database %s.",
        f"Connected to Slack as {identity.bot_name} in {identity.workspace}"
        if identity
        else "Not connected to Slack yet",
        f" at {settings.slack_api_url}" if settings.slack_api_url else "",
        settings.sms.account_sid,
        f" at {settings.sms.api_url}" if settings.sms.api_url else "",
        settings.database_url,
    )
    _log_teams()
    ending.wait()
    log.info("Stopping.")
    ended = bot.stop()
    log.info("Stopped." if ended else "Stopped with calls under way; the next start follows up.")
    logging.shutdown()
    if not ended:
        os._exit(0)  # a call that hangs would keep its thread, and the process, beyond its time


def _until_signaled() -> threading.Event:
    """Return an event that SIGTERM, SIGHUP and Ctrl-C set.

    `ENDS_WITHIN` seconds later the process ends, whatever is stuck, even the main thread.
    """
    ending = threading.Event()
    byte, woken = socket.socketpair()
    woken.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # `nohup` has SIGHUP ignored, and that is to stay so.
        if sign != signal.SIGHUP or signal.getsignal(sign) != signal.SIG_IGN:
            signal.signal(sign, lambda *_: ending.set())

    def end() -> None:
        with byte, woken:  # which live as long as this thread waits
            byte.recv(1)
        threading.Event().wait(ENDS_WITHIN)
        os._exit(0)  # what is under way is on record, and the next start takes it up

    threading.Thread(target=end, name="ending", daemon=True).start()
    return ending


def _log_teams() -> None:
    with reading():
        for team in teams.known():
            log.info(
                "Team %s: notified at %s %s, channel %s.",
                team.name,
                team.notify_at,
                team.time_zone,
                team.channel_id or "none",
            )


@cli.command()
def demo(
    once: Annotated[bool, typer.Option(help="End after the first morning.")] = False,
    empty: Annotated[bool, typer.Option(help="Begin without a team, to set one up.")] = False,
) -> None:
    """Show the main job on a local Slack and phone network; no account needed."""
    from sandbox.demo import run_demo  # noqa: PLC0415 - the bot itself never loads the sandbox

    raise typer.Exit(0 if run_demo(once=once, empty=empty) else 1)


@cli.command()
def check(  # noqa: PLR0917 - typer gives them by name
    channel: Annotated[
        str, typer.Argument(help="With --live: where the checks may post, 'test' or C0123456789.")
    ] = "",
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Also try out what Slack’s and Twilio’s documentation leaves open, with the real "
            "credentials. Posts go to the channel given, and are removed. Writes live-report.md.",
        ),
    ] = False,
    sms_to: Annotated[
        str, typer.Option(help="With --live: a phone to text, +13125550101. Costs cents.")
    ] = "",
    deactivated: Annotated[
        str, typer.Option(help="With --live: a deactivated account, U0123456789.")
    ] = "",
    private: Annotated[
        str, typer.Option(help="With --live: a private channel with the bot in it, without you.")
    ] = "",
    edit_window: Annotated[
        bool,
        typer.Option(
            "--edit-window",
            help="With --live: say that your workspace lets people edit for a minute at most.",
        ),
    ] = False,
    costly: Annotated[
        bool,
        typer.Option("--costly", help="With --live: also what takes minutes or uses up a limit."),
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="With --live: a single check, by its key.")
    ] = None,
    wait: Annotated[
        float,
        typer.Option(min=1, help="With --live: seconds for each thing that you’re asked to do."),
    ] = 60.0,
) -> None:
    """Check settings, database, Slack and Twilio: a line each, exit code 1 if one is wrong."""
    from bot.check import check as run_check  # noqa: PLC0415 - as in `run`

    given = [channel, sms_to, deactivated, private, edit_window, costly, only]
    if any(given) and not live:
        raise _stop("These arguments are for the live check: run_bot.py check --live")
    fine = True
    for line in run_check(os.environ):
        typer.echo(f"{_mark(line)} {without_hidden(line.text)}")
        fine = fine and line.fine
    if not live:
        raise typer.Exit(0 if fine else 1)
    from bot.live import check as live_command  # noqa: PLC0415 - the rest need not load it

    try:
        settings = Settings.from_environment(os.environ)
        options = live_command.options(
            settings,
            machine,
            channel=channel,
            sms_to=sms_to,
            deactivated=deactivated,
            private=private,
            edit_window=edit_window,
            costly=costly,
            patience=wait,
        )
        live_checks = live_command.chosen(only or [])
    except SettingsProblem:
        raise typer.Exit(1) from None  # said above
    except live_command.Wrong as wrong:
        raise _stop(str(wrong)) from None

    def say(line: str) -> None:
        typer.echo(without_hidden(line))

    for hint in live_command.beforehand(live_checks, settings, options):
        say(hint)
    tried = live_command.live(settings, options, live_checks, machine, say)
    raise typer.Exit(0 if fine and tried else 1)


def _mark(line: "Line") -> str:
    if line.advice:
        return "!"
    mark, plain = ("✓", "ok:") if line.fine else ("✗", "WRONG:")
    try:
        mark.encode(sys.stdout.encoding)
    except UnicodeEncodeError:  # a terminal that doesn't know it
        return plain
    return mark


@cli.command()
def health() -> None:
    """Exit with 0 if the bot is alive, connected, and gets its work done."""
    try:
        open_to_look(database_url(os.environ))
        found = look(machine)
        close_database()
    except Exception as error:  # noqa: BLE001 - whatever it is, the bot is not well
        raise _stop(f"Can’t read the heartbeat: {error}") from None
    if not found.fine:
        raise _stop(found.words)
    typer.echo(found.words)


@cli.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A TOML file such as examples/support-team.toml.")],
) -> None:
    """Make a team, with members and shifts, from a TOML file."""
    import tomllib  # noqa: PLC0415 - as in `run`: the bot itself reads no file

    from scheduling.changes import team_file  # noqa: PLC0415

    try:
        source = text_of(file)
        data = tomllib.loads(source)
    except Unreadable as error:
        raise _stop(str(error)) from None
    except (ValueError, RecursionError) as error:
        why = error if isinstance(error, ValueError) else "it’s nested too deeply"
        raise _stop(f"{file} is not TOML: {why}. See examples/support-team.toml.") from None
    sender = os.environ.get("TWILIO_PHONE_NUMBER", "").strip()
    checks.we_send_from(lambda: [sender] if sender else [])
    _open(lambda url: open_database(url, migrate=False))
    large = len(source) > LARGE_FILE
    try:
        with in_words(database_url(os.environ)):
            team = team_file.import_team(
                data,
                machine.now(),
                source=source,
                progress=lambda line: typer.echo(line, err=True) if large else None,
            )
    except team_file.Problems as problems:
        raise _stop(*problems.lines, "Nothing was imported.") from None
    except DatabaseProblem as problem:
        raise _stop(str(problem), "Nothing was imported.") from None
    finally:
        close_database()
    typer.echo(f"Imported the team {team.name}. /oncall schedule shows who’s on call when.")


@cli.command()
def export(
    team: Annotated[str, typer.Argument(help="The team's name, if there are several.")] = "",
) -> None:
    """Write a team as TOML to standard output, as `import` takes it."""
    import tomli_w  # noqa: PLC0415 - as in `import`

    from scheduling.changes import team_file  # noqa: PLC0415

    _open(open_to_look)
    try:
        with in_words(database_url(os.environ)):
            with reading():
                there = list(Team.select())
            found = [one for one in there if team in ("", one.name)]
            if len(found) != 1:
                names = ", ".join(one.name for one in there)
                raise _stop(f"Which team? Choose one: {names}." if there else NO_TEAM_YET)
            described = team_file.export_team(found[0], machine.now())
        # As bytes: TOML is UTF-8, whatever the terminal's encoding is.
        typer.echo(tomli_w.dumps(described).encode(), nl=False)
    except DatabaseProblem as problem:
        raise _stop(str(problem)) from None
    finally:
        close_database()


def _open(how: Callable[[str], object]) -> None:
    try:
        how(database_url(os.environ))
    except NoDatabaseYet as problem:
        raise _stop(str(problem), NO_TEAM_YET) from None
    except DatabaseProblem as problem:
        raise _stop(str(problem)) from None


def _stop(*lines: str) -> typer.Exit:
    for line in lines:
        # A name in it, of a file or from one, must not move the terminal's cursor.
        typer.echo(without_hidden(line), err=True)
    return typer.Exit(1)


def main() -> None:
    """Run the command line."""
    sys.exit(cli())


if __name__ == "__main__":
    main()
