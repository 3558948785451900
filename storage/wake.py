"""Waking loops that wait for work: in this process, and with PostgreSQL in the others, too."""

import logging
import queue
import threading
import uuid
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Engine, NullPool, create_engine, text
from sqlmodel import Session

CHANNEL: Final = "tsunagu"
_KEPT: Final = "news"  # where a session keeps what it will tell
SPACING: Final = 0.005  # seconds: what is committed meanwhile is told at once
LOOK_UP: Final = 1.0  # seconds: how often a listener sees whether it should end
AGAIN: Final = 1.0  # seconds until a lost connection is made again

log = logging.getLogger(__name__)


class News(StrEnum):
    """What loops wait for: something new in the inbox, the outbox …"""

    INBOX = "inbox"
    OUTBOX = "outbox"
    IMPORTS = "imports"
    WRITING = "writing"
    ENCLOSURES = "enclosures"
    MENUS = "menus"  # told by nobody: the slow poll is soon enough


def tell(session: Session, news: News) -> None:
    """Wakes who waits for it, once the session's transaction is committed."""
    session.info.setdefault(_KEPT, set()).add(news)


def told(session: Session) -> frozenset[News]:
    return frozenset(session.info.get(_KEPT, ()))


class Bell:
    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung = 0

    def ring(self) -> None:
        with self._condition:
            self._rung += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Until it rang after `seen`, or `seconds` passed. Returns what to pass next time."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung != seen, timeout=seconds)
            return self._rung


class Wake:
    """Tells loops in this process what is new, so that nobody waits for a poll and nobody looks for what is not theirs."""

    def __init__(self) -> None:
        self._bells = {news: Bell() for news in News}

    def tell(self, news: Iterable[News] = News) -> None:
        for one in news:
            self._bells[one].ring()

    def wait(self, news: News, seen: int, seconds: float) -> int:
        """Until something newer than `seen` came, or `seconds` passed. Returns what to pass next time."""
        return self._bells[news].wait(seen, seconds)

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
        self._unsaid: queue.SimpleQueue[frozenset[News]] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()

    def tell(self, news: Iterable[News] = News) -> None:
        news = frozenset(news)
        super().tell(news)
        if news:
            self._start(self._say)
            self._unsaid.put(news)

    def listen(self) -> None:
        self._start(self._hear)

    def close(self) -> None:
        with self._starting:  # a thread that is just being started cannot be joined yet
            self._closed.set()
        self._unsaid.put(frozenset())
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

    def _say(self, connection: Any) -> None:
        while news := self._next():
            connection.execute(
                text("SELECT pg_notify(:channel, :news)"),
                {"channel": CHANNEL, "news": " ".join((self._name, *sorted(news)))},
            )
            self._closed.wait(SPACING)

    def _next(self) -> frozenset[News]:
        """Everything that is unsaid, once there is something. Nothing at the end."""
        news = self._unsaid.get()
        while not self._unsaid.empty():
            news |= self._unsaid.get()
        return frozenset() if self._closed.is_set() else news

    def _hear(self, connection: Any) -> None:
        driver = connection.connection.driver_connection
        driver.execute(f"LISTEN {CHANNEL}")
        super().tell()  # what was said while nobody listened
        while not self._closed.is_set():
            for notice in driver.notifies(timeout=LOOK_UP):
                name, *news = notice.payload.split()
                if name != self._name:
                    # An older program says its name and no more: it may be anything.
                    super().tell([one for one in News if one in news or not news])


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
