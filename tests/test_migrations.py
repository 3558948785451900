"""The schema's history ends where the code's tables are."""

import databases
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from storage.database import Database
from storage.migrations import FLOOR

database = databases.on_both


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name != FLOOR.name


def test_the_migrations_make_what_the_code_expects(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_ours}
        )

        differences = compare_metadata(context, SQLModel.metadata)

    assert differences == []
