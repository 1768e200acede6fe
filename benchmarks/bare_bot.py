"""A bare Bolt bot in a process of its own, as the floor for requests over Socket Mode.

It has Bolt's defaults and Bolt's Socket Mode handler. It answers `/oncall` with the blocks in
$BLOCKS, or opens the form in $FORM if that is set, and publishes the Home tab in $HOME_TAB. With
the argument `at-once` a listener runs before the response. It imports none of our code.
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
    if "BLOCKS" in os.environ:
        answer(app, json.loads(os.environ["BLOCKS"]))
    if "FORM" in os.environ:
        open_form(app, json.loads(os.environ["FORM"]))
    if "HOME_TAB" in os.environ:
        publish(app, json.loads(os.environ["HOME_TAB"]))
    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).connect()  # type: ignore[no-untyped-call]
    print("Connected to Slack", file=sys.stderr, flush=True)
    threading.Event().wait()


def answer(app: App, blocks: list[dict[str, Any]]) -> None:
    """Let an app answer `/oncall` with constant blocks."""

    @app.command("/oncall")
    def on_call(ack: Any) -> None:
        ack(text="On call", blocks=blocks, response_type="ephemeral")


def open_form(app: App, view: dict[str, Any]) -> None:
    """Let an app answer `/oncall` with a constant form."""

    @app.command("/oncall")
    def form(ack: Any, command: Any, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=command["trigger_id"], view=view)


def publish(app: App, view: dict[str, Any]) -> None:
    """Let an app publish a constant Home tab for whoever opens it."""

    @app.event("app_home_opened")
    def home(event: Any, client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view=view)


if __name__ == "__main__":
    main()
