"""What nobody should read: markup of ours that Slack shows as it is."""

import re

# What people type is shown with twins of these signs (`mrkdwn.escaped`): what is left is ours.
LEFT = re.compile(
    r"[*`]"  # a star or backtick that marks nothing
    r"|(?<!\w)_(?=[^\s_])|(?<=[^\s_])_(?!\w)"  # an underscore that does; snake_case is a word
    r"|<[@#!]\w|&(?:lt|gt|amp);"  # a mention, a date, an entity
    r"|:[a-z][a-z_]+:"  # the name of an emoji
)
# What is in a field of a form is what was typed there.
_FIELD = re.compile(r"\[ [^\n]* \]")
# What somebody texted is shown sign by sign, in a code span.
_TEXTED = re.compile(r"(?:(?<=who is on call, replied: )|(?<=^And: ))“[^\n]*”", re.MULTILINE)
# Mentions and emoji codes of a quotation are typed; our own would show as what they mean.
_TYPED = re.compile(r"“[^\n”]*”")
_AS_TYPED = re.compile(r"<[@#!]\w|:[a-z][a-z_]+:")


def left_over(plain: str) -> list[str]:
    """Return where markup is left in what somebody reads, with what is around it."""
    text = _TEXTED.sub("“”", _FIELD.sub("[ ]", plain))
    text = _TYPED.sub(lambda found: _AS_TYPED.sub(" ", found[0]), text)
    return [text[max(one.start() - 40, 0) : one.end() + 40] for one in LEFT.finditer(text)]
