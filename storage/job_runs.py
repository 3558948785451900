"""How the jobs by the clock went: counted in the database, since the process that runs them changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session, select

from storage.dialect import count_up
from storage.tables import JobRunRow

DONE: Final = "done"
FAILED: Final = "failed"


def note(session: Session, job: str, outcome: str, now: datetime) -> None:
    count_up(
        session, JobRunRow, {"job": job, "outcome": outcome, "last_at": now, "count": 1}, counter="count"
    )


def all_(session: Session) -> Sequence[JobRunRow]:
    return session.exec(select(JobRunRow)).all()


def failing(session: Session) -> list[str]:
    """Jobs whose last run failed."""
    last: dict[str, JobRunRow] = {}
    for row in all_(session):
        if row.job not in last or row.last_at > last[row.job].last_at:
            last[row.job] = row
    return sorted(job for job, row in last.items() if row.outcome == FAILED)
