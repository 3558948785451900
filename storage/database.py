"""The engine, its pragmas, and who may write."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from storage.sealing import Keyring

BUSY_SECONDS = 10


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


class Database:
    """Hands out sessions. A `write` commits at its end, all or nothing, and wakes the background loops."""

    def __init__(self, url: str, keyring: Keyring | None = None) -> None:
        """Without a keyring the words in it can neither be read nor written."""
        self.engine = _sqlite(url) if url.startswith("sqlite") else _other(url)
        self.keyring = keyring
        self.wake = Wake()

    @contextmanager
    def write(self) -> Iterator[Session]:
        with Session(self.engine, info=self._info) as session, session.begin():
            yield session
        self.wake.now()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine.execution_options(reads_only=True), info=self._info) as session:
            yield session

    @property
    def _info(self) -> dict[str, Any]:
        return {"keyring": self.keyring}

    def close(self) -> None:
        self.engine.dispose()


def _other(url: str) -> Engine:
    return create_engine(url, hide_parameters=True, pool_pre_ping=True)


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """A writer takes the lock at once: a read that turns into a write could not wait for its turn."""
    reads_only = connection.get_execution_options().get("reads_only")
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
