"""Who has a thread before them, and who is writing in it: moments that are renewed while it lasts, seldom enough to cost nothing,
and gone by the next night. Of nobody's day is anything kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from storage.dialect import put
from storage.tables import PresenceRow, StaffRow

RENEWED_EVERY: Final = timedelta(seconds=10)
LOOKS_FOR: Final = timedelta(
    seconds=25
)  # after the last sign: a page asks every 2 s, which is noted every 10
WRITES_FOR: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Colleague:
    id: str
    name: str
    writes: bool


def others(session: Session, conversation_id: str, staff_id: str, now: datetime) -> tuple[Colleague, ...]:
    """Who else is there at this moment, by name. A clock set back is no presence for ever."""
    there = (
        select(PresenceRow, col(StaffRow.name))
        .join(StaffRow, col(StaffRow.id) == col(PresenceRow.staff_id))
        .where(col(PresenceRow.conversation_id) == conversation_id, col(PresenceRow.staff_id) != staff_id)
        .order_by(col(StaffRow.name), col(StaffRow.id))
    )
    return tuple(
        Colleague(row.staff_id, name, _within(row.writing_at, WRITES_FOR, now))
        for row, name in session.execute(there)
        if _within(row.seen_at, LOOKS_FOR, now)
    )


def is_due(
    session: Session, conversation_id: str, staff_id: str, now: datetime, *, writes: bool = False
) -> bool:
    """Whether `note` would tell anybody anything new: a look that locks nothing."""
    row = session.get(PresenceRow, (conversation_id, staff_id))
    if row is None or not _within(row.seen_at, RENEWED_EVERY, now):
        return True
    return writes and not _within(row.writing_at, RENEWED_EVERY, now)


def note(
    session: Session, conversation_id: str, staff_id: str, now: datetime, *, writes: bool = False
) -> None:
    row = {"conversation_id": conversation_id, "staff_id": staff_id, "seen_at": now}
    put(session, PresenceRow, row | ({"writing_at": now} if writes else {}))


def has_written(session: Session, conversation_id: str, staff_id: str, now: datetime) -> None:
    """What was being written has gone out."""
    row = {"conversation_id": conversation_id, "staff_id": staff_id, "seen_at": now, "writing_at": None}
    put(session, PresenceRow, row)


def _within(at: datetime | None, span: timedelta, now: datetime) -> bool:
    return at is not None and abs(now - at) < span
