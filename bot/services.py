"""What every feature may use."""

from dataclasses import dataclass

from bot.directory import Directory
from scheduling import teams
from scheduling.clock import Clock
from scheduling.jobs import Jobs

MOST_NAMED = 5  # admins in a refusal


@dataclass(frozen=True, slots=True)
class Services:
    """The running bot, as the features see it.

    `admins` are the ids of ONCALL_ADMINS, `sender` the number that SMS come from, if it is one.
    `time_zone` and `notify_at` are what a new team begins with.
    """

    clock: Clock
    directory: Directory
    jobs: Jobs
    admins: frozenset[str]
    sender: str | None = None
    time_zone: str = "America/Chicago"
    notify_at: str = "08:00"

    def is_admin(self, user_id: str) -> bool:
        """Tell whether a Slack user may change things; may ask Slack. Raises Refusal."""
        if user_id in self.admins:
            return True
        profile = self.directory.profile(user_id)
        if profile.deleted or profile.is_stranger or profile.is_guest:
            return False
        return profile.is_admin or user_id in teams.admins()

    def who_could(self, user_id: str) -> str:
        """Return a sentence about whom `user_id` could ask; may ask Slack."""
        named = [*sorted(self.admins), *teams.admins()]
        named = named or self.directory.workspace_admins()
        named = [one for one in dict.fromkeys(named) if one != user_id][:MOST_NAMED]
        if not named:
            return "Ask an admin of this workspace."
        return f"Ask {' or '.join(f'<@{one}>' for one in named)}."
