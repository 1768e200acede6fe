"""Changes in any order leave the past, and other people's shifts, alone."""

from datetime import datetime, time, timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from scheduling.changes import leaving, members, overrides, shifts
from scheduling.errors import Refusal
from scheduling.notifications import planner
from scheduling.rota import rotation, schedule
from storage.database import reading
from storage.models import Assignment, Member, Override, Shift, Team
from tests.builders import ADMIN, DAYS, NOW, add_shift, another_team, phone

# (shift, week) -> (member, start, end)
Rows = dict[tuple[int, int], tuple[int, datetime, datetime]]


# Two changes never come at the very same instant.
SOON = timedelta(seconds=10)


class People(RuleBasedStateMachine):
    """People who join, leave, cover and change shifts while time goes by."""

    @initialize(people=st.integers(1, 7))
    def begin(self, people: int) -> None:
        self.team: Team = another_team(people=people)
        self.now = NOW
        self.seen_until = NOW
        self.past: list[tuple[datetime, tuple[int, ...]]] = []

    # --- what happens ---

    @rule(minutes=st.sampled_from((0, 1, 90, 60 * 9, 60 * 25, 60 * 24 * 3, 60 * 24 * 9)))
    def time_goes_by(self, minutes: int) -> None:
        """Note what has been, hour by hour; it must never read differently."""
        until = self.now + timedelta(minutes=minutes)
        schedule.regenerate(self.team, until)
        at = self.now
        while at < until:
            self.past.append((at, schedule.on_call(self.team, at).members))
            at += timedelta(hours=7)
        self.now = until
        planner.plan(self.team.id, until)

    @rule(place=st.integers(0, 8))
    def somebody_joins(self, place: int) -> None:
        self.now += SOON
        before = self.this_week()
        try:
            members.add_member(
                self.team,
                f"Person {place}",
                phone(place),
                slack_user_id=None,
                time_zone=None,
                actor=ADMIN,
                now=self.now,
            )
        except Refusal:
            assert self.this_week() == before
        else:
            after = self.this_week()
            assert all(after[key] == row for key, row in before.items())

    @precondition(lambda self: self.active())
    @rule(data=st.data())
    def somebody_leaves(self, data: st.DataObject) -> None:
        self.now += SOON
        member = data.draw(st.sampled_from(self.active()))
        cover = data.draw(st.none() | st.sampled_from(self.members()))
        before = self.this_week()
        try:
            leaving.remove_member(self.team, member, cover=cover, actor=ADMIN, now=self.now)
        except Refusal:
            assert self.this_week() == before
        else:
            after = self.this_week()
            others = {key: row for key, row in before.items() if row[0] != member.id}
            assert all(after[key] == row for key, row in others.items())

    @rule(number=st.integers(1, 8), day=st.sampled_from(DAYS), hours=st.sampled_from((4, 24, 168)))
    def a_shift_is_added(self, number: int, day: str, hours: int) -> None:
        self.now += SOON
        before = self.this_week()
        try:
            add_shift(self.team, number, day, hours, now=self.now, start=time(14))
        except Refusal:
            return
        after = self.this_week()
        assert all(after[key] == row for key, row in before.items())

    @rule(number=st.integers(1, 8))
    def a_shift_is_removed(self, number: int) -> None:
        self.now += SOON
        before = self.this_week()
        try:
            gone = shifts.remove_shift(self.team, number, actor=ADMIN, now=self.now)
        except Refusal:
            return
        after = self.this_week()
        rest = {key: row for key, row in before.items() if key[0] != gone.id}
        assert {key: row for key, row in after.items() if key[0] != gone.id} == rest

    @precondition(lambda self: self.members())
    @rule(data=st.data(), starts=st.integers(-5, 100), hours=st.integers(1, 50))
    def somebody_covers(self, data: st.DataObject, starts: int, hours: int) -> None:
        member = data.draw(st.sampled_from(self.members()))
        start = self.now + timedelta(hours=starts)
        try:
            overrides.create(
                self.team,
                member,
                start,
                start + timedelta(hours=hours),
                reason=None,
                actor=ADMIN,
                now=self.now,
            )
        except Refusal:
            return

    @rule(data=st.data())
    def an_override_is_taken_back(self, data: st.DataObject) -> None:
        to_come: list[Override] = overrides.still_to_come(self.team, self.now)
        if to_come:
            taken = data.draw(st.sampled_from(to_come))
            overrides.cancel(self.team, taken.id, actor=ADMIN, now=self.now)

    # --- what always holds ---

    @invariant()
    def the_past_reads_as_before(self) -> None:
        for at, on_call in self.past[-60:]:
            assert schedule.on_call(self.team, at).members == on_call

    @invariant()
    def generating_again_would_change_nothing(self) -> None:
        with reading():
            now = schedule.open_instant(self.team, self.now)
        assert schedule.preview(self.team, now) == []

    @invariant()
    def nobody_who_left_has_a_shift_to_come(self) -> None:
        left = {member.id for member in self.members() if not member.is_active}
        with reading():
            to_come = Assignment.select().where(
                Assignment.team == self.team, Assignment.start_datetime > self.opens()
            )
            assert not left & {row.team_member_id for row in to_come}

    @invariant()
    def every_coming_shift_of_the_weeks_after_this_has_somebody(self) -> None:
        if not self.active():
            return
        with reading():
            first = rotation.week_number(rotation.monday_of(self.now, schedule.zone_of(self.team)))
            held = {
                (row.shift_id, row.week_number)
                for row in Assignment.select().where(Assignment.team == self.team)
            }
            in_force = Shift.in_force(self.team)
        for week in range(first + 1, first + 8):
            assert all((shift.id, week) in held for shift in in_force)

    # --- asked of the database ---

    def members(self) -> list[Member]:
        with reading():
            return Member.of_team(self.team)

    def active(self) -> list[Member]:
        return [member for member in self.members() if member.is_active]

    def opens(self) -> datetime:
        with reading():
            return schedule.open_instant(self.team, self.now)

    def this_week(self) -> Rows:
        week = rotation.week_number(rotation.monday_of(self.now, schedule.zone_of(self.team)))
        with reading():
            return {
                (row.shift_id, row.week_number): (
                    row.team_member_id,
                    row.start_datetime,
                    row.end_datetime,
                )
                for row in Assignment.select().where(
                    Assignment.team == self.team, Assignment.week_number <= week
                )
            }


def test_no_change_moves_the_past_nor_anyone_elses_shift_of_the_week(database_url: str) -> None:
    assert database_url
    run_state_machine_as_test(
        People,
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            phases=[Phase.explicit, Phase.generate],  # shrinking takes minutes with a database
            suppress_health_check=list(HealthCheck),
        ),
    )
