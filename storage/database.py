"""The engine, its pragmas, and who may write."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NotInTime
from sqlmodel import Session

from storage.appending import Appender, PostgresqlAppender, Rows, SqliteAppender
from storage.sealing import Keyring
from storage.turns import Turns
from storage.wake import PATIENCE, SharedWake, Wake

BUSY_SECONDS = 10
# Locked, full or away: whatever is written, it would fail.
UNABLE: Final = (OperationalError, NotInTime)


class Database:
    """Hands out sessions. A `write` commits at its end, all or nothing, and wakes the background loops, unless it is said
    that there is nothing in it for them."""

    def __init__(self, url: str, keyring: Keyring | None = None) -> None:
        """Without a keyring the words in it can neither be read nor written."""
        self.sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.sqlite else _other(url)
        self.keyring = keyring
        self.wake = Wake() if self.sqlite else SharedWake(self.engine)
        self._turns = Turns()
        self._appender: Appender = (
            SqliteAppender(self.engine, self._turn) if self.sqlite else PostgresqlAppender(self.engine)
        )

    @contextmanager
    def write(self, *, wakes: bool = True) -> Iterator[Session]:
        with ExitStack() as turn:
            # SQLite's turn is taken at the session's first use: what is prepared before keeps nobody waiting.
            engine = self.engine.execution_options(take_turn=lambda: turn.enter_context(self._turn()))
            with Session(engine, info=self._info) as session, session.begin():
                yield session
        if wakes:
            self.wake.now()

    def append(self, table: Table, rows: Rows) -> int:
        """Insert what is not there yet by primary key, past the session. Returns how many were new, once durable."""
        if not rows:
            return 0
        new = self._appender.append(table, rows)
        self.wake.now()
        return new

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine.execution_options(reads_only=True), info=self._info) as session:
            yield session

    @property
    def _info(self) -> dict[str, Any]:
        return {"keyring": self.keyring}

    def _turn(self) -> AbstractContextManager[None]:
        return self._turns.mine(BUSY_SECONDS)

    def close(self) -> None:
        self.wake.close()
        self._appender.close()
        self.engine.dispose()


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
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """A writer takes the lock at once: a read that turns into a write could not wait for its turn."""
    options = connection.get_execution_options()
    if take_turn := options.get("take_turn"):
        take_turn()
    connection.exec_driver_sql("BEGIN" if options.get("reads_only") else "BEGIN IMMEDIATE")
