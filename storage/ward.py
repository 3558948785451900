"""The ward's data as a whole, at one moment: the pack, and what the newest editions make of it. Changed only by editions."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from sqlmodel import Session, col, func, select

from directory.composing import NOT_NOTED, Change, composed, rows_of, settled
from directory.hours import TOKYO
from directory.merging import Merged
from directory.model import Directory, Facility
from directory.safety import dangers
from directory.stored import KINDS, Kept, Row, kind_of, read_kept, written
from storage import audit, facilities
from storage.audit import DataAct
from storage.facilities import Outdated, Why
from storage.tables import ConfirmationRow, FacilityChangeRow, FacilityEditionRow

LONGEST_REASON: Final = 200

log = logging.getLogger(__name__)


class Unsafe(Exception):
    """Somebody in danger would be left without help. `problems` are for a person."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(len(self.problems))


@dataclass(frozen=True)
class Book:
    """A row that cannot be read (a newer program may have written it) stays as it was."""

    pack: Directory
    edition: int = 0
    confirmation: int = 0
    changes: Mapping[str, Change] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)  # of each row that was ever changed
    confirmations: Mapping[str, ConfirmationRow] = field(default_factory=dict)

    @cached_property
    def own(self) -> dict[str, Row]:
        return rows_of(self.pack)

    @cached_property
    def directory(self) -> Directory:
        confirmed = {
            subject: (one.facts, one.at.astimezone(TOKYO).date())
            for subject, one in self.confirmations.items()
        }
        return composed(self.pack, self.changes, confirmed)

    def kept(self, key: str) -> Kept | None:
        """The row as the ward has it, in use or not."""
        change, own = self.changes.get(key), self.own.get(key)
        if change:
            return Kept(settled(change, own).row, change.kept.retired)
        return Kept(own) if own else None

    def keys(self, kind: str) -> list[str]:
        """Of every row of a kind, retired ones too: the pack's in their order, then the others."""
        every = dict.fromkeys([*self.own, *self.changes])
        return [key for key in every if kind_of(key) == kind]

    def version(self, key: str) -> int:
        return self.versions.get(key, 0)

    def settled(self, key: str) -> Merged | None:
        """Beside the pack as it is today; None where the ward has changed nothing."""
        change = self.changes.get(key)
        return settled(change, self.own.get(key)) if change else None

    def gone(self, key: str) -> bool:
        """The pack had the row when the ward changed it, and has it no more."""
        change = self.changes.get(key)
        return change is not None and not isinstance(change.base, str | None) and key not in self.own

    def disputed(self) -> list[str]:
        """What the pack ships otherwise than when the ward changed the same."""
        return [
            key for key in self.changes if self.gone(key) or ((found := self.settled(key)) and found.both)
        ]

    def updated(self, session: Session) -> "Book":
        """Itself where nothing is new."""
        edition = facilities.newest_edition(session)
        confirmation = session.exec(select(func.max(ConfirmationRow.id))).one() or 0
        if (edition, confirmation) == (self.edition, self.confirmation):
            return self
        laid = facilities.overlaid(session, self.edition) if edition > self.edition else {}
        changes, versions = dict(self.changes), dict(self.versions)
        for key, one in laid.items():
            versions[key] = one.number
            if one.body is None:
                changes.pop(key, None)
            elif change := _readable(key, one.body, one.base):
                changes[key] = change
        return Book(
            self.pack,
            edition,
            confirmation,
            changes,
            versions,
            {**self.confirmations, **_confirmed_since(session, self.confirmation)},
        )


@dataclass(frozen=True, slots=True)
class Past:
    """One change of one row."""

    number: int
    at: datetime
    by: str
    note: str
    source: str
    outcome: str
    undoes: int | None
    before: Kept | None  # None: there was no such row
    after: Kept | None


def read(session: Session, pack: Directory) -> Book:
    return Book(pack).updated(session)


def save(
    session: Session,
    pack: Directory,
    kept: Mapping[str, Kept],
    seen: Mapping[str, int],
    why: Why,
    now: datetime,
    act: DataAct = DataAct.EDITED,
) -> int:
    """Rows as they are from now on; returns the edition. `seen`: their versions as the editor saw them. Raises Outdated
    where somebody changed one of them meanwhile, and Unsafe; then nothing is kept, if the caller lets the transaction go.
    """
    own, change_set = rows_of(pack), uuid.uuid4().hex
    facilities.stage(
        session,
        [
            facilities.change(
                change_set,
                facilities.EDITED,
                key,
                written(one.row, retired=one.retired),
                name_of(one.row)[:LONGEST_REASON],
                base=written(own[key]) if key in own else "",
            )
            for key, one in kept.items()
        ],
    )
    number = facilities.publish(session, change_set, why, now)
    for key, version in seen.items():
        if _version_before(session, key, number) != version:
            raise Outdated
    _safe(session, pack)
    _note(session, act, why, now, number, [f"{name_of(one.row)}({key})" for key, one in kept.items()])
    return number


