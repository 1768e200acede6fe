"""The services that all features share."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.slack.directory import Directory, Profile
from scheduling import leads
from scheduling.channels.pace import SLOWEST
from scheduling.clock import Clock
from scheduling.jobs import Jobs
from storage.models import Team

MOST_NAMED = 5  # leads in a refusal


@dataclass(frozen=True, slots=True)
class Services:
    """The running bot, as the features see it.

    `admins` are the ids of ONCALL_ADMINS; `time_zone` and `notify_at` are a new team's; and
    `members_make_teams` is whether any full member of the workspace may make one. `pace` returns
    how many segments a second Twilio sends for us, without asking it.
    """

    clock: Clock
    directory: Directory
    jobs: Jobs
    admins: frozenset[str]
    time_zone: str = "America/Chicago"
    notify_at: str = "08:00"
    members_make_teams: bool = True
    pace: Callable[[], float] = lambda: SLOWEST

    def leads(self, profile: Profile, team: Team | None) -> bool:
        """Return whether a Slack user may change a team; with None, every team."""
        if profile.id in self.admins:
            return True
        if profile.is_outsider:
            return False
        return profile.is_admin or leads.is_named(profile.id, team)

    def others(self, user_id: str, team: Team | None = None) -> list[str]:
        """Return the leads whom `user_id` could ask, the team's own first; may ask Slack."""
        found = leads.of_team(team, self.admins) if team else [*self.admins, *leads.everywhere()]
        found = found or self.directory.admins_known()
        return [one for one in dict.fromkeys(found) if one != user_id][:MOST_NAMED]
