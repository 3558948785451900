"""Photos and files that came with entries, from the moment they are to be fetched: wanted → kept | failed.

A row goes with its entry's words: unsent, erased or too old, there is nothing left to keep, or to fetch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from conversation.model import Enclosure
from storage import sealing
from storage.database import Database
from storage.dialect import new_ids
from storage.due import is_past
from storage.tables import EnclosureRow
from storage.wake import News, tell

LEASE: Final = timedelta(minutes=2)  # longer than fetching and redrawing can take
FARTHEST: Final = timedelta(hours=2)  # ahead: anything is tried again sooner
MOST_ABANDONED: Final = 3  # a file that whoever had it never came back from


class State(StrEnum):
    WANTED = "wanted"  # not here yet
    KEPT = "kept"
    FAILED = "failed"  # and is not tried again; `problem` says why


class Problem(StrEnum):
    """Why it could not be kept."""

    GONE = "gone"  # the channel has it no more, or the sender took it back
    UNREACHED = "unreached"  # the channel did not give it, for a day
    TOO_LARGE = "too_large"
    KIND = "kind"  # none of the kinds that are kept
    BROKEN = "broken"  # a picture that cannot be read, or has far too many pixels
    ELSEWHERE = "elsewhere"  # it lies at an address that the sender chose


@dataclass(frozen=True, slots=True)
class Claimed:
    id: int
    message_id: str
    kind: str  # as the channel calls it
    created_at: datetime
    attempt: int  # counts from 1, this one included


@dataclass(frozen=True, slots=True)
class Found:
    """What was fetched, as it may be kept."""

    media_type: str
    content: bytes
    thumbnail: bytes = b""  # of a photo
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """What is kept, for a screen."""

    entry_id: int
    media_type: str
    name: str  # as the sender's phone called the file
    content: bytes


def put(
    session: Session,
    conversation_id: str,
    entry_id: int,
    message_id: str,
    enclosure: Enclosure,
    now: datetime,
) -> None:
    (enclosure_id,) = new_ids(session, EnclosureRow, 1)
    name = sealing.of(session).seal(sealing.ENCLOSURE_NAME, enclosure_id, enclosure.name)
    session.add(
        EnclosureRow(
            id=enclosure_id,
            entry_id=entry_id,
            conversation_id=conversation_id,
            message_id=message_id,
            kind=enclosure.kind,
            state=State.FAILED if enclosure.elsewhere else State.WANTED,
            problem=Problem.ELSEWHERE if enclosure.elsewhere else "",
            created_at=now,
            file_name=name,
        )
    )
    tell(session, News.ENCLOSURES)


def is_due(session: Session, now: datetime) -> bool:
    """Whether `claim` would find something: a look that locks nothing."""
    return session.exec(_first_due(), params=_moments(now)).first() is not None


def claim(session: Session, now: datetime) -> Claimed | None:
    """Lease the next that is due, those first that were tried least. None where there is nothing to fetch."""
    while (row := session.exec(_first_due_locked(), params=_moments(now)).first()) is not None:
        session.add(row)
        if row.lease_until is not None:
            row.abandoned += 1
        if row.abandoned < MOST_ABANDONED:
            row.lease_until, row.next_try_at, row.attempts = now + LEASE, None, row.attempts + 1
            return Claimed(row.id or 0, row.message_id, row.kind, row.created_at, row.attempts)
        row.state, row.problem, row.lease_until = State.FAILED, Problem.BROKEN, None
        session.flush()
    return None


def keep(database: Database, claimed: Claimed, found: Found) -> bool:
    """Sealed before the transaction begins: nobody waits for that. False where it is not wanted any more."""
    keyring = sealing.given(database.keyring)
    values = {
        "state": State.KEPT,
        "problem": "",
        "media_type": found.media_type,
        "size": len(found.content),
        "width": found.width,
        "height": found.height,
        "thumbnail": keyring.seal_bytes(sealing.ENCLOSURE_THUMBNAIL, claimed.id, found.thumbnail),
        "content": keyring.seal_bytes(sealing.ENCLOSURE_CONTENT, claimed.id, found.content),
    }
    with database.write() as session:
        return _finish(session, claimed, values)


def fail(session: Session, claimed: Claimed, problem: Problem) -> bool:
    return _finish(session, claimed, {"state": State.FAILED, "problem": problem})


def later(session: Session, claimed: Claimed, at: datetime) -> bool:
    return _finish(session, claimed, {"next_try_at": at})


def release(session: Session) -> None:
    """At the start of the only worker there is: whoever had it before is gone. That it was given up counts."""
    mine = update(EnclosureRow).where(
        col(EnclosureRow.state) == State.WANTED, col(EnclosureRow.lease_until).is_not(None)
    )
    anew = mine.values(lease_until=None, abandoned=EnclosureRow.abandoned + 1)
    session.execute(anew.execution_options(synchronize_session=False))


def forget(session: Session, entry_ids: Sequence[int]) -> None:
    """The words of these entries go: what came with them, and the wish to fetch it, goes too."""
    mine = delete(EnclosureRow).where(col(EnclosureRow.entry_id).in_(entry_ids))
    session.execute(mine.execution_options(synchronize_session=False))


def opened(
    session: Session, conversation_id: str, enclosure_id: int, *, thumbnail: bool = False
) -> Opened | None:
    """None where nothing is kept. Raises Unreadable."""
    column = EnclosureRow.thumbnail if thumbnail else EnclosureRow.content
    wanted = select(EnclosureRow.entry_id, EnclosureRow.media_type, EnclosureRow.file_name, column).where(
        EnclosureRow.id == enclosure_id,
        EnclosureRow.conversation_id == conversation_id,
        EnclosureRow.state == State.KEPT,
    )
    row = session.exec(wanted).first()
    if row is None:
        return None
    entry_id, media_type, file_name, sealed = row
    keyring = sealing.of(session)
    field = sealing.ENCLOSURE_THUMBNAIL if thumbnail else sealing.ENCLOSURE_CONTENT
    content = keyring.open_bytes(field, enclosure_id, sealed)
    if not content:
        return None
    name = keyring.open(sealing.ENCLOSURE_NAME, enclosure_id, file_name)
    return Opened(entry_id, media_type, name, content)


# Made once: making it again for each look would take ten times as long as the look itself.
@cache
def _first_due() -> SelectOfScalar[EnclosureRow]:
    return (
        select(EnclosureRow)
        .where(
            EnclosureRow.state == bindparam("wanted", State.WANTED.value, literal_execute=True),
            is_past(col(EnclosureRow.next_try_at), "farthest_try"),
            is_past(col(EnclosureRow.lease_until), "farthest_lease"),
        )
        .order_by(col(EnclosureRow.attempts), col(EnclosureRow.id))
        .limit(1)
    )


@cache
def _first_due_locked() -> SelectOfScalar[EnclosureRow]:
    return _first_due().with_for_update(skip_locked=True, of=EnclosureRow)


def _moments(now: datetime) -> dict[str, datetime]:
    return {"now": now, "farthest_try": now + FARTHEST, "farthest_lease": now + 2 * LEASE}


def _finish(session: Session, claimed: Claimed, values: dict[str, object]) -> bool:
    """Only while it is still wanted, and the lease still ours: another worker may have taken over an expired one."""
    mine = update(EnclosureRow).where(
        col(EnclosureRow.id) == claimed.id,
        col(EnclosureRow.state) == State.WANTED,
        col(EnclosureRow.attempts) == claimed.attempt,
    )
    done = mine.values(lease_until=None, **values)
    return bool(session.execute(done.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
