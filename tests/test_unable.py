"""Whether the database could take nothing, or only this: what it could not take for its own sake is tried again without end."""

import sqlite3
from contextlib import closing
from pathlib import Path

import databases
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database, is_unable

postgresql = databases.on_postgresql
database = databases.on_both


def refused(database: Database, *statements: str) -> SQLAlchemyError:
    *before, last = (text(statement) for statement in statements)
    with database.write() as session:
        for statement in before:
            session.execute(statement)
        with pytest.raises(SQLAlchemyError) as caught:
            session.execute(last)
        session.rollback()
    return caught.value


def test_a_locked_database_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.05)
    locked = Database(f"sqlite:///{tmp_path / 'locked.db'}")
    with closing(sqlite3.connect(tmp_path / "locked.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")

        error = refused(locked, "CREATE TABLE words (id INTEGER)")

    locked.close()
    assert is_unable(error)


def test_a_server_that_went_away_takes_nothing(postgresql: Database) -> None:
    assert is_unable(refused(postgresql, "SELECT pg_terminate_backend(pg_backend_pid())"))


def test_a_server_that_is_not_there_takes_nothing() -> None:
    nobody = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    error = refused(nobody, "SELECT 1")

    nobody.close()
    assert is_unable(error)


def test_a_statement_that_makes_no_sense_is_to_blame(database: Database) -> None:
    assert not is_unable(refused(database, "INSERT INTO nothing VALUES (1)"))


def test_a_value_too_long_for_its_index_is_to_blame(postgresql: Database) -> None:
    """Otherwise the event that brings it would be tried again for ever, and hold up its sender."""
    long = "SELECT string_agg(md5(n::text), ''), '', now() FROM generate_series(1, 500) n"

    assert not is_unable(refused(postgresql, f"INSERT INTO lease (name, holder, until) {long}"))


def test_a_statement_that_takes_too_long_is_to_blame(postgresql: Database) -> None:
    assert not is_unable(refused(postgresql, "SET LOCAL statement_timeout = 1", "SELECT pg_sleep(1)"))


def test_any_other_error_is_to_blame() -> None:
    assert not is_unable(ValueError())
