"""Who is logged in: a signed cookie that says who, since when, last seen when, and of which generation of sessions."""

from datetime import datetime
from typing import Final

from flask import session

from console.access import Access
from storage.staff import Staff

KEEP_SEEN_FOR: Final = 60  # seconds; the cookie is not sent anew with every click
PASSWORD, ORGANISATION = "password", "organisation"


def begin(person: Staff, now: datetime, *, by: str = PASSWORD) -> None:
    """Nothing that was set before the log-in survives it."""
    session.clear()
    session.permanent = True
    session.update(staff=person.id, version=person.session_version, since=_seconds(now), by=by)
    session["seen"] = session["since"]


def go_on(version: int) -> None:
    """In this browser, while those of earlier versions are over."""
    session["version"] = version


def staff_id(access: Access, now: datetime) -> str | None:
    """None where nobody is logged in, or was for too long."""
    name, since, seen = session.get("staff"), session.get("since"), session.get("seen")
    if not isinstance(name, str) or not isinstance(since, int) or not isinstance(seen, int):
        return None
    late = _seconds(now) >= since + access.workday.total_seconds()
    idle = _seconds(now) >= seen + access.idle.total_seconds()
    return None if late or idle else name


def is_of(person: Staff) -> bool:
    """Not ended from elsewhere."""
    return session.get("version") == person.session_version


def seen(now: datetime) -> None:
    if _seconds(now) >= session["seen"] + KEEP_SEEN_FOR:
        session["seen"] = _seconds(now)


def by_password() -> bool:
    """Not by the organisation's sign-in, which has rules of its own for passwords and second factors."""
    return session.get("by") == PASSWORD


def end() -> None:
    """Only who was logged in: another tab may be at the log-in form, whose token is in here."""
    for name in ("staff", "version", "since", "seen", "by"):
        session.pop(name, None)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
