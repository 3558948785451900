"""The durable outbox: what was decided, until the channel has it or a person knows that it does not.

queued → sending → sent | failed | unknown; held waits, for want of quota, for the parent's next message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Update, and_, bindparam, case, delete, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from conversation.messages import Outgoing
from storage import dialect, sealing, trace
from storage.dialect import new_ids
from storage.due import is_past
from storage.sealing import Unreadable
from storage.tables import ContactRow, OutboxRow, ReplyTokenRow
from storage.wake import News, tell

LEASE: Final = timedelta(seconds=20)  # longer than a request can take
TOKEN_LIFE: Final = timedelta(seconds=50)  # LINE promises a minute from the webhook's arrival
FARTHEST: Final = timedelta(hours=2)  # ahead: anything is tried again sooner
MOST_MESSAGES: Final = 5  # in one request
OPEN: Final = ("queued", "sending", "held")

_outgoing: TypeAdapter[Outgoing] = TypeAdapter(Outgoing)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What goes to one parent in one request."""

    ids: tuple[int, ...]
    conversation_id: str
    address: str  # LINE's user id
    outgoing: tuple[Outgoing, ...]
    retry_key: str
    reply_token: str | None
    reply_token_at: datetime | None  # when its webhook was received
    attempt: int  # counts from 1, this one included
    first_try_at: datetime
    request_ids: tuple[str, ...] = ()  # what they follow from


def put(
    session: Session,
    conversation_id: str,
    entry_id: int | None,
    channel: str,
    outgoing: Outgoing,
    now: datetime,
) -> None:
    (outbox_id,) = new_ids(session, OutboxRow, 1)
    body = _outgoing.dump_json(outgoing).decode()
    session.add(
        OutboxRow(
            id=outbox_id,
            conversation_id=conversation_id,
            entry_id=entry_id,
            channel=channel,
            body=sealing.of(session).seal(sealing.OUTBOX_BODY, outbox_id, body),
            speaker=outgoing.speaker,
            retry_key=str(uuid4()),
            created_at=now,
            request_id=trace.current(),
        )
    )
    tell(session, News.OUTBOX)


def add_reply_token(
    session: Session, inbox_id: str, conversation_id: str, token: str, received_at: datetime
) -> None:
    sealed = sealing.of(session).seal(sealing.REPLY_TOKEN, inbox_id, token)
    row = {
        "inbox_id": inbox_id,
        "conversation_id": conversation_id,
        "token": sealed,
        "received_at": received_at,
    }
    dialect.put(session, ReplyTokenRow, row)
    tell(session, News.OUTBOX)  # something may be held


def claim(session: Session, now: datetime) -> Claimed | None:
    """Lease the oldest request that is due, in order per conversation. None where there is nothing to send."""
    while (head := session.exec(_oldest_due(), params=_moments(now)).first()) is not None:
        if not dialect.try_lock(session, dialect.CONVERSATION, head.conversation_id):
            return None  # another worker is just choosing what goes to this parent; its commit wakes us
        try:
            return _lease(session, head, now)
        except Unreadable:
            _give_up(session, head)
    return None


def sent(session: Session, claimed: Claimed, via: str, message_ids: list[str], now: datetime) -> None:
    """The channel has accepted it, which is not to say that it arrived. The timeline keeps the words, this does not."""
    _finish(
        session,
        claimed,
        state="sent",
        sent_at=now,
        via=via,
        message_ids=message_ids,
        body=b"",
        reply_token=b"",
        problem="",
    )


def failed(session: Session, claimed: Claimed, problem: str) -> None:
    """It will never be accepted. `problem` must not hold anybody's words."""
    _finish(session, claimed, state="failed", problem=problem)


def unknown(session: Session, claimed: Claimed, problem: str) -> None:
    """It may have arrived; sending it again is for a person to decide."""
    _finish(session, claimed, state="unknown", problem=problem)


