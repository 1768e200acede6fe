"""Changes to members, shifts, overrides and teams; preview, confirm, undo."""
