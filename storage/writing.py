"""「いま書いています」: asked for by the console, shown by the worker, forgotten where it comes too late."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from conversation.model import Status
from storage import sealing
from storage.dialect import put
from storage.sealing import Unreadable
from storage.tables import ContactRow, ConversationRow, WritingRow
from storage.wake import News, tell

SHOWN_FOR: Final = timedelta(seconds=20)
NOT_AGAIN_BEFORE: Final = timedelta(seconds=15)
TOO_LATE: Final = timedelta(seconds=8)  # by then the reply may have gone out
NOT_SHOWN: Final = text(
    "NOT writing.shown"
)  # as its index says it, or SQLite does not see that it may use it


def is_worth_asking(session: Session, conversation_id: str, staff_id: str, now: datetime) -> bool:
    """Only who talks with the parent, and not soon again: a look that locks nothing. A clock set back is not soon."""
    conversation = session.get(ConversationRow, conversation_id)
    if conversation is None or conversation.assignee != staff_id or not conversation.reachable:
        return False
    row = session.get(WritingRow, conversation_id)
    return row is None or abs(now - row.asked_at) >= NOT_AGAIN_BEFORE


def ask(session: Session, conversation_id: str, now: datetime) -> None:
    put(session, WritingRow, {"conversation_id": conversation_id, "asked_at": now, "shown": False})
    tell(session, News.WRITING)


def withdraw(session: Session, conversation_id: str) -> None:
    """The reply itself goes out: the dots must not come after it."""
    mine = update(WritingRow).where(col(WritingRow.conversation_id) == conversation_id)
    session.execute(mine.values(shown=True).execution_options(synchronize_session=False))


def is_asked(session: Session) -> bool:
    return session.exec(_asked()).first() is not None


def claim(session: Session, now: datetime) -> str | None:
    """The address of the parent who is to be shown it next. What is too late, or concerns nobody, is passed over."""
    while (row := session.exec(_asked().with_for_update(skip_locked=True)).first()) is not None:
        row.shown = True
        session.add(row)
        session.flush()
        if abs(now - row.asked_at) < TOO_LATE and (address := _address(session, row.conversation_id)):
            return address
    return None


def _asked() -> SelectOfScalar[WritingRow]:
    return select(WritingRow).where(NOT_SHOWN).order_by(col(WritingRow.asked_at)).limit(1)


def _address(session: Session, conversation_id: str) -> str:
    """Of a parent whom a counselor is talking with; "" where nobody may be reached."""
    wanted = (
        select(ContactRow)
        .join(ConversationRow, col(ConversationRow.id) == col(ContactRow.conversation_id))
        .where(
            col(ContactRow.conversation_id) == conversation_id,
            col(ConversationRow.reachable).is_(True),
            col(ConversationRow.status) == Status.ASSIGNED,
        )
    )
    contact = session.exec(wanted).first()
    if contact is None:
        return ""
    try:
        return sealing.of(session).open(sealing.CONTACT_ADDRESS, contact.digest, contact.address)
    except Unreadable:
        return ""
