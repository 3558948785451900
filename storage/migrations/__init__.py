"""The schema's history: `upgrade` brings a database to the newest."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database
from storage.sealing import FIELDS

PLAIN = "0001"  # the schema in which words were plain


def upgrade(database: Database) -> None:
    """Raises storage.sealing.NoKeys where words are to be sealed and the database was opened without a keyring."""
    with database.engine.begin() as connection:
        config = _config()
        config.attributes |= {"connection": connection, "keyring": database.keyring}
        before = MigrationContext.configure(connection).get_current_heads()
        command.upgrade(config, "head")
    if before == (PLAIN,):
        _sweep_out(database)


def _sweep_out(database: Database) -> None:
    """What was plain is still in the file, in space that is free: it is written anew."""
    tables = sorted({field.table for field in FIELDS} - {"audit"})
    raw = database.engine.raw_connection()
    try:
        if database.engine.dialect.name == "postgresql":
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]
            raw.cursor().execute(f"VACUUM FULL {', '.join(tables)}")
            raw.driver_connection.autocommit = False  # type: ignore[union-attr]
        else:
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                raw.cursor().execute(statement)
    finally:
        raw.close()


def is_current(database: Database) -> bool:
    with database.read() as session:
        at = MigrationContext.configure(session.connection()).get_current_heads()
    return set(at) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
