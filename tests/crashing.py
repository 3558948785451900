"""`tsunagu` with one place at which it is killed: python crashing.py POINT COMMAND…

Not a test: the tests start it. A point is where `kill -9` strikes, just before or just after a step that does something.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import bot.intake
from bot.cli import main
from bot.delivery import Delivery
from bot.intake import Intake
from bot.line import webhook
from bot.line.client import LineClient
from storage import inbox, outbox

POINTS: dict[str, tuple[Any, str, str]] = {
    "before the event is kept": (inbox, "accept", "before"),
    "after the event is written, before the commit": (inbox, "accept", "after"),
    "after the commit, before the 200": (webhook, "_keep", "after"),
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


def crash_at(point: str) -> None:
    owner, name, when = POINTS[point]
    original: Callable[..., Any] = getattr(owner, name)

    def crashing(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            _die()
        result = original(*args, **kwargs)
        if (result is not None and result is not False) or name in ("handled", "sent"):
            _die()
        return result

    setattr(owner, name, crashing)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] != "nowhere":
        crash_at(sys.argv[1])
    main(sys.argv[2:])
