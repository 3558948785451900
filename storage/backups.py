"""The whole database in one encrypted file, and back. May be taken while serving; to restore, stop everything first."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

from sqlalchemy import inspect, text

from storage import archive, sealing
from storage.archive import BadArchive
from storage.database import Database

SQLITE, POSTGRESQL = b"s", b"p"
LIVED_IN: Final = ("conversation", "inbox", "staff")  # rows in these are what a restore would destroy


class MissingTool(Exception):
    """One of PostgreSQL's own programs is not installed; says which."""


class ToolFailed(Exception):
    """One of PostgreSQL's own programs gave up. Says which and with which status, never what it was reading."""


class WrongKind(Exception):
    """A backup of SQLite for PostgreSQL, or the other way round."""


class NotEmpty(Exception):
    """There is something in the database that a restore would destroy."""


def back_up(database: Database, file: Path) -> None:
    """Raises FileExistsError and other OSErrors, MissingTool, ToolFailed. A file that is there is whole."""
    if file.exists():
        raise FileExistsError(file)
    partial = file.with_name(f"{file.name}.partial")
    try:
        with _new(partial) as out, _snapshot(database) as (source, kind):
            archive.write(source, out, _keyring(database), kind)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)


def restore(database: Database, file: Path, *, force: bool = False) -> None:
    """The file is checked to its end before anything is changed, and what is changed is changed at once.

    Raises OSError, BadArchive, sealing.UnknownKey, WrongKind, NotEmpty, MissingTool, ToolFailed.
    """
    if not force and not is_empty(database):
        raise NotEmpty
    with tempfile.TemporaryDirectory() as folder:
        opened = Path(folder, "database")
        with file.open("rb") as source, _new(opened) as out:
            kind = archive.read(source, out, _keyring(database))
        if kind != _kind(database):
            raise WrongKind
        if kind == SQLITE:
            _restore_sqlite(database, opened)
        else:
            _restore_postgresql(database, opened)


def is_empty(database: Database) -> bool:
    with database.read() as session:
        known = set(inspect(session.connection()).get_table_names())
        some = (text(f"SELECT 1 FROM {table} LIMIT 1") for table in LIVED_IN if table in known)  # noqa: S608
        return all(session.connection().execute(one).first() is None for one in some)


def _kind(database: Database) -> bytes:
    return SQLITE if database.engine.dialect.name == "sqlite" else POSTGRESQL


def _keyring(database: Database) -> sealing.Keyring:
    if database.keyring is None:
        raise sealing.NoKeys
    return database.keyring


def _new(path: Path) -> BinaryIO:
    """Nobody else may read it, from its first byte on."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


@contextmanager
def _snapshot(database: Database) -> Iterator[tuple[BinaryIO, bytes]]:
    """As it is at one moment, while others write on."""
    if _kind(database) == SQLITE:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "copy.db")
            _copy_sqlite(database, path)
            with path.open("rb") as source:
                yield source, SQLITE
        return
    command = [_tool("pg_dump"), "--format=custom", f"--schema={_schema(database)}", _url(database)]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(database)
    ) as dump:
        yield cast(BinaryIO, dump.stdout), POSTGRESQL
    if dump.returncode:
        raise ToolFailed(f"pg_dump: {dump.returncode}")


def _copy_sqlite(database: Database, path: Path) -> None:
    raw = database.engine.raw_connection()
    copy = sqlite3.connect(path)
    try:
        cast(sqlite3.Connection, raw.driver_connection).backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    finally:
        copy.close()
        raw.close()


def _restore_sqlite(database: Database, opened: Path) -> None:
    copy = sqlite3.connect(opened)
    raw = database.engine.raw_connection()
    try:
        with suppress(sqlite3.DatabaseError):
            if copy.execute("PRAGMA integrity_check").fetchone() == ("ok",):
                copy.backup(cast(sqlite3.Connection, raw.driver_connection))
                return
        raise BadArchive
    finally:
        copy.close()
        raw.close()


def _restore_postgresql(database: Database, opened: Path) -> None:
    """pg_restore only writes the statements; psql carries them out together with the clearing, in one transaction."""
    statements, clearing = opened.with_name("statements.sql"), opened.with_name("clearing.sql")
    only = [f"--schema={_schema(database)}", "--no-owner", "--no-privileges", f"--file={statements}"]
    _run([_tool("pg_restore"), *only, str(opened)], database)
    with database.read() as session:
        tables = inspect(session.connection()).get_table_names()
        quoted = [session.get_bind().dialect.identifier_preparer.quote(table) for table in tables]
    drops = [f"DROP TABLE {table} CASCADE;\n" for table in quoted]
    drops.append("DROP FUNCTION IF EXISTS tsunagu_guard_audit() CASCADE;\n")  # the audit's triggers call it
    clearing.write_text("".join(drops), encoding="ascii")
    files = [f"--file={clearing}", f"--file={statements}"]
    strictly = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    _run([_tool("psql"), *strictly, *files, _url(database)], database)


def _run(command: list[str], database: Database) -> None:
    """Without their complaints: those may quote what was written."""
    done = subprocess.run(command, env=_environment(database), capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise ToolFailed(f"{Path(command[0]).name}: {done.returncode}")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MissingTool(name)
    return found


def _schema(database: Database) -> str:
    with database.read() as session:
        return str(session.connection().execute(text("SELECT current_schema()")).scalar_one())


def _url(database: Database) -> str:
    """Without the password: other users of the machine see the arguments."""
    url = database.engine.url.set(drivername="postgresql")
    return url._replace(password=None).render_as_string()


def _environment(database: Database) -> dict[str, str]:
    password = database.engine.url.password
    return dict(os.environ) | ({"PGPASSWORD": str(password)} if password else {})
