"""`tsunagu` with one place at which it is killed, and little patience. Not a test: the tests start it.

A point is where `kill -9` strikes, just before or just after a step that does something.
"""

import json
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

import bot.delivery
import bot.intake
import bot.line.client
import bot.stopping
from bot.cli import main
from bot.delivery import Delivery
from bot.intake import Intake
from bot.line import webhook
from bot.line.client import Answer, LineClient
from bot.line.content import ContentClient
from storage import appending, enclosures, inbox, outbox
from storage.outbox import Claimed

WEB_POINTS: dict[str, tuple[Any, str, str]] = {
    "before the event is kept": (inbox, "accept", "before"),
    "after the event is written, with SQLite before the commit": (appending, "_new", "after"),
    "after the event is written": (inbox, "accept", "after"),
    "after the commit, before the 200": (webhook, "_keep", "after"),
}
WORKER_POINTS: dict[str, tuple[Any, str, str]] = {
    "after the event is taken": (inbox, "claim", "after"),
    "after the decision, before the commit": (bot.intake, "handle", "after"),
    "after the event is marked, before the commit": (inbox, "handled", "after"),
    "after the decision is committed": (Intake, "step", "after"),
    "after the answer is leased, before the commit": (outbox, "claim", "after"),
    "before the reply": (LineClient, "reply", "before"),
    "after the reply": (LineClient, "reply", "after"),
    "before the push": (LineClient, "push", "before"),
    "after the push": (LineClient, "push", "after"),
    "after it is marked as sent, before the commit": (outbox, "sent", "after"),
    "after it is marked as sent": (Delivery, "step", "after"),
}
PHOTO_POINTS: dict[str, tuple[Any, str, str]] = {
    "after the photo is leased, before the commit": (enclosures, "claim", "after"),
    "before the photo is fetched": (ContentClient, "fetch", "before"),
    "after the photo is fetched": (ContentClient, "fetch", "after"),
    "after the photo is kept, before the commit": (enclosures, "_finish", "after"),
    "after the photo is kept": (enclosures, "keep", "after"),
}
REQUESTS = "requests"  # a file beside the log: every request to LINE, before it is made
HANGS = "hangs while it sends"
POINTS = WEB_POINTS | WORKER_POINTS


def run(point: str, command: list[str], environment: dict[str, str], log: str) -> None:
    """In a process of its own: `tsunagu` with this command and environment, writing to the log."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.chdir(os.path.dirname(log))
    os.environ.update(environment)
    _hurry()
    _keep_what_was_sent()
    _note_requests(Path(log).with_name(REQUESTS))
    if point == HANGS:
        hang()
    elif point != "nowhere":
        crash_at(point)
    main(command)


def crash_at(point: str) -> None:
    owner, name, when = (POINTS | PHOTO_POINTS)[point]
    original: Callable[..., Any] = getattr(owner, name)

    def crashing(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            _die()
        result = original(*args, **kwargs)
        if (result is not None and result is not False) or name in ("handled", "sent"):
            _die()
        return result

    setattr(owner, name, crashing)


def hang() -> None:
    """A send that no time-out ends. Whoever asks the process to stop is not kept waiting for long."""
    bot.stopping.LONGEST = 3.0  # type: ignore[misc]
    LineClient.reply = lambda *_: time.sleep(600)  # type: ignore[assignment,method-assign]


def _hurry() -> None:
    """Nobody wants to wait twenty seconds for the lease of a dead process, many times over."""
    outbox.LEASE = enclosures.LEASE = timedelta(seconds=3)  # type: ignore[misc]
    bot.line.client.TIMEOUT = (0.5, 1.0)  # type: ignore[misc]
    bot.delivery.TOKEN_AGAIN = timedelta(seconds=1)  # type: ignore[misc]


def _keep_what_was_sent() -> None:
    """Sealed, in the outbox, which empties it otherwise: the drills' books count the messages."""
    finish = outbox._finish

    def keeping(session: Session, claimed: outbox.Claimed, **values: object) -> None:
        if values["state"] == "sent":
            del values["body"]
        finish(session, claimed, **values)

    outbox._finish = keeping


def _note_requests(file: Path) -> None:
    """LINE knows a request by its token or key, the outbox by its rows: here both stand together."""
    lines = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    send = Delivery._send

    def noting(delivery: Delivery, claimed: Claimed, now: datetime) -> Answer:
        token_at = claimed.reply_token_at and claimed.reply_token_at.isoformat()
        note = {"rows": claimed.ids, "name": claimed.reply_token or claimed.retry_key, "token_at": token_at}
        os.write(lines, (json.dumps(note) + "\n").encode())
        return send(delivery, claimed, now)

    Delivery._send = noting  # type: ignore[method-assign]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
