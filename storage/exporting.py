"""Everything that is kept of one person, for staff to hand out as the ward's rules say. It never goes over LINE."""

import json
from base64 import b64encode
from dataclasses import asdict
from typing import Any

from sqlmodel import Session, col, select

from storage import reply_drafts, sealing
from storage.tables import ConsultationRow, ConversationRow, DraftRow, EnclosureRow, EntryRow


def everything(session: Session, conversation_id: str) -> dict[str, Any]:
    """Plain values for JSON; words that cannot be read are None. Raises KeyError for an unknown conversation."""
    row = session.get(ConversationRow, conversation_id)
    if row is None:
        raise KeyError(conversation_id)
    memory = sealing.of(session).open_or_none(sealing.CONVERSATION_MEMORY, row.id, row.memory)
    remembered = json.loads(memory) if memory else {}
    return {
        "pseudonym": row.pseudonym,
        "since": row.created_at.isoformat(),
        "status": row.status,
        "legal_hold": row.legal_hold,
        "remembered": {name: value for name, value in remembered.items() if name not in ("id", "closed")},
        "consultations": _consultations(session, conversation_id),
        "entries": _entries(session, conversation_id),
        "enclosures": _enclosures(session, conversation_id),
        "drafts": _drafts(session, conversation_id),
    }


def _consultations(session: Session, conversation_id: str) -> list[dict[str, Any]]:
    mine = select(ConsultationRow).where(ConsultationRow.conversation_id == conversation_id)
    rows = session.exec(mine.order_by(col(ConsultationRow.number)))
    return [row.model_dump(mode="json", exclude={"id", "conversation_id"}) for row in rows]


def _entries(session: Session, conversation_id: str) -> list[dict[str, Any]]:
    keyring = sealing.of(session)
    mine = select(EntryRow).where(EntryRow.conversation_id == conversation_id).order_by(col(EntryRow.id))
    return [
        {
            "at": row.at.isoformat(),
            "kind": row.kind,
            "author": row.author,
            "text": keyring.open_or_none(sealing.ENTRY_TEXT, row.id or 0, row.text),
            "understanding": row.understanding,
            "unsent_at": row.erased_at.isoformat() if row.erased_at else None,
        }
        for row in session.exec(mine)
    ]


def _enclosures(session: Session, conversation_id: str) -> list[dict[str, Any]]:
    """Photos and files, their bytes as base64."""
    keyring = sealing.of(session)
    mine = select(EnclosureRow).where(EnclosureRow.conversation_id == conversation_id)
    return [
        {
            "at": row.created_at.isoformat(),
            "kind": row.kind,
            "state": row.state,
            "media_type": row.media_type,
            "name": keyring.open_or_none(sealing.ENCLOSURE_NAME, row.id or 0, row.file_name),
            "content": _base64(keyring, row),
        }
        for row in session.exec(mine.order_by(col(EnclosureRow.id)))
    ]


def _base64(keyring: sealing.Keyring, row: EnclosureRow) -> str | None:
    try:
        content = keyring.open_bytes(sealing.ENCLOSURE_CONTENT, row.id or 0, row.content)
    except sealing.Unreadable:
        return None
    return b64encode(content).decode()


def _drafts(session: Session, conversation_id: str) -> list[dict[str, Any]]:
    """What staff have begun to write and not sent."""
    mine = select(DraftRow).where(DraftRow.conversation_id == conversation_id).order_by(col(DraftRow.id))
    rows = session.exec(mine).all()
    return [
        {"author": row.staff_id, "at": row.saved_at.isoformat()}
        | asdict(reply_drafts.of(session, conversation_id, row.staff_id))
        for row in rows
    ]
