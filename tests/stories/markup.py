"""Finds our own markup where Slack shows it as plain characters."""

import re

# People's own text has lookalikes of these characters (`mrkdwn.escaped`), so any found are ours.
LEFT = re.compile(
    r"[*`]"  # a star or backtick that marks nothing
    r"|(?<!\w)_(?=[^\s_])|(?<=[^\s_])_(?!\w)"  # an underscore that does; snake_case is a word
    r"|<[@#!]\w|&(?:lt|gt|amp);"  # a mention, a date, an entity
    r"|:[a-z][a-z_]+:"  # the name of an emoji
)
# A form's field shows what was typed there.
_FIELD = re.compile(r"\[ [^\n]* \]")
# A texted reply is shown character by character, in a code span.
_TEXTED = re.compile(r"(?:(?<=who is on call, replied: )|(?<=^And: ))“[^\n]*”", re.MULTILINE)
# Mentions and emoji codes in a quotation were typed; Slack would have rendered our own.
_TYPED = re.compile(r"“[^\n”]*”")
_AS_TYPED = re.compile(r"<[@#!]\w|:[a-z][a-z_]+:")


def left_over(plain: str) -> list[str]:
    """Return the pieces of markup in what somebody reads, with their context."""
    text = _TEXTED.sub("“”", _FIELD.sub("[ ]", plain))
    text = _TYPED.sub(lambda found: _AS_TYPED.sub(" ", found[0]), text)
    return [text[max(one.start() - 40, 0) : one.end() + 40] for one in LEFT.finditer(text)]
