"""Authenticator apps (TOTP, RFC 6238) and the recovery codes for whoever has lost theirs."""

import hashlib
import secrets
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import Update, delete, func, select, update
from sqlmodel import Session, col

from storage import sealing
from storage.tables import RecoveryCodeRow, SecondFactorRow

CODES: Final = 10
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else
_GROUPS: Final = 4  # of 4 letters each: 79 bits, so that guessing is hopeless and a fast digest will do
DRIFT: Final = 1  # steps of 30 s by which the app's clock may differ


class AlreadyThere(Exception):
    """The account has a second factor: that one is taken away first."""


def begin(session: Session, staff_id: str) -> str:
    """A new secret to be shown, in base32. No code is asked for before `confirm`. Raises AlreadyThere."""
    row = session.get(SecondFactorRow, staff_id) or SecondFactorRow(staff_id=staff_id)
    if row.confirmed_at is not None:
        raise AlreadyThere(staff_id)
    secret = pyotp.random_base32()
    row.secret = sealing.of(session).seal(sealing.SECOND_FACTOR, staff_id, secret)
    session.add(row)
    return secret


def shown(session: Session, staff_id: str) -> str | None:
    """The secret that `begin` made and no code has confirmed yet."""
    row = session.get(SecondFactorRow, staff_id)
    return _secret(session, row) if row and row.confirmed_at is None else None


def confirm(session: Session, staff_id: str, code: str, now: datetime) -> list[str] | None:
    """The first code from the app: from now on one is asked for. Returns recovery codes; None for a wrong code."""
    row = session.get(SecondFactorRow, staff_id)
    if row is None or row.confirmed_at is not None or not _take(session, row, code, now):
        return None
    row.confirmed_at = now
    return new_recovery_codes(session, staff_id)


def asked_for(session: Session, staff_id: str) -> bool:
    wanted = select(col(SecondFactorRow.staff_id)).where(
        col(SecondFactorRow.staff_id) == staff_id, col(SecondFactorRow.confirmed_at).is_not(None)
    )
    return session.scalars(wanted).first() is not None


def check(session: Session, staff_id: str, code: str, now: datetime) -> bool:
    """Whether this is the app's code of this moment. None is taken twice."""
    row = session.get(SecondFactorRow, staff_id)
    return row is not None and row.confirmed_at is not None and _take(session, row, code, now)


def use_recovery_code(session: Session, staff_id: str, code: str, now: datetime) -> bool:
    """Two who type the same code at once: one of them is let in."""
    mine = update(RecoveryCodeRow).where(
        col(RecoveryCodeRow.digest) == _digest(staff_id, code), col(RecoveryCodeRow.used_at).is_(None)
    )
    return _changed(session, mine.values(used_at=now))


def new_recovery_codes(session: Session, staff_id: str) -> list[str]:
    """Shown once; only digests are kept. Earlier ones no longer work."""
    session.execute(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.staff_id) == staff_id))
    codes = [_code() for _ in range(CODES)]
    session.add_all(RecoveryCodeRow(digest=_digest(staff_id, code), staff_id=staff_id) for code in codes)
    return codes


def recovery_codes_left(session: Session, staff_id: str) -> int:
    unused = select(func.count()).where(
        col(RecoveryCodeRow.staff_id) == staff_id, col(RecoveryCodeRow.used_at).is_(None)
    )
    return int(session.execute(unused).scalar_one())


def remove(session: Session, staff_id: str) -> None:
    for table in (RecoveryCodeRow, SecondFactorRow):
        session.execute(delete(table).where(col(table.staff_id) == staff_id))


def _take(session: Session, row: SecondFactorRow, code: str, now: datetime) -> bool:
    totp = pyotp.TOTP(_secret(session, row))
    digits = "".join(code.split())
    for step in (totp.timecode(now) + drift for drift in range(-DRIFT, DRIFT + 1)):
        if secrets.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            later = col(SecondFactorRow.last_step) < step
            mine = update(SecondFactorRow).where(col(SecondFactorRow.staff_id) == row.staff_id, later)
            return _changed(session, mine.values(last_step=step))
    return False


def _changed(session: Session, statement: Update) -> bool:
    """Whether this was the one that did it."""
    return bool(session.execute(statement).rowcount == 1)  # type: ignore[attr-defined]


def _secret(session: Session, row: SecondFactorRow) -> str:
    return sealing.of(session).open(sealing.SECOND_FACTOR, row.staff_id, row.secret)


def _code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(_GROUPS))


def _digest(staff_id: str, code: str) -> str:
    letters = "".join(code.lower().replace("-", "").split())
    return hashlib.sha256(f"{staff_id}\0{letters}".encode()).hexdigest()
