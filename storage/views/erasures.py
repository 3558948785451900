"""Parents who want their records gone, and what was decided before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from conversation.model import Status
from storage.tables import ConsultationRow, ConversationRow

LIMIT = 100


@dataclass(frozen=True, slots=True)
class ErasureWish:
    conversation_id: str
    pseudonym: str
    wanted_at: datetime
    consultations: int
    is_open: bool  # a consultation goes on: it is ended first
    legal_hold: bool


def wishes(session: Session) -> list[ErasureWish]:
    """Longest waiting first, at most LIMIT."""
    consultations = (
        select(func.count())
        .where(col(ConsultationRow.conversation_id) == col(ConversationRow.id))
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    wanted = (
        select(ConversationRow, consultations)
        .where(col(ConversationRow.erasure_wanted_at).is_not(None))
        .order_by(col(ConversationRow.erasure_wanted_at))
        .limit(LIMIT)
    )
    return [
        ErasureWish(
            row.id,
            row.pseudonym,
            row.erasure_wanted_at,
            number,
            row.status != Status.BOT,
            row.legal_hold,
        )
        for row, number in session.execute(wanted)
        if row.erasure_wanted_at is not None
    ]
