"""The accounts of the people who use the console."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, select

from storage.tables import StaffRow

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class Role(StrEnum):
    COUNSELOR = "counselor"
    DESK = "desk"  # staff of one or more desks: what is referred to those, and nothing else
    ADMIN = "admin"
    MANAGER = "manager"  # numbers and the audit; no conversation


class Switch(StrEnum):
    """What somebody has set for themselves otherwise than it is at first. An unknown one changes nothing."""

    NO_SHORTCUTS = "no_shortcuts"
    SOUND = "sound"  # at a crisis, and at new messages in one's own consultations
    NOTIFICATIONS = "notifications"  # of the desktop; the browser asks for permission besides


LEADERS: Final = frozenset({Role.ADMIN, Role.MANAGER})  # who see more than their own work


class BadName(Exception):
    """A log-in name has 1 to 40 of a–z, 0–9, `.`, `_` and `-`, and begins with a letter or a digit."""


class NameTaken(Exception):
    """Another account, perhaps a disabled one, has this log-in name."""


class EmailTaken(Exception):
    """Another account is signed in to with this address."""


@dataclass(frozen=True, slots=True)
class Staff:
    id: str  # the log-in name
    name: str  # shown to colleagues
    role: str  # a Role, or one that this version does not know and that therefore may do nothing
    password_hash: str = field(repr=False)  # "" where only the organisation's sign-in opens the account
    disabled: bool = False
    desks: tuple[str, ...] = ()  # facility ids
    email: str = field(
        default="", repr=False
    )  # what the organisation's sign-in is matched by; in small letters
    must_change_password: bool = False
    session_version: int = 1
    last_log_in_at: datetime | None = None
    switches: frozenset[str] = frozenset()


def add(
    session: Session,
    staff_id: str,
    name: str,
    role: Role,
    password_hash: str,
    now: datetime,
    *,
    desks: Iterable[str] = (),
    email: str = "",
    must_change_password: bool = False,
) -> None:
    """Raises BadName, NameTaken, or EmailTaken."""
    if not _NAME.fullmatch(staff_id):
        raise BadName(staff_id)
    if session.get(StaffRow, staff_id) is not None:
        raise NameTaken(staff_id)
    row = StaffRow(id=staff_id, name=name, role=role.value, password_hash=password_hash, created_at=now)
    row.must_change_password = must_change_password
    _describe(session, row, name, role, desks, email)
    session.add(row)


def change(
    session: Session, staff_id: str, *, name: str, role: Role, desks: Iterable[str] = (), email: str = ""
) -> None:
    """In force at the person's next request. Raises KeyError, or EmailTaken."""
    _describe(session, _row(session, staff_id), name, role, desks, email)


def find(session: Session, staff_id: str) -> Staff | None:
    """Disabled accounts too: the caller decides what they may do."""
    row = session.get(StaffRow, staff_id)
    return _staff(row) if row else None


def everyone(session: Session) -> list[Staff]:
    return [_staff(row) for row in session.exec(select(StaffRow).order_by(col(StaffRow.id)))]


def signed_in(session: Session, subject: str, email: str) -> Staff | None:
    """The account of whoever the organisation's sign-in has let in, by `subject`; the first time by `email`, and from then
    on only by `subject`: an address may be given to somebody else."""
    row = session.exec(select(StaffRow).where(StaffRow.subject == subject)).first()
    if row is None and email:
        unmatched = select(StaffRow).where(StaffRow.email == email.lower(), col(StaffRow.subject).is_(None))
        row = session.exec(unmatched).first()
        if row is not None:
            row.subject = subject
    return _staff(row) if row else None


def admins_left(session: Session, without: str) -> bool:
    """Whether somebody could still look after accounts."""
    others = select(StaffRow.id).where(
        StaffRow.role == Role.ADMIN, col(StaffRow.disabled_at).is_(None), StaffRow.id != without
    )
    return session.exec(others).first() is not None


def disable(session: Session, staff_id: str, now: datetime) -> None:
    """Out at the next request. The row stays: entries name their author. Raises KeyError for an unknown name."""
    row = _row(session, staff_id)
    row.disabled_at = row.disabled_at or now
    row.session_version += 1


def enable(session: Session, staff_id: str) -> None:
    """Raises KeyError for an unknown name."""
    _row(session, staff_id).disabled_at = None


def sign_out_everywhere(session: Session, staff_id: str) -> int:
    """Every session of the account is over. Returns the version that new ones carry. Raises KeyError."""
    row = _row(session, staff_id)
    row.session_version += 1
    return row.session_version


def set_password(session: Session, staff_id: str, password_hash: str, *, must_change: bool = False) -> int:
    """Ends every session of the account: returns the version that new ones carry. Raises KeyError."""
    row = _row(session, staff_id)
    row.password_hash, row.must_change_password = password_hash, must_change
    return sign_out_everywhere(session, staff_id)


def set_password_hash(session: Session, staff_id: str, password_hash: str) -> None:
    """The same password, hashed anew. Raises KeyError for an unknown name."""
    _row(session, staff_id).password_hash = password_hash


def require_new_password(session: Session, staff_id: str) -> None:
    """Nothing else can be done in the console until it is changed. Raises KeyError."""
    _row(session, staff_id).must_change_password = True


def logged_in(session: Session, staff_id: str, now: datetime) -> None:
    """Raises KeyError for an unknown name."""
    _row(session, staff_id).last_log_in_at = now


def set_switches(session: Session, staff_id: str, switches: Iterable[Switch]) -> None:
    """All of them: what is not named is as usual. Raises KeyError."""
    _row(session, staff_id).switches = sorted(switches)


def _describe(
    session: Session, row: StaffRow, name: str, role: Role, desks: Iterable[str], email: str
) -> None:
    email = email.strip().lower()
    if (
        email
        and session.exec(select(StaffRow.id).where(StaffRow.email == email, StaffRow.id != row.id)).first()
    ):
        raise EmailTaken(row.id)
    if (email or None) != row.email:
        row.subject = None  # whoever signs in with the new address is matched anew
    row.name, row.role, row.email = name, role.value, email or None
    row.desks = list(desks) if role is Role.DESK else []


def _row(session: Session, staff_id: str) -> StaffRow:
    row = session.get(StaffRow, staff_id)
    if row is None:
        raise KeyError(staff_id)
    return row


def _staff(row: StaffRow) -> Staff:
    return Staff(
        row.id,
        row.name,
        row.role,
        row.password_hash,
        row.disabled_at is not None,
        tuple(row.desks),
        row.email or "",
        row.must_change_password,
        row.session_version,
        row.last_log_in_at,
        frozenset(row.switches),
    )
