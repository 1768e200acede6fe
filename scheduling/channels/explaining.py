"""What the error code of a notification means: its channel is asked, even if it's gone.

Rows keep a provider's code as it came, also those of a version that knew less of it. Which channel
explains which kind of row is said once, when the process is put together.
"""

from collections.abc import Mapping

from scheduling.channels import Explains, Explanation
from storage.models import Notification
from storage.statuses import Kind

_UNKNOWN = Explanation()
_by_kind: dict[Kind, Explains] = {}


def ask(by_kind: Mapping[Kind, Explains]) -> None:
    """Let these explain codes from now on, in all threads."""
    _by_kind.clear()
    _by_kind.update(by_kind)


def of(row: Notification) -> Explanation:
    """Return what is known of the error of a notification."""
    channel = _by_kind.get(row.kind)
    return channel.explain(row.error_code) if channel and row.error_code else _UNKNOWN
