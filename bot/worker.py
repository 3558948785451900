"""The background loops, intake and delivery, with the scheduler beside them.

The loops wake at once for new rows, and look now and then all the same.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from storage import heartbeats
from storage.database import Database
from storage.wake import News

if TYPE_CHECKING:
    from bot.scheduler import Scheduler

POLL: Final = 0.5  # seconds: the net under the wake-up, and how soon a retry is seen
BEAT: Final = 10.0  # seconds
PAUSE_AFTER_ERROR: Final = 1.0

log = logging.getLogger(__name__)


class Step(Protocol):
    waits_for: News

    def step(self) -> bool:
        """Do one piece of work. Returns whether there was any."""
        ...


class Worker:
    """Runs each named step in a thread of its own until `stop`."""

    def __init__(
        self,
        database: Database,
        steps: dict[str, Step],
        clock: Callable[[], datetime],
        *,
        scheduler: "Scheduler | None" = None,
        closing: Callable[[], None] = lambda: None,
    ) -> None:
        self.steps = steps
        self._scheduler = scheduler
        self._closing = closing
        self._database = database
        self._clock = clock
        self._stopping = threading.Event()
        self._threads: Sequence[threading.Thread] = [
            threading.Thread(target=self._run, args=(name, step), name=name, daemon=True)
            for name, step in steps.items()
        ]

    def start(self) -> None:
        self._database.wake.listen()
        if self._scheduler:
            self._scheduler.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What is in hand is finished; nothing new is begun."""
        self._stopping.set()
        if self._scheduler:
            self._scheduler.stop()
        self._database.wake.tell()
        for thread in self._threads:
            thread.join()
        self.close()

    def close(self) -> None:
        self._closing()

    def _run(self, name: str, step: Step) -> None:
        seen, beaten = 0, None
        while not self._stopping.is_set():
            beaten = self._beat(name, beaten)
            if not self._step(name, step):
                seen = self._database.wake.wait(step.waits_for, seen, POLL)

    def _step(self, name: str, step: Step) -> bool:
        try:
            return step.step()
        except Exception as error:
            # The loop outlives a database that is away; the rows stay where they are.
            log.error("loop failed", extra={"loop": name, "error": type(error).__name__})
            self._stopping.wait(PAUSE_AFTER_ERROR)
            return False

    def _beat(self, name: str, beaten: datetime | None) -> datetime | None:
        now = self._clock()
        if beaten and abs((now - beaten).total_seconds()) < BEAT:
            return beaten
        try:
            with self._database.write() as session:
                heartbeats.beat(session, f"{name}-loop", now)
        except Exception as error:
            log.error("no heartbeat", extra={"loop": name, "error": type(error).__name__})
            return beaten
        return now
