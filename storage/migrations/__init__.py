"""The schema's history: `upgrade` brings a database to the newest, `standing` says whether this program can use it."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, inspect, select

from storage.database import Database

PLAIN = "0001"  # the schema in which words were plain
ONCE_PLAIN: Final = ("contact", "conversation", "entry", "inbox", "outbox", "reply_token")
# One row: the newest migration that a program must know to use this database. Beside alembic's own table, and like it
# no part of what is copied or compared.
FLOOR: Final = Table("schema_floor", MetaData(), Column("revision", String, nullable=False))


class Standing(StrEnum):
    """A database's schema, as seen by this program."""

    CURRENT = "current"
    OLDER = "older"  # `upgrade` first
    NEWER = "newer"  # a newer program has added to it; this one can go on
    TOO_NEW = "too new"  # a newer program has changed what this one relies on

    @property
    def usable(self) -> bool:
        return self in (Standing.CURRENT, Standing.NEWER)


class TooNew(Exception):
    """This program must not touch the database: it needs a newer one."""


def standing(database: Database) -> Standing:
    """Raises sqlalchemy.exc.SQLAlchemyError where the database does not answer."""
    with database.read() as session:
        connection = session.connection()
        at = MigrationContext.configure(connection).get_current_heads()
        if set(at) == {_newest()}:
            return Standing.CURRENT
        if set(at) <= _known():
            return Standing.OLDER
        return Standing.NEWER if _floor(connection) in _known() else Standing.TOO_NEW


def upgrade(database: Database, to: str = "head") -> None:
    """What a newer program has upgraded further stays as it is.

    Raises TooNew; storage.sealing.NoKeys where words are to be sealed and the database was opened without a keyring.
    """
    match standing(database):
        case Standing.TOO_NEW:
            raise TooNew
        case Standing.NEWER:
            return
    with database.engine.begin() as connection:
        config = _config()
        config.attributes |= {"connection": connection, "keyring": database.keyring}
        before = MigrationContext.configure(connection).get_current_heads()
        command.upgrade(config, to)
        _raise_floor(connection)
    if before == (PLAIN,):
        _sweep_out(database)


def steps() -> list[tuple[str, str, bool]]:
    """Of each migration but the first: what it follows, its own id, and whether it breaks the programs before it."""
    script = ScriptDirectory.from_config(_config())
    return [
        (str(one.down_revision), one.revision, getattr(one.module, "breaks", False))
        for one in reversed(list(script.walk_revisions()))
        if one.down_revision
    ]


def _floor(connection: Connection) -> str:
    if not inspect(connection).has_table(FLOOR.name):
        return ""
    return str(connection.execute(select(FLOOR.c.revision)).scalar_one())


def _raise_floor(connection: Connection) -> None:
    """To the newest migration, of those that have run, that breaks the programs before it."""
    at = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(_config())
    ran = list(script.iterate_revisions(at, "base"))
    floor = next((one for one in ran if getattr(one.module, "breaks", False)), ran[-1]).revision
    FLOOR.create(connection, checkfirst=True)
    connection.execute(delete(FLOOR))
    connection.execute(insert(FLOOR).values(revision=floor))


def _sweep_out(database: Database) -> None:
    """What was plain is still in the file, in space that is free: it is written anew."""
    raw = database.engine.raw_connection()
    try:
        if database.engine.dialect.name == "postgresql":
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]
            raw.cursor().execute(f"VACUUM FULL {', '.join(ONCE_PLAIN)}")
            raw.driver_connection.autocommit = False  # type: ignore[union-attr]
        else:
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                raw.cursor().execute(statement)
    finally:
        raw.close()


@cache
def _known() -> frozenset[str]:
    """Every migration of this program."""
    script = ScriptDirectory.from_config(_config())
    return frozenset(one.revision for one in script.walk_revisions())


@cache
def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
