"""The accounts of the people who use the console."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from storage.tables import StaffRow

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class Role(StrEnum):
    COUNSELOR = "counselor"
    ADMIN = "admin"


class BadName(Exception):
    """A log-in name has 1 to 40 of a–z, 0–9, `.`, `_` and `-`, and begins with a letter or a digit."""


class NameTaken(Exception):
    """Another account, perhaps a disabled one, has this log-in name."""


@dataclass(frozen=True, slots=True)
class Staff:
    id: str  # the log-in name
    name: str  # shown to colleagues
    role: str  # a Role, or one that this version does not know and that therefore may do nothing
    password_hash: str = field(repr=False)
    disabled: bool


def add(session: Session, staff_id: str, name: str, role: Role, password_hash: str, now: datetime) -> None:
    """Raises BadName, or NameTaken."""
    if not _NAME.fullmatch(staff_id):
        raise BadName(staff_id)
    if session.get(StaffRow, staff_id) is not None:
        raise NameTaken(staff_id)
    session.add(
        StaffRow(id=staff_id, name=name, role=role.value, password_hash=password_hash, created_at=now)
    )


def find(session: Session, staff_id: str) -> Staff | None:
    """Disabled accounts too: the caller decides what they may do."""
    row = session.get(StaffRow, staff_id)
    return _staff(row) if row else None


def everyone(session: Session) -> list[Staff]:
    return [_staff(row) for row in session.exec(select(StaffRow).order_by(col(StaffRow.id)))]


def disable(session: Session, staff_id: str, now: datetime) -> None:
    """Out at the next request. The row stays: entries name their author. Raises KeyError for an unknown name."""
    row = session.get(StaffRow, staff_id)
    if row is None:
        raise KeyError(staff_id)
    row.disabled_at = row.disabled_at or now


def set_password_hash(session: Session, staff_id: str, password_hash: str) -> None:
    """Raises KeyError for an unknown name."""
    row = session.get(StaffRow, staff_id)
    if row is None:
        raise KeyError(staff_id)
    row.password_hash = password_hash


def _staff(row: StaffRow) -> Staff:
    return Staff(row.id, row.name, row.role, row.password_hash, row.disabled_at is not None)
