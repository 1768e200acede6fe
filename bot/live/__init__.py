"""`run_bot.py check --live`: small checks of a real workspace and a real account.

Each settles one question about Slack or Twilio that their documentation leaves open. The bot is
right with either answer; a check says which one holds here. docs/real-world.md is made from the
same list.
"""
