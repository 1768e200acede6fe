"""Details that members enter about themselves; the team's undo leaves these alone."""

import json
from collections.abc import Mapping

import msgspec

from scheduling.changes.members import EditMember
from scheduling.changes.own_numbers import EnterNumber
from scheduling.rota.schedule import members_by_id
from storage.models import Proposal, Team
from storage.statuses import ProposalStatus

KINDS: dict[str, type[EnterNumber] | type[EditMember]] = {
    one.kind: one for one in (EnterNumber, EditMember)
}


def is_own(change: Proposal) -> bool:
    """Return whether a change is something that somebody entered about themselves."""
    if change.kind == EnterNumber.kind:
        return True
    if change.kind not in KINDS:
        return False
    member = members_by_id(change.team).get(_member(change))
    return member is not None and member.slack_user_id == change.actor


def since(team: Team, change: Proposal) -> Mapping[int, set[str]]:
    """Return the columns of their own that members have entered since a change, by member."""
    later = Proposal.select().where(
        Proposal.team == team,
        Proposal.status == ProposalStatus.DONE,
        Proposal.kind.in_(list(KINDS)),
        Proposal.settled_at >= change.settled_at,
        Proposal.id != change.id,
    )
    entered: dict[int, set[str]] = {}
    for own in filter(is_own, later):
        for table, number, before, after in json.loads(own.touched or "[]"):
            if (table, number) == ("team_members", _member(own)) and before and after:
                columns = {name for name in after if after[name] != before.get(name)}
                entered.setdefault(number, set()).update(columns)
    return entered


def _member(change: Proposal) -> int:
    """Return the id of the member in a change of one of KINDS."""
    return msgspec.json.decode(change.facts, type=KINDS[change.kind]).member
