"""Which teams a Slack user leads. Slack is asked when that is first needed."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bot.slack.directory import Profile
from scheduling.errors import Refusal
from storage.models import Team

if TYPE_CHECKING:
    from bot.slack.services import Services

# Rights are decided by a profile at most this old.
RIGHTS_KEPT = timedelta(minutes=1)


class SlackRoles:
    """The roles of one Slack user, for as long as one request lasts."""

    def __init__(self, services: "Services", user: str) -> None:
        self._services = services
        self._user = user

    @cached_property
    def profile(self) -> Profile | Refusal:
        """Their Slack profile, or why Slack doesn't return it. May ask Slack."""
        try:
            return self._services.directory.profile(self._user)
        except Refusal as refusal:
            return refusal

    def leads(self, team: Team | None) -> bool:
        """Return whether they lead a team; with None, every team. False while Slack is silent."""
        if self._user in self._services.admins:
            return True
        if isinstance(self.profile, Refusal):
            return False
        try:  # they may have ceased to be a lead a moment ago
            profile = self._services.directory.profile(self._user, RIGHTS_KEPT)
        except Refusal:
            return False
        return self._services.leads(profile, team)

    def makes_teams(self) -> bool:
        """Return whether they may make another team. False while Slack is silent."""
        if self.leads(None):
            return True
        said = self.profile
        open_to_all = self._services.members_make_teams
        return open_to_all and not isinstance(said, Refusal) and not said.is_outsider

    def needs_to_be_known(self) -> None:
        """Raise Refusal while Slack doesn't say who they are, since they may be a lead."""
        if self._user not in self._services.admins and isinstance(self.profile, Refusal):
            raise self.profile

    def others(self, team: Team | None) -> Sequence[str]:
        """Return the other leads of a team, or of all, whom they could ask; may ask Slack."""
        return self._services.others(self._user, team)

    def reaches(self, user: str) -> bool:
        """Return whether another user has an account; True while Slack is silent. May ask Slack."""
        try:
            return not self._services.directory.profile(user).deleted
        except Refusal:
            return True
