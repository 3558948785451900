"""Empty databases for tests, on SQLite and on PostgreSQL.

A test file asks for one with `database = databases.on_both` or `postgresql = databases.on_postgresql`; where it tests a
whole service, `ON_BOTH = True` lets every test run on both. All tests of a process share one PostgreSQL schema, migrated once and
emptied for each, on the server that TEST_POSTGRES_URL names or on one of the process's own. Processes that test beside each other
have a database each: locks and notifications are a database's.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, LiteralString, cast

import postgres_server
import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

import storage.database
from storage import migrations, people
from storage.database import Database
from storage.sealing import Keyring

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # Tuesday, 10:00 in Tokyo
KEYS = Keyring([bytes(32)])
# Nor does SQLite wait for the disk in the tests' own process (a power cut is none of theirs); in those they start, it does.
honest_sqlite = storage.database._prepare_sqlite


def _hasty_sqlite(connection: Any, record: Any) -> None:
    honest_sqlite(connection, record)
    connection.execute("PRAGMA synchronous=OFF")


storage.database._prepare_sqlite = _hasty_sqlite
GIVEN = os.environ.get("TEST_POSTGRES_URL", "")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
KINDS = ["sqlite", "postgresql"]


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database for this test, migrated and empty."""
    return new_sqlite(tmp_path) if getattr(request, "param", "sqlite") == "sqlite" else empty_postgresql()


@pytest.fixture(params=KINDS)
def on_both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    yield from _opened(new_sqlite(tmp_path) if request.param == "sqlite" else empty_postgresql())


@pytest.fixture
def on_postgresql() -> Iterator[Database]:
    """For what SQLite cannot do: two writers at once."""
    yield from _opened(empty_postgresql())


def new_sqlite(folder: Path) -> str:
    """A copy of one that was migrated once."""
    shutil.copy(_migrated_sqlite(), folder / "test.db")
    return f"sqlite:///{folder}/test.db"


def empty_postgresql() -> str:
    """For tables of a few rows DELETE takes a tenth of TRUNCATE's time."""
    url, emptying = _migrated_postgresql()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(emptying)
    return url


@contextmanager
def empty_schema() -> Iterator[str]:
    """The address of a new schema without tables, which is dropped afterwards."""
    server, name = _server(), f"test_{uuid.uuid4().hex}"
    engine = create_engine(server, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{name}"
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))


def needs_binaries() -> None:
    """For a test that must start a server of its own."""
    if postgres_server.binaries() is None:
        _absent()


def family(database: Database, user_id: str = "U-a") -> str:
    """A parent who has been in touch. Returns the conversation's id."""
    with database.write() as session:
        return people.conversation_of(session, "line", f"digest of {user_id}", user_id, NOW)


def _opened(url: str) -> Iterator[Database]:
    database = Database(url, KEYS)
    yield database
    database.close()


@cache
def _migrated_sqlite() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="tsunagu-sqlite-")
    _left_open.append(folder.cleanup)
    file = Path(folder.name) / "template.db"
    migrate(f"sqlite:///{file}")
    return file


@cache
def _migrated_postgresql() -> tuple[str, LiteralString]:
    """Its address, and what empties it."""
    made = empty_schema()
    url = made.__enter__()
    _left_open.append(lambda: made.__exit__(None, None, None))
    migrate(url)
    tables = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
    restart = "SELECT setval(seqrelid, 1, false) FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace = current_schema()::regnamespace"
    audit = [
        "INSERT INTO audit_sweep (before) VALUES ('infinity')",
        "DELETE FROM audit",
    ]  # else it is refused
    deleted = [f"DELETE FROM {table}" for table in tables]  # noqa: S608
    return url, cast(LiteralString, "; ".join(["SET lock_timeout = '10s'", *audit, *deleted, restart]))


def migrate(url: str) -> None:
    database = Database(url, KEYS)
    migrations.upgrade(database)
    database.close()


_left_open: list[Callable[[], object]] = []  # until `clean_up`


def clean_up() -> None:
    """At the end of all tests."""
    while _left_open:
        _left_open.pop()()


def _server() -> str:
    if GIVEN:
        return _own_database() if WORKER else GIVEN
    needs_binaries()
    return _own_server().url


@cache
def _own_server() -> postgres_server.Server:
    server = postgres_server.Server()
    _left_open.append(server.remove)
    return server


@cache
def _own_database() -> str:
    """On the server that was given."""
    name = f"tsunagu_{WORKER}_{uuid.uuid4().hex}"
    given = create_engine(GIVEN, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def say(statement: str) -> None:
        with given.connect() as connection:
            connection.execute(text(statement))

    say(f"CREATE DATABASE {name}")
    _left_open.append(lambda: say(f"DROP DATABASE {name} WITH (FORCE)"))
    return make_url(GIVEN).set(database=name).render_as_string(hide_password=False)


def _absent() -> None:
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(postgres_server.HOW_TO_GET_IT)
