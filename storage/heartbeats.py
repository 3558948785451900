"""Signs of life of the background loops, and why one of them does not work at the moment."""

from datetime import datetime

from sqlmodel import Session, select

from storage.dialect import put
from storage.tables import HeartbeatRow


def beat(session: Session, name: str, now: datetime, stopped_by: str = "") -> None:
    put(session, HeartbeatRow, {"name": name, "at": now, "stopped_by": stopped_by})


def all_(session: Session) -> dict[str, HeartbeatRow]:
    return {row.name: row for row in session.exec(select(HeartbeatRow))}
