"""A channel without a team: what the bot says there, and the button that sets one up."""

from dataclasses import replace

from bot.slack import offers
from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, Section, subcommand
from bot.slack.features import setup
from bot.slack.request import Request
from scheduling.words.mrkdwn import escaped
from storage.models import Team

SET_UP_HERE = Button("Set up on-call here", "setup here", "primary")
NO_TEAM = "This channel has no team yet."


@subcommand(
    "setup here",
    Section.BUTTONS,
    does="set up a team for this channel (the button where the bot has none)",
    examples=("setup here",),
    makes_team=True,
)
def set_up_here(request: Request) -> Answer:
    """Return the form that makes a team for the channel; if it has one, its next step."""
    team = Team.of_channel(request.channel) if request.channel else None
    if team is None:
        return setup.team_form(request)
    request.turns_to(team)
    if request.leads_team:
        return setup.next_step(team, request.now)
    return Reply.of(
        f":information_source: *{escaped(team.name)}* is already set up for this channel.",
        buttons=[Button("Who’s on call", "")],
    )


def greeting(*, members_make_teams: bool) -> Reply:
    """Return what the bot says when it is invited to a channel without a team."""
    who = "" if members_make_teams else " A workspace admin can set one up."
    return Reply.of(
        ":wave: Hi, I’m WhoseOnFirst. I keep a team’s on-call rotation: I text whoever is on call, "
        f"and post it in the team’s channel.\n{NO_TEAM}{who}",
        buttons=[SET_UP_HERE],
    )


def back_in(team: Team) -> Reply:
    """Return what the bot says when it is invited back to a channel that it couldn't post in."""
    return Reply.of(
        f":wave: I’m back. Posts about who’s on call for *{escaped(team.name)}* arrive here again."
    )


def offered(request: Request, reply: Reply) -> Reply:
    """Return an answer that says how to begin, if its channel has no team. May ask Slack."""
    if request.channel is None or Team.of_channel(request.channel) is not None:
        return reply
    buttons = [one for one in reply.buttons if one.runs != "share"]
    buttons += offers.open_to(request, [SET_UP_HERE])
    small_print = f"{reply.small_print} {NO_TEAM}".strip()
    return replace(reply, small_print=small_print, buttons=tuple(buttons))
