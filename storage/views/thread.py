"""One conversation as a counselor reads it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from conversation.model import Urgency
from storage import sealing
from storage.outbox import TOKEN_LIFE
from storage.sealing import Keyring
from storage.tables import (
    ConsultationRow,
    ConversationRow,
    EntryRow,
    NoticeRow,
    OutboxRow,
    ReplyTokenRow,
    StaffRow,
)

PAGE = 100  # entries


@dataclass(frozen=True, slots=True)
class Delivery:
    outbox_id: int
    state: str  # queued, sending, held, sent, failed, unknown
    problem: str
    via: str
    again: bool  # it can be tried again: its words are still there
    stuck: bool = False  # a person may leave it as it is
    given_up_by: str | None = None  # who did, by name
    given_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    id: int
    kind: str
    text: str | None  # None: unreadable
    at: datetime
    author: str | None  # a colleague's name
    understanding: dict[str, Any] | None  # a conversation.model.Understanding
    erased: bool
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class PastConsultation:
    number: int
    topic: str | None
    urgency: str
    opened_at: datetime
    resolved_at: datetime | None
    outcome: str | None
    counselor: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    conversation_id: str
    pseudonym: str
    status: str
    reachable: bool
    discreet: bool
    consent: str | None  # the version of the text that was agreed to
    consented_at: datetime | None
    area: str
    urgency: str
    topic: str | None
    desk: str | None  # facility id
    waiting_since: datetime | None
    promised_for: datetime | None
    assignee: str | None  # staff id
    owner: str | None  # the same, by name
    snoozed: bool
    snoozed_until: datetime | None
    unread: int
    entries: tuple[ThreadEntry, ...]  # oldest first
    older: bool  # there are entries before these
    past: tuple[PastConsultation, ...]  # newest first
    free: bool  # a reply sent at once would cost nothing
    mark: str


def consulted(session: Session, conversation_id: str) -> bool:
    """Whether the parent has ever been handed to people. Talk with the bot alone is not for counselors' eyes."""
    wanted = (
        select(col(ConsultationRow.id))
        .where(col(ConsultationRow.conversation_id) == conversation_id)
        .limit(1)
    )
    return session.scalars(wanted).first() is not None


def thread(session: Session, conversation_id: str, now: datetime, before: int | None = None) -> Thread:
    """The newest entries, or those before the entry `before`. Raises KeyError for an unknown conversation."""
    before_looking = mark(session, conversation_id)  # what comes meanwhile is news the next time
    row = session.get(ConversationRow, conversation_id)
    if row is None:
        raise KeyError(conversation_id)
    open_one = session.get(ConsultationRow, row.consultation_id) if row.consultation_id else None
    entries = _entries(session, conversation_id, before)
    memory = _memory(session, row)
    return Thread(
        conversation_id=row.id,
        pseudonym=row.pseudonym,
        status=row.status,
        reachable=row.reachable,
        discreet=bool(memory.get("discreet", True)),
        consent=memory.get("consent"),
        consented_at=_moment(memory.get("consented_at")),
        area=str(memory.get("area") or ""),
        urgency=row.urgency or Urgency.NORMAL,
        topic=row.topic,
        desk=open_one.desk if open_one else None,
        waiting_since=row.waiting_since,
        promised_for=open_one.promised_for if open_one else None,
        assignee=row.assignee,
        owner=_name(session, row.assignee),
        snoozed=row.snoozed and (row.snoozed_until is None or row.snoozed_until > now),
        snoozed_until=row.snoozed_until,
        unread=row.unread,
        entries=tuple(reversed(entries[:PAGE])),
        older=len(entries) > PAGE,
        past=_past(session, row),
        free=_free(session, conversation_id, now),
        mark=before_looking,
    )


def mark(session: Session, conversation_id: str) -> str:
    """Changes with every entry, delivery, unsend and change of hands."""
    entries = (
        select(func.coalesce(func.max(col(EntryRow.id)), 0), func.count(col(EntryRow.erased_at)))
        .where(col(EntryRow.conversation_id) == conversation_id)
        .subquery()
    )
    version = select(col(ConversationRow.version)).where(col(ConversationRow.id) == conversation_id)
    sends = (
        select(col(OutboxRow.state), func.count())
        .where(col(OutboxRow.conversation_id) == conversation_id)
        .group_by(col(OutboxRow.state))
        .order_by(col(OutboxRow.state))
    )
    numbers = session.execute(select(entries, version.scalar_subquery())).one()
    states = [f"{state}{count}" for state, count in session.execute(sends)]
    return "-".join([*(str(number) for number in numbers), *states])


