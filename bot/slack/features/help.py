"""/oncall help: made from the table that answers the commands; and how to say when."""

from bot.slack.blocks import Reply
from bot.slack.command import ALIASES, Commands, Section, subcommand
from bot.slack.request import Request
from bot.slack.typed import COMMAND

# What can be typed, and what it means. Each is tried by a test.
WHOLE_SHIFTS = (
    (
        ("tomorrow", "friday", "24 dec", "2026-12-24"),
        "that day: the whole shift that starts on it, its part of a longer one, or the gap",
    ),
    (("next friday",), "that day of next week"),
    (("friday to sunday", "this weekend", "next week"), "those days, whole shifts"),
    (("next",), "the next turn"),
    (("until friday",), "from now, with Friday’s shift"),
)
WITH_TIMES = (
    (("friday 14:00 to 18:00", "10pm to 6am", "noon to midnight"), "that stretch"),
    (("until 6pm", "rest of the day"), "from now on"),
    (("now for 3 hours", "friday 14:00 for 90 min", "in 2 hours for 90 min"), "a start, a length"),
    (
        ("tomorrow morning", "friday afternoon", "tonight"),
        "8:00 to 12:00, 12:00 to 18:00, 18:00 to 8:00; an evening is 18:00 to 24:00",
    ),
    (
        ("9am EST to 5pm EST", "9am to 5pm Pacific time", "9am to 5pm in Berlin"),
        "on the clocks there",
    ),
)
MOMENTS = (
    (("friday 6pm", "noon", "in 2 hours", "2026-12-24T18:00Z"), "that moment"),
    (("next week", "tonight", "tomorrow"), "who has each part of it"),
    (("next",), "who is on call after this turn"),
)


@subcommand(
    "help",
    Section.LOOKING,
    takes="[WORD]",
    does="this list, or more about one of its words; `help when` tells how to say when",
    examples=("help", "help override", "help when"),
)
def show(request: Request) -> Reply:
    """Return the help about what was asked for."""
    if " ".join(request.words).lower() in ("when", "time", "times", "date", "dates"):
        return how_to_say_when()
    if not request.words:
        return everything(request.commands)
    return Reply.of(about(request.commands, request.words))


def everything(commands: Commands) -> Reply:
    """Return all that can be typed, by section."""
    return Reply.of(
        "*What I understand*",
        *(_section(commands, section) for section in Section),
        f"More about one: `{COMMAND} help override`. How to say when: `{COMMAND} help when`",
    )


def _section(commands: Commands, section: Section) -> str:
    lines = [f"• `{one.usage}` – {one.does}" for one in commands.shown() if one.section is section]
    return "\n".join([f"*{section}*", *lines]) if lines else ""


def about(commands: Commands, words: list[str]) -> str:
    """Return what a word does, with examples. Raises Refusal for one that is unknown."""
    words = [ALIASES.get(words[0].lower(), words[0]), *words[1:]]
    asked = " ".join(words).lower()
    found = [
        one
        for one in commands.shown()
        if one.name == asked or (one.name and one.name.split()[0] == asked.split()[0])
    ]
    if not found:
        raise commands.unknown(words)
    return "\n".join(
        f"`{one.usage}`\n{one.does[0].upper()}{one.does[1:]}."
        + (" For leads." if one.for_leads else "")
        + "".join(f"\n    `{COMMAND} {example}`" for example in one.examples)
        for one in found
    )


def how_to_say_when() -> Reply:
    """Return the ways to say when, with examples."""
    return Reply.of(
        "*How to say when*",
        f"For whole shifts, as in `{COMMAND} take friday`:\n" + _lines(WHOLE_SHIFTS),
        f"With times, as in `{COMMAND} take friday 14:00 to 18:00`:\n" + _lines(WITH_TIMES),
        f"To look, as in `{COMMAND} who friday 6pm`:\n" + _lines(MOMENTS),
        small_print="Times are on the team’s clock unless you name a zone. If clocks show a time "
        "twice, it’s the one still ahead. Nothing is finer than a minute. You always see what I "
        "understood before anything changes.",
        title="How to say when",
    )


def _lines(ways: tuple[tuple[tuple[str, ...], str], ...]) -> str:
    return "\n".join(
        f"• {', '.join(f'`{phrase}`' for phrase in phrases)}: {meaning}"
        for phrases, meaning in ways
    )