def hold(session: Session, claimed: Claimed, until: datetime, problem: str) -> None:
    """No quota: it goes with the parent's next message, or after `until`, as if it had not been tried.

    Perhaps each for itself then: a key that was used for one would keep the other from ever arriving.
    """
    _separate_keys(session, claimed)
    _finish(
        session,
        claimed,
        state="held",
        next_try_at=until,
        problem=problem,
        batch=None,
        first_try_at=None,
        attempts=0,
    )


def later(session: Session, claimed: Claimed, at: datetime, problem: str) -> None:
    """The same request again, with the same retry key."""
    _finish(session, claimed, state="queued", next_try_at=at, problem=problem)


def unsent(session: Session, claimed: Claimed, at: datetime, problem: str) -> None:
    """It was refused before it was looked at (a bad access token): as if it had not been tried."""
    _finish(
        session,
        claimed,
        state="queued",
        next_try_at=at,
        problem=problem,
        attempts=claimed.attempt - 1,
        first_try_at=claimed.first_try_at if claimed.attempt > 1 else None,
    )


def push_instead(session: Session, claimed: Claimed, now: datetime) -> None:
    """The reply token is dead."""
    _finish(session, claimed, state="queued", next_try_at=now, reply_token=b"", reply_token_at=None)


def stop(session: Session, conversation_id: str) -> None:
    """The parent has blocked us: nothing more goes out."""
    waiting = update(OutboxRow).where(
        col(OutboxRow.conversation_id) == conversation_id, col(OutboxRow.state).in_(("queued", "held"))
    )
    session.execute(
        waiting.values(state="failed", problem="blocked").execution_options(synchronize_session=False)
    )


def drop(session: Session, conversation_id: str) -> None:
    """Everything is erased, what has not gone out with it."""
    mine = delete(OutboxRow).where(col(OutboxRow.conversation_id) == conversation_id)
    session.execute(mine.execution_options(synchronize_session=False))


def forget(session: Session, entry_ids: Sequence[int]) -> None:
    """The parent took back what these answer: what is not on its way yet is not sent any more."""
    untried = and_(col(OutboxRow.state) == "queued", col(OutboxRow.batch).is_(None))
    stuck = col(OutboxRow.state).in_(("failed", "unknown", "held"))
    mine = update(OutboxRow).where(col(OutboxRow.entry_id).in_(entry_ids), or_(stuck, untried))
    gone = mine.values(state="failed", problem="unsent", body=b"")
    session.execute(gone.execution_options(synchronize_session=False))


def release(session: Session) -> None:
    """At the start of the only worker there is: leases of a process that died are void."""
    session.execute(update(OutboxRow).where(col(OutboxRow.state) == "sending").values(lease_until=None))


def problems(session: Session) -> Sequence[OutboxRow]:
    """What a person should look at."""
    stuck = select(OutboxRow).where(
        col(OutboxRow.state).in_(("failed", "unknown", "held")), col(OutboxRow.body) != b""
    )
    return session.exec(stuck.order_by(col(OutboxRow.id).desc()).limit(200)).all()


def retry(session: Session, outbox_id: int, now: datetime) -> bool:
    """A person wants it sent (again): a new request. Returns False where there is no such stuck row."""
    row = session.get(OutboxRow, outbox_id)
    if row is None or row.state not in ("failed", "unknown", "held") or not row.body:
        return False
    row.state, row.retry_key, row.batch, row.problem = "queued", str(uuid4()), None, ""
    row.attempts, row.next_try_at, row.first_try_at, row.reply_token = 0, now, None, b""
    session.add(row)
    tell(session, News.OUTBOX)
    return True


def held_words(session: Session, conversation_id: str, outbox_id: int) -> Outgoing | None:
    """What a row that is stuck would say; None where it is gone, unreadable, or of another conversation."""
    row = session.get(OutboxRow, outbox_id)
    if row is None or row.conversation_id != conversation_id or not row.body:
        return None
    try:
        return _opened(session, row)
    except Unreadable:
        return None


