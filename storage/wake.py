"""Waking loops that wait for work: in this process, and with PostgreSQL in the others, too."""

import logging
import threading
import uuid
from typing import Any, Final

from sqlalchemy import Engine, NullPool, create_engine, text

CHANNEL: Final = "tsunagu"
SPACING: Final = 0.005  # seconds: what is committed meanwhile is told at once
LOOK_UP: Final = 1.0  # seconds: how often a listener sees whether it should end
AGAIN: Final = 1.0  # seconds until a lost connection is made again

log = logging.getLogger(__name__)


class Wake:
    """Tells loops in this process that there is something new, so that nobody waits for a poll."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    def now(self) -> None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Until something newer than `seen` came, or `seconds` passed. Returns what to pass next time."""
        with self._condition:
            self._condition.wait_for(lambda: self._count != seen, timeout=seconds)
            return self._count

    def listen(self) -> None:
        """Hear other processes from now on. Here there are none."""

    def close(self) -> None:
        """No more waking."""


class SharedWake(Wake):
    """Says NOTIFY after a commit, not in it: PostgreSQL lets only one transaction commit at a time that notifies.

    A process that dies in between says nothing; the loops' slow poll is the net.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = lone(engine)
        self._name = uuid.uuid4().hex
        self._news = threading.Event()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()

    def now(self) -> None:
        super().now()
        self._start(self._tell)
        self._news.set()

    def listen(self) -> None:
        self._start(self._hear)

    def close(self) -> None:
        with self._starting:  # a thread that is just being started cannot be joined yet
            self._closed.set()
        self._news.set()
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def _start(self, loop: Any) -> None:
        with self._starting:
            if self._closed.is_set() or any(thread.name == loop.__name__ for thread in self._threads):
                return
            thread = threading.Thread(target=self._keep_on, args=(loop,), name=loop.__name__, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _keep_on(self, loop: Any) -> None:
        while not self._closed.is_set():
            try:
                with self._engine.connect() as connection:
                    loop(connection)
            except Exception as error:
                # Without it everything still works, by the slow poll.
                log.error("no wake-up", extra={"loop": loop.__name__, "error": type(error).__name__})
                self._closed.wait(AGAIN)

    def _tell(self, connection: Any) -> None:
        while not self._closed.is_set():
            self._news.wait()
            self._news.clear()
            connection.execute(
                text("SELECT pg_notify(:channel, :name)"), {"channel": CHANNEL, "name": self._name}
            )
            self._closed.wait(SPACING)

    def _hear(self, connection: Any) -> None:
        driver = connection.connection.driver_connection
        driver.execute(f"LISTEN {CHANNEL}")
        super().now()  # what was said while nobody listened
        while not self._closed.is_set():
            for notice in driver.notifies(timeout=LOOK_UP):
                if notice.payload != self._name:
                    super().now()


def lone(engine: Engine) -> Engine:
    """For a connection that is kept, outside the pool and outside any transaction."""
    return create_engine(
        engine.url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args=PATIENCE,
    )


# Short enough that a database that went away is noticed while somebody waits, and that it notices us.
PATIENCE: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
