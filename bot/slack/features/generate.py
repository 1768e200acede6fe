"""/oncall generate: how many weeks ahead to plan."""

from bot.slack import previews
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.forms import Fields, Form, text_field
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import settings
from scheduling.changes.teams import PlanWeeks, WeeksPlanned
from scheduling.errors import Refusal
from scheduling.rota import schedule
from scheduling.words.lines import number_of
from scheduling.words.times import clock_time
from scheduling.words.wording import several
from storage.models import Team


@subcommand(
    "generate",
    Section.SHIFTS,
    takes="[WEEKS]",
    does="set how many weeks ahead to plan (default 8)",
    examples=("generate 12",),
    for_leads=True,
)
def generate(request: Request) -> Answer:
    """Plan more or fewer weeks ahead, after a preview of what that changes."""
    if not request.words:
        return generate_form(request)
    weeks = number_of(request.words[0])
    if weeks is None or request.words[1:] not in ([], ["weeks"], ["week"]):
        raise Refusal(
            f"How many weeks? Give a number from 1 to {settings.MOST_WEEKS_AHEAD}. For example: "
            f"`{COMMAND} generate 12`."
        )
    return previews.ask(request, PlanWeeks(weeks))


def generate_form(request: Request) -> Form:
    """Return the form that asks how many weeks to plan."""
    until = schedule.planned_until(request.team)
    planned = (
        f"Planned until {clock_time(until, schedule.clock_of(request.team))}. " if until else ""
    )
    return Form(
        "generate",
        "Plan ahead",
        [
            text_field(
                "weeks",
                "How many weeks ahead?",
                str(request.team.weeks_ahead),
                hint=f"{planned}The same rotation continues. Past shifts and overrides don’t "
                "change.",
                most=3,
            )
        ],
    )


@form("generate", for_leads=True)
def generate_filled_in(request: Request) -> Answer:
    """Plan the number of weeks in the form."""
    weeks = number_of(Fields(request.values).text("weeks"))
    if weeks is None:
        raise Refusal(f"Give a number from 1 to {settings.MOST_WEEKS_AHEAD}, like 12.", "weeks")
    return previews.ask(request, PlanWeeks(weeks))


@words_for(PlanWeeks)
def _planned(team: Team, done: WeeksPlanned) -> OutcomeText:
    weeks = done.weeks
    return OutcomeText(
        f"I now plan {several(weeks, 'week')} ahead, currently until "
        f"{clock_time(done.until, schedule.clock_of(team))}.",
        f"`{COMMAND} schedule {several(weeks, 'week')}` shows them.",
    )
