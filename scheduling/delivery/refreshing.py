"""Refreshes posts when the delivery status of their SMS changes, within Slack's limit on edits.

A post that has to wait simply stays due: nothing is written, and a later process finds it too.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from scheduling.channels import Channels, DeliveryError, Edits, ErrorClass, Message
from scheduling.clock import Clock
from scheduling.delivery import posts
from scheduling.delivery.edit_budget import Budget, Waiting, in_order
from scheduling.delivery.policy import EDITS
from scheduling.delivery.settling import about, changing
from scheduling.notifications import planner, preflight, queue
from scheduling.words.warnings import preflight_cleared
from storage.database import reading, writing
from storage.models import Notification
from storage.queries import outbox
from storage.statuses import Kind, Outcome, Purpose, Status

log = logging.getLogger("whoseonfirst.outbox")


class _Start(Protocol):
    def __call__(
        self, numbers: list[int], work: Callable[[], None], *, posts: bool = False
    ) -> None: ...


class Refreshing:
    """Keeps posts up to date, as far as Slack takes edits.

    `start` runs work on notifications in a thread, unless they are already being worked on.
    `answered` is called with the kind of a channel that has answered.
    """

    def __init__(
        self,
        clock: Clock,
        channels: Channels,
        check: "preflight.Check | None",
        start: _Start,
        answered: Callable[[Kind], None],
    ) -> None:
        self._clock = clock
        self._edited = {
            kind: channel for kind, channel in channels.items() if isinstance(channel, Edits)
        }
        self._check = check
        self._start = start
        self._answered = answered
        self._budget = Budget()
        self._left = False  # whether some had to wait for the budget
        self._failures: dict[int, int] = {}  # how often a post could not be refreshed

    def go_on(self, now: datetime) -> None:
        """Start refreshing the posts that had to wait, once the budget allows it."""
        if self._left and self._budget.opens(now) <= now:
            self.start_due(now)

    def start_due(self, now: datetime) -> None:
        """Start refreshing the posts that are due."""
        if not self._budget.room(now, urgent=True):
            self._left = True
            return
        with reading():
            due = outbox.to_refresh(now)
        self._left = False
        for one in in_order(
            [Waiting(post.id, post.urgent, post.posted_at, post.due_at) for post in due]
        ):
            if self._budget.room(now, urgent=one.urgent):
                self._start([one.id], partial(self._refresh, one.id, one.urgent), posts=True)
            else:
                self._left = True

    def _refresh(self, number: int, urgent: bool) -> None:
        """Refresh a post, if it isn't up to date."""
        now = self._clock.now()
        if not self._budget.room(now, urgent=urgent):
            self._left = True
            return
        recheck_at = self._recheck(number, now)
        with reading():
            row = Notification.get_by_id(number)
            rendered = posts.render(row, now)
            to = row.team.channel_id if row.kind == Kind.ANNOUNCEMENT else posts.slack_user(row)
            channel = self._edited.get(row.kind)
            needless = rendered.as_stored == row.shown or posts.can_wait(row, rendered, now)
        is_shown, next_try = rendered.as_stored == row.shown, None
        if channel and not needless:
            if not self._budget.take(now, urgent=urgent):
                self._left = True
                return
            message = Message(
                to or "", rendered.text, row.dedupe_key, rendered.buttons, rendered.small_print
            )
            try:
                channel.edit(message, row.slack_ts or "")
            except DeliveryError as error:
                log.warning(
                    "notification %s could not be refreshed: %s", row.id, error, extra=about(row)
                )
                if error.asks_to_wait:
                    self._budget.pause(now, error.retry_after)
                    self._left = True
                    return  # it stays due, and is refreshed once Slack takes edits again
                if error.error_class is ErrorClass.NOT_EDITABLE:
                    _say_instead(row, rendered, now)
                next_try = self._later(row, error, now)
            else:
                is_shown = True
                self._failures.pop(row.id, None)
                self._answered(row.kind)
        changed = False
        with changing(number, Status.DELIVERED) as fresh:
            if fresh is None:
                return
            fresh.next_attempt_at = next_try or recheck_at
            if is_shown:
                fresh.shown = rendered.as_stored
                if fresh.text == row.text:  # else somebody added to it meanwhile
                    fresh.text = rendered.text
                    posts.note_clear(fresh, rendered, now)
            if is_shown or needless:
                changed = posts.render(fresh, now) != rendered
        if changed:  # its rows changed while it was being edited
            self._refresh(number, urgent)

    def _later(self, row: Notification, error: DeliveryError, now: datetime) -> datetime | None:
        """Return when to retry an edit that failed, if ever."""
        if error.outcome is not Outcome.TEMPORARY or now - row.due_at > EDITS.until:
            return None
        failures = self._failures[row.id] = self._failures.get(row.id, 0) + 1
        wait: timedelta = min(EDITS.first * 2 ** min(failures - 1, 10), EDITS.rarest)
        return now + max(timedelta(seconds=error.retry_after or 0), wait)

    def _recheck(self, number: int, now: datetime) -> datetime | None:
        """Check whether a preflight warning still holds; return when to check again."""
        with reading():
            row = Notification.get_by_id(number)
            if row.purpose != Purpose.PREFLIGHT or self._check is None:
                return None
            ends: datetime = planner.morning_checked(row)
        again = now + preflight.RECHECK_AFTER
        if row.sent_at is None or now < row.sent_at + preflight.RECHECK_AFTER / 2:
            return again if again < ends else None
        try:
            words = self._check.words(number, now, again=True) if now < ends else None
        except DeliveryError as error:
            log.info("notification %s: could not look again: %s", number, error)
            words = None
        if words is not None:
            with changing(number, Status.DELIVERED) as fresh:
                if fresh and words:
                    fresh.text, fresh.cleared_at = words, None
                elif fresh and fresh.cleared_at is None:
                    fresh.text, fresh.cleared_at = preflight_cleared(fresh.text), now
        return again if again < ends else None


def _say_instead(row: Notification, rendered: posts.Rendered, now: datetime) -> None:
    """Give the all-clear in a new message, once, if a warning can't be edited."""
    with writing():
        text = posts.good_news(row, rendered, now)
        if text is None:
            return
        key = f"clear:{row.id}:anew"
        if row.kind == Kind.ANNOUNCEMENT:
            queue.announce(row.team, Purpose.CLEAR, key, text, now)
        else:
            queue.write_to(
                row.team,
                row.team_member,
                text,
                user=row.slack_user_id,
                purpose=Purpose.CLEAR,
                key=key,
                now=now,
            )
