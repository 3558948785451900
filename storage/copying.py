"""From one database to another, as a service grows from SQLite to PostgreSQL: every row, all or nothing."""

from typing import Final

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlmodel import SQLModel

import storage.tables  # noqa: F401  fills the metadata
from storage import migrations
from storage.database import Database
from storage.sealing import FIELDS

AT_ONCE: Final = 1000  # rows
LARGE_AT_ONCE: Final = 5  # of tables that hold photos and files
LARGE: Final = frozenset(field.table for field in FIELDS if field.large)


class NotEmpty(Exception):
    """The target holds rows already."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


class Incomplete(Exception):
    """After copying, a table has another number of rows than its source."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


def copy(source: Database, target: Database) -> dict[str, int]:
    """How many rows of each table were copied. Raises NotEmpty, Incomplete; then no row was written.

    Nobody may write to either meanwhile.
    """
    migrations.upgrade(target)
    with source.read() as reading, target.write() as writing:
        old, new = reading.connection(), writing.connection()
        tables = SQLModel.metadata.sorted_tables  # what is referred to comes before what refers to it
        for table in tables:
            if _count(new, table):
                raise NotEmpty(table.name)
        return {table.name: _copy(old, new, table) for table in tables}


def _copy(old: Connection, new: Connection, table: Table) -> int:
    at_once = LARGE_AT_ONCE if table.name in LARGE else AT_ONCE
    rows = old.execution_options(yield_per=at_once).execute(select(table).order_by(*table.primary_key))
    for part in rows.mappings().partitions():
        new.execute(insert(table), [dict(row) for row in part])
    count = _count(new, table)
    if count != _count(old, table):
        raise Incomplete(table.name)
    if new.dialect.name == "postgresql":
        _go_on_counting(new, table)
    return count


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _go_on_counting(new: Connection, table: Table) -> None:
    """The rows brought their numbers along; the next one must be newer."""
    column = table.autoincrement_column
    if column is not None and (newest := new.execute(select(func.max(column))).scalar()):
        sequence = text("SELECT setval(pg_get_serial_sequence(:table, :column), :newest)")
        new.execute(sequence, {"table": table.name, "column": column.name, "newest": newest})
