"""Which menu a parent sees in LINE: the one that everybody has, or the counselor's while a counselor is in charge.

Nobody asks for a switch: what is wished follows from the conversation, what LINE shows is noted in `menu_link`, and the worker
brings the two together. `menu_link` is written before LINE is asked, so that what a killed process did is done again, or undone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, delete, func, or_, update
from sqlmodel import Session, col, select

from conversation.model import Status
from storage import dialect, sealing
from storage.dialect import put
from storage.sealing import Unreadable
from storage.tables import ContactRow, ConversationRow, MenuLinkRow, MenuRow

NORMAL: Final = "normal"
COUNSELOR: Final = "counselor"
LEASE: Final = timedelta(seconds=20)  # longer than a request can take
FARTHEST: Final = timedelta(hours=1)  # ahead: anything is tried again sooner


@dataclass(frozen=True, slots=True)
class Switch:
    """One parent's menu, to be changed by whoever claimed it."""

    conversation_id: str
    address: str  # LINE's user id; "" where it is gone or cannot be read
    menu_id: str | None  # None: back to the one that everybody has
    attempt: int
    claim: str


def note(session: Session, kind: str, menu_id: str, name: str, now: datetime) -> None:
    """It is at LINE, with its picture."""
    put(session, MenuRow, {"kind": kind, "menu_id": menu_id, "name": name, "set_up_at": now})


def known(session: Session) -> dict[str, MenuRow]:
    """By kind. Empty before `tsunagu line setup`."""
    return {row.kind: row for row in session.exec(select(MenuRow))}


def stuck(session: Session) -> int:
    """How many parents' menus could not be changed yet."""
    failing = select(func.count()).select_from(MenuLinkRow)
    waiting = failing.where(col(MenuLinkRow.problem) != "", col(MenuLinkRow.settled).is_(False))
    return int(session.execute(waiting).scalar_one())


def is_due(session: Session, now: datetime) -> bool:
    """Whether `claim` would find something: a look that locks nothing."""
    return _next(session, now) is not None


def claim(session: Session, now: datetime) -> Switch | None:
    """Of two processes one gets it, for LEASE."""
    conversation_id = _next(session, now)
    if conversation_id is None or not dialect.try_lock(session, dialect.MENU, conversation_id):
        return None
    if _next(session, now, conversation_id) is None:  # whoever had the lock has just claimed it
        return None
    row = session.get(MenuLinkRow, conversation_id, populate_existing=True)
    wished = _wished(session, conversation_id)
    attempt = row.attempts + 1 if row else 1
    switch = Switch(conversation_id, _address(session, conversation_id), wished, attempt, uuid4().hex)
    put(
        session,
        MenuLinkRow,
        {
            "conversation_id": conversation_id,
            "menu_id": wished or (row.menu_id if row else ""),
            "settled": False,
            "claim": switch.claim,
            "attempts": attempt,
            "next_try_at": now + LEASE,
            "problem": row.problem if row else "",
        },
    )
    return switch


def done(session: Session, switch: Switch, problem: str = "") -> None:
    """LINE has said yes; or, with a problem, will never: then it is left until something else is wished."""
    if switch.menu_id is None:
        session.execute(
            delete(MenuLinkRow).where(*_ours(switch)).execution_options(synchronize_session=False)
        )
    else:
        _update(session, switch, settled=True, attempts=0, next_try_at=None, problem=problem)


def later(session: Session, switch: Switch, at: datetime, problem: str) -> None:
    """Nobody knows whether LINE did it; or it was busy."""
    _update(session, switch, next_try_at=at, problem=problem)


def _update(session: Session, switch: Switch, **values: object) -> None:
    ours = update(MenuLinkRow).where(*_ours(switch)).values(**values)
    session.execute(ours.execution_options(synchronize_session=False))


def _ours(switch: Switch) -> tuple[ColumnElement[bool], ...]:
    """Only while nobody has taken it over."""
    return (
        col(MenuLinkRow.conversation_id) == switch.conversation_id,
        col(MenuLinkRow.claim) == switch.claim,
    )


def _next(session: Session, now: datetime, conversation_id: str | None = None) -> str | None:
    """A conversation whose menu is not as it should be, and may be tried now. Of who has blocked us nothing is changed."""
    due = or_(
        col(MenuLinkRow.next_try_at).is_(None),
        col(MenuLinkRow.next_try_at) <= now,
        col(MenuLinkRow.next_try_at) > now + FARTHEST,  # written before the clock was set back
    )
    joined = select(ConversationRow.id).outerjoin(
        MenuLinkRow, col(MenuLinkRow.conversation_id) == col(ConversationRow.id)
    )
    counselors = select(MenuRow.menu_id).where(MenuRow.kind == COUNSELOR).scalar_subquery()
    as_wished = and_(col(MenuLinkRow.menu_id) == counselors, col(MenuLinkRow.settled).is_(True))
    to_link = joined.where(
        *_wishes(),
        counselors.is_not(None),
        or_(col(MenuLinkRow.conversation_id).is_(None), and_(~as_wished, due)),
    )
    # Not joined: the few links are looked at first, then their conversations, however many others there are.
    others = ~and_(*_wishes())
    ended = select(ConversationRow.id).where(
        col(ConversationRow.id) == col(MenuLinkRow.conversation_id),
        col(ConversationRow.reachable).is_(True),
        others,
    )
    to_unlink = select(MenuLinkRow.conversation_id).where(due, ended.exists())
    if conversation_id:
        to_unlink = to_unlink.where(col(MenuLinkRow.conversation_id) == conversation_id)
        to_link = to_link.where(col(ConversationRow.id) == conversation_id)
    for wanted in (to_unlink, to_link):
        if (found := session.exec(wanted.limit(1)).first()) is not None:
            return found
    return None


def _wishes() -> tuple[ColumnElement[bool], ...]:
    """Whose menu is to be the counselor's. By the status, too: an older program does not know the other column."""
    return (
        col(ConversationRow.status) == Status.ASSIGNED,
        col(ConversationRow.shows_counselor).is_(True),
        col(ConversationRow.reachable).is_(True),
    )


def _wished(session: Session, conversation_id: str) -> str | None:
    mine = select(ConversationRow.id).where(*_wishes(), col(ConversationRow.id) == conversation_id)
    if session.exec(mine).first() is None:
        return None
    return session.exec(select(MenuRow.menu_id).where(MenuRow.kind == COUNSELOR)).first()


def _address(session: Session, conversation_id: str) -> str:
    contact = session.exec(select(ContactRow).where(ContactRow.conversation_id == conversation_id)).first()
    if contact is None:
        return ""
    try:
        return sealing.of(session).open(sealing.CONTACT_ADDRESS, contact.digest, contact.address)
    except Unreadable:
        return ""
