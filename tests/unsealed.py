"""Rows with their words opened, for a test to read."""

from types import SimpleNamespace
from typing import Any

from sqlmodel import SQLModel, select

from storage import sealing
from storage.database import Database


def rows(database: Database, table: type[SQLModel]) -> list[Any]:
    """In the order of their keys."""
    with database.read() as session:
        keyring = sealing.of(session)
        found = session.exec(select(table).order_by(*table.__table__.primary_key)).all()  # type: ignore[attr-defined]
        opened = []
        for row in found:
            values = row.model_dump()
            for field in sealing.FIELDS:
                if field.table == table.__tablename__:
                    values[field.column] = keyring.open(field, values[field.key], values[field.column])
            opened.append(SimpleNamespace(**values))
        return opened
