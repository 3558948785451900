"""What needs a person because the program cannot go on alone."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlmodel import Session, col

from conversation.model import Status, Urgency
from storage import alerts as alert_table
from storage import dialect, sealing
from storage.tables import AlertRow, ConsultationRow, ConversationRow, HeartbeatRow, InboxRow, OutboxRow

LIMIT = 100
PARKED = text("inbox.parked")  # as its index says it, or SQLite does not see that it may use it


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event from outside that could not be handled. Its words stay in the inbox."""

    id: str
    kind: str
    received_at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class StuckSend:
    id: int
    conversation_id: str | None  # None where the thread is not for counselors' eyes
    pseudonym: str
    speaker: str
    state: str  # failed, unknown, held
    created_at: datetime
    problem: str


@dataclass(frozen=True, slots=True)
class StuckAlert:
    """Somebody outside the console should have been told. It is tried again by itself."""

    kind: str
    way: str
    created_at: datetime
    attempts: int
    problem: str


@dataclass(frozen=True, slots=True)
class Problems:
    parked: tuple[ParkedEvent, ...]
    sends: tuple[StuckSend, ...]
    alerts: tuple[StuckAlert, ...]


@dataclass(frozen=True, slots=True)
class Alarms:
    """What every page says at its top."""

    crisis_ids: tuple[str, ...]  # conversations in a crisis that nobody has taken, longest waiting first
    stopped: tuple[str, ...]  # why background loops stand still
    problems: int
    erasures: int  # wishes to erase that staff have not decided on


def problems(session: Session) -> Problems:
    """The newest LIMIT of each."""
    return Problems(_parked(session), _sends(session), _alerts(session))


def alarms(session: Session) -> Alarms:
    *stuck, erasures = session.execute(_counts()).one()
    return Alarms(
        crisis_ids=tuple(session.scalars(_crises())),
        stopped=tuple(sorted(session.scalars(_stopped()))),
        problems=sum(stuck),
        erasures=erasures,
    )


def _alerts(session: Session) -> tuple[StuckAlert, ...]:
    return tuple(
        StuckAlert(row.kind, row.way, row.created_at, row.attempts, row.problem)
        for row in alert_table.failing(session)
    )


def _is_stuck() -> ColumnElement[bool]:
    """What the parent stopped, or whose words are gone, is shown in the thread: there is nothing to try again."""
    stuck = dialect.one_of(col(OutboxRow.state), ("failed", "unknown", "held"))
    return and_(stuck, col(OutboxRow.problem) != "blocked", col(OutboxRow.body) != b"")


# Made once: every console asks for them again and again.


@cache
def _crises() -> Select[str]:
    return (
        select(col(ConversationRow.id))
        .where(col(ConversationRow.status) == Status.WAITING, col(ConversationRow.urgency) == Urgency.CRISIS)
        .order_by(col(ConversationRow.waiting_since))
    )


@cache
def _stopped() -> Select[str]:
    return select(col(HeartbeatRow.stopped_by)).where(col(HeartbeatRow.stopped_by) != "").distinct()


@cache
def _counts() -> Select[int, int, int, int]:
    """Parked events, stuck sends, alerts that fail, wishes to erase."""
    counted = select(func.count())
    failing = alert_table.UNSENT, col(AlertRow.problem) != ""
    return select(
        counted.select_from(InboxRow).where(PARKED).scalar_subquery(),
        counted.select_from(OutboxRow).where(_is_stuck()).scalar_subquery(),
        counted.select_from(AlertRow).where(*failing).scalar_subquery(),
        counted.where(col(ConversationRow.erasure_wanted_at).is_not(None)).scalar_subquery(),
    )


def _parked(session: Session) -> tuple[ParkedEvent, ...]:
    keyring = sealing.of(session)
    wanted = select(InboxRow).where(PARKED).order_by(col(InboxRow.received_at).desc()).limit(LIMIT)
    return tuple(
        ParkedEvent(
            row.id,
            _kind(keyring.open_or_none(sealing.INBOX_PAYLOAD, row.id, row.payload)),
            row.received_at,
            row.attempts,
            row.error,
        )
        for row in session.scalars(wanted)
    )


def _kind(payload: str | None) -> str:
    """The channel's own name for the event; "" where it cannot be read, which may be why it was parked."""
    try:
        event = json.loads(payload or "")
    except ValueError:
        return ""
    return str(event.get("type", "")) if isinstance(event, dict) else ""


def _sends(session: Session) -> tuple[StuckSend, ...]:
    consulted = select(col(ConsultationRow.id)).where(
        col(ConsultationRow.conversation_id) == col(ConversationRow.id)
    )
    wanted = (
        select(OutboxRow, col(ConversationRow.pseudonym), consulted.exists())
        .join(ConversationRow, col(ConversationRow.id) == col(OutboxRow.conversation_id))
        .where(_is_stuck())
        .order_by(col(OutboxRow.id).desc())
        .limit(LIMIT)
    )
    return tuple(
        StuckSend(
            id=row.id or 0,
            conversation_id=row.conversation_id if readable else None,
            pseudonym=pseudonym,
            speaker=row.speaker,
            state=row.state,
            created_at=row.created_at,
            problem=row.problem,
        )
        for row, pseudonym, readable in session.execute(wanted)
    )
