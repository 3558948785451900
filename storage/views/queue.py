"""Who waits, for whom, and how long."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlmodel import Session, col

from conversation.model import Status, Urgency
from storage import sealing
from storage.sealing import Keyring
from storage.tables import ConsultationRow, ConversationRow, EntryRow, StaffRow

PAGE = 50
COUNTED_TO = 100  # counts stop here, so that a long history costs nothing


class Tab(StrEnum):
    MINE = "mine"
    WAITING = "waiting"
    OPEN = "open"  # waiting for anybody, or with any counselor
    DONE = "done"


@dataclass(frozen=True, slots=True)
class QueueRow:
    conversation_id: str
    pseudonym: str
    status: str
    urgency: str
    topic: str | None  # intent id
    waiting_since: datetime | None
    last_words: str | None  # None: unreadable
    last_kind: str
    last_at: datetime | None
    unread: int
    reachable: bool
    owner: str | None  # a colleague's name
    outcome: str | None  # of a consultation that is done


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: tuple[QueueRow, ...]
    number: int  # 1, 2, 3 …
    more: bool


def page(session: Session, tab: Tab, staff_id: str, number: int = 1) -> QueuePage:
    first = (number - 1) * PAGE
    keyring = sealing.of(session)
    if tab is Tab.DONE:
        done = session.execute(_done_rows(first)).all()
        rows = tuple(_done_row(keyring, *row) for row in done)
    else:
        wanted = _open_rows().where(_in_tab(tab, staff_id))
        rows = tuple(
            _row(keyring, *row) for row in session.execute(wanted.offset(first).limit(PAGE + 1)).all()
        )
    return QueuePage(rows[:PAGE], number, more=len(rows) > PAGE)


def counts(session: Session, staff_id: str) -> dict[Tab, int]:
    """At most COUNTED_TO each."""
    columns = [_capped(_in_tab(tab, staff_id)).label(tab) for tab in Tab]
    row = session.execute(select(*columns)).one()
    return dict(zip(Tab, row, strict=True))


def unread(session: Session, staff_id: str) -> int:
    """Parents' entries that nobody has read, in the threads that wait or are this counselor's."""
    concerns = or_(_in_tab(Tab.WAITING, staff_id), _in_tab(Tab.MINE, staff_id))
    total = select(func.coalesce(func.sum(col(ConversationRow.unread)), 0)).where(concerns)
    return int(session.execute(total).scalar_one())


def mark(session: Session) -> str:
    """Changes whenever a list might: a cheap answer to 「anything new?」."""
    newest = select(func.coalesce(func.max(col(EntryRow.id)), 0)).scalar_subquery()
    of_open = select(
        newest,
        func.count(),
        func.coalesce(func.sum(col(ConversationRow.version)), 0),
        func.coalesce(func.sum(col(ConversationRow.unread)), 0),
    ).where(_is_open())
    return "-".join(str(value) for value in session.execute(of_open).one())


def _is_open() -> ColumnElement[bool]:
    return col(ConversationRow.status).in_([Status.WAITING, Status.ASSIGNED])


def _in_tab(tab: Tab, staff_id: str) -> ColumnElement[bool]:
    match tab:
        case Tab.MINE:
            return and_(
                col(ConversationRow.status) == Status.ASSIGNED, col(ConversationRow.assignee) == staff_id
            )
        case Tab.WAITING:
            return col(ConversationRow.status) == Status.WAITING
        case Tab.OPEN:
            return _is_open()
        case Tab.DONE:
            return and_(col(ConversationRow.status) == Status.BOT, _had_consultation())


def _had_consultation() -> ColumnElement[bool]:
    return (
        select(literal(1))
        .where(col(ConsultationRow.conversation_id) == col(ConversationRow.id))
        .correlate(ConversationRow)
        .exists()
    )


def _capped(condition: ColumnElement[bool]) -> Any:
    some = select(literal(1).label("one")).select_from(ConversationRow).where(condition).limit(COUNTED_TO)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _open_rows() -> Select[ConversationRow, str | None]:
    """Crisis first, then whoever has waited longest; those who wait for nothing come last."""
    return (
        select(ConversationRow, col(StaffRow.name))
        .outerjoin(StaffRow, col(StaffRow.id) == col(ConversationRow.assignee))
        .order_by(
            case((col(ConversationRow.urgency) == Urgency.CRISIS, 0), else_=1),
            col(ConversationRow.waiting_since).is_(None),
            col(ConversationRow.waiting_since),
            col(ConversationRow.last_entry_at).desc(),
            col(ConversationRow.id),
        )
    )


def _done_rows(first: int) -> Select[ConversationRow, str | None, ConsultationRow]:
    """A page and one more, newest first, each with its last consultation: looked for once the page is known."""
    newest_first = col(ConversationRow.last_entry_at).desc(), col(ConversationRow.id)
    shown = select(col(ConversationRow.id)).where(_in_tab(Tab.DONE, ""))
    shown = shown.order_by(*newest_first).offset(first).limit(PAGE + 1)
    last = (
        select(func.max(col(ConsultationRow.number)))
        .where(col(ConsultationRow.conversation_id) == col(ConversationRow.id))
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    return (
        select(ConversationRow, col(StaffRow.name), ConsultationRow)
        .join(
            ConsultationRow,
            and_(
                col(ConsultationRow.conversation_id) == col(ConversationRow.id),
                col(ConsultationRow.number) == last,
            ),
        )
        .outerjoin(StaffRow, col(StaffRow.id) == col(ConsultationRow.assignee))
        .where(col(ConversationRow.id).in_(shown))
        .order_by(*newest_first)
    )


def _row(keyring: Keyring, conversation: ConversationRow, owner: str | None) -> QueueRow:
    place = sealing.CONVERSATION_LAST_WORDS
    return QueueRow(
        conversation_id=conversation.id,
        pseudonym=conversation.pseudonym,
        status=conversation.status,
        urgency=conversation.urgency or Urgency.NORMAL,
        topic=conversation.topic,
        waiting_since=conversation.waiting_since,
        last_words=keyring.open_or_none(place, conversation.id, conversation.last_words),
        last_kind=conversation.last_kind,
        last_at=conversation.last_entry_at,
        unread=conversation.unread,
        reachable=conversation.reachable,
        owner=owner,
        outcome=None,
    )


def _done_row(
    keyring: Keyring, conversation: ConversationRow, owner: str | None, last: ConsultationRow
) -> QueueRow:
    row = _row(keyring, conversation, owner)
    return replace(row, urgency=last.urgency, topic=last.topic, waiting_since=None, outcome=last.outcome)
