"""What is done by the clock, in one process of all: the elected one."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from directory.hours import TOKYO
from storage.leader import Leader

ASK_AGAIN: Final = 2.0  # seconds: how soon a dead scheduler is followed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Makes events or calls what cleans up; it must bear being run twice: an election is not a lock on its work."""

    name: str
    trigger: BaseTrigger
    run: Callable[[datetime], None]  # is given the time


class Scheduler:
    """Runs the jobs by APScheduler while this process is elected, and asks for that every ASK_AGAIN seconds."""

    def __init__(
        self,
        leader: Leader,
        jobs: Sequence[Job],
        clock: Callable[[], datetime],
        *,
        ask_again: float = ASK_AGAIN,
    ) -> None:
        self._leader = leader
        self._jobs = jobs
        self._clock = clock
        self._ask_again = ask_again
        self._running: BackgroundScheduler | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A job in hand is finished; then another process may be elected."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._follow(self._leader.elected())
            self._stopping.wait(self._ask_again)
        self._follow(False)
        self._leader.close()

    def _follow(self, elected: bool) -> None:
        if elected and self._running is None:
            log.info("elected")
            self._running = self._begin()
        elif not elected and self._running is not None:
            log.info("no longer elected")
            self._running.shutdown(wait=True)
            self._running = None

    def _begin(self) -> BackgroundScheduler:
        # Late is better than never, once is enough.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler = BackgroundScheduler(timezone=TOKYO, job_defaults=defaults)
        for job in self._jobs:
            scheduler.add_job(self._do, job.trigger, args=[job], id=job.name)
        scheduler.start()
        return scheduler

    def _do(self, job: Job) -> None:
        started = time.monotonic()
        try:
            job.run(self._clock())
        except Exception as error:
            log.error("job failed", extra={"job": job.name, "error": type(error).__name__})
            return
        log.debug("job done", extra={"job": job.name, "seconds": round(time.monotonic() - started, 3)})
