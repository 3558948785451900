"""The durable inbox: webhook events as they came, until each is handled or parked. Nothing is dropped."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import Table, tuple_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage import dialect, sealing
from storage.database import Database
from storage.due import is_past
from storage.tables import InboxRow
from storage.wake import News, tell

# A failing event holds up its own sender, nobody else: about a quarter of a minute, then it is parked and shown.
BACKOFF: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8))
INBOX: Final[Table] = InboxRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Received:
    """One event of a webhook request."""

    id: str  # webhookEventId, or a digest of the event
    sender: str  # keyed digest of the user id, "" for none
    happened_at: int  # milliseconds, by LINE's clock
    payload: str  # JSON, as it came
    request_id: str = ""  # kept with the event: a group of requests is written by one thread for all


def accept(database: Database, channel: str, events: Sequence[Received], now: datetime) -> int:
    """Keep the events, for good. A redelivery of the same event changes nothing. Returns how many were new."""
    keyring = sealing.given(database.keyring)
    rows = {
        event.id: {
            "id": event.id,
            "channel": channel,
            "sender": event.sender,
            "payload": keyring.seal(sealing.INBOX_PAYLOAD, event.id, event.payload),
            "happened_at": event.happened_at,
            "received_at": now,
            "parked": False,
            "attempts": 0,
            "error": "",
            "request_id": event.request_id,
        }
        for event in events
    }
    new = database.append(INBOX, list(rows.values()))
    database.wake.tell([News.INBOX])
    return new


def claim(session: Session, now: datetime) -> InboxRow | None:
    """The oldest event that is due and that no earlier open event of its sender precedes.

    Locked for this transaction where the database can; with SQLite the writer is alone anyway. Its sender, too: an
    earlier event that comes late must wait for the one in hand, not be handled beside it.
    """
    row = session.exec(_oldest_due(), params=_moments(now)).first()
    if row and row.sender:
        dialect.lock(session, dialect.SENDER, row.sender)
    return row


def payload(session: Session, row: InboxRow) -> str:
    """JSON, as it came. Raises sealing.Unreadable."""
    return sealing.of(session).open(sealing.INBOX_PAYLOAD, row.id, row.payload)


def handled(session: Session, row: InboxRow, now: datetime) -> None:
    """Done. The payload has served: words live in the timeline, positions nowhere."""
    row.closed_at, row.next_try_at, row.payload, row.error = now, None, b"", ""
    session.add(row)


def failed(session: Session, event_id: str, error: str, now: datetime, *, counts: bool = True) -> bool:
    """Try again later, or park. Returns whether it is parked. `error` must not hold anybody's words.

    What does not count, since the event is not to blame, parks nothing, however long it lasts.

    Between the failure and this note another worker may have handled the event: then it stays handled.
    """
    row = session.get_one(InboxRow, event_id, with_for_update=True)
    if row.closed_at:
        return row.parked
    row.error, row.attempts = error, row.attempts + counts
    row.parked = row.attempts > len(BACKOFF)
    row.closed_at = now if row.parked else None
    row.next_try_at = None if row.parked else now + BACKOFF[max(row.attempts - 1, 0)]
    session.add(row)
    return row.parked


def parked(session: Session) -> Sequence[InboxRow]:
    return session.exec(select(InboxRow).where(InboxRow.parked).order_by(col(InboxRow.happened_at))).all()


def forget(session: Session, sender: str, message_id: str, now: datetime) -> None:
    """A parked event holds the words of a message that the parent took back: it is over."""
    keyring = sealing.of(session)
    for row in session.exec(select(InboxRow).where(InboxRow.sender == sender, InboxRow.parked)):
        payload = keyring.open_or_none(sealing.INBOX_PAYLOAD, row.id, row.payload)
        if payload and _message_id(payload) == message_id:
            row.parked, row.closed_at, row.payload, row.error = False, now, b"", "unsent"
            session.add(row)


def forget_all(session: Session, sender: str, now: datetime) -> None:
    """Everything of this sender is erased: what was parked is over, too."""
    mine = update(InboxRow).where(col(InboxRow.sender) == sender, col(InboxRow.parked).is_(True))
    over = mine.values(parked=False, closed_at=now, payload=b"", error="erased")
    session.execute(over.execution_options(synchronize_session=False))


def _message_id(payload: str) -> object:
    event = json.loads(payload)
    message = event.get("message") if isinstance(event, dict) else None
    return message.get("id") if isinstance(message, dict) else None


def retry(session: Session, event_id: str, now: datetime) -> bool:
    """Put a parked event back. Returns False where there is no such parked event."""
    row = session.get(InboxRow, event_id)
    if row is None or not row.parked:
        return False
    row.parked, row.closed_at, row.attempts, row.next_try_at = False, None, 0, now
    session.add(row)
    tell(session, News.INBOX)
    return True


def oldest_open(session: Session) -> datetime | None:
    """When the oldest unhandled event was received."""
    oldest = (
        select(InboxRow.received_at)
        .where(col(InboxRow.closed_at).is_(None))
        .order_by(col(InboxRow.received_at))
    )
    return session.exec(oldest.limit(1)).first()


# Made once: making it again for each look would take ten times as long as the look itself.
@cache
def _oldest_due() -> SelectOfScalar[InboxRow]:
    earlier = aliased(InboxRow)
    precedes = (
        select(earlier.id)
        .where(
            col(earlier.closed_at).is_(None),
            earlier.sender == InboxRow.sender,
            col(InboxRow.sender) != "",
            tuple_(col(earlier.happened_at), col(earlier.id))
            < tuple_(col(InboxRow.happened_at), col(InboxRow.id)),
        )
        .exists()
    )
    due = is_past(col(InboxRow.next_try_at), "farthest")
    return (
        select(InboxRow)
        .where(col(InboxRow.closed_at).is_(None), due, ~precedes)
        .order_by(col(InboxRow.happened_at), col(InboxRow.id))
        .limit(1)
        .with_for_update(skip_locked=True, of=InboxRow)
    )


def _moments(now: datetime) -> dict[str, datetime]:
    return {"now": now, "farthest": now + 2 * BACKOFF[-1]}
