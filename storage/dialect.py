"""The few places where SQLite and PostgreSQL say it differently."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, column, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

# What PostgreSQL's advisory locks are about: the first of their two numbers.
SENDER: Final = 1  # one inbox event of a sender at a time
CONVERSATION: Final = 2  # one claim on a conversation's outbox at a time
SCHEDULER: Final = 3  # the elected process
MENU: Final = 4  # one change of a parent's menu at a time


def is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def insert_new(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> int:
    """Insert what is not there yet by primary key; the rest stays as it is. Returns how many were new."""
    if not rows:
        return 0
    # Core, not the ORM, which takes twice the time: LINE waits for this.
    connection, into = session.connection(), table.__table__  # type: ignore[attr-defined]
    if is_postgresql(session):
        # Rows as parameters, not as `values`: then SQLAlchemy splits what is too much for one statement.
        some = postgresql.insert(into).on_conflict_do_nothing().returning(*into.primary_key)
        return len(connection.execute(some, rows).all())
    each = sqlite.insert(into).on_conflict_do_nothing()
    return connection.execute(each, rows, execution_options={"preserve_rowcount": True}).rowcount


def new_ids(session: Session, table: type[SQLModel], count: int) -> list[int]:
    """Ids for rows that are about to be added: what is sealed is bound to its row before the row is there.

    With SQLite the caller is the only writer, so that the next ones cannot be taken meanwhile.
    """
    if is_postgresql(session):
        following = func.nextval(func.pg_get_serial_sequence(table.__tablename__, "id"))
        series = select(following).select_from(func.generate_series(1, count))
        return [int(number) for number in session.execute(series).scalars()]
    newest = session.execute(select(func.coalesce(func.max(column("id")), 0)).select_from(table)).scalar_one()
    return [newest + number for number in range(1, count + 1)]


def put(session: Session, table: type[SQLModel], row: dict[str, Any]) -> None:
    """Insert, or overwrite what is there by primary key, in one statement: two processes may do it at once."""
    insert = postgresql.insert if is_postgresql(session) else sqlite.insert
    key = [part.name for part in table.__table__.primary_key]  # type: ignore[attr-defined]
    rest = {name: value for name, value in row.items() if name not in key}
    session.execute(insert(table).values(row).on_conflict_do_update(index_elements=key, set_=rest))


def count_up(session: Session, table: type[SQLModel], row: dict[str, Any], *, counter: str) -> None:
    """Insert, or add 1 to the counter of what is there by primary key and overwrite the rest: none of several is lost."""
    insert = postgresql.insert if is_postgresql(session) else sqlite.insert
    columns = table.__table__.columns  # type: ignore[attr-defined]
    key = [part.name for part in columns if part.primary_key]
    rest = {name: value for name, value in row.items() if name not in (*key, counter)}
    changed = rest | {counter: columns[counter] + 1}
    session.execute(insert(table).values(row).on_conflict_do_update(index_elements=key, set_=changed))


def one_of(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """Written out in the statement: SQLite uses an index of some rows only where it sees that they are those."""
    found: ColumnElement[bool] = column.in_(
        bindparam(None, list(values), expanding=True, literal_execute=True)
    )
    return found


def lock(session: Session, about: int, name: str) -> None:
    """Wait until no other transaction holds this name. With SQLite the writer is alone anyway."""
    if is_postgresql(session):
        session.execute(
            text("SELECT pg_advisory_xact_lock(:about, hashtext(:name))"), {"about": about, "name": name}
        )


def try_lock(session: Session, about: int, name: str) -> bool:
    """Whether no other transaction held this name; this one does until its end."""
    if not is_postgresql(session):
        return True
    free = text("SELECT pg_try_advisory_xact_lock(:about, hashtext(:name))")
    return bool(session.execute(free, {"about": about, "name": name}).scalar_one())
