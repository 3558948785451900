"""Group commit: requests that come in together are kept by one transaction.

A commit waits for the disk, whatever it holds. So one thread at a time writes, and takes along all that came while the
one before it wrote. Each request goes on once its own events are committed, and not before.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from storage import inbox
from storage.database import Database, is_unable
from storage.inbox import Received

GATHERING: Final = 0.002  # seconds; a commit takes several times as long


@dataclass(slots=True, eq=False)
class _Waiting:
    """One request. Its turn is released when it is done, or when its thread is to write for all who wait."""

    events: Sequence[Received]
    now: datetime
    turn: threading.Lock = field(
        default_factory=threading.Lock
    )  # an Event would do, and take four times as long
    done: bool = False
    error: BaseException | None = None


class Keeper:
    """Keeps webhook events for every thread of this process."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._writing = False
        self._crowded = False

    def keep(self, events: Sequence[Received], now: datetime) -> None:
        """Returns when the events are committed; raises where they could not be, SQLAlchemyError as a rule."""
        mine = _Waiting(events, now)
        mine.turn.acquire()
        with self._lock:
            self._queue.append(mine)
            waits, self._writing = self._writing, True
        if waits:
            mine.turn.acquire()
        if not mine.done:
            self._write(mine)
        if mine.error:
            raise mine.error

    def _write(self, mine: _Waiting) -> None:
        """Everything that waits, mine with it; then whoever came first meanwhile writes next."""
        if self._crowded:  # who was answered together comes again together: the first waits for the rest
            time.sleep(GATHERING)
        with self._lock:
            group, self._queue = self._queue, []
        self._crowded = len(group) > 1
        try:
            self._commit(group)
        except BaseException as error:  # whatever it is, nobody may answer 200
            _fail(group, error)
        with self._lock:
            following = self._queue[0] if self._queue else None
            self._writing = following is not None
        for one in group:
            one.done = True
            if one is not mine:
                one.turn.release()
        if following:
            following.turn.release()

    def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            self._accept([event for one in group for event in one.events], min(one.now for one in group))
        except SQLAlchemyError as error:
            if len(group) == 1 or is_unable(error):  # then for each alike
                _fail(group, error)
            else:  # one of them is refused; the others must not be lost with it
                for one in group:
                    self._commit([one])

    def _accept(self, events: Sequence[Received], now: datetime) -> None:
        inbox.accept(self._database, self._channel, events, now)


def _fail(group: Sequence[_Waiting], error: BaseException) -> None:
    for one in group:
        one.error = error
