"""What is deleted when. Counts are reported, never content; what is under a legal hold stays, all of it.

Deleting by age is no event of a conversation: there is nothing to decide but the date. `sweep` may run while serving,
may be stopped, and may be run as often as one likes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, func, or_, select, update
from sqlmodel import Session, col

from conversation.forgetting import forgotten
from conversation.handling import Conflict
from conversation.model import Decision, EntryKind, Status
from storage import enclosures
from storage.database import Database
from storage.log_in_tries import FORGOTTEN_AFTER
from storage.sealing import Unreadable
from storage.store import BY_A_PERSON, SqlStore
from storage.tables import (
    AuditRow,
    AuditSweepRow,
    ConsultationRow,
    ContactRow,
    ConversationRow,
    DraftRow,
    EnclosureRow,
    EntryRow,
    InboxRow,
    LogInTryRow,
    MenuLinkRow,
    NoticeRow,
    OutboxRow,
    PresenceRow,
    ReplyTokenRow,
    WritingRow,
)

BATCH: Final = 500  # rows a transaction
TOKENS_FOR: Final = timedelta(hours=1)  # LINE's die within a minute
PRESENCE_FOR: Final = timedelta(hours=1)  # it means nothing after half a minute
TRIES_FOR: Final = FORGOTTEN_AFTER
ERASED_FOR: Final = timedelta(days=1)  # until the last word about the erasure has surely gone out


@dataclass(frozen=True, slots=True)
class Policy:
    """Days for which each kind is kept. docs/privacy.md explains them."""

    bot_talk: int = 90  # what was said while only the bot talked
    unanswered: int = 180  # of that: what the bot did not understand, or got wrong; for mending the rules
    consultations: int = 1095  # from the day on which the consultation ended
    undelivered: int = 30  # the words of messages that could not be sent
    drafts: int = 30  # what counselors began to write and left, since they last wrote at it
    parked: int = 90  # events that could not be handled
    received: int = 30  # ids of handled events, by which a redelivery is known; no words
    audit: int = 1825  # who erased, exported or refused what


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each were deleted, or would be."""

    bot_talk: int = 0
    unanswered: int = 0
    consultations: int = 0
    consultation_entries: int = 0
    undelivered: int = 0
    drafts: int = 0
    parked: int = 0
    received: int = 0
    reply_tokens: int = 0
    log_in_tries: int = 0
    presence: int = 0
    forgotten: int = 0  # conversations of which the bot remembers no words any more
    people: int = 0  # of whom nothing is left: their user ids go too. Not known before the rest is done
    audit: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    key: Any  # the column that names the rows
    which: ColumnElement[bool]
    act: Callable[[Session, list[Any]], object]


def sweep(database: Database, now: datetime, policy: Policy, dry_run: bool = False) -> Swept:
    swept = Swept()
    for step in _steps(now, policy):
        count = _count(database, step) if dry_run else _carry_out(database, step)
        swept = replace(swept, **{step.name: getattr(swept, step.name) + count})
    forgotten_ones = _would_forget(database, now, policy) if dry_run else _forget(database, now, policy)
    people = 0 if dry_run else _carry_out(database, _people(now, policy))
    return replace(swept, forgotten=forgotten_ones, people=people)


def _steps(now: datetime, policy: Policy) -> list[_Step]:
    entries, outbox, inbox = col(EntryRow.id), col(OutboxRow.id), col(InboxRow.id)
    of_old_consultation = col(EntryRow.consultation_id).in_(
        select(col(ConsultationRow.id)).where(_ended(now, policy))
    )
    undelivered = col(OutboxRow.created_at) < _before(now, policy.undelivered)
    old_drafts = col(DraftRow.saved_at) < _before(now, policy.drafts)
    parked = col(InboxRow.closed_at) < _before(now, policy.parked)
    received = col(InboxRow.closed_at) < _before(now, policy.received)
    old_tokens = col(ReplyTokenRow.received_at) < now - TOKENS_FOR
    return [
        _Step("unanswered", entries, and_(_bot_talk(now, policy.unanswered), _unanswered()), _delete_entries),
        _Step("bot_talk", entries, and_(_bot_talk(now, policy.bot_talk), ~_unanswered()), _delete_entries),
        _Step("consultation_entries", entries, and_(of_old_consultation, _free(EntryRow)), _delete_entries),
        _Step("consultations", col(ConsultationRow.id), _ended(now, policy), _delete_consultations),
        _Step("undelivered", outbox, and_(_stuck(), undelivered, _free(OutboxRow)), _empty_outbox),
        _Step("drafts", col(DraftRow.id), and_(old_drafts, _free(DraftRow)), _delete(DraftRow.id)),
        _Step(
            "parked",
            inbox,
            and_(col(InboxRow.parked).is_(True), parked, _sender_free()),
            _delete(InboxRow.id),
        ),
        _Step("received", inbox, and_(col(InboxRow.parked).is_(False), received), _delete(InboxRow.id)),
        _Step(
            "audit",
            col(AuditRow.id),
            col(AuditRow.at) < _before(now, policy.audit),
            _delete_audit(now, policy),
        ),
        _Step(
            "log_in_tries",
            col(LogInTryRow.key),
            col(LogInTryRow.last_at) < now - TRIES_FOR,
            _delete(LogInTryRow.key),
        ),
        _Step(
            "presence",
            col(PresenceRow.seen_at),
            col(PresenceRow.seen_at) < now - PRESENCE_FOR,
            _delete(PresenceRow.seen_at),
        ),
        _Step("reply_tokens", col(ReplyTokenRow.inbox_id), old_tokens, _delete(ReplyTokenRow.inbox_id)),
    ]


