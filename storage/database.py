"""The engine, its pragmas, and who may write."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from storage.turns import Turns
from storage.wake import PATIENCE, SharedWake, Wake

BUSY_SECONDS = 10


class Database:
    """Hands out sessions. A `write` commits at its end, all or nothing, and wakes the background loops."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.sqlite else _other(url)
        self.wake = Wake() if self.sqlite else SharedWake(self.engine)
        self._turns = Turns()

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._turn(), Session(self.engine) as session, session.begin():
            yield session
        self.wake.now()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine.execution_options(reads_only=True)) as session:
            yield session

    def close(self) -> None:
        self.wake.close()
        self.engine.dispose()

    def _turn(self) -> AbstractContextManager[None]:
        """Writers of PostgreSQL need not wait for each other."""
        return self._turns.mine(BUSY_SECONDS) if self.sqlite else nullcontext()


def _other(url: str) -> Engine:
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=PATIENCE)


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
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """A writer takes the lock at once: a read that turns into a write could not wait for its turn."""
    reads_only = connection.get_execution_options().get("reads_only")
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
