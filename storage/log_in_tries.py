"""Failed log-ins in a row, for all processes that serve the console and over a restart."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col

from storage.dialect import count_up
from storage.tables import LogInTryRow

FORGOTTEN_AFTER: Final = timedelta(days=1)  # without another failure


def failures(session: Session, key: str, now: datetime) -> tuple[int, datetime]:
    """How many in a row, and when the last was."""
    row = session.get(LogInTryRow, key)
    if row is None or row.last_at < now - FORGOTTEN_AFTER:
        return 0, now
    return row.failures, row.last_at


def count(session: Session, key: str, now: datetime) -> None:
    """One more. Counted before the password is looked at, so that many tries at once are no way around."""
    session.execute(
        delete(LogInTryRow).where(
            col(LogInTryRow.key) == key, col(LogInTryRow.last_at) < now - FORGOTTEN_AFTER
        )
    )
    count_up(session, LogInTryRow, {"key": key, "failures": 1, "last_at": now}, counter="failures")


def forgive(session: Session, key: str) -> None:
    session.execute(delete(LogInTryRow).where(col(LogInTryRow.key) == key))
