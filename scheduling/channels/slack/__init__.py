"""The Slack channels: posts, and direct messages."""
