"""One conversation as a counselor reads it."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import aliased, defer
from sqlmodel import Session, col

from conversation.first_words import Spoken
from conversation.model import EntryKind, Urgency
from intents.ids import SMALL_TALK
from storage import sealing
from storage.outbox import TOKEN_LIFE
from storage.sealing import Keyring
from storage.tables import (
    ConsultationRow,
    ConversationRow,
    EnclosureRow,
    EntryRow,
    NoticeRow,
    OutboxRow,
    ReplyTokenRow,
    StaffRow,
)
from storage.views.first_messages import STRETCH

PAGE = 100  # entries
NOTES = 5
LOOKED_BACK = 50  # utterances before a handoff
LATELY = 10  # utterances that the bot understood
TELLS_NOTHING = SMALL_TALK | {"talk_to_human"}


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
class Enclosure:
    """A photo or file that came with an entry, without its bytes."""

    id: int
    kind: str  # as the channel calls it
    state: str  # a storage.enclosures.State
    problem: str
    media_type: str
    size: int  # bytes
    width: int
    height: int
    name: str | None  # of a file, "" for none; None: unreadable


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
    enclosure: Enclosure | None = None


@dataclass(frozen=True, slots=True)
class PastConsultation:
    number: int
    topic: str | None
    urgency: str
    opened_at: datetime
    resolved_at: datetime | None
    outcome: str | None
    counselor: str | None
    helped: str | None = None  # a conversation.model.Helped, by the parent's word


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply that somebody sent."""

    author: str  # staff id
    name: str
    at: datetime


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
    introduced: str | None  # staff id of who has last said their role
    snoozed: bool
    snoozed_until: datetime | None
    unread: int
    first: ThreadEntry | None  # the message that this consultation began with, understood by the bot
    last: ThreadEntry | None  # the newest that the bot understood; None where it is the first
    notes: tuple[ThreadEntry, ...]  # newest first, a few
    entries: tuple[ThreadEntry, ...]  # oldest first
    older: bool  # there are entries before these
    past: tuple[PastConsultation, ...]  # newest first
    free: bool  # a reply sent at once would cost nothing
    newest_entry: int  # its id, also where older entries are shown; 0 for none
    mark: str


def consulted(session: Session, conversation_id: str) -> bool:
    """Whether the parent has ever been handed to people. Talk with the bot alone is not for counselors' eyes."""
    wanted = (
        select(col(ConsultationRow.id))
        .where(col(ConsultationRow.conversation_id) == conversation_id)
        .limit(1)
    )
    return session.scalars(wanted).first() is not None


def pseudonym(session: Session, conversation_id: str) -> str:
    """Raises KeyError for an unknown conversation."""
    found = session.scalars(
        select(col(ConversationRow.pseudonym)).where(col(ConversationRow.id) == conversation_id)
    ).first()
    if found is None:
        raise KeyError(conversation_id)
    return found


def thread(session: Session, conversation_id: str, now: datetime, before: int | None = None) -> Thread:
    """The newest entries, or those before the entry `before`. Raises KeyError for an unknown conversation."""
    before_looking = mark(session, conversation_id)  # what comes meanwhile is news the next time
    row = session.get(ConversationRow, conversation_id)
    if row is None:
        raise KeyError(conversation_id)
    open_one = session.get(ConsultationRow, row.consultation_id) if row.consultation_id else None
    entries = _entries(session, conversation_id, before)
    first, last = _first_and_last(session, row)
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
        introduced=_introduced(memory),
        snoozed=row.snoozed and (row.snoozed_until is None or row.snoozed_until > now),
        snoozed_until=row.snoozed_until,
        unread=row.unread,
        first=first,
        last=last,
        notes=_few(session, _of(conversation_id, EntryKind.NOTE).limit(NOTES)),
        entries=tuple(reversed(entries[:PAGE])),
        older=len(entries) > PAGE,
        past=_past(session, row),
        free=_free(session, conversation_id, now),
        newest_entry=_newest_entry(session, conversation_id),
        mark=before_looking,
    )


def spoken(session: Session, conversation_id: str) -> Spoken:
    """What a counselor's first words in it depend on. Raises KeyError for an unknown conversation."""
    row = session.get(ConversationRow, conversation_id)
    if row is None:
        raise KeyError(conversation_id)
    memory = _memory(session, row)
    open_one = session.get(ConsultationRow, row.consultation_id) if row.consultation_id else None
    desk = open_one.desk if open_one else None
    return Spoken(desk, _introduced(memory), bool(memory.get("discreet", True)))


