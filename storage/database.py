"""The engine, its pragmas, and who may write."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Dialect, Engine, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NotInTime
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from storage.appending import Appender, PostgresqlAppender, Rows, SqliteAppender
from storage.sealing import Keyring
from storage.turns import Turns
from storage.wake import PATIENCE, SharedWake, Wake, told

BUSY_SECONDS = 10
SURELY_THERE = 1.0  # seconds since a connection was last used
# PostgreSQL's codes of what was too much for one statement, or took it too long: that statement would fail for ever.
TOO_MUCH: Final = ("54", "57014")


class Database:
    """Hands out sessions. A `write` commits at its end, all or nothing, and then wakes the loops that were told something."""

    def __init__(self, url: str, keyring: Keyring | None = None) -> None:
        """Without a keyring the words in it can neither be read nor written."""
        self.sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.sqlite else _other(url)
        # PostgreSQL shows each statement what is newest either way: without BEGIN and ROLLBACK there are two trips less.
        how = {"reads_only": True} if self.sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._reading = self.engine.execution_options(**how)
        self.keyring = keyring
        self.wake = Wake() if self.sqlite else SharedWake(self.engine)
        self._turns = Turns()
        self._appender: Appender = (
            SqliteAppender(self.engine, self._turn) if self.sqlite else PostgresqlAppender(self.engine)
        )

    @contextmanager
    def write(self) -> Iterator[Session]:
        with ExitStack() as turn:
            # SQLite's turn is taken at the session's first use: what is prepared before keeps nobody waiting.
            engine = self.engine.execution_options(take_turn=lambda: turn.enter_context(self._turn()))
            with Session(engine, info=self._info) as session, session.begin():
                yield session
        self.wake.tell(told(session))

    def append(self, table: Table, rows: Rows) -> int:
        """Insert what is not there yet by primary key, past the session. Returns how many were new, once durable."""
        return self._appender.append(table, rows) if rows else 0

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self._reading, info=self._info) as session:
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


def is_unable(error: BaseException) -> bool:
    """Whether the database is locked, full or away: whatever is written, it would fail, and nobody's words are to blame."""
    if isinstance(error, NotInTime):
        return True
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return int(code) & 0xFF != sqlite3.SQLITE_ERROR
    state = getattr(error.orig, "sqlstate", None)  # None: there was no answer
    return state is None or not str(state).startswith(TOO_MUCH)


def _other(url: str) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args=PATIENCE)
    event.listen(engine, "checkin", _note_when)
    event.listen(engine, "checkout", partial(_try_out, engine.dialect))
    return engine


def _note_when(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _try_out(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """As pool_pre_ping does, but not again and again while there is much to do: each time is a trip to the server."""
    if time.monotonic() - record.info.get("used", 0.0) < SURELY_THERE:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error  # another connection is made


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
