"""Which keys the database's words are sealed with, and their rotation: old words sealed anew with the newest key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import LargeBinary, column, func, select, table, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from storage import sealing
from storage.database import Database
from storage.dialect import insert_new
from storage.sealing import FIELDS, FRONT, VERSION, Field, Unreadable
from storage.tables import SealingKeyRow

BATCH: Final = 500  # rows a transaction: writers of a serving process wait for no more than that
LARGE_BATCH: Final = 5  # of photos and files


@dataclass(frozen=True, slots=True)
class Rotated:
    sealed_anew: int
    unreadable: int  # changed, or sealed with a key that is not there: left as they are


def missing(session: Session) -> list[str]:
    """Ids of keys that words may still be sealed with and that ENCRYPTION_KEYS lacks."""
    known = {key.hex() for key in sealing.of(session).ids}
    used = session.exec(select_rows(SealingKeyRow.id).order_by(col(SealingKeyRow.since)))
    return [key for key in used if key not in known]


def is_noted(session: Session) -> bool:
    return session.get(SealingKeyRow, sealing.of(session).newest.hex()) is not None


def note(session: Session, now: datetime) -> None:
    """From now on words are sealed with the newest key: whoever starts without it is told."""
    insert_new(session, SealingKeyRow, [{"id": sealing.of(session).newest.hex(), "since": now}])


def rotate(database: Database) -> Rotated:
    """Seal everything with the newest key, a batch at a time. It may be stopped and run again, also while serving.

    Once nothing is left that another key sealed, the other keys are no longer asked for.
    """
    sealed_anew = unreadable = 0
    for field in FIELDS:
        last: Any = None
        while True:
            with database.write() as session:
                last, done, failed = _batch(session, field, last)
            sealed_anew, unreadable = sealed_anew + done, unreadable + failed
            if last is None:
                break
    if not unreadable:
        with database.write() as session:
            _forget_others(session)
    return Rotated(sealed_anew, unreadable)


def _batch(session: Session, field: Field, last: Any) -> tuple[Any, int, int]:
    """The last key looked at, or None at the end; how many were sealed anew; how many could not be read."""
    keyring = sealing.of(session)
    rows = table(field.table, column(field.key), column(field.column, LargeBinary()))
    key, value = rows.c[field.key], rows.c[field.column]
    at_once = LARGE_BATCH if field.large else BATCH
    wanted = select(key, value).order_by(key).limit(at_once)
    wanted = wanted.where(func.length(value) > 0, func.substr(value, 1, FRONT) != VERSION + keyring.newest)
    if last is not None:
        wanted = wanted.where(key > last)
    found = session.execute(wanted).all()
    done = 0
    for row_id, sealed in found:
        try:
            anew = keyring.seal_bytes(field, row_id, keyring.open_bytes(field, row_id, sealed))
        except Unreadable:
            continue
        # Only if it is still what was read: a serving process may have written since.
        same = update(rows).where(key == row_id, value == sealed).values({field.column: anew})
        done += session.execute(same).rowcount  # type: ignore[attr-defined]
    return (found[-1][0] if len(found) == at_once else None), done, len(found) - done


def _forget_others(session: Session) -> None:
    newest = sealing.of(session).newest.hex()
    for row in session.exec(select_rows(SealingKeyRow).where(SealingKeyRow.id != newest)):
        session.delete(row)
