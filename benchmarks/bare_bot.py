"""A bare Bolt bot, the floor of `/oncall` over Socket Mode: run as a process of its own.

It has Bolt's defaults and Bolt's Socket Mode handler, and answers with the blocks of $BLOCKS.
With the argument `at-once` the listener runs before the response. Nothing of ours is imported.
"""

import json
import os
import sys
import threading
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient


def main() -> None:
    """Connect, say so on standard error, and answer until killed."""
    client = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = App(client=client, process_before_response="at-once" in sys.argv)
    answer(app, json.loads(os.environ["BLOCKS"]))
    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).connect()  # type: ignore[no-untyped-call]
    print("Connected to Slack", file=sys.stderr, flush=True)
    threading.Event().wait()


def answer(app: App, blocks: list[dict[str, Any]]) -> None:
    """Let an app answer `/oncall` with constant blocks."""

    @app.command("/oncall")
    def on_call(ack: Any) -> None:
        ack(text="On call", blocks=blocks, response_type="ephemeral")


if __name__ == "__main__":
    main()