# ---- which


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _free(table: Any) -> ColumnElement[bool]:
    """Not under a legal hold."""
    return col(table.conversation_id).not_in(_held())


def _held() -> Any:
    return select(col(ConversationRow.id)).where(col(ConversationRow.legal_hold).is_(True))


def _sender_free() -> ColumnElement[bool]:
    held = select(col(ContactRow.digest)).where(col(ContactRow.conversation_id).in_(_held()))
    return col(InboxRow.sender).not_in(held)


def _bot_talk(now: datetime, days: int) -> ColumnElement[bool]:
    """Not while a consultation is open: its counselor reads what came before."""
    with_people = select(col(ConversationRow.id)).where(col(ConversationRow.status) != Status.BOT)
    return and_(
        col(EntryRow.consultation_id).is_(None),
        col(EntryRow.at) < _before(now, days),
        col(EntryRow.conversation_id).not_in(with_people),
        _free(EntryRow),
    )


def _unanswered() -> ColumnElement[bool]:
    understood = col(EntryRow.understanding)
    nothing = and_(understood["intent"].as_string().is_(None), understood["crisis"].as_string().is_(None))
    wrong = func.coalesce(understood["rejected"].as_boolean(), False)
    return and_(understood.is_not(None), or_(nothing, wrong))


def _ended(now: datetime, policy: Policy) -> ColumnElement[bool]:
    return and_(col(ConsultationRow.resolved_at) < _before(now, policy.consultations), _free(ConsultationRow))


def _stuck() -> ColumnElement[bool]:
    return and_(col(OutboxRow.state).in_(["failed", "unknown", "held"]), col(OutboxRow.body) != b"")


def _quiet(now: datetime, policy: Policy) -> ColumnElement[bool]:
    return and_(
        col(ConversationRow.status) == Status.BOT,
        col(ConversationRow.legal_hold).is_(False),
        col(ConversationRow.erasure_wanted_at).is_(None),
        func.coalesce(col(ConversationRow.last_entry_at), col(ConversationRow.created_at))
        < _before(now, policy.bot_talk),
    )


def _remembered(now: datetime, policy: Policy) -> ColumnElement[bool]:
    again = or_(
        col(ConversationRow.forgotten_at).is_(None),
        col(ConversationRow.forgotten_at) < col(ConversationRow.last_entry_at),
    )
    return and_(_quiet(now, policy), again)


def _people(now: datetime, policy: Policy) -> _Step:
    """Nothing is left of them; or they were erased, and have said nothing since."""
    mine = col(ConversationRow.id)
    entries = select(col(EntryRow.id)).where(col(EntryRow.conversation_id) == mine)
    consulted = select(col(ConsultationRow.id)).where(col(ConsultationRow.conversation_id) == mine).exists()
    open_ = col(OutboxRow.state).in_(["queued", "sending", "held"])
    sending = select(col(OutboxRow.id)).where(col(OutboxRow.conversation_id) == mine, open_).exists()
    spoke = entries.where(col(EntryRow.kind) == EntryKind.UTTERANCE).exists()
    erased = and_(
        col(ConversationRow.status) == Status.BOT,
        col(ConversationRow.legal_hold).is_(False),
        col(ConversationRow.erased_at) < now - ERASED_FOR,
        ~spoke,
    )
    gone = and_(_quiet(now, policy), ~entries.exists())
    return _Step("people", mine, and_(~consulted, ~sending, or_(gone, erased)), _delete_people)


