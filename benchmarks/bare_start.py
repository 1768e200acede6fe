"""The floor for starting: a process that uses each of our libraries and none of our code.

It imports the same parts of them as `run_bot.py run`, opens a SQLite file, makes a Bolt app, opens
the websocket and waits for Slack's hello, and starts APScheduler. Then it sends an SMS with
Twilio's client and a post with Slack's, as our bot does right after its start.
"""

import json
import logging
import os
import sys
import threading
from typing import Any
from urllib.parse import urlsplit

import peewee
import typer
import websocket
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from dotenv import load_dotenv
from playhouse.migrations import Runner  # noqa: F401 - ours loads it at start, too
from playhouse.pool import PooledSqliteDatabase
from pythonjsonlogger.json import JsonFormatter
from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app  # noqa: F401 - as above
from slack_sdk import WebClient
from slack_sdk.models.blocks import SectionBlock
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

database = PooledSqliteDatabase("bare.db", pragmas={"journal_mode": "wal", "synchronous": "full"})
cli = typer.Typer(add_completion=False)


class Note(peewee.Model):
    """A table."""

    text = peewee.TextField()

    class Meta:
        database = database


class LoopbackTwilio(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's HTTP client, for another base URL."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a request to that base URL."""
        there = os.environ["TWILIO_API_URL"] + urlsplit(url).path
        return super().request(method, there, *args, **kwargs)


@cli.command()
def run() -> None:
    """Start everything, print when Slack has said hello, and keep running."""
    load_dotenv(".env")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    database.create_tables([Note])
    slack = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = App(client=slack, process_before_response=True)
    app.command("/oncall")(lambda ack: ack(blocks=[SectionBlock(text="Alice")]))
    opened = slack.apps_connections_open(app_token=os.environ["SLACK_APP_TOKEN"])
    connection = websocket.create_connection(str(opened["url"]), timeout=10)
    json.loads(connection.recv())
    print("Connected to Slack", file=sys.stderr, flush=True)
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(2)}, timezone="UTC")
    scheduler.add_job(Note.select().count, IntervalTrigger(seconds=15))
    scheduler.add_job(Note.select().count, CronTrigger(hour=8))
    scheduler.start()
    _send_something(slack)
    threading.Event().wait()


def _send_something(slack: WebClient) -> None:
    sid, token = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    client = Client(sid, token, http_client=LoopbackTwilio())
    sender = os.environ["TWILIO_PHONE_NUMBER"]
    client.messages.create(to=os.environ["TO"], from_=sender, body="You are on call.")
    slack.chat_postMessage(channel=os.environ["CHANNEL"], text="Alice is on call.")


if __name__ == "__main__":
    cli()
