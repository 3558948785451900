"""The few places where SQLite and PostgreSQL say it differently."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_new(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> int:
    """Insert what is not there yet by primary key; the rest stays as it is. Returns how many were new."""
    if not rows:
        return 0
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    key = list(table.__table__.primary_key)  # type: ignore[attr-defined]
    # Rows as parameters, not as `values`: then SQLAlchemy splits what is too much for one statement.
    new = session.execute(insert(table).on_conflict_do_nothing().returning(*key), rows)
    return len(new.all())
