"""Explains the error code of a notification by asking the channel of its kind.

Rows keep the provider's code as it came, so a newer version can explain codes that an older one
didn't know. The channels are registered once, when the process is set up.
"""

from collections.abc import Mapping

from scheduling.channels import Explains, Explanation
from storage.models import Notification
from storage.statuses import Kind

_UNKNOWN = Explanation()
_by_kind: dict[Kind, Explains] = {}


def ask(by_kind: Mapping[Kind, Explains]) -> None:
    """Register who explains the codes of each kind, for all threads."""
    _by_kind.clear()
    _by_kind.update(by_kind)


def of(row: Notification) -> Explanation:
    """Return what is known about the error of a notification."""
    channel = _by_kind.get(row.kind)
    return channel.explain(row.error_code) if channel and row.error_code else _UNKNOWN
