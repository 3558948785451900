"""Taking turns at something that only one may do at a time, in the order of asking."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import TimeoutError as NotInTime


class Turns:
    """SQLite lets writers wait by sleeping, so that some starve: p99 of hundreds of milliseconds. A queue is fair."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def mine(self, seconds: float) -> Iterator[None]:
        """Raises an error of the database where the turn does not come within `seconds`."""
        if not self._take(seconds):
            raise NotInTime("the database's writer was busy for too long")
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, seconds: float) -> bool:
        called = threading.Event()
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            self._waiting.append(called)
        if called.wait(seconds):
            return True
        with self._lock:
            if called.is_set():  # in the very last moment
                return True
            self._waiting.remove(called)
            return False

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()  # stays taken: nobody else comes in between
            else:
                self._taken = False
