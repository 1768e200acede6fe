"""What is asked of numbers for each SMS that calls somebody on call."""

from storage.database import database

_RECEIPT_CAME = """
UPDATE phones SET no_receipts_at = NULL WHERE number = ? AND no_receipts_at IS NOT NULL
"""
_REPLIES_LOST = """
SELECT 1 FROM phones WHERE unheard_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM replies WHERE received_at > phones.unheard_at) LIMIT 1
"""


def expect_receipts(number: str) -> bool:
    """Note that a number gets receipts; tell whether it was noted that it gets none."""
    return bool(database.execute_sql(_RECEIPT_CAME, (number,)).rowcount)


def replies_lost() -> bool:
    """Tell whether a sender of ours is set up so that replies are lost, and none has come since."""
    return database.execute_sql(_REPLIES_LOST).fetchone() is not None
