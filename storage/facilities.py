"""Editions of the ward's data: change sets laid over the municipality's pack, in order, with who, when and why.

The first ones were of facilities only, which the tables are still named after.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, delete, func, insert, select

from directory.stored import Row, key_of, written
from storage import audit
from storage.audit import DataAct
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
class Laid:
    body: str | None  # None: as in the pack
    base: str | None
    number: int  # of the edition


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


def edit(session: Session, rows: Iterable[Row], why: Why, now: datetime) -> int:
    """Rows as they are from now on, in an edition of their own. `storage.ward` looks at what comes of it."""
    change_set = uuid.uuid4().hex
    stage(
        session,
        [change(change_set, EDITED, key_of(one), written(one), getattr(one, "name", "")) for one in rows],
    )
    return publish(session, change_set, why, now)


def undo(session: Session, number: int, why: Why, now: datetime, actor: str = "") -> int:
    """An edition that takes back another one; what later ones have changed stays. Raises NoSuchEdition, NothingToUndo."""
    made = undo_only(session, number, None, why, now)
    audit.add_about_data(
        session, DataAct.UNDONE, actor or why.by, now, f"第{number}版 → 第{made}版: {why.note}"
    )
    return made


def undo_only(session: Session, number: int, key: str | None, why: Why, now: datetime) -> int:
    """Of one row only, if it is named; without a line in the audit."""
    edition = session.get(FacilityEditionRow, number)
    if edition is None:
        raise NoSuchEdition(number)
    change_set, rows = uuid.uuid4().hex, []
    for touched, bodies in _bodies(session, edition.change_set).items():
        if max(bodies) == number and key in (None, touched):
            earlier = [row for at, row in sorted(bodies.items()) if at < number]
            body, base = earlier[-1] if earlier else (None, None)
            rows.append(change(change_set, UNDONE, touched, body, base=base))
    if not rows:
        raise NothingToUndo(number)
    stage(session, rows)
    return publish(session, change_set, why, now, undoes=number)


def touched_by(session: Session, number: int) -> tuple[str, ...]:
    """The keys of the rows that an edition changes."""
    rows = session.exec(
        select(FacilityChangeRow.facility_id)
        .join(FacilityEditionRow, col(FacilityEditionRow.change_set) == FacilityChangeRow.change_set)
        .where(FacilityEditionRow.number == number, col(FacilityChangeRow.facility_id).is_not(None))
    )
    return tuple(key for key in rows if key)


def change(
    change_set: str,
    outcome: str,
    facility_id: str,
    body: str | None,
    name: str = "",
    base: str | None = None,
) -> dict[str, Any]:
    return {
        "change_set": change_set,
        "outcome": outcome,
        "facility_id": facility_id,
        "body": body,
        "name": name,
        "base": base,
    }


def overlaid(session: Session, after: int = 0) -> Mapping[str, Laid]:
    """What the editions after this one make of each row."""
    rows = session.exec(
        select(
            FacilityChangeRow.facility_id,
            FacilityChangeRow.body,
            FacilityChangeRow.base,
            FacilityEditionRow.number,
        )
        .join(FacilityEditionRow, col(FacilityEditionRow.change_set) == FacilityChangeRow.change_set)
        .where(FacilityEditionRow.number > after, col(FacilityChangeRow.facility_id).is_not(None))
        .order_by(col(FacilityEditionRow.number), col(FacilityChangeRow.id))
    )
    return {key: Laid(body, base, number) for key, body, base, number in rows if key}


def _bodies(session: Session, change_set: str) -> dict[str, dict[int, tuple[str | None, str | None]]]:
    """Of every row in the set, what each edition made of it."""
    touched = select(FacilityChangeRow.facility_id).where(FacilityChangeRow.change_set == change_set)
    rows = session.exec(
        select(
            FacilityChangeRow.facility_id,
            FacilityEditionRow.number,
            FacilityChangeRow.body,
            FacilityChangeRow.base,
        )
        .join(FacilityEditionRow, col(FacilityEditionRow.change_set) == FacilityChangeRow.change_set)
        .where(col(FacilityChangeRow.facility_id).in_(touched))
    )
    found: dict[str, dict[int, tuple[str | None, str | None]]] = {}
    for key, number, body, base in rows:
        if key:
            found.setdefault(key, {})[number] = (body, base)
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
    "base": None,
    "line": 0,
    "name": "",
    "reasons": None,
    "differences": None,
}
