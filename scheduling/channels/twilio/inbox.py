"""Reads replies from Twilio's message list, a bounded number of rows per poll.

Twilio sorts the list by DateSent. It isn't documented where messages without one appear, nor
whether a text to a number without a webhook has one. So replies are dated by their creation, and
the list isn't filtered by date. Each poll reads the first rows. Once an hour the whole list is
read, to find replies further down; if there are any, every poll reads all of it.
https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

import requests
from twilio.base.exceptions import TwilioException

from scheduling.channels import DeliveryError, Dropping, Inbound
from scheduling.channels.twilio import services
from scheduling.words.visible import visible_lines

if TYPE_CHECKING:  # it would load all of Twilio's API, which takes longer than the rest of a start
    from twilio.rest import Client
    from twilio.rest.api.v2010.account.message import MessageInstance

log = logging.getLogger("whoseonfirst.replies")

# Rows per page, and rows that one poll reads of a list; the next poll continues there.
PAGE, MOST_ROWS = 100, 1000
# After this many older rows in a row, no newer ones are expected. It's less than a page, so that a
# poll usually needs only one.
OLDER = 50
# How often the whole list is read, and a messaging service's senders.
EVERY = timedelta(hours=1)
# How a poll may fail: no answer, a refusal, or an answer that makes no sense.
TROUBLES = (
    DeliveryError,
    TwilioException,
    requests.RequestException,
    ValueError,
    KeyError,
    TypeError,
)
MOST_SERVICES = 50  # are searched for the one that has our number


class Inbox:
    """Reads the lists of what was sent to a number, or to each sender of a messaging service.

    Raises what Twilio's client raises. Used by one thread at a time.
    """

    def __init__(self, client: "Client", number: str | None, service: str | None) -> None:
        self._client = client
        self._number = number
        self._service = service
        self._readers: dict[str, _Reader] = {}
        self._senders: list[str] = []
        self._others: list[str] = []
        self._asked_at = 0.0
        self.dropping: Dropping | None = None  # as it was when last asked

    def read(self, since: datetime) -> list[Inbound]:
        """Return what was sent to us since then, and some older messages, the oldest first."""
        found = []
        for address in self._addresses():
            if address not in self._readers:
                self._readers[address] = _Reader(self._lister(address))
            found += self._readers[address].look(since.replace(microsecond=0))
        if not self._service and (not self._asked_at or self._is_time):
            self._ask_for_services()
        # Within a second the order of the list counts, which has the newest first.
        found.reverse()
        return sorted(found, key=lambda one: one.at)

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers that texts come from, as far as known without asking Twilio."""
        return frozenset([*self._senders, *([self._number] if self._number else [])])

    @property
    def senders(self) -> frozenset[str]:
        """The same, and short codes."""
        return self.numbers | {one for one in self._others if one.isdecimal()}

    def ask(self) -> None:
        """Read which senders our messaging service has, unless that was done recently."""
        self._addresses()

    def _lister(self, address: str) -> "Callable[[int], Iterator[MessageInstance]]":
        def listed(page_size: int) -> "Iterator[MessageInstance]":
            return self._client.messages.stream(to=address, page_size=page_size)  # type: ignore[no-any-return]

        return listed

    def _addresses(self) -> list[str]:
        """Return what people can write to: numbers, short codes and, for RCS, `rcs:…`."""
        if not self._service:
            return [str(self._number)]
        if not self._senders or self._is_time:
            self._ask_for_senders(self._service)
        return [*self._senders, *self._others]

    @property
    def _is_time(self) -> bool:
        return monotonic() - self._asked_at > EVERY.total_seconds()

    def _ask_for_services(self) -> None:
        """Find out whether a messaging service with our number drops replies."""
        self._asked_at = monotonic()
        try:
            found, _ = services.that_has(
                self._client, str(self._number), MOST_SERVICES, only=services.drops
            )
            self.dropping = Dropping(str(found.sid), found.date_updated) if found else None
        except TROUBLES as error:  # a key that may not ask
            log.info("not known whether a messaging service has our number: %s", error)

    def _ask_for_senders(self, service_sid: str) -> None:
        service = self._client.messaging.v1.services(service_sid)
        try:
            self._senders = [str(one.phone_number) for one in service.phone_numbers.list()]
            self._asked_at = monotonic()
        except TROUBLES:
            if not self._senders:  # otherwise keep reading the known ones
                raise
            return
        try:
            self._others = [
                *(str(one.short_code) for one in service.short_codes.list()),
                *(str(one.sender) for one in service.channel_senders.list()),
            ]
            found = service.fetch()
            self.dropping = (
                Dropping(service_sid, found.date_updated) if services.drops(found) else None
            )
        except TROUBLES as error:  # a key that may not ask
            log.info("not known how the messaging service is set up: %s", error)


