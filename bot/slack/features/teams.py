"""/oncall teams: list the teams, and make another one."""

from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, Section, subcommand
from bot.slack.features.setup import team_form
from bot.slack.paging import page_of
from bot.slack.reading import read_channel
from bot.slack.request import Request, which_team
from bot.slack.typed import COMMAND
from scheduling.changes import teams
from scheduling.changes.people import everyone
from scheduling.changes.settings import described
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import schedule
from scheduling.words.lines import team_word
from scheduling.words.mrkdwn import escaped
from storage.models import Team

PAGE = 20  # teams


@subcommand(
    "teams",
    Section.NOW,
    takes="[PAGE]",
    does="all teams, and who’s on call in each",
    examples=("teams",),
    takes_time=True,
    question=True,
)
def show_teams(request: Request) -> Reply:
    """Return the teams, and who is on call in each."""
    lines = []
    page = page_of(request, "teams", request.teams, PAGE)
    for team in page.ones:
        now = schedule.on_call(team, request.now).members
        people = schedule.members_by_id(team)
        who = everyone(people, now) or "nobody"
        lines.append(f"• *{escaped(team.name)}*: {who} on call. {described(team)}")
    if not lines:
        raise NothingToDo(f"No team is set up yet. Set one up in three steps: `{COMMAND} setup`.")
    return Reply.of(
        f"*Teams*{page.title}",
        "\n".join(lines),
        small_print="A command applies to the team whose channel you type it in. "
        f"For another team: `{COMMAND} {team_word(request.teams[0].name)}`.",
        buttons=(*page.buttons, Button("Add a team", "teams add")),
        title="Teams",
    )


@subcommand(
    "which",
    Section.BUTTONS,
    takes="PAGE [LINE]",
    does="more teams to choose from (when I ask which team you mean)",
    examples=("which 2 schedule",),
    takes_time=True,
)
def which(request: Request) -> Reply:
    """Ask which team is meant; the listener knows the line, and shows the page."""
    if not request.teams:
        raise NothingToDo(f"No team is set up yet. Set one up in three steps: `{COMMAND} setup`.")
    raise which_team(request.own_teams, request.teams)


@subcommand(
    "teams add",
    Section.SETTING_UP,
    takes="[NAME #CHANNEL]",
    does="add a team; it starts with this team’s zone and notify time",
    examples=("teams add payments #payments",),
    makes_team=True,
)
def add_team(request: Request) -> Answer:
    """Make a team: 'payments #payments'."""
    if not request.words:
        return team_form(request)
    if len(request.words) < 2:
        raise Refusal(
            f"A team needs a name and a channel. For example: `{COMMAND} teams add payments "
            "#payments`."
        )
    *name, channel = request.words
    # The defaults come from the first team; without one, from the settings.
    pattern = Team.select().order_by(Team.id).first() or request.services
    team = teams.make_own(
        request.who,
        name=" ".join(name),
        channel=read_channel(request, channel),
        time_zone=pattern.time_zone,
        notify_at=pattern.notify_at,
        now=request.now,
    )
    request.services.jobs.wake()
    word = team_word(team.name)
    return Reply.of(
        f":white_check_mark: Created the team *{escaped(team.name)}*: {described(team)}.",
        small_print="Nobody is in it yet.",
        buttons=(Button("Add members and shifts", f"setup {word}"),),
        title="Done",
    )
