"""Who waits for a person, and what was told of it outside the console: once for each wait, kind and way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, func, or_, select, text, update
from sqlmodel import Session, col

from conversation.model import Notice, Status, Urgency
from storage.dialect import insert_new
from storage.tables import AlertRow, ConsultationRow, ConversationRow, NoticeRow

CRISIS: Final = "crisis"
WAITING: Final = "waiting"
CRISIS_AGAIN: Final = timedelta(minutes=30)  # one alert at most for what is said within it
CLOCKS_DIFFER: Final = timedelta(minutes=5)  # LINE's, by which a parent waits, and ours, by which is told
LEASE: Final = timedelta(seconds=60)  # longer than any attempt to send takes
KEPT_FOR: Final = timedelta(days=90)
UNSENT: Final = text("sent_at IS NULL")  # as its index says it


@dataclass(frozen=True, slots=True)
class Wait:
    """A parent whom no person has answered."""

    conversation_id: str
    id: str
    since: datetime
    promised_for: datetime | None  # the opening that the parent was told
    in_crisis: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """One alert that is this process's to send."""

    wait: str
    kind: str
    way: str
    conversation_id: str
    pseudonym: str
    since: datetime
    attempt: int


def waits(session: Session) -> list[Wait]:
    """Longest first. A crisis is one that nobody has taken, or that was told of since the counselor's last answer."""
    told_at = (
        select(func.max(col(NoticeRow.at)))
        .where(
            col(NoticeRow.conversation_id) == col(ConversationRow.id), col(NoticeRow.kind) == Notice.CRISIS
        )
        .scalar_subquery()
    )
    untaken = and_(
        col(ConversationRow.status) == Status.WAITING, col(ConversationRow.urgency) == Urgency.CRISIS
    )
    since = func.coalesce(col(ConsultationRow.waiting_since), col(ConversationRow.last_entry_at))
    wanted = (
        select(ConsultationRow, untaken, col(ConversationRow.last_entry_at), told_at)
        .join(ConversationRow, col(ConversationRow.consultation_id) == col(ConsultationRow.id))
        .where(
            col(ConversationRow.status).in_((Status.WAITING, Status.ASSIGNED)),
            or_(col(ConsultationRow.waiting_since).is_not(None), untaken),
        )
        .order_by(since)
    )
    return [_wait(*found) for found in session.execute(wanted)]


def _wait(row: ConsultationRow, untaken: bool, last_at: datetime | None, told_at: datetime | None) -> Wait:
    since = row.waiting_since or last_at or row.opened_at
    told = told_at is not None and told_at >= since - CLOCKS_DIFFER
    name = f"{row.id} {row.waiting_since:%Y%m%dT%H%M%S.%f}" if row.waiting_since else f"{row.id} let go"
    if told_at is not None and told:  # said again later, it is told of again
        name += f" {told_at.timestamp() // CRISIS_AGAIN.total_seconds():.0f}"
    return Wait(row.conversation_id, name, since, row.promised_for, bool(untaken) or told)


def put(session: Session, wait: Wait, kind: str, ways: Sequence[str], now: datetime) -> int:
    """What is there already stays as it is. Returns how many are new."""
    about: dict[str, Any] = {
        "wait": wait.id,
        "kind": kind,
        "conversation_id": wait.conversation_id,
        "waiting_since": wait.since,
        "created_at": now,
        "attempts": 0,
        "next_try_at": now,
        "problem": "",
    }
    if not ways:
        return 0
    return insert_new(session, AlertRow, [about | {"way": way} for way in ways])


def claim(session: Session, ways: Sequence[str], now: datetime) -> Claimed | None:
    """A crisis first, then the longest due. Who has it has LEASE to send it; of two processes one gets it."""
    due = (
        select(AlertRow, col(ConversationRow.pseudonym))
        .join(ConversationRow, col(ConversationRow.id) == col(AlertRow.conversation_id))
        .where(UNSENT, col(AlertRow.next_try_at) <= now, col(AlertRow.way).in_(ways))
        .order_by(col(AlertRow.kind) != CRISIS, col(AlertRow.next_try_at))
        .limit(1)
    )
    found = session.execute(due).first()
    if found is None:
        return None
    row, pseudonym = found
    claimed = Claimed(
        row.wait, row.kind, row.way, row.conversation_id, pseudonym, row.waiting_since, row.attempts + 1
    )
    taken = _update(session, claimed, row.attempts, attempts=claimed.attempt, next_try_at=now + LEASE)
    return claimed if taken else None


def sent(session: Session, claimed: Claimed, now: datetime) -> None:
    _update(session, claimed, claimed.attempt, sent_at=now, problem="")


def later(session: Session, claimed: Claimed, at: datetime, problem: str) -> None:
    _update(session, claimed, claimed.attempt, next_try_at=at, problem=problem)


def _update(session: Session, claimed: Claimed, seen: int, **values: object) -> bool:
    """Only while it is as this process saw it."""
    ours = update(AlertRow).where(
        col(AlertRow.wait) == claimed.wait,
        col(AlertRow.kind) == claimed.kind,
        col(AlertRow.way) == claimed.way,
        col(AlertRow.attempts) == seen,
        UNSENT,
    )
    done = session.execute(ours.values(**values).execution_options(synchronize_session=False))
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def failing(session: Session) -> list[AlertRow]:
    """Tried, and not sent: the oldest first."""
    stuck = select(AlertRow).where(UNSENT, col(AlertRow.problem) != "").order_by(col(AlertRow.created_at))
    return list(session.scalars(stuck.limit(100)))


def counts(session: Session) -> dict[str, int]:
    """Not sent yet: queued, or failing."""
    is_failing = col(AlertRow.problem) != ""
    wanted = select(is_failing, func.count()).where(UNSENT).group_by(is_failing)
    found = {bool(failed): int(count) for failed, count in session.execute(wanted)}
    return {"queued": found.get(False, 0), "failing": found.get(True, 0)}


def withdraw(session: Session, waits: Sequence[Wait], ways: Sequence[str]) -> None:
    """Nobody waits there any more, or nobody is told that way: what was not sent by now would send people to an empty chair."""
    gone = or_(col(AlertRow.wait).not_in([wait.id for wait in waits]), col(AlertRow.way).not_in(ways))
    over = delete(AlertRow).where(UNSENT, gone)
    session.execute(over.execution_options(synchronize_session=False))


def is_tidy(session: Session, now: datetime) -> bool:
    """Whether `withdraw` and `sweep` would find nothing."""
    to_do = or_(col(AlertRow.sent_at).is_(None), col(AlertRow.created_at) < now - KEPT_FOR)
    return session.execute(select(col(AlertRow.wait)).where(to_do).limit(1)).first() is None


def sweep(session: Session, now: datetime) -> None:
    old = delete(AlertRow).where(col(AlertRow.created_at) < now - KEPT_FOR)
    session.execute(old.execution_options(synchronize_session=False))
