"""Who waits, for whom, and how long."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, or_, select
from sqlmodel import Session, col

from conversation.ahead import Rank, Turn
from conversation.model import Status, Urgency
from storage import sealing
from storage.sealing import Keyring
from storage.tables import ConsultationRow, ConversationRow, EntryRow, OutboxRow, StaffRow

PAGE = 50
PROMISE_KEPT_WITHIN = timedelta(minutes=30)  # after the promised opening all are read in turn, not at once
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
NOT_ARRIVED = ("queued", "sending", "held", "failed", "unknown")
COUNTED_TO = 100  # counts stop here, so that a long history costs nothing


class Tab(StrEnum):
    MINE = "mine"
    WAITING = "waiting"
    OPEN = "open"  # waiting for anybody, or with any counselor
    SNOOZED = "snoozed"  # out of sight until later
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
    helped: str | None = None  # whether it did, as the parent says: a conversation.model.Helped
    baby: bool = False  # a child under a year was spoken of
    late: bool = False  # a promise of time was broken
    snoozed: bool = False
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: tuple[QueueRow, ...]
    number: int  # 1, 2, 3 …
    more: bool


def page(session: Session, tab: Tab, staff_id: str, now: datetime, number: int = 1) -> QueuePage:
    first = (number - 1) * PAGE
    keyring = sealing.of(session)
    if tab is Tab.DONE:
        done = session.execute(_done_rows(first, now)).all()
        rows = tuple(_done_row(keyring, *row, now=now) for row in done)
    else:
        wanted = _open_rows(now).where(_in_tab(tab, staff_id, now))
        rows = tuple(
            _row(keyring, *row, now=now)
            for row in session.execute(wanted.offset(first).limit(PAGE + 1)).all()
        )
    return QueuePage(rows[:PAGE], number, more=len(rows) > PAGE)


def counts(session: Session, staff_id: str, now: datetime) -> dict[Tab, int]:
    """At most COUNTED_TO each."""
    columns = [_capped(_in_tab(tab, staff_id, now)).label(tab) for tab in Tab]
    row = session.execute(select(*columns)).one()
    return dict(zip(Tab, row, strict=True))


def turns(session: Session, but: str, now: datetime) -> tuple[Turn, ...]:
    """Of who waits and can be answered, but for this conversation; at most COUNTED_TO, the first ones."""
    rank = _rank(now).label("rank")
    wanted = (
        select(rank, col(ConversationRow.waiting_since))
        .where(
            col(ConversationRow.status) == Status.WAITING,
            col(ConversationRow.reachable),
            col(ConversationRow.id) != but,
            col(ConversationRow.waiting_since).is_not(None),
        )
        .order_by(rank, col(ConversationRow.waiting_since))
        .limit(COUNTED_TO)
    )
    return tuple(Turn(Rank(number), since) for number, since in session.execute(wanted) if since)


def unread(session: Session, staff_id: str, now: datetime) -> int:
    """Parents' entries that nobody has read, in the threads that wait or are this counselor's."""
    concerns = or_(_in_tab(Tab.WAITING, staff_id, now), _in_tab(Tab.MINE, staff_id, now))
    total = select(func.coalesce(func.sum(col(ConversationRow.unread)), 0)).where(concerns)
    return int(session.execute(total).scalar_one())


def unread_by_holder(session: Session, staff_id: str) -> int:
    """Of those, what is in the threads that this counselor holds, snoozed or not: it wakes them."""
    mine = and_(col(ConversationRow.status) == Status.ASSIGNED, col(ConversationRow.assignee) == staff_id)
    total = select(func.coalesce(func.sum(col(ConversationRow.unread)), 0)).where(mine)
    return int(session.execute(total).scalar_one())


def quiet_since(session: Session, before: datetime) -> list[tuple[str, datetime]]:
    """Answered consultations in which nobody has said anything since `before`: conversation, and when somebody last did."""
    on_its_way = select(col(OutboxRow.id)).where(
        col(OutboxRow.conversation_id) == col(ConversationRow.id),
        col(OutboxRow.state).in_(NOT_ARRIVED),
        col(OutboxRow.given_up_at).is_(None),
    )
    wanted = select(col(ConversationRow.id), col(ConversationRow.last_entry_at)).where(
        col(ConversationRow.status) == Status.ASSIGNED,
        col(ConversationRow.waiting_since).is_(None),
        col(ConversationRow.last_entry_at) <= before,
        ~on_its_way.exists(),
    )
    return [(conversation_id, at) for conversation_id, at in session.execute(wanted) if at]


def last_said_at(session: Session, conversation_id: str) -> datetime | None:
    """Nobody says more until the end of the transaction."""
    row = select(col(ConversationRow.last_entry_at)).where(col(ConversationRow.id) == conversation_id)
    return session.scalar(row.with_for_update())


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


def _in_tab(tab: Tab, staff_id: str, now: datetime) -> ColumnElement[bool]:
    match tab:
        case Tab.MINE:
            return and_(
                col(ConversationRow.status) == Status.ASSIGNED,
                col(ConversationRow.assignee) == staff_id,
                not_(_sleeps(now)),
            )
        case Tab.WAITING:
            return col(ConversationRow.status) == Status.WAITING
        case Tab.OPEN:
            return _is_open()
        case Tab.SNOOZED:
            return and_(_is_open(), _sleeps(now))
        case Tab.DONE:
            return and_(col(ConversationRow.status) == Status.BOT, _had_consultation())


def _sleeps(now: datetime) -> ColumnElement[bool]:
    until = func.coalesce(col(ConversationRow.snoozed_until), FOR_EVER)
    return and_(col(ConversationRow.snoozed), until > now)


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


def _open_rows(now: datetime) -> Select[ConversationRow, str | None]:
    """By rank, then whoever has waited longest; those who wait for nothing come last."""
    return (
        select(ConversationRow, col(StaffRow.name))
        .outerjoin(StaffRow, col(StaffRow.id) == col(ConversationRow.assignee))
        .order_by(
            _rank(now),
            col(ConversationRow.waiting_since).is_(None),
            col(ConversationRow.waiting_since),
            col(ConversationRow.last_entry_at).desc(),
            col(ConversationRow.id),
        )
    )


def _rank(now: datetime) -> ColumnElement[int]:
    """Crisis, then hard words and babies, then promises that were broken. Who has been answered has no rank but crisis."""
    waits = col(ConversationRow.waiting_since).is_not(None)
    dear = or_(col(ConversationRow.urgency) == Urgency.DISTRESS, col(ConversationRow.baby))
    late = col(ConversationRow.promised_for) < now - PROMISE_KEPT_WITHIN
    return case(
        (col(ConversationRow.urgency) == Urgency.CRISIS, Rank.CRISIS.value),
        (and_(waits, dear), Rank.DEAR.value),
        (and_(waits, late), Rank.LATE.value),
        else_=Rank.USUAL.value,
    )


def _done_rows(first: int, now: datetime) -> Select[ConversationRow, str | None, ConsultationRow]:
    """A page and one more, newest first, each with its last consultation: looked for once the page is known."""
    newest_first = col(ConversationRow.last_entry_at).desc(), col(ConversationRow.id)
    shown = select(col(ConversationRow.id)).where(_in_tab(Tab.DONE, "", now))
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


def _row(keyring: Keyring, conversation: ConversationRow, owner: str | None, *, now: datetime) -> QueueRow:
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
        baby=conversation.baby,
        late=_late(conversation, now),
        snoozed=conversation.snoozed
        and (conversation.snoozed_until is None or conversation.snoozed_until > now),
        snoozed_until=conversation.snoozed_until,
    )


def _late(conversation: ConversationRow, now: datetime) -> bool:
    promised = conversation.promised_for
    return bool(conversation.waiting_since and promised and promised < now - PROMISE_KEPT_WITHIN)


def _done_row(
    keyring: Keyring,
    conversation: ConversationRow,
    owner: str | None,
    last: ConsultationRow,
    *,
    now: datetime,
) -> QueueRow:
    row = _row(keyring, conversation, owner, now=now)
    return replace(
        row,
        urgency=last.urgency,
        topic=last.topic,
        waiting_since=None,
        outcome=last.outcome,
        helped=last.helped,
    )
