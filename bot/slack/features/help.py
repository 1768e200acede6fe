"""/oncall help: made from the table of subcommands; and the ways to type a time."""

from bot.slack.blocks import Reply
from bot.slack.command import ALIASES, Commands, Section, Subcommand, subcommand
from bot.slack.request import Request
from bot.slack.typed import COMMAND

# What can be typed, and what it means. A test types each of them.
WHOLE_SHIFTS = (
    (
        ("tomorrow", "friday", "24 dec", "2026-12-24"),
        "the shift that starts that day, or that day’s part of a longer shift or a gap",
    ),
    (("next friday",), "Friday of next week"),
    (("friday to sunday", "this weekend", "next week"), "all shifts of those days"),
    (("next",), "the next shift"),
    (("until friday",), "from now through Friday’s shift"),
)
WITH_TIMES = (
    (("friday 14:00 to 18:00", "10pm to 6am", "noon to midnight"), "just those hours"),
    (("until 6pm", "rest of the day"), "starting now"),
    (("now for 3 hours", "friday 14:00 for 90 min", "in 2 hours for 90 min"), "start and length"),
    (
        ("tomorrow morning", "friday afternoon", "tonight"),
        "8 AM to noon, noon to 6 PM, 6 PM to 8 AM (an evening ends at midnight)",
    ),
    (
        ("9am EST to 5pm EST", "9am to 5pm Pacific time", "9am to 5pm in Berlin"),
        "local time there",
    ),
)
MOMENTS = (
    (("friday 6pm", "noon", "in 2 hours", "2026-12-24T18:00Z"), "that moment"),
    (("next week", "tonight", "tomorrow"), "everybody who’s on call then"),
    (("next",), "who’s on call after this shift"),
)


@subcommand(
    "help",
    Section.NOW,
    takes="[WORD]",
    does="this list; `help take` for one command, `help when` for times",
    examples=("help", "help override", "help when"),
    question=True,
)
def show(request: Request) -> Reply:
    """Return the help on the request's words."""
    if " ".join(request.words).lower() in ("when", "time", "times", "date", "dates"):
        return how_to_say_when()
    if not request.words:
        return everything(request.commands)
    return about(request.commands, request.words)


def everything(commands: Commands) -> Reply:
    """Return an example of every command, by section."""
    return Reply.of(
        *(_section(commands, section) for section in Section),
        small_print=f"Leave anything out and a form asks for it. More about one command: "
        f"`{COMMAND} help override`. How to say when: `{COMMAND} help when`.",
        title="Help",
    )


def _section(commands: Commands, section: Section) -> str:
    lines = [
        f"• {_typed(one.examples[0])} – {one.does}"
        for one in commands.shown()
        if one.section is section
    ]
    return "\n".join([f"*{section}*", *lines]) if lines else ""


def about(commands: Commands, words: list[str]) -> Reply:
    """Return what a subcommand does, with examples. Raises Refusal if there is no such one."""
    words = [ALIASES.get(words[0].lower(), words[0]), *words[1:]]
    asked = " ".join(words).lower()
    found = [
        one
        for one in commands.shown()
        if one.name == asked or (one.name and one.name.split()[0] == asked.split()[0])
    ]
    if not found:
        raise commands.unknown(words)
    optional = any("[" in one.takes for one in found)
    return Reply.of(
        *map(_explained, found),
        small_print="You can leave out what’s in [brackets]." if optional else "",
        title="Help",
    )


def _explained(one: Subcommand) -> str:
    for_leads = " For leads." if one.for_leads else ""
    return "\n".join(
        (
            f"`{one.usage}` – {one.does}.{for_leads}",
            *(f"    {_typed(example)}" for example in one.examples),
        )
    )


def how_to_say_when() -> Reply:
    """Return the ways to type a time, with examples."""
    return Reply.of(
        "*How to say when*",
        f"Whole shifts, as in {_typed('take friday')}:\n{_lines(WHOLE_SHIFTS)}",
        f"Times, as in {_typed('take friday 14:00 to 18:00')}:\n{_lines(WITH_TIMES)}",
        f"To look it up, as in {_typed('who friday 6pm')}:\n{_lines(MOMENTS)}",
        small_print="Times are on the team’s clock unless you name a zone. If a time comes twice "
        "because clocks go back, I use the next one. Times are to the minute. You always see "
        "what I understood before anything changes.",
        title="How to say when",
    )


def _lines(ways: tuple[tuple[tuple[str, ...], str], ...]) -> str:
    return "\n".join(
        f"• {', '.join(f'`{phrase}`' for phrase in phrases)} – {meaning}"
        for phrases, meaning in ways
    )


def _typed(example: str) -> str:
    return f"`{COMMAND} {example}".rstrip() + "`"
