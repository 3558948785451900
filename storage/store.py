"""SqlStore: conversation.handling.Store over a session. Rows become dataclasses here, and dataclasses rows."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Update, and_, bindparam, delete, not_, update
from sqlmodel import Session, col, select

from conversation.ahead import Turn
from conversation.handling import Conflict
from conversation.messages import Outgoing
from conversation.model import (
    Consultation,
    Conversation,
    Decision,
    Entry,
    EntryKind,
    HelpAnswer,
    Understanding,
)
from storage import audit, enclosures, inbox, outbox, sealing
from storage.dialect import new_ids
from storage.tables import (
    AlertRow,
    ConsultationRow,
    ContactRow,
    ConversationRow,
    DraftRow,
    EnclosureRow,
    EntryRow,
    NoticeRow,
    PresenceRow,
    WritingRow,
)
from storage.views import queue

LINE = "line"
PREVIEW = 80
SAID = frozenset({EntryKind.UTTERANCE, EntryKind.BOT, EntryKind.COUNSELOR})
BY_A_PERSON = frozenset({EntryKind.UTTERANCE, EntryKind.COUNSELOR})  # what the queue shows the beginning of

_memory: TypeAdapter[Conversation] = TypeAdapter(Conversation)
_understanding: TypeAdapter[Understanding] = TypeAdapter(Understanding)
_entry_kinds = {"bot": EntryKind.BOT, "counselor": EntryKind.COUNSELOR}


class SqlStore:
    """Saves into the session it is given; whoever opened that session commits it."""

    def __init__(self, session: Session, channel: str = LINE) -> None:
        self._session = session
        self._channel = channel
        self._keyring = sealing.of(session)

    def load(self, conversation_id: str) -> tuple[Conversation, int]:
        row = self._session.get(ConversationRow, conversation_id, populate_existing=True)
        if row is None:
            raise KeyError(conversation_id)
        memory = self._keyring.open(sealing.CONVERSATION_MEMORY, row.id, row.memory)
        return _memory.validate_json(memory), row.version

    def waiting(self, but: str, now: datetime) -> tuple[Turn, ...]:
        return queue.turns(self._session, but, now)

    def save(self, decision: Decision, version: int, now: datetime) -> None:
        conversation = decision.conversation
        self._claim_version(conversation.id, version)
        self._save_consultation(conversation, conversation.closed)
        self._save_consultation(conversation, conversation.consultation)
        self._session.flush()
        if decision.helped:
            self._keep_answer(conversation.id, decision.helped)
        if decision.forgets:
            self._forget(conversation.id, now)
        said = [self._as_entry(outgoing, now) for outgoing in decision.outgoing]
        kept = self._add_entries(conversation, (*decision.entries, *said))
        for entry_id, outgoing in zip(kept[len(decision.entries) :], decision.outgoing, strict=True):
            outbox.put(self._session, conversation.id, entry_id, self._channel, outgoing, now)
        for message_id in decision.erased:
            self._erase(conversation.id, message_id, now)
        self._session.add_all(
            NoticeRow(conversation_id=conversation.id, kind=notice, at=now) for notice in decision.notices
        )
        for one in decision.audits:
            audit.add(self._session, self._pseudonym(conversation.id), one, now, kept)
        self._save_conversation(conversation, (*decision.entries, *said))
        if not conversation.reachable:
            outbox.stop(self._session, conversation.id)

    def _claim_version(self, conversation_id: str, version: int) -> None:
        """Whoever saved first wins; the other loads again and decides again."""
        claimed = self._session.execute(
            update(ConversationRow)
            .where(col(ConversationRow.id) == conversation_id, col(ConversationRow.version) == version)
            .values(version=version + 1)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict

    def _save_conversation(self, conversation: Conversation, entries: tuple[Entry, ...]) -> None:
        seal, row_id = self._keyring.seal, conversation.id
        memory = _memory.dump_json(replace(conversation, closed=None)).decode()
        open_ = conversation.consultation
        values: dict[str, Any] = {
            "status": conversation.status,
            "reachable": conversation.reachable,
            "erasure_wanted_at": conversation.erasure_wanted_at,
            "legal_hold": conversation.legal_hold,
            "memory": seal(sealing.CONVERSATION_MEMORY, row_id, memory),
            "consultation_id": _consultation_id(conversation, open_) if open_ else None,
            "assignee": conversation.assignee,
            "urgency": open_.urgency if open_ else None,
            "topic": open_.topic if open_ else None,
            "waiting_since": open_.waiting_since if open_ else None,
            "promised_for": open_.promised_for if open_ else None,
            "snoozed": bool(open_ and open_.snoozed),
            "snoozed_until": open_.snoozed_until if open_ else None,
            "baby": bool(open_ and conversation.baby_from),
            "shows_counselor": conversation.shows_counselor,
        }
        if said := [entry for entry in entries if entry.kind in SAID]:
            values["last_entry_at"] = said[-1].at
        if words := [entry for entry in entries if entry.kind in BY_A_PERSON]:
            preview = seal(sealing.CONVERSATION_LAST_WORDS, row_id, words[-1].text[:PREVIEW])
            shown = {"last_words": preview, "last_kind": words[-1].kind}
            if words[-1].steers:
                self._show_unless_told(row_id, shown)
            else:
                values |= shown
        more = sum(entry.kind == EntryKind.UTTERANCE for entry in entries)
        self._session.connection().execute(_conversation_update(), {"this": row_id, "more": more, **values})

    def _show_unless_told(self, conversation_id: str, shown: dict[str, Any]) -> None:
        """What a parent has told of is worth more in the queue than 「同意して相談する」."""
        words, kind = col(ConversationRow.last_words), col(ConversationRow.last_kind)
        told = and_(kind == EntryKind.UTTERANCE, words != b"")
        untold = update(ConversationRow).where(col(ConversationRow.id) == conversation_id, not_(told))
        self._session.execute(untold.values(shown).execution_options(synchronize_session=False))

    def _save_consultation(self, conversation: Conversation, consultation: Consultation | None) -> None:
        if consultation is None:
            return
        self._session.merge(
            ConsultationRow(
                id=_consultation_id(conversation, consultation),
                conversation_id=conversation.id,
                number=consultation.number,
                desk=consultation.desk,
                topic=consultation.topic,
                urgency=consultation.urgency,
                opened_at=consultation.opened_at,
                waiting_since=consultation.waiting_since,
                promised_for=consultation.promised_for,
                assignee=consultation.assignee,
                taken_at=consultation.taken_at,
                resolved_at=consultation.resolved_at,
                outcome=consultation.outcome,
                helped_asked_at=consultation.helped_asked_at,
            )
        )

    def _keep_answer(self, conversation_id: str, answer: HelpAnswer) -> None:
        asked = update(ConsultationRow).where(
            col(ConsultationRow.conversation_id) == conversation_id,
            col(ConsultationRow.number) == answer.consultation,
        )
        kept = asked.values(helped=answer.helped, helped_at=answer.at if answer.helped else None)
        self._session.execute(kept.execution_options(synchronize_session=False))

    def _add_entries(self, conversation: Conversation, entries: tuple[Entry, ...]) -> list[int]:
        """Returns their ids."""
        if not entries:
            return []
        ids = new_ids(self._session, EntryRow, len(entries))
        rows = [self._entry_row(conversation, *pair) for pair in zip(ids, entries, strict=True)]
        self._session.add_all(rows)
        self._add_enclosures(conversation.id, zip(ids, entries, strict=True))
        return ids

    def _add_enclosures(self, conversation_id: str, entries: Iterable[tuple[int, Entry]]) -> None:
        for entry_id, entry in entries:
            if entry.enclosure and entry.message_id:
                self._session.flush()  # the entry that it refers to
                enclosures.put(
                    self._session, conversation_id, entry_id, entry.message_id, entry.enclosure, entry.at
                )

    def _entry_row(self, conversation: Conversation, entry_id: int, entry: Entry) -> EntryRow:
        belongs_to = conversation.consultation or conversation.closed
        understood = entry.understanding
        matched = json.dumps(understood.matched, ensure_ascii=False) if understood else ""
        return EntryRow(
            id=entry_id,
            conversation_id=conversation.id,
            consultation_id=_consultation_id(conversation, belongs_to) if belongs_to else None,
            kind=entry.kind,
            channel=self._channel,
            text=self._keyring.seal(sealing.ENTRY_TEXT, entry_id, entry.text),
            at=entry.at,
            author=entry.author,
            message_id=entry.message_id,
            understanding=_understanding.dump_python(understood, mode="json", exclude={"matched"})
            if understood
            else None,
            matched=self._keyring.seal(sealing.ENTRY_MATCHED, entry_id, matched),
            quotes=list(entry.quotes) or None,
        )

    @staticmethod
    def _as_entry(outgoing: Outgoing, now: datetime) -> Entry:
        kind, author = _entry_kinds[outgoing.speaker], outgoing.author
        return Entry(kind, outgoing.plain, now, author=author, quotes=outgoing.quotes)

    def _erase(self, conversation_id: str, message_id: str, now: datetime) -> None:
        """Unsent by the parent: our copies go too, and answers that repeat it; that something was said stays."""
        of_this = EntryRow.conversation_id == conversation_id
        unsent = select(EntryRow).where(of_this, EntryRow.message_id == message_id)
        repeating = select(EntryRow).where(of_this, col(EntryRow.quotes).is_not(None))
        repeats = [row for row in self._session.exec(repeating) if message_id in (row.quotes or ())]
        taken_back = self._session.exec(unsent).all()
        for row in (*taken_back, *repeats):
            self._forget_preview(row)
            row.text, row.understanding, row.matched, row.erased_at = b"", None, b"", now
            self._session.add(row)
        enclosures.forget(self._session, [row.id for row in taken_back if row.id is not None])
        outbox.forget(self._session, [row.id for row in repeats if row.id is not None])
        inbox.forget(self._session, self._sender(conversation_id), message_id, now)

    def _forget(self, conversation_id: str, now: datetime) -> None:
        """Everything from before. Reply tokens stay for the last word; they hold none and die within a minute."""
        outbox.drop(self._session, conversation_id)
        for table in (
            AlertRow,
            EnclosureRow,
            DraftRow,
            WritingRow,
            PresenceRow,
            EntryRow,
            NoticeRow,
            ConsultationRow,
        ):
            mine = delete(table).where(col(table.conversation_id) == conversation_id)
            self._session.execute(mine.execution_options(synchronize_session=False))
        inbox.forget_all(self._session, self._sender(conversation_id), now)
        blank = update(ConversationRow).where(col(ConversationRow.id) == conversation_id)
        blank = blank.values(last_words=b"", last_kind="", last_entry_at=now, unread=0, erased_at=now)
        self._session.execute(blank.execution_options(synchronize_session=False))

    def _pseudonym(self, conversation_id: str) -> str:
        pseudonym = select(ConversationRow.pseudonym).where(ConversationRow.id == conversation_id)
        return self._session.exec(pseudonym).one()

    def _sender(self, conversation_id: str) -> str:
        digest = select(ContactRow.digest).where(ContactRow.conversation_id == conversation_id)
        return self._session.exec(digest).first() or ""

    def _forget_preview(self, entry: EntryRow) -> None:
        conversation = self._session.get_one(ConversationRow, entry.conversation_id, populate_existing=True)
        shown = self._keyring.open_or_none(
            sealing.CONVERSATION_LAST_WORDS, conversation.id, conversation.last_words
        )
        words = self._keyring.open_or_none(sealing.ENTRY_TEXT, entry.id or 0, entry.text)
        if shown is None or words is None or shown == words[:PREVIEW]:
            conversation.last_words = b""
            self._session.add(conversation)


# Made once, with what is set as parameters: making it for each event takes as long as deciding.
@cache
def _conversation_update() -> Update:
    table = ConversationRow.__table__  # type: ignore[attr-defined]
    mine: Update = table.update().where(table.c.id == bindparam("this"))
    return mine.values(unread=table.c.unread + bindparam("more"))


def _consultation_id(conversation: Conversation, consultation: Consultation) -> str:
    return f"{conversation.id}.{consultation.number}"


def begin(session: Session, pseudonym: str, now: datetime) -> str:
    """A new conversation. Returns its id."""
    conversation = Conversation(id=uuid4().hex)
    session.add(
        ConversationRow(
            id=conversation.id,
            pseudonym=pseudonym,
            created_at=now,
            status=conversation.status,
            memory=sealing.of(session).seal(
                sealing.CONVERSATION_MEMORY, conversation.id, _memory.dump_json(conversation).decode()
            ),
        )
    )
    session.flush()
    return conversation.id