# ---- how


def _count(database: Database, step: _Step) -> int:
    with database.read() as session:
        return int(session.execute(select(func.count(step.key)).where(step.which)).scalar_one())


def _carry_out(database: Database, step: _Step) -> int:
    total = 0
    while True:
        with database.write() as session:
            ids = list(session.scalars(select(step.key).where(step.which).limit(BATCH)))
            if ids:
                step.act(session, ids)
        total += len(ids)
        if len(ids) < BATCH:
            return total


def _delete(key: Any) -> Callable[[Session, list[Any]], object]:
    return lambda session, ids: _run(session, delete(key.class_).where(col(key).in_(ids)))


def _delete_audit(now: datetime, policy: Policy) -> Callable[[Session, list[Any]], object]:
    """The database refuses it without a word on what is old enough (migration 0004)."""

    def act(session: Session, ids: list[Any]) -> None:
        sweeping = AuditSweepRow(before=_before(now, policy.audit))
        session.add(sweeping)
        session.flush()
        _delete(AuditRow.id)(session, ids)
        session.delete(sweeping)

    return act


def _delete_entries(session: Session, ids: list[Any]) -> None:
    _run(session, delete(OutboxRow).where(col(OutboxRow.entry_id).in_(ids)))
    touched = select(col(EntryRow.conversation_id)).where(col(EntryRow.id).in_(ids)).distinct()
    conversations = list(session.scalars(touched))
    enclosures.forget(session, ids)
    _run(session, delete(EntryRow).where(col(EntryRow.id).in_(ids)))
    _forget_previews(session, conversations)


def _forget_previews(session: Session, conversations: list[Any]) -> None:
    """What the queue shows the beginning of is gone, where no person's words are left."""
    words = select(col(EntryRow.id)).where(
        col(EntryRow.conversation_id) == col(ConversationRow.id), col(EntryRow.kind).in_(BY_A_PERSON)
    )
    shown = update(ConversationRow).where(col(ConversationRow.id).in_(conversations), ~words.exists())
    _run(session, shown.values(last_words=b"", last_kind=""))


def _delete_consultations(session: Session, ids: list[Any]) -> None:
    rows = select(col(EntryRow.id)).where(col(EntryRow.consultation_id).in_(ids))
    if entries := list(session.scalars(rows)):
        _delete_entries(session, entries)
    _run(session, delete(ConsultationRow).where(col(ConsultationRow.id).in_(ids)))


def _empty_outbox(session: Session, ids: list[Any]) -> None:
    """Nobody tries for so long: what is still held is given up."""
    rows = update(OutboxRow).where(col(OutboxRow.id).in_(ids))
    _run(session, rows.values(body=b"", reply_token=b"", state="failed"))


def _delete_people(session: Session, ids: list[Any]) -> None:
    for table in (
        OutboxRow,
        DraftRow,
        WritingRow,
        PresenceRow,
        MenuLinkRow,
        EnclosureRow,
        EntryRow,
        NoticeRow,
        ReplyTokenRow,
        ContactRow,
    ):
        _run(session, delete(table).where(col(table.conversation_id).in_(ids)))
    _run(session, delete(ConversationRow).where(col(ConversationRow.id).in_(ids)))


def _forget(database: Database, now: datetime, policy: Policy) -> int:
    """What the bot keeps in mind is words too."""
    with database.read() as session:
        ids = list(session.scalars(select(col(ConversationRow.id)).where(_remembered(now, policy))))
    return sum(_forget_one(database, conversation_id, now, policy) for conversation_id in ids)


def _would_forget(database: Database, now: datetime, policy: Policy) -> int:
    with database.read() as session:
        remembered = select(func.count(col(ConversationRow.id))).where(_remembered(now, policy))
        return int(session.execute(remembered).scalar_one())


def _forget_one(database: Database, conversation_id: str, now: datetime, policy: Policy) -> bool:
    try:
        with database.write() as session:
            still = and_(col(ConversationRow.id) == conversation_id, _quiet(now, policy))
            if session.scalars(select(col(ConversationRow.id)).where(still)).first() is None:
                return False
            store = SqlStore(session)
            conversation, version = store.load(conversation_id)
            store.save(Decision(forgotten(conversation)), version, now)
            done = update(ConversationRow).where(col(ConversationRow.id) == conversation_id)
            _run(session, done.values(forgotten_at=now))
    except (Conflict, Unreadable):  # somebody has just written; or there is nothing that could be read
        return False
    return True


def _run(session: Session, statement: Delete | Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
