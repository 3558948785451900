"""A file of open data from its arrival to its edition: read, shown, agreed to or dropped."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from sqlmodel import Session, and_, col, or_, select, update

from directory.model import Directory, Facility
from directory.opendata import sheet
from directory.opendata.comparing import Compared, Outcome, compare
from directory.opendata.decoding import NoTable
from directory.opendata.reading import Origin
from directory.stored import written
from storage import audit, facilities, ward
from storage.audit import DataAct
from storage.database import Database
from storage.tables import FacilityChangeRow, FacilityImportRow
from storage.wake import News, tell

LARGEST: Final = 40 * 1024 * 1024  # bytes: 50,000 rows take about 20 million
AT_ONCE: Final = 500  # rows; other writers take their turns in between
LEASE: Final = timedelta(minutes=2)
KEPT: Final = timedelta(days=14)  # what nobody agreed to


class State(StrEnum):
    WANTED = "wanted"  # it has arrived
    READING = "reading"
    READY = "ready"  # it can be looked at and agreed to
    PUBLISHED = "published"
    FAILED = "failed"  # it is no such table
    DROPPED = "dropped"


OPEN: Final = (State.WANTED, State.READING, State.READY, State.FAILED)


UNEXPECTED: Final = "読めない値があり、途中で止まりました。何も変えていません。運用の担当者に伝えてください。"


class NotReady(Exception):
    """It is not there to be agreed to: still being read, or already published or dropped."""


@dataclass(frozen=True, slots=True)
class Import:
    """Without the file."""

    id: str
    file_name: str
    state: str
    by: str
    at: datetime
    note: str
    source: str
    as_of: str
    form: str
    encoding: str
    remarks: tuple[str, ...]
    lines: int
    lines_read: int
    counts: dict[str, int] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file, as it is shown."""

    line: int
    name: str
    outcome: str
    reasons: tuple[str, ...]
    differences: tuple[tuple[str, str, str], ...]  # what, before, after


Progress = Callable[[int, int], None]


def add(session: Session, file_name: str, content: bytes, why: facilities.Why, now: datetime) -> str:
    import_id = uuid.uuid4().hex
    session.add(
        FacilityImportRow(
            id=import_id,
            file_name=file_name,
            content=content,
            state=State.WANTED,
            added_by=why.by,
            added_at=now,
            note=why.note,
            source=why.source,
            as_of=why.as_of,
        )
    )
    session.flush()  # what follows may claim it
    tell(session, News.IMPORTS)
    return import_id


def find(session: Session, import_id: str) -> Import | None:
    return next(iter(_found(session, FacilityImportRow.id == import_id)), None)


def open_ones(session: Session) -> list[Import]:
    """What somebody has to look at, the newest first."""
    return _found(session, col(FacilityImportRow.state).in_(OPEN))


def lines(
    session: Session, import_id: str, outcome: str, after: int = 0, most: int = 100
) -> list[tuple[int, Line]]:
    """With the id to go on after."""
    rows = session.exec(
        select(FacilityChangeRow)
        .where(
            FacilityChangeRow.change_set == import_id,
            FacilityChangeRow.outcome == outcome,
            col(FacilityChangeRow.id) > after,
        )
        .order_by(col(FacilityChangeRow.id))
        .limit(most)
    )
    return [(row.id or 0, _line(row)) for row in rows]


def due(session: Session, now: datetime) -> str | None:
    """The id of one that nobody is reading."""
    waiting = select(FacilityImportRow.id).where(_is_due(now)).order_by(col(FacilityImportRow.added_at))
    return session.exec(waiting.limit(1)).first()


def claim(session: Session, import_id: str, now: datetime) -> bool:
    """Whether it is ours to read now; what another reader left half-done is begun anew."""
    mine = session.connection().execute(
        update(FacilityImportRow)
        .where(col(FacilityImportRow.id) == import_id, _is_due(now))
        .values(state=State.READING, lease_until=now + LEASE, lines_read=0, counts=None)
    )
    if mine.rowcount == 1:
        facilities.unstage(session, import_id)
    return mine.rowcount == 1


def give_up(database: Database, import_id: str) -> None:
    """Where the program itself did not know what to do with the file."""
    _note(database, import_id, state=State.FAILED, problem=UNEXPECTED, lease_until=None)


