"""Rows that are inserted past SQLAlchemy: it takes longer for a transaction than the databases do, and LINE waits.

One statement takes all rows, in a transaction of its own. What is there already by primary key stays as it is, so a
statement may be said again where nobody knows whether it was committed.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Final, Protocol

from sqlalchemy import Dialect, Engine, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from storage.wake import lone

POSTGRESQL: Final[Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]
Rows = Sequence[Mapping[str, Any]]  # all with the same columns, in the same order


class Appender(Protocol):
    def append(self, table: Table, rows: Rows, /) -> int:
        """Returns how many were new, once they are durable. Raises SQLAlchemyError."""
        ...

    def close(self) -> None: ...


class SqliteAppender:
    def __init__(self, engine: Engine, turn: Callable[[], AbstractContextManager[None]]) -> None:
        self._engine = engine
        self._turn = turn

    def append(self, table: Table, rows: Rows) -> int:
        statement, values = _statement(table, tuple(rows[0])), _bound(self._engine.dialect, table, rows)
        with self._turn(), _named_errors(self._engine.dialect):
            connection = self._engine.raw_connection()
            try:  # giving it back rolls back what was not committed
                cursor = connection.cursor()
                cursor.execute("BEGIN IMMEDIATE")
                cursor.executemany(statement, values)
                new = _new(cursor)
                cursor.execute("COMMIT")
            finally:
                connection.close()
        return new

    def close(self) -> None:
        """Its connections are the engine's."""


class PostgresqlAppender:
    """Keeps a connection, in which each statement commits by itself: one trip to the server instead of four."""

    def __init__(self, engine: Engine) -> None:
        self._engine = lone(engine)
        self._connection: Any = None
        self._lock = threading.Lock()

    def append(self, table: Table, rows: Rows) -> int:
        names = tuple(rows[0])
        columns = list(zip(*_bound(self._engine.dialect, table, rows), strict=True))
        with self._lock, _named_errors(self._engine.dialect):
            return self._write(_unnesting(table, names), [list(column) for column in columns])

    def _write(self, statement: str, columns: list[list[Any]]) -> int:
        if self._connection is not None:
            try:
                return self._execute(statement, columns)
            except self._engine.dialect.loaded_dbapi.OperationalError:
                if not self._connection.closed:
                    raise
        self.close()  # there was none, or the server went away meanwhile
        self._connection = self._engine.raw_connection()
        return self._execute(statement, columns)

    def _execute(self, statement: str, columns: list[list[Any]]) -> int:
        return _new(self._connection.driver_connection.execute(statement, columns, binary=True))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _new(cursor: Any) -> int:
    number: int = cursor.rowcount
    return number


@contextmanager
def _named_errors(dialect: Dialect) -> Iterator[None]:
    """The driver's errors by SQLAlchemy's names, as everywhere else, and without the words in the rows."""
    drivers = dialect.loaded_dbapi.Error
    try:
        yield
    except drivers as error:
        raise DBAPIError.instance(None, None, error, drivers, hide_parameters=True, dialect=dialect) from None


@cache
def _statement(table: Table, names: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608


@cache
def _unnesting(table: Table, names: tuple[str, ...]) -> str:
    """However many rows there are, the statement is the same, and so is prepared once."""
    arrays = (f"%b::{table.c[name].type.compile(POSTGRESQL)}[]" for name in names)
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({', '.join(arrays)}) ON CONFLICT DO NOTHING"  # noqa: S608


def _bound(dialect: Dialect, table: Table, rows: Rows) -> list[tuple[Any, ...]]:
    """The values as the driver wants them."""
    binds = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in rows[0]]
    return [
        tuple(bind(value) if bind else value for bind, value in zip(binds, row.values(), strict=True))
        for row in rows
    ]