def seen(session: Session, conversation_id: str, now: datetime) -> None:
    """A counselor has the thread before them: nothing in it is unread, and its notices are known."""
    session.execute(
        update(ConversationRow).where(col(ConversationRow.id) == conversation_id).values(unread=0)
    )
    session.execute(
        update(NoticeRow)
        .where(col(NoticeRow.conversation_id) == conversation_id, col(NoticeRow.seen_at).is_(None))
        .values(seen_at=now)
    )


def unseen(session: Session, conversation_id: str) -> bool:
    """Whether `seen` would change anything; asking first spares every look the database's only writer."""
    unread = select(col(ConversationRow.unread)).where(col(ConversationRow.id) == conversation_id)
    notice = select(col(NoticeRow.id)).where(
        col(NoticeRow.conversation_id) == conversation_id, col(NoticeRow.seen_at).is_(None)
    )
    return bool(session.scalars(unread).first()) or session.scalars(notice.limit(1)).first() is not None


def _memory(session: Session, row: ConversationRow) -> dict[str, Any]:
    """{} where it is unreadable: then nothing is taken for granted."""
    text = sealing.of(session).open_or_none(sealing.CONVERSATION_MEMORY, row.id, row.memory)
    memory: dict[str, Any] = json.loads(text) if text else {}
    return memory


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _entries(session: Session, conversation_id: str, before: int | None) -> list[ThreadEntry]:
    """Newest first, one more than a page."""
    gave_up = aliased(StaffRow)
    wanted = (
        select(EntryRow, col(StaffRow.name), OutboxRow, col(gave_up.name))
        .outerjoin(StaffRow, col(StaffRow.id) == col(EntryRow.author))
        .outerjoin(OutboxRow, col(OutboxRow.entry_id) == col(EntryRow.id))
        .outerjoin(gave_up, col(gave_up.id) == col(OutboxRow.given_up_by))
        .where(col(EntryRow.conversation_id) == conversation_id)
        .order_by(col(EntryRow.id).desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        wanted = wanted.where(col(EntryRow.id) < before)
    keyring = sealing.of(session)
    return [_entry(keyring, *row) for row in session.execute(wanted)]


def _entry(
    keyring: Keyring, row: EntryRow, author: str | None, sent: OutboxRow | None, gave_up: str | None
) -> ThreadEntry:
    return ThreadEntry(
        id=row.id or 0,
        kind=row.kind,
        text=keyring.open_or_none(sealing.ENTRY_TEXT, row.id or 0, row.text),
        at=row.at,
        author=author,
        understanding=_understanding(row, keyring),
        erased=row.erased_at is not None,
        delivery=_delivery(sent, gave_up) if sent else None,
    )


def _delivery(sent: OutboxRow, gave_up: str | None) -> Delivery:
    stuck = sent.state in {"failed", "unknown", "held"} and sent.given_up_at is None
    return Delivery(
        sent.id or 0,
        sent.state,
        sent.problem,
        sent.via,
        again=sent.state in {"failed", "unknown"} and bool(sent.body),
        stuck=stuck,
        given_up_by=gave_up or sent.given_up_by,
        given_up_at=sent.given_up_at,
    )


def _understanding(row: EntryRow, keyring: Keyring) -> dict[str, Any] | None:
    if row.understanding is None:
        return None
    matched = keyring.open_or_none(sealing.ENTRY_MATCHED, row.id or 0, row.matched)
    return row.understanding | {"matched": json.loads(matched) if matched else []}


def _past(session: Session, conversation: ConversationRow) -> tuple[PastConsultation, ...]:
    wanted = (
        select(ConsultationRow, col(StaffRow.name))
        .outerjoin(StaffRow, col(StaffRow.id) == col(ConsultationRow.assignee))
        .where(col(ConsultationRow.conversation_id) == conversation.id)
        .order_by(col(ConsultationRow.number).desc())
    )
    return tuple(
        PastConsultation(
            row.number, row.topic, row.urgency, row.opened_at, row.resolved_at, row.outcome, name
        )
        for row, name in session.execute(wanted)
        if row.id != conversation.consultation_id
    )


def _name(session: Session, staff_id: str | None) -> str | None:
    row = session.get(StaffRow, staff_id) if staff_id else None
    return row.name if row else None


def _free(session: Session, conversation_id: str, now: datetime) -> bool:
    """Used tokens are gone from the table."""
    fresh = select(col(ReplyTokenRow.inbox_id)).where(
        col(ReplyTokenRow.conversation_id) == conversation_id,
        col(ReplyTokenRow.received_at) > now - TOKEN_LIFE,
    )
    return session.scalars(fresh.limit(1)).first() is not None
