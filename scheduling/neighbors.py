"""Notices a second process on the same database, which is a mistake; both log it once."""

import logging
from datetime import datetime

from storage.models import Heartbeat

log = logging.getLogger("whoseonfirst.jobs")


class Neighbors:
    """Notices that another process writes the heartbeat. A process is identified by its start."""

    def __init__(self, started_at: datetime) -> None:
        self._started_at = started_at
        self._known: set[datetime] = set()
        self._beaten = False

    def look(self) -> None:
        """Call this in the transaction that writes the heartbeat, before it is written.

        The row at our first beat may be our predecessor's. Later it is ours, unless another
        process has written it since.
        """
        beat = Heartbeat.get_or_none(Heartbeat.id == 1) if self._beaten else None
        self._beaten = True
        if beat is None or beat.started_at in (self._started_at, *self._known):
            return
        self._known.add(beat.started_at)
        log.warning(
            "Another process, started at %s, works on this database. No text is sent twice, but "
            "one of the two should be stopped.",
            f"{beat.started_at:%Y-%m-%dT%H:%M:%SZ}",
        )