def read(
    database: Database,
    import_id: str,
    directory: Callable[[], Directory],
    clock: Callable[[], datetime],
    progress: Progress = lambda done, lines: None,
    pack: Directory | None = None,
) -> None:
    """Compares a claimed file with what is live, in short transactions. `pack`: what is noted beside every change, so that
    a newer pack can be told from it."""
    with database.read() as session:
        row = session.get_one(FacilityImportRow, import_id)
        content, origin = row.content, Origin(row.source, row.as_of)
        edition = facilities.newest_edition(session)
        retired = ward.retired_facilities(ward.read(session, pack)) if pack else ()
    try:
        table = sheet.read(content)
    except NoTable as problem:
        _note(database, import_id, state=State.FAILED, problem=str(problem), lease_until=None)
        return
    known = directory()
    shipped = {one.id: one for one in pack.facilities} if pack else None
    _note(database, import_id, form=table.form, encoding=table.encoding, lines=table.lines, remarks=list(table.remarks))  # fmt: skip
    counts: Counter[str] = Counter(dict.fromkeys(Outcome, 0))
    for batch in _batches(compare(table, known, origin, retired)):
        counts.update(str(row.outcome) for row in batch)
        with database.write() as session:
            still_mine = _set(session, import_id, lines_read=batch[-1].line, lease_until=clock() + LEASE)
            if not still_mine:
                return  # dropped meanwhile
            facilities.stage(session, [_row(import_id, row, shipped) for row in batch])
        progress(batch[-1].line, table.lines)
    _note(
        database,
        import_id,
        state=State.READY,
        counts=dict(counts),
        lines_read=table.lines,
        compared_with=edition,
        lease_until=None,
    )


def agree(session: Session, import_id: str, by: str, now: datetime, actor: str = "") -> int:
    """Puts the rows in force exactly as they were shown. Raises NotReady; Outdated, and then it is to be read again."""
    row = session.get(FacilityImportRow, import_id)
    if row is None or not _set(session, import_id, State.READY, state=State.PUBLISHED, content=b""):
        raise NotReady
    why = facilities.Why(by, row.note, row.source, row.as_of)
    number = facilities.publish(session, import_id, why, now, compared_with=row.compared_with)
    audit.add_about_data(
        session, DataAct.IMPORTED, actor or by, now, f"第{number}版 {row.file_name}: {row.note}"
    )
    return number


def read_again(session: Session, import_id: str) -> None:
    _set(session, import_id, State.READY, state=State.WANTED)
    tell(session, News.IMPORTS)


def drop(session: Session, import_id: str) -> bool:
    """Whether there was anything left to drop."""
    dropped = any(_set(session, import_id, state, state=State.DROPPED, content=b"") for state in OPEN)
    if dropped:
        facilities.unstage(session, import_id)
    return dropped


def drop_old(session: Session, now: datetime) -> int:
    old = select(FacilityImportRow.id).where(
        col(FacilityImportRow.state).in_(OPEN), FacilityImportRow.added_at < now - KEPT
    )
    return sum(drop(session, import_id) for import_id in session.exec(old).all())


def _is_due(now: datetime) -> Any:
    left = and_(col(FacilityImportRow.state) == State.READING, col(FacilityImportRow.lease_until) < now)
    return or_(col(FacilityImportRow.state) == State.WANTED, left)


def _batches(rows: Iterator[Compared]) -> Iterator[list[Compared]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch


def _row(import_id: str, row: Compared, shipped: Mapping[str, Facility] | None) -> dict[str, Any]:
    own = shipped.get(row.facility_id) if shipped else None
    return {
        "change_set": import_id,
        "facility_id": row.facility_id if row.facility else None,
        "body": written(row.facility) if row.facility else None,
        "base": written(own) if own else None if shipped is None else "",
        "outcome": str(row.outcome),
        "line": row.line,
        "name": row.name,
        "reasons": list(row.reasons) or None,
        "differences": [[one.what, one.before, one.after] for one in row.differences] or None,
    }


def _line(row: FacilityChangeRow) -> Line:
    differences = tuple((what, before, after) for what, before, after in row.differences or ())
    return Line(row.line, row.name, row.outcome, tuple(row.reasons or ()), differences)


def _note(database: Database, import_id: str, **values: Any) -> None:
    with database.write() as session:
        _set(session, import_id, **values)


def _set(session: Session, import_id: str, state_is: State = State.READING, **values: Any) -> bool:
    """Whether it was in that state."""
    changed = session.connection().execute(
        update(FacilityImportRow)
        .where(col(FacilityImportRow.id) == import_id, col(FacilityImportRow.state) == state_is)
        .values(**values)
    )
    return changed.rowcount == 1


def _found(session: Session, where: Any) -> list[Import]:
    """Never the content: it may be millions of bytes."""
    every = (column for column in FacilityImportRow.__table__.columns if column.name != "content")  # type: ignore[attr-defined]
    rows = session.execute(select(*every).where(where).order_by(col(FacilityImportRow.added_at).desc()))
    return [_import(row) for row in rows.mappings()]


def _import(row: Mapping[Any, Any]) -> Import:
    return Import(
        id=row["id"],
        file_name=row["file_name"],
        state=row["state"],
        by=row["added_by"],
        at=row["added_at"],
        note=row["note"],
        source=row["source"],
        as_of=row["as_of"],
        form=row["form"],
        encoding=row["encoding"],
        remarks=tuple(row["remarks"] or ()),
        lines=row["lines"],
        lines_read=row["lines_read"],
        counts=row["counts"] or {},
        problem=row["problem"],
    )
