"""The wording of messages, and the reading of replies. Pure: the standard library only."""
