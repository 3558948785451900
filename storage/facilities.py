"""Editions of the facilities: change sets laid over the municipality's pack, in order, with who, when and why."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, delete, func, insert, select

from directory.model import Facility
from directory.stored import written
from storage.dialect import insert_new
from storage.tables import FacilityChangeRow, FacilityEditionRow

EDITED: Final = "edited"
UNDONE: Final = "undone"


class Outdated(Exception):
    """Another edition came in between: what was agreed to was compared with an older one."""


class NoSuchEdition(Exception):
    pass


class NothingToUndo(Exception):
    """Later editions have changed everything that this one did."""


@dataclass(frozen=True, slots=True)
class Edition:
    number: int
    at: datetime
    by: str
    note: str
    source: str
    as_of: str
    changes: int
    undoes: int | None


@dataclass(frozen=True, slots=True)
class Why:
    by: str
    note: str
    source: str = ""
    as_of: str = ""


def newest_edition(session: Session) -> int:
    """0 where everything is as in the pack."""
    return session.exec(select(func.max(FacilityEditionRow.number))).one() or 0


def history(session: Session, *, most: int | None = None, facility_id: str | None = None) -> list[Edition]:
    """The newest first; of one facility only, if it is named."""
    editions = select(FacilityEditionRow).order_by(col(FacilityEditionRow.number).desc()).limit(most)
    if facility_id:
        sets = select(FacilityChangeRow.change_set).where(FacilityChangeRow.facility_id == facility_id)
        editions = editions.where(col(FacilityEditionRow.change_set).in_(sets))
    return [_edition(row) for row in session.exec(editions)]


def stage(session: Session, rows: list[dict[str, Any]]) -> None:
    """Rows of a change set, without effect until it is published."""
    if rows:
        session.connection().execute(insert(FacilityChangeRow), [_WHOLE | row for row in rows])


def unstage(session: Session, change_set: str) -> None:
    session.connection().execute(
        delete(FacilityChangeRow).where(col(FacilityChangeRow.change_set) == change_set)
    )


def publish(
    session: Session,
    change_set: str,
    why: Why,
    now: datetime,
    *,
    compared_with: int | None = None,
    undoes: int | None = None,
) -> int:
    """Puts a staged change set in force and returns the edition's number. Raises Outdated where another one is newer
    than `compared_with`, if that is given."""
    in_it = (FacilityChangeRow.change_set == change_set, col(FacilityChangeRow.facility_id).is_not(None))
    changes = session.exec(select(func.count()).select_from(FacilityChangeRow).where(*in_it)).one()
    while True:
        live = newest_edition(session)
        if compared_with not in (None, live):
            raise Outdated
        row = {
            "number": live + 1,
            "change_set": change_set,
            "published_at": now,
            "published_by": why.by,
            "note": why.note,
            "source": why.source,
            "as_of": why.as_of,
            "changes": changes,
            "undoes": undoes,
        }
        if insert_new(session, FacilityEditionRow, [row]):
            return live + 1


def edit(session: Session, facilities: Iterable[Facility], why: Why, now: datetime) -> int:
    """Facilities as they are from now on, in an edition of their own."""
    change_set = uuid.uuid4().hex
    stage(session, [change(change_set, EDITED, one.id, written(one), one.name) for one in facilities])
    return publish(session, change_set, why, now)


def undo(session: Session, number: int, why: Why, now: datetime) -> int:
    """An edition that takes back another one; what later ones have changed stays. Raises NoSuchEdition, NothingToUndo."""
    edition = session.get(FacilityEditionRow, number)
    if edition is None:
        raise NoSuchEdition(number)
    change_set, rows = uuid.uuid4().hex, []
    for facility_id, bodies in _bodies(session, edition.change_set).items():
        if max(bodies) == number:
            earlier = [body for at, body in sorted(bodies.items()) if at < number]
            rows.append(change(change_set, UNDONE, facility_id, earlier[-1] if earlier else None))
    if not rows:
        raise NothingToUndo(number)
    stage(session, rows)
    return publish(session, change_set, why, now, undoes=number)


def change(
    change_set: str, outcome: str, facility_id: str, body: str | None, name: str = ""
) -> dict[str, Any]:
    return {
        "change_set": change_set,
        "outcome": outcome,
        "facility_id": facility_id,
        "body": body,
        "name": name,
    }


def overlaid(session: Session, after: int = 0) -> Mapping[str, str | None]:
    """What the editions after this one make of each facility; None: as in the pack."""
    rows = session.exec(
        select(FacilityChangeRow.facility_id, FacilityChangeRow.body)
        .join(FacilityEditionRow, col(FacilityEditionRow.change_set) == FacilityChangeRow.change_set)
        .where(FacilityEditionRow.number > after, col(FacilityChangeRow.facility_id).is_not(None))
        .order_by(col(FacilityEditionRow.number), col(FacilityChangeRow.id))
    )
    return {facility_id: body for facility_id, body in rows if facility_id}


def _bodies(session: Session, change_set: str) -> dict[str, dict[int, str | None]]:
    """Of every facility in the set, what each edition made of it."""
    touched = select(FacilityChangeRow.facility_id).where(FacilityChangeRow.change_set == change_set)
    rows = session.exec(
        select(FacilityChangeRow.facility_id, FacilityEditionRow.number, FacilityChangeRow.body)
        .join(FacilityEditionRow, col(FacilityEditionRow.change_set) == FacilityChangeRow.change_set)
        .where(col(FacilityChangeRow.facility_id).in_(touched))
    )
    found: dict[str, dict[int, str | None]] = {}
    for facility_id, number, body in rows:
        if facility_id:
            found.setdefault(facility_id, {})[number] = body
    return found


def _edition(row: FacilityEditionRow) -> Edition:
    return Edition(
        row.number,
        row.published_at,
        row.published_by,
        row.note,
        row.source,
        row.as_of,
        row.changes,
        row.undoes,
    )


_WHOLE: Final[dict[str, Any]] = {
    "facility_id": None,
    "body": None,
    "line": 0,
    "name": "",
    "reasons": None,
    "differences": None,
}
