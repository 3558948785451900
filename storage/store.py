"""SqlStore: conversation.handling.Store over a session. Rows become dataclasses here, and dataclasses rows."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import update
from sqlmodel import Session, col, select

from conversation.handling import Conflict
from conversation.messages import Outgoing
from conversation.model import Consultation, Conversation, Decision, Entry, EntryKind
from storage import outbox
from storage.tables import ConsultationRow, ConversationRow, EntryRow, NoticeRow

LINE = "line"
PREVIEW = 80
SAID = frozenset({EntryKind.UTTERANCE, EntryKind.BOT, EntryKind.COUNSELOR})
BY_A_PERSON = frozenset({EntryKind.UTTERANCE, EntryKind.COUNSELOR})  # what the queue shows the beginning of

_memory: TypeAdapter[Conversation] = TypeAdapter(Conversation)
_entry_kinds = {"bot": EntryKind.BOT, "counselor": EntryKind.COUNSELOR}


class SqlStore:
    """Saves into the session it is given; whoever opened that session commits it."""

    def __init__(self, session: Session, channel: str = LINE) -> None:
        self._session = session
        self._channel = channel

    def load(self, conversation_id: str) -> tuple[Conversation, int]:
        row = self._session.get(ConversationRow, conversation_id, populate_existing=True)
        if row is None:
            raise KeyError(conversation_id)
        return _memory.validate_python(row.memory), row.version

    def save(self, decision: Decision, version: int, now: datetime) -> None:
        conversation = decision.conversation
        self._claim_version(conversation.id, version)
        self._save_consultation(conversation, conversation.closed)
        self._save_consultation(conversation, conversation.consultation)
        self._session.flush()
        rows = [self._add_entry(conversation, entry) for entry in decision.entries]
        rows += [self._send(conversation, outgoing, now) for outgoing in decision.outgoing]
        for message_id in decision.erased:
            self._erase(conversation.id, message_id, now)
        self._session.add_all(
            NoticeRow(conversation_id=conversation.id, kind=notice, at=now) for notice in decision.notices
        )
        self._save_conversation(conversation, rows)
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

    def _save_conversation(self, conversation: Conversation, rows: list[EntryRow]) -> None:
        open_ = conversation.consultation
        values: dict[str, Any] = {
            "status": conversation.status,
            "reachable": conversation.reachable,
            "memory": _memory.dump_python(replace(conversation, closed=None), mode="json"),
            "consultation_id": _consultation_id(conversation, open_) if open_ else None,
            "assignee": conversation.assignee,
            "urgency": open_.urgency if open_ else None,
            "topic": open_.topic if open_ else None,
            "waiting_since": open_.waiting_since if open_ else None,
        }
        if said := [row for row in rows if row.kind in SAID]:
            values["last_entry_at"] = said[-1].at
        if words := [row for row in rows if row.kind in BY_A_PERSON]:
            values |= {"last_words": words[-1].text[:PREVIEW], "last_kind": words[-1].kind}
        unread = sum(row.kind == EntryKind.UTTERANCE for row in rows)
        if unread:
            values["unread"] = ConversationRow.unread + unread
        statement = update(ConversationRow).where(col(ConversationRow.id) == conversation.id).values(values)
        self._session.execute(statement.execution_options(synchronize_session=False))

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
            )
        )

    def _add_entry(self, conversation: Conversation, entry: Entry) -> EntryRow:
        belongs_to = conversation.consultation or conversation.closed
        understanding = entry.understanding
        row = EntryRow(
            conversation_id=conversation.id,
            consultation_id=_consultation_id(conversation, belongs_to) if belongs_to else None,
            kind=entry.kind,
            channel=self._channel,
            text=entry.text,
            at=entry.at,
            author=entry.author,
            message_id=entry.message_id,
            understanding=TypeAdapter(type(understanding)).dump_python(understanding, mode="json")
            if understanding
            else None,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def _send(self, conversation: Conversation, outgoing: Outgoing, now: datetime) -> EntryRow:
        kind = _entry_kinds[outgoing.speaker]
        row = self._add_entry(conversation, Entry(kind, outgoing.plain, now, author=outgoing.author))
        outbox.put(self._session, conversation.id, row.id, self._channel, outgoing, now)
        return row

    def _erase(self, conversation_id: str, message_id: str, now: datetime) -> None:
        """Unsent by the parent: our copy goes too; that something was said stays."""
        found = select(EntryRow).where(
            EntryRow.conversation_id == conversation_id, EntryRow.message_id == message_id
        )
        for row in self._session.exec(found):
            self._forget_preview(conversation_id, row.text[:PREVIEW])
            row.text, row.understanding, row.erased_at = "", None, now
            self._session.add(row)

    def _forget_preview(self, conversation_id: str, words: str) -> None:
        shown = update(ConversationRow).where(
            col(ConversationRow.id) == conversation_id, col(ConversationRow.last_words) == words
        )
        self._session.execute(shown.values(last_words="").execution_options(synchronize_session=False))


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
            memory=_memory.dump_python(conversation, mode="json"),
        )
    )
    session.flush()
    return conversation.id
