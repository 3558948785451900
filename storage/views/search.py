"""Words in consultations, newest first. Sealed words have no index: each entry is opened, and the work is bounded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from intents.normalize import normalize
from storage import sealing
from storage.tables import ConsultationRow, ConversationRow, EntryRow

LOOKED_AT: Final = 5000  # entries opened for one answer: about a tenth of a second
HITS: Final = 50
PAGE: Final = 500
AROUND: Final = 30  # characters shown before the words


@dataclass(frozen=True, slots=True)
class Hit:
    conversation_id: str
    pseudonym: str
    entry_id: int
    kind: str
    at: datetime
    words: str  # the entry's beginning, or from a little before what was looked for


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[Hit, ...]
    looked_at: int
    older_than: int | None  # go on with `before=` this; None once everything was looked at


def search(session: Session, words: str, before: int | None = None, most: int = LOOKED_AT) -> Found:
    """In conversations that were handed to people: talk with the bot alone is not for counselors' eyes.

    Spelling counts as little as it does for the bot: kana, width, long vowels. Unreadable entries are passed over.
    """
    wanted, hits, looked_at = normalize(words), list[Hit](), 0
    if not wanted:
        return Found((), 0, None)
    keyring = sealing.of(session)
    while True:
        size = min(PAGE, most - looked_at)
        rows = session.execute(_entries(before).limit(size)).all()
        for entry_id, conversation_id, pseudonym, kind, at, sealed in rows:
            looked_at, before = looked_at + 1, entry_id
            text = keyring.open_or_none(sealing.ENTRY_TEXT, entry_id, sealed)
            if text and wanted in normalize(text):
                hits.append(Hit(conversation_id, pseudonym, entry_id, kind, at, _excerpt(text, words)))
            if len(hits) == HITS or looked_at == most:
                return Found(tuple(hits), looked_at, before)
        if len(rows) < size:
            return Found(tuple(hits), looked_at, None)


def _entries(before: int | None) -> Any:
    # Asked of each entry, so that entries are walked newest first and no further than wanted, however many there are.
    consulted = select(col(ConsultationRow.id)).where(
        col(ConsultationRow.conversation_id) == col(EntryRow.conversation_id)
    )
    pseudonym = select(col(ConversationRow.pseudonym)).where(
        col(ConversationRow.id) == col(EntryRow.conversation_id)
    )
    wanted = (
        select(
            col(EntryRow.id),
            col(EntryRow.conversation_id),
            pseudonym.scalar_subquery(),
            col(EntryRow.kind),
            col(EntryRow.at),
            col(EntryRow.text),
        )
        .where(consulted.exists(), col(EntryRow.erased_at).is_(None))
        .order_by(col(EntryRow.id).desc())
    )
    return wanted if before is None else wanted.where(col(EntryRow.id) < before)


def _excerpt(text: str, words: str) -> str:
    """Where the spelling differs, from the beginning."""
    start = max(text.find(words) - AROUND, 0)
    return text[start : start + 4 * AROUND]