def give_up(session: Session, conversation_id: str, outbox_id: int, staff_id: str, now: datetime) -> bool:
    """A counselor leaves it as it is: it is not sent (again), and its words stay in the timeline alone.

    Returns False where there is no such stuck row.
    """
    mine = update(OutboxRow).where(
        col(OutboxRow.id) == outbox_id,
        col(OutboxRow.conversation_id) == conversation_id,
        col(OutboxRow.state).in_(("failed", "unknown", "held")),
        col(OutboxRow.given_up_at).is_(None),
    )
    state = case((col(OutboxRow.state) == "held", "failed"), else_=col(OutboxRow.state))
    done = session.execute(
        mine.values(state=state, body=b"", given_up_at=now, given_up_by=staff_id).execution_options(
            synchronize_session=False
        )
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


# Made once: making it again for each look would take ten times as long as the look itself.
@cache
def _oldest_due() -> SelectOfScalar[OutboxRow]:
    earlier = aliased(OutboxRow)
    precedes = (
        select(earlier.id)
        .where(
            earlier.conversation_id == OutboxRow.conversation_id,
            dialect.one_of(col(earlier.state), OPEN),
            col(earlier.state).in_(("queued", "sending")),
            col(earlier.id) < col(OutboxRow.id),
        )
        .exists()
    )
    tokens = select(ReplyTokenRow.inbox_id).where(
        ReplyTokenRow.conversation_id == OutboxRow.conversation_id,
        col(ReplyTokenRow.received_at) > bindparam("oldest_token"),
    )
    is_due = is_past(col(OutboxRow.next_try_at), "farthest_try")
    abandoned = is_past(col(OutboxRow.lease_until), "farthest_lease")
    ready = or_(
        and_(col(OutboxRow.state) == "queued", is_due),
        and_(col(OutboxRow.state) == "held", or_(is_due, tokens.exists())),
        and_(col(OutboxRow.state) == "sending", abandoned),
    )
    still_open = dialect.one_of(col(OutboxRow.state), OPEN)
    due = select(OutboxRow).where(still_open, ready, ~precedes).order_by(col(OutboxRow.id)).limit(1)
    return due.with_for_update(skip_locked=True, of=OutboxRow)


def _moments(now: datetime) -> dict[str, datetime]:
    return {
        "now": now,
        "oldest_token": now - TOKEN_LIFE,
        "farthest_try": now + FARTHEST,
        "farthest_lease": now + 2 * LEASE,
    }


def _lease(session: Session, head: OutboxRow, now: datetime) -> Claimed:
    """Raises Unreadable, before anything is changed, where the head's words or the parent's address are."""
    _opened(session, head)
    contact = session.exec(select(ContactRow).where(ContactRow.conversation_id == head.conversation_id)).one()
    address = sealing.of(session).open(sealing.CONTACT_ADDRESS, contact.digest, contact.address)
    # Where it is "sending", whoever had it is gone: the very same request again.
    rows = _same_batch(session, head) if head.state == "sending" else _batch(session, head, now)
    for row in rows:
        row.state, row.lease_until, row.attempts = "sending", now + LEASE, row.attempts + 1
        row.first_try_at = row.first_try_at or now
        session.add(row)
    return _claimed(session, rows, address)


def _give_up(session: Session, head: OutboxRow) -> None:
    """Nobody can send what nobody can read: it is shown, and holds up nothing else."""
    for row in [head] if head.batch is None else _same_batch(session, head):
        row.state, row.problem, row.lease_until = "failed", "unreadable", None
        session.add(row)


def _opened(session: Session, row: OutboxRow) -> Outgoing:
    return _outgoing.validate_json(sealing.of(session).open(sealing.OUTBOX_BODY, row.id or 0, row.body))


def _same_batch(session: Session, head: OutboxRow) -> list[OutboxRow]:
    tried = select(OutboxRow).where(OutboxRow.batch == head.batch).order_by(col(OutboxRow.id))
    return list(session.exec(tried))


def _batch(session: Session, head: OutboxRow, now: datetime) -> list[OutboxRow]:
    """What waits together goes together. A request tried before stays as it was: its retry key covers one body."""
    if head.batch is not None:
        return _same_batch(session, head)
    keyring = sealing.of(session)
    token, received_at = _take_token(session, head.conversation_id, now)
    rows = _fitting(session, head, with_held=bool(token))
    for row in rows:
        row.batch, row.retry_key = rows[0].id, rows[0].retry_key
        row.reply_token = keyring.seal(sealing.OUTBOX_REPLY_TOKEN, row.id or 0, token)
        row.reply_token_at = received_at
    return rows


def _fitting(session: Session, head: OutboxRow, *, with_held: bool) -> list[OutboxRow]:
    """Fresh answers first; what is held fills the room that is left. In the order in which they were decided."""
    states = ("queued", "held") if with_held else (head.state,)
    waiting = session.exec(
        select(OutboxRow)
        .where(
            OutboxRow.conversation_id == head.conversation_id,
            col(OutboxRow.state).in_(states),
            col(OutboxRow.batch).is_(None),
        )
        .order_by(col(OutboxRow.state).desc(), col(OutboxRow.id))
        .limit(MOST_MESSAGES)
    )
    rows: list[OutboxRow] = []
    room = MOST_MESSAGES
    for row in waiting:
        try:
            room -= len(_opened(session, row).messages)
        except Unreadable:  # its turn to be given up comes when it is the oldest
            continue
        if room < 0:
            break
        rows.append(row)
    return sorted(rows, key=lambda row: row.id or 0)


def _take_token(session: Session, conversation_id: str, now: datetime) -> tuple[str, datetime | None]:
    """The newest fresh one, taken for good: a token works once. Old ones are swept out. "" where there is none."""
    newest = (
        select(ReplyTokenRow.inbox_id)
        .where(ReplyTokenRow.conversation_id == conversation_id)
        .order_by(col(ReplyTokenRow.received_at).desc(), col(ReplyTokenRow.inbox_id).desc())
        .limit(1)
    )
    old = col(ReplyTokenRow.received_at) <= now - TOKEN_LIFE
    gone = session.execute(
        delete(ReplyTokenRow)
        .where(
            col(ReplyTokenRow.conversation_id) == conversation_id,
            or_(old, col(ReplyTokenRow.inbox_id) == newest.scalar_subquery()),
        )
        .returning(col(ReplyTokenRow.inbox_id), col(ReplyTokenRow.token), col(ReplyTokenRow.received_at))
        .execution_options(synchronize_session=False)
    )
    for inbox_id, sealed, received_at in gone:
        if received_at > now - TOKEN_LIFE:
            token = sealing.of(session).open_or_none(sealing.REPLY_TOKEN, inbox_id, sealed)
            return (token, received_at) if token else ("", None)
    return "", None


def _claimed(session: Session, rows: list[OutboxRow], address: str) -> Claimed:
    """Raises Unreadable."""
    head = rows[0]
    token = sealing.of(session).open(sealing.OUTBOX_REPLY_TOKEN, head.id or 0, head.reply_token)
    assert head.first_try_at is not None  # noqa: S101  claim() set it
    return Claimed(
        ids=tuple(row.id for row in rows if row.id is not None),
        conversation_id=head.conversation_id,
        address=address,
        outgoing=tuple(_opened(session, row) for row in rows),
        retry_key=head.retry_key,
        reply_token=token or None,
        reply_token_at=head.reply_token_at,
        attempt=head.attempts,
        first_try_at=head.first_try_at,
        request_ids=tuple(dict.fromkeys(row.request_id for row in rows if row.request_id)),
    )


def _separate_keys(session: Session, claimed: Claimed) -> None:
    for outbox_id in claimed.ids[1:]:
        one = _ours(claimed).where(col(OutboxRow.id) == outbox_id).values(retry_key=str(uuid4()))
        session.execute(one.execution_options(synchronize_session=False))


def _finish(session: Session, claimed: Claimed, **values: object) -> None:
    """Only while the lease is still ours: another worker may have taken over an expired one."""
    done = _ours(claimed).values(lease_until=None, **values)
    session.execute(done.execution_options(synchronize_session=False))


def _ours(claimed: Claimed) -> Update:
    return update(OutboxRow).where(
        col(OutboxRow.id).in_(claimed.ids),
        col(OutboxRow.state) == "sending",
        col(OutboxRow.attempts) == claimed.attempt,
    )
