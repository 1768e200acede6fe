"""Mornings in which something goes wrong: the real process, killed and troubled, and witnesses."""
