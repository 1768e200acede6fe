"""Teams and their settings."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from scheduling import limits
from scheduling.changes import beginning, checks, leads
from scheduling.changes.operation import Actor, Operation, Outcome
from scheduling.changes.settings import BY_COLUMN
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications import planner
from scheduling.rota import first_turn, marks, rotation, schedule
from scheduling.words.lines import Line, same_team
from scheduling.words.mrkdwn import escaped
from scheduling.words.wording import joined, several
from storage.database import reading, writing
from storage.models import MOST_SEGMENTS as USUAL_LIMIT
from storage.models import AuditEntry, Member, RotationChange, Shift, Team

WEEKS_AHEAD = 8
COMMAND_LINE = "command line"
RAISING = f"raise the text limit above {USUAL_LIMIT}, because texts cost the whole workspace money"

# --- operations -------------------------------------------------------------------------------


class WeeksPlanned(Outcome, frozen=True):
    """How many weeks are now planned ahead, and until when."""

    weeks: int
    until: datetime


class PlanWeeks(Operation[WeeksPlanned], frozen=True):
    """Set how many weeks are always planned ahead."""

    kind: ClassVar = "weeks planned"
    weeks: int

    def apply(self, team: Team, actor: str, now: datetime) -> WeeksPlanned:
        """Plan them. Raises Refusal while there is nothing to plan."""
        if self.weeks == team.weeks_ahead:
            schedule.regenerate(team, schedule.open_instant(team, now))
        else:
            change(team, {"weeks_ahead": self.weeks}, actor=actor, now=now)
        until = schedule.planned_until(team)
        if until is None:
            raise NothingToDo(
                "There’s nothing to plan yet: the team needs members and shifts.",
                suggest=(Line("setup"), " adds both."),
            )
        return WeeksPlanned(f"Plan {several(self.weeks, 'week')} ahead", self.weeks, until)


class SettingsChanged(Outcome, frozen=True):
    """A team as it is now, and the columns that changed."""

    team: Team
    changed: list[str]


class ChangeSettings(Operation[SettingsChanged], frozen=True):
    """Change settings of a team, by their columns."""

    kind: ClassVar = "settings changed"
    wanted: dict[str, str | int | bool | None]

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:  # noqa: ARG002
        """Raise Refusal unless the actor leads the team; every team, for more texts than usual."""
        actor.needs_to_lead(team)
        most = self.wanted.get("most_segments")
        if isinstance(most, int) and raises_limit(team.most_segments, most):
            actor.needs_to_lead_every_team(RAISING)

    def apply(self, team: Team, actor: str, now: datetime) -> SettingsChanged:
        """Change them; see `change`."""
        changed = change(team, dict(self.wanted), actor=actor, now=now)
        team = Team.get_by_id(team.id)
        names = joined([BY_COLUMN[key].called for key in changed])
        return SettingsChanged(f"Change the {names} for {escaped(team.name)}", team, changed)


def raises_limit(before: int, after: int) -> bool:
    """Tell whether a text limit is raised above what every team has at first.

    Anybody who makes a team leads it, and so could spend as much as they like.
    """
    return after > max(before, USUAL_LIMIT)


# --- making them ------------------------------------------------------------------------------


def make_first(
    name: str, channel: str | None, *, time_zone: str, notify_at: str, now: datetime
) -> None:
    """Make the team named in the settings, if they have a channel and there is no team yet."""
    with writing():
        if channel and not Team.select().exists():
            make(
                name=name,
                channel=channel,
                time_zone=time_zone,
                notify_at=notify_at,
                strategy="circular",
                actor=COMMAND_LINE,
                now=now,
            )


def anybody() -> bool:
    """Return whether anybody takes turns in any team."""
    with reading():
        return Member.select().where(Member.is_active == True).exists()  # noqa: E712 - SQL


def make(
    *,
    name: str,
    channel: str | None,
    time_zone: str,
    notify_at: str,
    strategy: str = "circular",
    actor: str,
    now: datetime,
) -> Team:
    """Make an empty team. `channel` is a Slack channel id, `notify_at` is 'HH:MM'.

    Raises Refusal if the name or the channel is another team's, or a value is wrong.
    """
    with writing():
        name = checks.check_team_name(name)
        time_zone, notify_at = checks.check_zone(time_zone), checks.check_notify_at(notify_at)
        channel = checks.check_channel(channel) if channel else None
        not_taken(None, name=name, channel_id=channel)
        team = Team.create(
            name=name,
            channel_id=channel,
            time_zone=time_zone,
            notify_at=notify_at,
            strategy=strategy,
            anchor=rotation.monday_of(now, ZoneInfo(time_zone)),
            weeks_ahead=WEEKS_AHEAD,
            planned_until=now - timedelta(microseconds=1),  # so that changes can start at `now`
            created_at=now,
        )
        AuditEntry.record(team, actor, "team made", now, after={"name": name})
    return team


def make_own(
    actor: Actor, *, name: str, channel: str | None, time_zone: str, notify_at: str, now: datetime
) -> Team:
    """Make a team, see `make`, for a person who becomes its lead.

    Also raises Refusal if they may not make one, or made too many within an hour.
    """
    actor.needs_to_make_teams()
    everywhere = actor.roles.leads(None)
    with writing():
        team = make(
            name=name,
            channel=channel,
            time_zone=time_zone,
            notify_at=notify_at,
            actor=actor.id,
            now=now,
        )
        if not everywhere:
            limits.use(actor.id, "teams add", "", now)
            leads.add(team, actor.id, actor=actor.id, now=now)
    return team


def change(team: Team, wanted: dict[str, Any], *, actor: str, now: datetime) -> list[str]:
    """Change settings by column, and return the columns that changed.

    A new zone deals all future shifts again, a new strategy those from next Monday on. If the
    notify time moves to before `now` on a day without a message so far, the message goes out at
    once, so that no morning is skipped. Raises Refusal if a value is wrong or nothing changes.
    """
    with writing():
        now = schedule.open_instant(team, now)
        team = Team.get_by_id(team.id)
        checked = {key: BY_COLUMN[key].check(team, value) for key, value in wanted.items()}
        not_taken(team, **{k: v for k, v in checked.items() if k in ("name", "channel_id")})
        changed = [key for key, value in checked.items() if getattr(team, key) != value]
        if not changed:
            raise NothingToDo(f"{team.name} is already set that way.")
        if "weeks_ahead" in changed:
            beginning.check_reached(team, checked["weeks_ahead"], now)
        before = {key: getattr(team, key) for key in changed}
        morning, zone = planner.morning(team, now), schedule.zone_of(team)
        weeks = schedule.running_weeks(team, now) if "time_zone" in changed else []
        for key in changed:
            setattr(team, key, checked[key])
        team.save(only=[getattr(Team, key) for key in changed])
        planner.keep_morning(team, morning, now)
        if "time_zone" in changed:
            _keep_wall_clock(team, zone, now)
            beginning.keep_wall_clock(team, zone, now)
            marks.pin(team, weeks, now)
            schedule.move_running_ends(team, now)
        if "strategy" in changed:
            monday = schedule.monday_of_changes(team, now)
            marks.change_strategy(team, before["strategy"], monday, now)
            first_turn.rotation_changes(team, monday, now)
        if {"time_zone", "strategy", "weeks_ahead"} & set(changed):
            schedule.regenerate(team, now)
        AuditEntry.record(
            team,
            actor,
            "settings changed",
            now,
            before=before,
            after={key: checked[key] for key in changed},
        )
    return changed


def _keep_wall_clock(team: Team, zone: ZoneInfo, now: datetime) -> None:
    """Keep the local times of future beginnings and ends in the new zone."""

    for row in (*Shift.of_team(team), *RotationChange.of_team(team)):
        edges = ("active_from", "active_until") if isinstance(row, Shift) else ("vacated_at",)
        ahead = {edge: at for edge in edges if (at := getattr(row, edge)) and at > now}
        for edge, at in ahead.items():
            local = at.astimezone(zone)
            moved = rotation.instant(local.date(), local.time(), schedule.zone_of(team))
            setattr(row, edge, moved)
        if ahead:
            row.save()


def not_taken(team: Team | None, name: str | None = None, channel_id: str | None = None) -> None:
    """Raise Refusal if a team other than `team` has this name or channel."""
    for other in Team.select():
        if team is not None and other.id == team.id:
            continue
        if name and same_team(other.name, name):
            raise Refusal(
                f"There’s already a team called {other.name}. Give this one another name.",
                "name",
                suggest=("; ", Line("teams"), " lists all teams."),
            )
        if channel_id and other.channel_id == channel_id:
            raise Refusal(
                f"<#{channel_id}> already belongs to {other.name}. Choose another one: each team "
                "needs its own, so I know which team a command means.",
                "channel",
            )
