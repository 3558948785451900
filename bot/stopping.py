"""How a process ends: asked once, it finishes what it has in hand, and is gone after LONGEST seconds whatever hangs."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

LONGEST: Final = 25.0  # seconds; deploy/ has systemd and compose wait for 30 before they kill

log = logging.getLogger(__name__)


def when_asked(stop: Callable[[], object]) -> None:
    """Call `stop`, in the main thread, at the first SIGTERM or SIGINT. A second Ctrl-C ends the process at once."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        limit = threading.Timer(LONGEST, _give_up)
        limit.daemon = True
        limit.start()
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


def _give_up() -> None:
    """No worse than `kill -9`: what was in hand is taken over when its lease ends."""
    log.error("stopped with work in hand")
    os._exit(1)
