"""Writing the log without anybody waiting for it: each write lets other threads take the interpreter, while LINE waits."""

import logging
from collections import deque
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Final, TextIO

GATHERING: Final = 0.05  # seconds


class Lines(logging.Handler):
    """A thread of its own writes them, many at a time; a warning, and all before it, is written at once.

    What `kill -9` takes along are lines of the last moment that told of nothing wrong.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: deque[str] = deque()
        self._writing = Lock()
        self._news, self._ending = Event(), Event()
        Thread(target=self._write_on, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(f"{self.format(record)}\n")
            if record.levelno >= logging.WARNING:
                self.flush()
            elif not self._news.is_set():
                self._news.set()
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Also called at the end of the process."""
        with self._writing:
            some = "".join(self._lines.popleft() for _ in range(len(self._lines)))
            if some:
                self._stream.write(some)
                self._stream.flush()

    def close(self) -> None:
        self._ending.set()
        self._news.set()
        super().close()

    def _write_on(self) -> None:
        while not self._ending.is_set():
            self._news.wait()
            self._ending.wait(GATHERING)
            self._news.clear()
            with suppress(OSError, ValueError):  # nobody reads any more; it is closed
                self.flush()
