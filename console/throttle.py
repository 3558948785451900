"""Slows down guessing. In memory: one process serves the console, and a restart forgives everybody."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock

FAILURES = 5
WINDOW = timedelta(minutes=15)
KEYS = 10_000  # oldest are forgotten first, so that made-up names cannot fill the memory

Key = tuple[str, str]  # account, address


class Throttle:
    def __init__(self) -> None:
        self._failures: dict[Key, deque[datetime]] = {}
        self._lock = Lock()

    def blocked(self, key: Key, now: datetime) -> bool:
        with self._lock:
            recent = [at for at in self._failures.get(key, ()) if at > now - WINDOW]
            return len(recent) >= FAILURES

    def failed(self, key: Key, now: datetime) -> None:
        with self._lock:
            failures = self._failures.pop(key, deque(maxlen=FAILURES))
            failures.append(now)
            self._failures[key] = failures
            if len(self._failures) > KEYS:
                del self._failures[next(iter(self._failures))]

    def succeeded(self, key: Key) -> None:
        with self._lock:
            self._failures.pop(key, None)
