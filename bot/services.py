"""What every feature may use."""

from dataclasses import dataclass

from bot.directory import Directory
from scheduling.clock import Clock
from scheduling.jobs import Jobs


@dataclass(frozen=True, slots=True)
class Services:
    """The running bot, as the features see it. `admins` are the ids of ONCALL_ADMINS."""

    clock: Clock
    directory: Directory
    jobs: Jobs
    admins: frozenset[str]

    def is_admin(self, user_id: str) -> bool:
        """Tell whether a Slack user may change things; may ask Slack. Raises Refusal."""
        return user_id in self.admins or self.directory.profile(user_id).is_admin
