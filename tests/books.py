"""What a drill did, and what came of it: the parents' words, the database, and LINE's record are compared."""

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fleet import SECRET_KEY, Fleet, Parents
from sqlmodel import Session, col, select

from bot.delivery import TOKEN_SURELY_ALIVE
from simulator.phone import Phone
from simulator.requests import RecordedRequest
from storage import outbox, people
from storage.tables import ContactRow, ConversationRow, EntryRow, InboxRow, OutboxRow

DIGEST_KEY = hmac.new(SECRET_KEY.encode(), b"user digest", hashlib.sha256).digest()
KINDS_OF_WRONG = ("lost", "doubled", "out_of_order", "sent_twice", "not_sent")


@dataclass
class Accounts:
    """`pushed_blindly` is not wrong: of a reply of unknown outcome nobody can tell, past its token's minute."""

    faults: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    delivered_again: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    sent_twice: list[str] = field(default_factory=list)
    not_sent: list[str] = field(default_factory=list)
    pushed_blindly: list[str] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)  # parked events, and sends that need a person

    @property
    def wrong(self) -> dict[str, list[str]]:
        return {kind: found for kind in KINDS_OF_WRONG if (found := getattr(self, kind))}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that brought a row's messages to the phone."""

    by: str  # reply or push
    at: datetime
    token_at: datetime | None  # of a reply: when its webhook was received

    def __str__(self) -> str:
        age = (
            f", {(self.at - self.token_at).total_seconds():.0f} s after its webhook" if self.token_at else ""
        )
        return f"{self.by} {self.at:%H:%M:%S}{age}"


Arrivals = dict[int, list[Arrival]]  # by row of the outbox


def audit(fleet: Fleet, parents: Parents) -> Accounts:
    """Compare what was accepted with what is written down, and that with what the phones show."""
    accounts = Accounts(accepted=parents.accepted, delivered_again=parents.again)
    arrivals = arrived(parents.platform.requests, fleet.requests)
    with fleet.database.read() as session:
        for phone in parents.phones:
            _audit_phone(session, phone, parents.said[phone.user_id], arrivals, accounts)
        parked = session.exec(select(InboxRow.id).where(InboxRow.parked)).all()
        accounts.shown["parked"] += len(parked)
        accounts.shown.update(row.state for row in outbox.problems(session))
    return accounts


def arrived(recorded: Iterable[RecordedRequest], noted: Iterable[dict[str, Any]]) -> Arrivals:
    """What LINE did, by the rows for which it was asked."""
    notes = {note["name"]: note for note in noted}
    arrivals: Arrivals = defaultdict(list)
    for request in recorded:
        if not request.sent:
            continue
        key = request.headers.get("x-line-retry-key")
        note = notes[key or request.body["replyToken"]]
        token_at = datetime.fromisoformat(note["token_at"]) if note["token_at"] and not key else None
        for row in note["rows"]:
            arrivals[row].append(Arrival("push" if key else "reply", request.at, token_at))
    return arrivals


def was_pushed_blindly(arrivals: Sequence[Arrival]) -> bool:
    """A reply arrived and then a push, when its token could have died of age: LINE's 400 told nothing."""
    match arrivals:
        case [Arrival(by="reply", token_at=datetime() as token_at), Arrival(by="push", at=at)]:
            return at - token_at >= TOKEN_SURELY_ALIVE
    return False


def _audit_phone(
    session: Session, phone: Phone, said: list[str], arrivals: Arrivals, accounts: Accounts
) -> None:
    mine = select(ConversationRow.id).where(ConversationRow.id == ContactRow.conversation_id)
    conversation = session.exec(
        mine.where(ContactRow.digest == people.digest(phone.user_id, DIGEST_KEY))
    ).first()
    entries = select(EntryRow.message_id).where(
        EntryRow.conversation_id == conversation, EntryRow.kind == "utterance"
    )
    _audit_words(
        phone.name, said, [str(one) for one in session.exec(entries.order_by(col(EntryRow.id)))], accounts
    )
    decided = session.exec(select(OutboxRow).where(OutboxRow.conversation_id == conversation)).all()
    sizes = {
        row.id or 0: len(outbox._opened(session, row).messages) for row in decided if row.state == "sent"
    }
    _audit_answers(phone, sizes, arrivals, accounts)


def _audit_words(name: str, said: list[str], written: list[str], accounts: Accounts) -> None:
    times, known = Counter(written), set(said)
    doubled = [one for one in times if times[one] > 1]
    accounts.lost += [one for one in said if not times[one]]
    accounts.doubled += doubled
    if not doubled and [one for one in written if one in known] != said:
        accounts.out_of_order.append(name)


def _audit_answers(phone: Phone, sizes: dict[int, int], arrivals: Arrivals, accounts: Accounts) -> None:
    """`sizes` are the messages of each row that was sent."""
    blind = [row for row in sizes if was_pushed_blindly(arrivals.get(row, ()))]
    twice = [row for row in sizes if len(arrivals.get(row, ())) > 1 and row not in blind]
    accounts.pushed_blindly += [_told(phone, row, arrivals) for row in blind]
    accounts.sent_twice += [_told(phone, row, arrivals) for row in twice]
    accounts.not_sent += [f"{phone.name}: row {row}" for row in sizes if row not in arrivals]
    shown = sum(not bubble.mine for bubble in phone.screen)
    due = sum(size * len(arrivals.get(row, ())) for row, size in sizes.items())
    if shown != due:  # what nobody has decided, or what was not put on the screen
        (accounts.sent_twice if shown > due else accounts.not_sent).append(
            f"{phone.name}: {shown} shown, {due} sent"
        )


def _told(phone: Phone, row: int, arrivals: Arrivals) -> str:
    return f"{phone.name}: row {row}: {'; '.join(map(str, arrivals[row]))}"
