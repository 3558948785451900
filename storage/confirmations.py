"""Which rows of the municipality's data an officer has confirmed, and which of them want looking at again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, func, select

from directory.facts import Confirmable, confirmable, facts, is_for_a_crisis
from directory.model import Directory
from storage.tables import ConfirmationRow

STALE_AFTER: Final = timedelta(days=365)


class Why(StrEnum):
    NEVER = "never"  # nobody has confirmed it
    CHANGED = "changed"  # the data say something else since
    OLD = "old"  # it is too long ago


@dataclass(frozen=True, slots=True)
class Stale:
    subject: str
    row: Confirmable
    why: Why
    last: ConfirmationRow | None


def confirm(session: Session, subject: str, row: Confirmable, by: str, at: datetime) -> None:
    """A row more, never one less: who confirmed what, and when, stays."""
    session.add(ConfirmationRow(subject=subject, facts=facts(row), confirmed_by=by, at=at))


def stale(
    session: Session, directory: Directory, now: datetime, after: timedelta = STALE_AFTER
) -> Iterator[Stale]:
    """What no officer stands for at the moment."""
    last = _last(session)
    for subject, row in confirmable(directory).items():
        if why := _why(last.get(subject), row, now - after):
            yield Stale(subject, row, why, last.get(subject))


def unconfirmed_for_a_crisis(session: Session, directory: Directory, now: datetime) -> int:
    """How many of the lines that are shown in a crisis no officer stands for."""
    return sum(is_for_a_crisis(one.row) for one in stale(session, directory, now))


def _why(last: ConfirmationRow | None, row: Confirmable, since: datetime) -> Why | None:
    if last is None:
        return Why.NEVER
    if last.facts != facts(row):
        return Why.CHANGED
    return Why.OLD if last.at < since else None


def _last(session: Session) -> dict[str, ConfirmationRow]:
    newest = select(func.max(ConfirmationRow.id)).group_by(col(ConfirmationRow.subject))
    rows = session.exec(select(ConfirmationRow).where(col(ConfirmationRow.id).in_(newest)))
    return {row.subject: row for row in rows}