def back_to_pack(session: Session, pack: Directory, key: str, seen: int, why: Why, now: datetime) -> int:
    """The pack's row again. Raises Outdated and Unsafe."""
    change_set = uuid.uuid4().hex
    facilities.stage(session, [facilities.change(change_set, facilities.UNDONE, key, None)])
    number = facilities.publish(session, change_set, why, now)
    if _version_before(session, key, number) != seen:
        raise Outdated
    _safe(session, pack)
    _note(session, DataAct.SETTLED, why, now, number, [key])
    return number


def undo(session: Session, pack: Directory, key: str, number: int, why: Why, now: datetime) -> int:
    """Takes back what one edition made of one row. Raises NoSuchEdition, NothingToUndo and Unsafe."""
    made = facilities.undo_only(session, number, key, why, now)
    _safe(session, pack)
    _note(session, DataAct.UNDONE, why, now, made, [f"{key}(第{number}版)"])
    return made


def history(session: Session, book: Book, key: str) -> list[Past]:
    """The newest first."""
    rows = session.exec(
        select(FacilityChangeRow, FacilityEditionRow)
        .join(FacilityEditionRow, col(FacilityEditionRow.change_set) == FacilityChangeRow.change_set)
        .where(FacilityChangeRow.facility_id == key)
        .order_by(col(FacilityEditionRow.number), col(FacilityChangeRow.id))
    )
    past: list[Past] = []
    own = Kept(book.own[key]) if key in book.own else None
    last = own
    for change, edition in rows:
        read_ = _readable(key, change.body, change.base) if change.body else None
        before = last
        if before is own and not past and read_ and not isinstance(read_.base, str):
            before = Kept(read_.base) if read_.base else None
        after = read_.kept if read_ else own
        past.append(
            Past(
                edition.number, edition.published_at, edition.published_by, edition.note, edition.source,
                change.outcome, edition.undoes, before, after,
            )
        )  # fmt: skip
        last = after
    return past[::-1]


def retired_facilities(book: Book) -> list[Facility]:
    kept = (change.kept for change in book.changes.values() if change.kept.retired)
    return [one.row for one in kept if isinstance(one.row, Facility)]


def name_of(row: Row) -> str:
    return str(getattr(row, "name", "") or getattr(row, "title", "") or getattr(row, "facility", ""))


def subject_of(row: Row) -> str:
    """As confirmations and addresses have it: "facility:nogata"."""
    return f"{KINDS[type(row)]}:{getattr(row, 'id', '') or getattr(row, 'facility', '')}"


def _safe(session: Session, pack: Directory) -> None:
    book = read(session, pack)
    trusted = composed(pack, book.changes, {}, trusting=True)
    if problems := list(dangers(pack, trusted)):
        raise Unsafe(problems)


def _version_before(session: Session, key: str, number: int) -> int:
    newest = session.exec(
        select(func.max(FacilityEditionRow.number))
        .join(FacilityChangeRow, col(FacilityEditionRow.change_set) == FacilityChangeRow.change_set)
        .where(FacilityChangeRow.facility_id == key, FacilityEditionRow.number < number)
    ).one()
    return newest or 0


def _note(session: Session, act: DataAct, why: Why, now: datetime, number: int, names: Sequence[str]) -> None:
    audit.add_about_data(session, act, why.by, now, f"第{number}版 {'、'.join(names)}: {why.note}")


def _confirmed_since(session: Session, after: int) -> dict[str, ConfirmationRow]:
    rows = session.exec(
        select(ConfirmationRow).where(col(ConfirmationRow.id) > after).order_by(col(ConfirmationRow.id))
    ).all()
    for row in rows:
        session.expunge(row)
    return {row.subject: row for row in rows}


def _readable(key: str, body: str, base: str | None) -> Change | None:
    try:
        was = NOT_NOTED if base is None else read_kept(key, base).row if base else None
        return Change(read_kept(key, body), was)
    except (ValueError, KeyError, TypeError):
        log.error("row cannot be read", extra={"row": key})
        return None
