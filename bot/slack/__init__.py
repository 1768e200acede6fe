"""The Slack front: one command, its forms and buttons, and the connection they come through."""
