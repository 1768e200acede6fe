"""Slack as a way out: posts in channels, and direct messages."""