def mark(session: Session, conversation_id: str) -> str:
    """Changes with every entry, delivery, unsend, photo that has come in, and change of hands."""
    of = {"conversation": conversation_id}
    numbers = session.execute(_numbers(), of).one()
    states = [
        f"{state}{count}"
        for table in (OutboxRow, EnclosureRow)
        for state, count in session.execute(_states(table), of)
    ]
    return "-".join([*(str(number) for number in numbers), *states])


# Made once: every console asks for them again and again.


@cache
def _numbers() -> Select[int, int, int]:
    """The newest entry, how many are erased, and the conversation's version."""
    entries = (
        select(func.coalesce(func.max(col(EntryRow.id)), 0), func.count(col(EntryRow.erased_at)))
        .where(col(EntryRow.conversation_id) == bindparam("conversation"))
        .subquery()
    )
    version = select(col(ConversationRow.version)).where(col(ConversationRow.id) == bindparam("conversation"))
    return select(entries, version.scalar_subquery())


@cache
def _states(table: type[OutboxRow] | type[EnclosureRow]) -> Select[str, int]:
    return (
        select(col(table.state), func.count())
        .where(col(table.conversation_id) == bindparam("conversation"))
        .group_by(col(table.state))
        .order_by(col(table.state))
    )


def replied_since(session: Session, conversation_id: str, entry_id: int) -> Replied | None:
    """The newest reply by a person that came after this entry."""
    newer = (
        select(EntryRow, col(StaffRow.name))
        .outerjoin(StaffRow, col(StaffRow.id) == col(EntryRow.author))
        .where(
            col(EntryRow.conversation_id) == conversation_id,
            col(EntryRow.id) > entry_id,
            col(EntryRow.kind) == EntryKind.COUNSELOR,
        )
        .order_by(col(EntryRow.id).desc())
        .limit(1)
    )
    found = session.execute(newer).first()
    return Replied(found[0].author or "", found[1] or "", found[0].at) if found else None


def seen(session: Session, conversation_id: str, staff_id: str, now: datetime) -> None:
    """This counselor has the thread before them: its notices are known, and nothing in it is unread, unless a colleague
    holds it, who has not read it by that."""
    session.execute(update(ConversationRow).where(_reads(conversation_id, staff_id)).values(unread=0))
    session.execute(
        update(NoticeRow)
        .where(col(NoticeRow.conversation_id) == conversation_id, col(NoticeRow.seen_at).is_(None))
        .values(seen_at=now)
    )


def unseen(session: Session, conversation_id: str, staff_id: str) -> bool:
    """Whether `seen` would change anything; asking first spares every look the database's only writer."""
    unread = select(col(ConversationRow.unread)).where(_reads(conversation_id, staff_id))
    notice = select(col(NoticeRow.id)).where(
        col(NoticeRow.conversation_id) == conversation_id, col(NoticeRow.seen_at).is_(None)
    )
    return bool(session.scalars(unread).first()) or session.scalars(notice.limit(1)).first() is not None


def _reads(conversation_id: str, staff_id: str) -> ColumnElement[bool]:
    """The conversation, where it is this counselor's to have read."""
    holder = col(ConversationRow.assignee)
    return and_(col(ConversationRow.id) == conversation_id, or_(holder.is_(None), holder == staff_id))


def _newest_entry(session: Session, conversation_id: str) -> int:
    newest = select(func.max(col(EntryRow.id))).where(col(EntryRow.conversation_id) == conversation_id)
    return int(session.scalar(newest) or 0)


def _memory(session: Session, row: ConversationRow) -> dict[str, Any]:
    """{} where it is unreadable: then nothing is taken for granted."""
    text = sealing.of(session).open_or_none(sealing.CONVERSATION_MEMORY, row.id, row.memory)
    memory: dict[str, Any] = json.loads(text) if text else {}
    return memory


def _introduced(memory: dict[str, Any]) -> str | None:
    return (memory.get("consultation") or {}).get("introduced")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _first_and_last(
    session: Session, conversation: ConversationRow
) -> tuple[ThreadEntry | None, ThreadEntry | None]:
    """Of the open consultation, or the newest: with what, in one stretch of talk, it began, and what came last."""
    understood = _of(conversation.id, EntryKind.UTTERANCE).where(col(EntryRow.understanding).is_not(None))
    last = next(filter(_tells_something, _few(session, understood.limit(LATELY))), None)
    numbers = select(func.max(col(ConsultationRow.number)))
    number = session.scalar(numbers.where(col(ConsultationRow.conversation_id) == conversation.id)) or 0
    newest = session.get(ConsultationRow, f"{conversation.id}.{number}")
    if newest is None:
        return None, last
    within = understood.where(col(EntryRow.consultation_id) == newest.id)
    first = _led_to(session, newest) or _one(session, within.order_by(None).order_by(col(EntryRow.id)))
    return first, None if first and last and first.id == last.id else last


