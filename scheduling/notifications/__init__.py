"""What has to be said to whom: due events as rows, and the preflight check of tomorrow."""

from datetime import timedelta

# If an SMS hasn't arrived by then, the fallbacks begin: see `delivery.policy`.
NOTICE = timedelta(minutes=5)
