"""Queries about phone numbers that every duty SMS needs."""

from storage.database import database

_RECEIPT_CAME = """
UPDATE phones SET no_receipts_at = NULL WHERE number = ? AND no_receipts_at IS NOT NULL
"""
_REPLIES_LOST = """
SELECT 1 FROM phones WHERE unheard_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM replies WHERE received_at > phones.unheard_at) LIMIT 1
"""


def expect_receipts(number: str) -> bool:
    """Record that a number gets receipts; tell whether none were expected."""
    return bool(database.execute_sql(_RECEIPT_CAME, (number,)).rowcount)


def replies_lost() -> bool:
    """Tell whether one of our senders is set up to lose replies, and none has come since."""
    return database.execute_sql(_REPLIES_LOST).fetchone() is not None