def _led_to(session: Session, consultation: ConsultationRow) -> ThreadEntry | None:
    """The earliest that the bot understood of what led to it: said without a long silence, and after the one before."""
    said = _of(consultation.conversation_id, EntryKind.UTTERANCE).where(
        col(EntryRow.at) <= consultation.opened_at,
        or_(col(EntryRow.consultation_id).is_(None), col(EntryRow.consultation_id) == consultation.id),
    )
    before = session.get(ConsultationRow, f"{consultation.conversation_id}.{consultation.number - 1}")
    if before is not None and before.resolved_at is not None:
        said = said.where(col(EntryRow.at) > before.resolved_at)
    found, later = None, consultation.opened_at
    for entry in _few(session, said.limit(LOOKED_BACK)):
        if later - entry.at > STRETCH:
            break
        later = entry.at
        found = entry if entry.understanding is not None else found
    return found


def _tells_something(entry: ThreadEntry) -> bool:
    """「同意して相談する」 and thanks are understood, too, and say nothing of what it is about."""
    return (entry.understanding or {}).get("intent") not in TELLS_NOTHING


def _one(session: Session, wanted: Select[EntryRow, str | None]) -> ThreadEntry | None:
    return next(iter(_few(session, wanted.limit(1))), None)


def _of(conversation_id: str, kind: EntryKind) -> Select[EntryRow, str | None]:
    """Its entries of one kind that are still there, newest first, with their authors."""
    return (
        select(EntryRow, col(StaffRow.name))
        .outerjoin(StaffRow, col(StaffRow.id) == col(EntryRow.author))
        .where(
            col(EntryRow.conversation_id) == conversation_id,
            col(EntryRow.kind) == kind,
            col(EntryRow.erased_at).is_(None),
        )
        .order_by(col(EntryRow.id).desc())
    )


def _few(session: Session, wanted: Select[EntryRow, str | None]) -> tuple[ThreadEntry, ...]:
    keyring = sealing.of(session)
    return tuple(_entry(keyring, row, author, None, None, None) for row, author in session.execute(wanted))


def _entries(session: Session, conversation_id: str, before: int | None) -> list[ThreadEntry]:
    """Newest first, one more than a page."""
    gave_up = aliased(StaffRow)
    wanted = (
        select(EntryRow, col(StaffRow.name), OutboxRow, col(gave_up.name), EnclosureRow)
        .outerjoin(StaffRow, col(StaffRow.id) == col(EntryRow.author))
        .outerjoin(OutboxRow, col(OutboxRow.entry_id) == col(EntryRow.id))
        .outerjoin(gave_up, col(gave_up.id) == col(OutboxRow.given_up_by))
        .outerjoin(EnclosureRow, col(EnclosureRow.entry_id) == col(EntryRow.id))
        .options(defer(EnclosureRow.content), defer(EnclosureRow.thumbnail))  # type: ignore[arg-type]
        .where(col(EntryRow.conversation_id) == conversation_id)
        .order_by(col(EntryRow.id).desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        wanted = wanted.where(col(EntryRow.id) < before)
    keyring = sealing.of(session)
    return [_entry(keyring, *row) for row in session.execute(wanted)]


def _entry(
    keyring: Keyring,
    row: EntryRow,
    author: str | None,
    sent: OutboxRow | None,
    gave_up: str | None,
    enclosed: EnclosureRow | None,
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
        enclosure=_enclosure(keyring, enclosed) if enclosed else None,
    )


def _enclosure(keyring: Keyring, row: EnclosureRow) -> Enclosure:
    return Enclosure(
        id=row.id or 0,
        kind=row.kind,
        state=row.state,
        problem=row.problem,
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        name=keyring.open_or_none(sealing.ENCLOSURE_NAME, row.id or 0, row.file_name),
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
            row.number,
            row.topic,
            row.urgency,
            row.opened_at,
            row.resolved_at,
            row.outcome,
            name,
            row.helped,
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
