"""Who waits, for whom, and how long.

Thirty consoles ask every second and a half: statements are made once, and get what changes as parameters (`_asked`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final
from zlib import crc32

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    not_,
    or_,
    select,
)
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
Parameter = BindParameter[Any]
ME: Final[Parameter] = bindparam("me")
NOW: Final[Parameter] = bindparam("now")
PROMISED_BEFORE: Final[Parameter] = bindparam("promised_before")  # then the promise is broken by now
CAPPED: Final[Parameter] = bindparam("capped")
FIRST: Final[Parameter] = bindparam("first")  # row of the page
ROWS: Final[Parameter] = bindparam("rows")


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
    part = {"first": (number - 1) * PAGE, "rows": PAGE + 1}
    keyring = sealing.of(session)
    if tab is Tab.DONE:
        done = session.execute(_done_rows(), part).all()
        rows = tuple(_done_row(keyring, *row, now=now) for row in done)
    else:
        open_ones = session.execute(_open_rows(tab), _asked(staff_id, now) | part).all()
        rows = tuple(_row(keyring, *row, now=now) for row in open_ones)
    return QueuePage(rows[:PAGE], number, more=len(rows) > PAGE)


def counts(session: Session, staff_id: str, now: datetime) -> dict[Tab, int]:
    """At most COUNTED_TO each."""
    row = session.execute(_counts(), _asked(staff_id, now)).one()
    return dict(zip(Tab, row, strict=True))


def turns(session: Session, but: str, now: datetime) -> tuple[Turn, ...]:
    """Of who waits and can be answered, but for this conversation; at most COUNTED_TO, the first ones."""
    waiting = session.execute(_turns(), _asked("", now) | {"but": but})
    return tuple(Turn(Rank(number), since) for number, since in waiting if since)


def unread(session: Session, staff_id: str, now: datetime) -> int:
    """Parents' entries that nobody has read, in the threads that wait or are this counselor's."""
    return int(session.execute(_unread(), _asked(staff_id, now)).scalar_one())


def unread_by_holder(session: Session, staff_id: str) -> int:
    """Of those, what is in the threads that this counselor holds, snoozed or not: it wakes them."""
    return int(session.execute(_unread_by_holder(), {"me": staff_id}).scalar_one())


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


def mark(session: Session, tab: Tab, staff_id: str, now: datetime) -> str:
    """Changes whenever the list might: a cheap answer to 「anything new?」. Other lists' news do not concern it."""
    if tab is Tab.DONE:  # there may be years of them
        return str(session.scalar(select(func.max(col(EntryRow.id)))))
    listed = session.execute(_versions(tab), _asked(staff_id, now))
    return f"{crc32(repr([tuple(one) for one in listed]).encode()):x}"


def _asked(staff_id: str, now: datetime) -> dict[str, Any]:
    return {
        "me": staff_id,
        "now": now,
        "promised_before": now - PROMISE_KEPT_WITHIN,
        "capped": COUNTED_TO,
    }


@cache
def _counts() -> Select[*tuple[int, ...]]:
    return select(*(_capped(_in_tab(tab)).label(tab) for tab in Tab))


@cache
def _turns() -> Select[int, datetime | None]:
    rank = _rank().label("rank")
    return (
        select(rank, col(ConversationRow.waiting_since))
        .where(
            col(ConversationRow.status) == Status.WAITING,
            col(ConversationRow.reachable),
            col(ConversationRow.id) != bindparam("but"),
            col(ConversationRow.waiting_since).is_not(None),
        )
        .order_by(rank, col(ConversationRow.waiting_since))
        .limit(CAPPED)
    )


@cache
def _unread() -> Select[int]:
    concerns = or_(_in_tab(Tab.WAITING), _in_tab(Tab.MINE))
    return select(func.coalesce(func.sum(col(ConversationRow.unread)), 0)).where(concerns)


@cache
def _unread_by_holder() -> Select[int]:
    mine = and_(col(ConversationRow.status) == Status.ASSIGNED, col(ConversationRow.assignee) == ME)
    return select(func.coalesce(func.sum(col(ConversationRow.unread)), 0)).where(mine)


@cache
def _versions(tab: Tab) -> Select[str, int, int]:
    row = col(ConversationRow.id), col(ConversationRow.version), col(ConversationRow.unread)
    return select(*row).where(_in_tab(tab)).order_by(row[0])


def _is_open() -> ColumnElement[bool]:
    return col(ConversationRow.status).in_([Status.WAITING, Status.ASSIGNED])


def _in_tab(tab: Tab) -> ColumnElement[bool]:
    match tab:
        case Tab.MINE:
            return and_(
                col(ConversationRow.status) == Status.ASSIGNED,
                col(ConversationRow.assignee) == ME,
                not_(_sleeps()),
            )
        case Tab.WAITING:
            return col(ConversationRow.status) == Status.WAITING
        case Tab.OPEN:
            return _is_open()
        case Tab.SNOOZED:
            return and_(_is_open(), _sleeps())
        case Tab.DONE:
            return and_(col(ConversationRow.status) == Status.BOT, _had_consultation())


def _sleeps() -> ColumnElement[bool]:
    until = func.coalesce(col(ConversationRow.snoozed_until), FOR_EVER)
    return and_(col(ConversationRow.snoozed), until > NOW)


def _had_consultation() -> ColumnElement[bool]:
    return (
        select(literal(1))
        .where(col(ConsultationRow.conversation_id) == col(ConversationRow.id))
        .correlate(ConversationRow)
        .exists()
    )


def _capped(condition: ColumnElement[bool]) -> Any:
    some = select(literal(1).label("one")).select_from(ConversationRow).where(condition).limit(CAPPED)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


@cache
def _open_rows(tab: Tab) -> Select[ConversationRow, str | None]:
    """A page and one more, by rank, then whoever has waited longest; those who wait for nothing come last."""
    return (
        select(ConversationRow, col(StaffRow.name))
        .outerjoin(StaffRow, col(StaffRow.id) == col(ConversationRow.assignee))
        .where(_in_tab(tab))
        .order_by(
            _rank(),
            col(ConversationRow.waiting_since).is_(None),
            col(ConversationRow.waiting_since),
            col(ConversationRow.last_entry_at).desc(),
            col(ConversationRow.id),
        )
        .offset(FIRST)
        .limit(ROWS)
    )


def _rank() -> ColumnElement[int]:
    """Crisis, then hard words and babies, then promises that were broken. Who has been answered has no rank but crisis."""
    waits = col(ConversationRow.waiting_since).is_not(None)
    dear = or_(col(ConversationRow.urgency) == Urgency.DISTRESS, col(ConversationRow.baby))
    late = col(ConversationRow.promised_for) < PROMISED_BEFORE
    return case(
        (col(ConversationRow.urgency) == Urgency.CRISIS, Rank.CRISIS.value),
        (and_(waits, dear), Rank.DEAR.value),
        (and_(waits, late), Rank.LATE.value),
        else_=Rank.USUAL.value,
    )


@cache
def _done_rows() -> Select[ConversationRow, str | None, ConsultationRow]:
    """A page and one more, newest first, each with its last consultation: looked for once the page is known."""
    newest_first = col(ConversationRow.last_entry_at).desc(), col(ConversationRow.id)
    shown = select(col(ConversationRow.id)).where(_in_tab(Tab.DONE))
    shown = shown.order_by(*newest_first).offset(FIRST).limit(ROWS)
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
