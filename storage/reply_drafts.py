"""What somebody has begun to write in a thread: kept for them alone, on the server, until it is sent or too old."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete
from sqlmodel import Session, col

from storage import sealing
from storage.dialect import put
from storage.tables import DraftRow

REPLY, NOTE = "reply", "note"


@dataclass(frozen=True, slots=True)
class Draft:
    mode: str = ""  # REPLY or NOTE: which of the two is being written; "" for not chosen
    reply: str = ""
    note: str = ""
    cards: tuple[str, ...] = ()  # as conversation.attachments names them
    known: int = 0  # the newest entry that the writer had seen when they began; 0: not known

    @property
    def empty(self) -> bool:
        return not (self.reply.strip() or self.note.strip() or self.cards)


_draft: TypeAdapter[Draft] = TypeAdapter(Draft)


def of(session: Session, conversation_id: str, staff_id: str) -> Draft:
    """An empty one where there is none, or none that can be read."""
    row = session.get(DraftRow, _id(conversation_id, staff_id))
    words = sealing.of(session).open_or_none(sealing.DRAFT_BODY, row.id, row.body) if row else None
    try:
        return _draft.validate_json(words) if words else Draft()
    except ValidationError:  # another version's
        return Draft()


def save(session: Session, conversation_id: str, staff_id: str, draft: Draft, now: datetime) -> None:
    """Nothing is kept of an empty one."""
    if draft.empty:
        forget(session, conversation_id, staff_id)
        return
    row_id = _id(conversation_id, staff_id)
    body = sealing.of(session).seal(sealing.DRAFT_BODY, row_id, _draft.dump_json(draft).decode())
    row = {"id": row_id, "conversation_id": conversation_id, "staff_id": staff_id, "body": body}
    put(session, DraftRow, row | {"saved_at": now})


def forget(session: Session, conversation_id: str, staff_id: str) -> None:
    session.execute(delete(DraftRow).where(col(DraftRow.id) == _id(conversation_id, staff_id)))


def _id(conversation_id: str, staff_id: str) -> str:
    return f"{conversation_id}.{staff_id}"
