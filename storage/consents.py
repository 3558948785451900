"""The texts that parents agree to, kept by version for as long as somebody may ask what was agreed to."""

from datetime import datetime

from sqlmodel import Session

from storage.dialect import insert_new
from storage.tables import ConsentTextRow


def record(session: Session, version: str, text: str, now: datetime) -> None:
    """A version that is known already stays as it was."""
    insert_new(session, ConsentTextRow, [{"version": version, "text": text, "since": now}])


def text_of(session: Session, version: str) -> str | None:
    row = session.get(ConsentTextRow, version)
    return row.text if row else None
