"""An empty database for a test, on SQLite and, where a server can be reached, on PostgreSQL.

A test file asks for it with `database = databases.on_both`, or `postgresql = databases.on_postgresql`.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from storage import migrations, people
from storage.database import Database
from storage.sealing import Keyring

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # Tuesday, 10:00 in Tokyo
KEYS = Keyring([bytes(32)])
GIVEN = os.environ.get("TEST_POSTGRES_URL", "")
POSTGRES_URL = GIVEN or "postgresql+psycopg://root@127.0.0.1/test"
HOW_TO_GET_IT = (
    "no PostgreSQL: apt install postgresql, start it, and set "
    "TEST_POSTGRES_URL=postgresql+psycopg://user:password@127.0.0.1/database"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def on_both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        yield from _prepared(f"sqlite:///{tmp_path}/test.db")
    else:
        with empty_schema() as url:
            yield from _prepared(url)


@pytest.fixture
def on_postgresql() -> Iterator[Database]:
    """For what SQLite cannot do: two writers at once."""
    with empty_schema() as url:
        yield from _prepared(url)


@contextmanager
def empty_schema() -> Iterator[str]:
    """The address of an empty schema on PostgreSQL, which is dropped afterwards. Skips where there is none."""
    if not _answers() and not (GIVEN and os.environ.get("CI")):
        pytest.skip(HOW_TO_GET_IT)
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(POSTGRES_URL)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield f"{POSTGRES_URL}{'&' if '?' in POSTGRES_URL else '?'}options=-csearch_path%3D{name}"
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


def family(database: Database, user_id: str = "U-a") -> str:
    """A parent who has been in touch. Returns the conversation's id."""
    with database.write() as session:
        return people.conversation_of(session, "line", f"digest of {user_id}", user_id, NOW)


def _prepared(url: str) -> Iterator[Database]:
    database = Database(url, KEYS)
    migrations.upgrade(database)
    yield database
    database.close()


@cache
def _answers() -> bool:
    engine = create_engine(POSTGRES_URL, connect_args={"connect_timeout": 2})
    try:
        engine.connect().close()
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
    return True
