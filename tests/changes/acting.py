"""Actors for the tests of changes, and queries of what is stored."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread, current_thread

from scheduling.changes.operation import Actor
from scheduling.changes.overrides import CreateOverride
from scheduling.changes.swaps import Swap
from scheduling.rota import schedule
from storage.database import reading
from storage.models import Notification, Proposal, Team
from storage.statuses import ProposalStatus
from tests.builders import NOW, chicago, person

SOON = NOW + timedelta(minutes=1)


class Led:
    """The roles of somebody who leads nothing; Greg is the lead."""

    def leads(self, team: Team | None) -> bool:  # noqa: ARG002 - as `Roles` has it
        """Tell so."""
        return False

    def makes_teams(self) -> bool:
        """Tell so."""
        return False

    def needs_to_be_known(self) -> None:
        """They are."""

    def others(self, team: Team | None) -> Sequence[str]:  # noqa: ARG002 - as `Roles` has it
        """Return Greg."""
        return ("U0GREG",)

    def reaches(self, user: str) -> bool:  # noqa: ARG002 - as `Roles` has it
        """Everybody can be asked."""
        return True


BOB, CAROL, DAVE, GREG = (Actor(f"U0{name}", Led()) for name in ("BOB", "CAROL", "DAVE", "GREG"))


class Meanwhile(logging.Handler):
    """Runs an action while another person's override is being stored.

    The action begins to read a `table` before the override is committed.
    """

    def __init__(self, acts: Callable[[], object], table: str) -> None:
        super().__init__()
        self._table = table
        self.acts = Thread(target=acts)
        self._looks = Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Start the action when the override is stored; continue once it reads the table."""
        said = str(record.msg)
        if current_thread() is self.acts:
            if f"FROM {self._table}" in said.replace('"', ""):
                self._looks.set()
        elif 'INSERT INTO "overrides"' in said and self.acts.ident is None:
            self.acts.start()
            self._looks.wait(10)


@contextmanager
def meanwhile(acts: Callable[[], object], table: str = "overrides") -> Iterator[None]:
    """Run an action in the middle of the first override made; the action reads a `table`."""
    log, handler = logging.getLogger("peewee"), Meanwhile(acts, table)
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        handler.acts.join()
        log.setLevel(logging.NOTSET)
        log.removeHandler(handler)


def on_call(team: Team, at: str) -> list[str]:
    """Return who is on call at an instant in Chicago."""
    people = schedule.members_by_id(team)
    return [people[one].name for one in schedule.on_call(team, chicago(at)).members]


def status(proposal: Proposal) -> ProposalStatus:
    """Return a proposal's status."""
    with reading():
        found: ProposalStatus = Proposal.get_by_id(proposal.id).status
    return found


def written(kind: str) -> list[tuple[str, str]]:
    """Return the messages about changes: to whom, and the text."""
    with reading():
        rows = Notification.select().where(Notification.purpose == kind).order_by(Notification.id)
        return [(row.team_member.name, row.text) for row in rows if row.team_member]


def covers(team: Team, name: str) -> CreateOverride:
    """Return the change that puts somebody on call for Bob's shift on Tuesday and Wednesday."""
    start, end = chicago("2026-11-24 08:00"), chicago("2026-11-26 08:00")
    return CreateOverride(person(team, name).id, start, end, "dentist")


def swap(team: Team) -> Swap:
    """Return Carol's Thursday for Dave's Friday."""
    thursday, friday, saturday = (chicago(f"2026-11-{day} 08:00") for day in (26, 27, 28))
    carol, dave = person(team, "Carol"), person(team, "Dave")
    return Swap(carol.id, (thursday, friday), dave.id, (friday, saturday))
