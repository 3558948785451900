"""How many of this month's counted messages a channel says are used."""

from datetime import datetime

from sqlmodel import Session

from storage.dialect import put
from storage.tables import QuotaRow


def note(session: Session, channel: str, used: int, most: int | None, now: datetime) -> None:
    put(session, QuotaRow, {"channel": channel, "used": used, "most": most, "asked_at": now})


def of(session: Session, channel: str) -> QuotaRow | None:
    """None before it was asked for the first time."""
    return session.get(QuotaRow, channel)
