"""What has to be said to whom: due events as rows, and the look at tomorrow."""

from datetime import timedelta

# Whoever has not got their SMS by then is told another way, too: see `delivery.policy`.
NOTICE = timedelta(minutes=5)
