"""定型文: each counselor's own, and those of everybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, update
from sqlmodel import Session, col, select

from storage import sealing
from storage.dialect import new_ids
from storage.tables import CannedReplyRow, StaffRow


@dataclass(frozen=True, slots=True)
class CannedReply:
    id: int
    owner: str | None  # staff id; None: everybody's
    title: str
    shortcut: str
    text: str | None  # None: unreadable
    changed_at: datetime
    changed_by: str  # a name


def for_(session: Session, staff_id: str) -> tuple[CannedReply, ...]:
    """Their own and everybody's, each by title."""
    wanted = (
        select(CannedReplyRow, func.coalesce(col(StaffRow.name), col(CannedReplyRow.changed_by)))
        .outerjoin(StaffRow, col(StaffRow.id) == col(CannedReplyRow.changed_by))
        .where(or_(col(CannedReplyRow.owner) == staff_id, col(CannedReplyRow.owner).is_(None)))
        .order_by(col(CannedReplyRow.title), col(CannedReplyRow.id))
    )
    keyring = sealing.of(session)
    return tuple(
        CannedReply(
            row.id or 0,
            row.owner,
            row.title,
            row.shortcut,
            keyring.open_or_none(sealing.CANNED_TEXT, row.id or 0, row.text),
            row.changed_at,
            name,
        )
        for row, name in session.execute(wanted)
    )


def add(
    session: Session, owner: str | None, title: str, shortcut: str, text: str, *, by: str, now: datetime
) -> None:
    (row_id,) = new_ids(session, CannedReplyRow, 1)
    sealed = sealing.of(session).seal(sealing.CANNED_TEXT, row_id, text)
    session.add(
        CannedReplyRow(
            id=row_id,
            owner=owner,
            title=title,
            shortcut=shortcut,
            text=sealed,
            changed_at=now,
            changed_by=by,
        )
    )
    session.flush()


def change(
    session: Session, reply_id: int, title: str, shortcut: str, text: str, *, by: str, now: datetime
) -> None:
    sealed = sealing.of(session).seal(sealing.CANNED_TEXT, reply_id, text)
    row = update(CannedReplyRow).where(col(CannedReplyRow.id) == reply_id)
    session.execute(row.values(title=title, shortcut=shortcut, text=sealed, changed_at=now, changed_by=by))


def remove(session: Session, reply_id: int) -> None:
    session.execute(delete(CannedReplyRow).where(col(CannedReplyRow.id) == reply_id))
