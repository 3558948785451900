"""Who a user id belongs to: the one place that joins a channel's address to a conversation."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import or_
from sqlmodel import Session, col, select

from storage import sealing
from storage.dialect import insert_new
from storage.store import begin
from storage.tables import ContactRow, ConversationRow

PSEUDONYMS: Final = (
    "みどり", "すみれ", "こはく", "わかば", "あおぞら", "ひなた", "こもれび", "つばめ", "しらかば", "なのはな",
    "あさぎ", "もみじ", "ゆず", "あんず", "かえで", "しおかぜ", "ほたる", "たんぽぽ", "くるみ", "あやめ",
)  # fmt: skip


def digest(user_id: str, key: bytes) -> str:
    """Finds a person without keeping the user id: HMAC-SHA-256 under the service's own key."""
    return hmac.new(key, user_id.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def conversation_of(session: Session, channel: str, user_digest: str, user_id: str, now: datetime) -> str:
    """The person's conversation, begun if this is the first we hear of them. Returns its id."""
    contact = session.get(ContactRow, user_digest)
    if contact:
        return contact.conversation_id
    conversation_id = begin(session, _pseudonym(session), now)
    address = sealing.of(session).seal(sealing.CONTACT_ADDRESS, user_digest, user_id)
    row = {"digest": user_digest, "conversation_id": conversation_id, "channel": channel, "address": address}
    insert_new(session, ContactRow, [row])
    return conversation_id


def find(session: Session, name: str) -> str | None:
    """The conversation with this pseudonym or id."""
    mine = select(ConversationRow.id).where(
        or_(col(ConversationRow.pseudonym) == name, col(ConversationRow.id) == name)
    )
    return session.exec(mine).first()


def _pseudonym(session: Session) -> str:
    """「みどり-482」: says nothing about the person; taken ones are not given twice."""
    digits = 3
    while True:
        for _ in range(20):
            name = f"{secrets.choice(PSEUDONYMS)}-{secrets.randbelow(10**digits):0{digits}}"
            if (
                session.exec(select(ConversationRow.id).where(ConversationRow.pseudonym == name)).first()
                is None
            ):
                return name
        digits += 1
