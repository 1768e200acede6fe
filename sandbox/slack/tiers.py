"""How often a minute Slack lets an app call each method: https://docs.slack.dev/apis/web-api/rate-limits

Slack promises these rates as a minimum and tolerates bursts, without saying how large. Here the
promised number is the limit, counted over the last minute of the sandbox's clock.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil

MINUTE = timedelta(minutes=1)
POST = "chat.postMessage"
# Posts: one a second in each channel, and "several hundred" a minute in all.
POSTS_IN_A_CHANNEL = 60
PER_MINUTE: Mapping[str, int] = {
    **dict.fromkeys(("users.list", "conversations.list", "usergroups.list"), 20),
    **dict.fromkeys(
        (
            "chat.update",
            "conversations.history",
            "conversations.info",
            "conversations.join",
            "conversations.open",
        ),
        50,
    ),
    **dict.fromkeys(
        ("users.info", "views.open", "views.push", "views.update", "views.publish"), 100
    ),
    POST: 300,
}


class Tiers:
    """Counts calls and says when there are too many. Without `limits` there never are."""

    def __init__(self) -> None:
        self.limits: Mapping[str, int] = {}
        self._taken: dict[tuple[str, str], deque[datetime]] = {}

    def meet(self, method: str, channel: str, now: datetime) -> int | None:
        """Count a call at an aware instant; if it's one too many, return the seconds to wait.

        Refused calls don't count.
        """
        counted = [((method, ""), self.limits.get(method))]
        if method == POST and self.limits:
            counted.append(((POST, channel), POSTS_IN_A_CHANNEL))
        rows = [(self._within(key, now), most) for key, most in counted if most is not None]
        waits = [row[-most] + MINUTE - now for row, most in rows if len(row) >= most]
        if waits:
            return max(ceil(max(waits).total_seconds()), 1)
        for row, _ in rows:
            row.append(now)
        return None

    def _within(self, key: tuple[str, str], now: datetime) -> deque[datetime]:
        row = self._taken.setdefault(key, deque())
        while row and row[0] <= now - MINUTE:
            row.popleft()
        return row
