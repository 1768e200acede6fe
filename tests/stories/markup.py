"""What nobody should read: markup of ours that Slack shows as it is."""

import re

# What people type is shown with twins of these signs (`messages.escaped`): what is left is ours.
LEFT = re.compile(
    r"[*`]"  # a star or backtick that marks nothing
    r"|(?<!\w)_(?=[^\s_])|(?<=[^\s_])_(?!\w)"  # an underscore that does; snake_case is a word
    r"|<[@#!]\w|&(?:lt|gt|amp);"  # a mention, a date, an entity
    r"|:[a-z][a-z_]+:"  # the name of an emoji
)
# What stands in a field of a form is what was typed there.
_FIELD = re.compile(r"\[ [^\n]* \]")


def left_over(plain: str) -> list[str]:
    """Return where markup is left in what somebody reads, with what is around it."""
    text = _FIELD.sub("[ ]", plain)
    return [text[max(one.start() - 40, 0) : one.end() + 40] for one in LEFT.finditer(text)]
