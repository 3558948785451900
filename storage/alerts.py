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
    told = select(col(NoticeRow.id)).where(
        col(NoticeRow.conversation_id) == col(ConversationRow.id),
        col(NoticeRow.kind) == Notice.CRISIS,
        col(NoticeRow.at) >= col(ConversationRow.waiting_since),
    )
    untaken = and_(
        col(ConversationRow.status) == Status.WAITING, col(ConversationRow.urgency) == Urgency.CRISIS
    )
    wanted = (
        select(ConsultationRow, or_(untaken, told.exists()))
        .join(ConversationRow, col(ConversationRow.consultation_id) == col(ConsultationRow.id))
        .where(
            col(ConversationRow.status).in_((Status.WAITING, Status.ASSIGNED)),
            col(ConsultationRow.waiting_since).is_not(None),
        )
        .order_by(col(ConsultationRow.waiting_since))
    )
    return [_wait(row, bool(in_crisis)) for row, in_crisis in session.execute(wanted) if row.waiting_since]


def _wait(row: ConsultationRow, in_crisis: bool) -> Wait:
    assert row.waiting_since is not None  # noqa: S101  asked for
    name = f"{row.id} {row.waiting_since:%Y%m%dT%H%M%S.%f}"
    return Wait(row.conversation_id, name, row.waiting_since, row.promised_for, in_crisis)


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
    return insert_new(session, AlertRow, [about | {"way": way} for way in ways])


def claim(session: Session, ways: Sequence[str], now: datetime) -> Claimed | None:
    """The longest due. Who has it has LEASE to send it; of two processes one gets it."""
    due = (
        select(AlertRow, col(ConversationRow.pseudonym))
        .join(ConversationRow, col(ConversationRow.id) == col(AlertRow.conversation_id))
        .where(UNSENT, col(AlertRow.next_try_at) <= now, col(AlertRow.way).in_(ways))
        .order_by(col(AlertRow.next_try_at))
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


def withdraw(session: Session, waits: Sequence[Wait]) -> None:
    """Nobody waits there any more: what was not sent by now would only send people to an empty chair."""
    over = delete(AlertRow).where(UNSENT, col(AlertRow.wait).not_in([wait.id for wait in waits]))
    session.execute(over.execution_options(synchronize_session=False))


def sweep(session: Session, now: datetime) -> None:
    old = delete(AlertRow).where(col(AlertRow.created_at) < now - KEPT_FOR)
    session.execute(old.execution_options(synchronize_session=False))
