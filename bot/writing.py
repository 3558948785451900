"""「いま書いています」: shows a parent LINE's moving dots while a counselor writes."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from storage import writing
from storage.database import Database
from storage.wake import News

MOST_A_SECOND: Final = 20  # of LINE's 100, for each worker

log = logging.getLogger(__name__)


class Dots(Protocol):
    def show_loading(self, user_id: str, seconds: int, /) -> str: ...


class Writing:
    """Lost dots are no loss: nothing is tried twice."""

    waits_for = News.WRITING

    def __init__(self, database: Database, channel: Dots, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._next_at: datetime | None = None

    def step(self) -> bool:
        """Show it to one parent. Returns whether there was one."""
        now = self._clock()
        if self._next_at and now < self._next_at <= now + timedelta(seconds=1):
            return False
        with self._database.read() as session:
            if not writing.is_asked(session):
                return False
        with self._database.write() as session:
            address = writing.claim(session, now)
        if address is None:
            return False
        self._next_at = now + timedelta(seconds=1 / MOST_A_SECOND)
        problem = self._channel.show_loading(address, writing.SHOWN_FOR.seconds)
        if problem:
            log.info("no loading animation", extra={"problem": problem})
        return True
