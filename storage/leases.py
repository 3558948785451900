"""What only one process may do at a time, where it takes too long for one transaction."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col

from storage.dialect import insert_new
from storage.tables import LeaseRow


def take(session: Session, name: str, now: datetime, length: timedelta) -> str | None:
    """Returns what to give back with; None where somebody has it. One whose holder died is free after its length."""
    holder = uuid4().hex
    if insert_new(session, LeaseRow, [{"name": name, "holder": holder, "until": now + length}]):
        return holder
    # What ends far later than any could was taken before the clock was set back. (A little later: by another's clock.)
    over = or_(col(LeaseRow.until) <= now, col(LeaseRow.until) > now + 2 * length)
    taken = session.execute(
        update(LeaseRow)
        .where(col(LeaseRow.name) == name, over)
        .values(holder=holder, until=now + length)
        .execution_options(synchronize_session=False)
    )
    return holder if taken.rowcount == 1 else None  # type: ignore[attr-defined]


def give_back(session: Session, name: str, holder: str) -> None:
    mine = delete(LeaseRow).where(col(LeaseRow.name) == name, col(LeaseRow.holder) == holder)
    session.execute(mine.execution_options(synchronize_session=False))
