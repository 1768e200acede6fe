"""The local Slack workspace of the sandbox."""
