"""The few places where SQLite and PostgreSQL say it differently."""

from typing import Any

from sqlalchemy import column, func, select
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


def new_ids(session: Session, table: type[SQLModel], count: int) -> list[int]:
    """Ids for rows that are about to be added: what is sealed is bound to its row before the row is there.

    With SQLite the caller is the only writer, so that the next ones cannot be taken meanwhile.
    """
    if session.get_bind().dialect.name == "postgresql":
        following = func.nextval(func.pg_get_serial_sequence(table.__tablename__, "id"))
        series = select(following).select_from(func.generate_series(1, count))
        return [int(number) for number in session.execute(series).scalars()]
    newest = session.execute(select(func.coalesce(func.max(column("id")), 0)).select_from(table)).scalar_one()
    return [newest + number for number in range(1, count + 1)]
