"""Changing any of it: members, shifts, overrides, teams; preview, confirm, undo."""
