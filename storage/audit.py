"""Who did what with somebody's records, and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from conversation.model import Audit
from storage import sealing
from storage.dialect import new_ids
from storage.tables import AuditRow


@dataclass(frozen=True, slots=True)
class Audited:
    at: datetime
    actor: str
    act: str
    pseudonym: str
    reason: str | None  # None: unreadable


def add(session: Session, pseudonym: str, audit: Audit, now: datetime) -> None:
    (audit_id,) = new_ids(session, AuditRow, 1)
    reason = sealing.of(session).seal(sealing.AUDIT_REASON, audit_id, audit.reason)
    session.add(
        AuditRow(id=audit_id, at=now, actor=audit.actor, act=audit.act, pseudonym=pseudonym, reason=reason)
    )


def newest(session: Session, limit: int = 100) -> list[Audited]:
    keyring = sealing.of(session)
    rows = session.exec(select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit))
    return [
        Audited(
            row.at,
            row.actor,
            row.act,
            row.pseudonym,
            keyring.open_or_none(sealing.AUDIT_REASON, row.id or 0, row.reason),
        )
        for row in rows
    ]
