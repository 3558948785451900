"""What can be measured in the database, for all processes at once. Each number is one look at an index of few rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, text
from sqlmodel import Session, col

from conversation.model import Status, Urgency
from storage import alerts, heartbeats, inbox, job_runs, rulesets
from storage.tables import ConversationRow, HeartbeatRow, InboxRow, JobRunRow, OutboxRow, QuotaRow

# Word for word the conditions of the partial indexes: SQLite does not see that a parameter means the same.
OPEN = text("state IN ('queued', 'sending', 'held')")
STUCK = text("state IN ('failed', 'unknown', 'held')")
PARKED = text("parked")

STATES = ("queued", "sending", "held", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class Waiting:
    count: int
    since: datetime | None  # the longest


@dataclass(frozen=True, slots=True)
class Measured:
    queue: Mapping[str, Waiting]  # by urgency: threads that no counselor has taken
    inbox_open: int
    inbox_parked: int
    inbox_oldest: datetime | None  # received, and not handled
    outbox: Mapping[str, int]  # by state, but for "sent"
    outbox_oldest: datetime | None  # decided, and still to be sent by itself
    beats: Mapping[str, HeartbeatRow]
    job_runs: Sequence[JobRunRow]
    quotas: Sequence[QuotaRow]
    ruleset: int
    alerts: Mapping[str, int]  # not sent yet: queued, failing


def measure(session: Session) -> Measured:
    return Measured(
        queue=_queue(session),
        inbox_open=_count(session, InboxRow, col(InboxRow.closed_at).is_(None)),
        inbox_parked=_count(session, InboxRow, PARKED),
        inbox_oldest=inbox.oldest_open(session),
        outbox=_outbox(session),
        outbox_oldest=_oldest_unsent(session),
        beats=heartbeats.all_(session),
        job_runs=job_runs.all_(session),
        quotas=session.scalars(select(QuotaRow)).all(),
        ruleset=rulesets.newest_version(session),
        alerts=alerts.counts(session),
    )


def _queue(session: Session) -> dict[str, Waiting]:
    urgency = func.coalesce(col(ConversationRow.urgency), Urgency.NORMAL)
    wanted = (
        select(urgency, func.count(), func.min(col(ConversationRow.waiting_since)))
        .where(col(ConversationRow.status) == Status.WAITING)
        .group_by(urgency)
    )
    found = {str(kind): Waiting(count, since) for kind, count, since in session.execute(wanted)}
    return {kind: found.get(kind, Waiting(0, None)) for kind in Urgency}


def _outbox(session: Session) -> dict[str, int]:
    """What is failed for good, with nothing left to send (blocked, unsent), needs nobody."""
    state, body = col(OutboxRow.state), col(OutboxRow.body)
    open_ = session.execute(select(state, func.count()).where(OPEN).group_by(state)).all()
    stuck = session.execute(
        select(state, func.count()).where(STUCK, body != b"", state != "held").group_by(state)
    ).all()
    found = {name: int(count) for name, count in (*open_, *stuck)}
    return {name: found.get(name, 0) for name in STATES}


def _oldest_unsent(session: Session) -> datetime | None:
    unsent = select(func.min(col(OutboxRow.created_at))).where(OPEN, col(OutboxRow.state) != "held")
    oldest: datetime | None = session.execute(unsent).scalar_one()
    return oldest


def _count(session: Session, table: type[InboxRow], condition: ColumnElement[bool] | object) -> int:
    wanted = select(func.count()).select_from(table).where(condition)  # type: ignore[arg-type]
    return int(session.execute(wanted).scalar_one())