@dataclass(slots=True)
class _Walk:
    """A list that is being read.

    earliest: rows before this are old
    kept, found: rows since `kept` are collected, the newest first
    old: how many old rows came in a row
    hidden: newer rows came after OLDER old ones
    """

    rows: "Iterator[MessageInstance]"
    earliest: datetime
    kept: datetime
    found: list[Inbound] = field(default_factory=list)
    old: int = 0
    hidden: bool = False
    ended: bool = False

    def go_on(self, *, to_the_end: bool) -> bool:
        """Read on; False if the limit of one poll was reached first."""
        read = 0
        for sms in islice(self.rows, MOST_ROWS):
            read += 1
            if sms.date_created >= self.kept and str(sms.direction) == "inbound":
                self.found.append(_inbound(sms))
            if sms.date_created >= self.earliest:
                self.hidden = self.hidden or self.old >= OLDER
                self.old = 0
                continue
            self.old += 1
            if self.old >= OLDER and not to_the_end:
                return True
        self.ended = read < MOST_ROWS
        return self.ended


class _Reader:
    """Reads one list: its first rows at each poll, all of it now and then."""

    def __init__(self, listed: "Callable[[int], Iterator[MessageInstance]]") -> None:
        self._listed = listed
        self._first: _Walk | None = None
        self._whole: _Walk | None = None
        self._whole_at: float | None = None
        self._hides = False  # whether newer rows may be below older ones

    def look(self, since: datetime) -> list[Inbound]:
        """Return what came since then; during a flood, nothing until all of it is read.

        Replies must be handled in order (an OK and then a STOP, for example). Rows that are up to
        an hour older are included, because Twilio may have listed them late.
        """
        kept = since - EVERY
        walk, self._first = self._first or _Walk(self._listed(PAGE), since, kept), None
        if not walk.go_on(to_the_end=False):
            log.warning("more than %s replies at once: the rest is read next", len(walk.found))
            self._first = walk
            return []
        return walk.found if walk.ended else _merged(walk.found, self._all(since))

    def _all(self, since: datetime) -> list[Inbound]:
        """Return the whole list's replies, if it is due to be read and was read to its end."""
        recent = self._whole_at and monotonic() - self._whole_at < EVERY.total_seconds()
        if self._whole is None and recent and not self._hides:
            return []
        under_way, self._whole, self._whole_at = self._whole, None, monotonic()
        try:
            walk = under_way or _Walk(self._listed(MOST_ROWS), since - EVERY, since - EVERY)
            ended = walk.go_on(to_the_end=True)
        except TROUBLES as error:
            # The first rows, which were read already, must not be lost because of this.
            log.info("the whole list of replies could not be read: %s", error)
            return []
        if not ended:
            self._whole = walk
            return []
        self._hides = walk.hidden
        return walk.found


def _merged(first: list[Inbound], whole: list[Inbound]) -> list[Inbound]:
    """Return both, each message once, in the order of the whole list."""
    there = {one.sid for one in whole}
    return [*(one for one in first if one.sid not in there), *whole]


def _inbound(sms: "MessageInstance") -> Inbound:
    return Inbound(
        str(sms.sid),
        str(sms.from_).rpartition(":")[2],  # rcs:+13125550101
        visible_lines(sms.body or ""),
        sms.date_created,
        str(sms.to),
        sms.date_sent is not None,
    )
