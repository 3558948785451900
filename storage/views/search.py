"""Words in consultations, newest first. Sealed words have no index: each entry is opened until enough was looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from intents.normalize import normalize
from intents.sieve import sieve
from storage import sealing
from storage.sealing import Keyring
from storage.tables import ConsultationRow, ConversationRow, EntryRow
from storage.views.finding import EVERY_ONE, Wanted, known

HITS: Final = 20
# Entries that one statement goes over, wanted or not, between two looks at the clock. Few at first, since the newest are
# mostly what is looked for; then more, since PostgreSQL gathers the consultations anew for each.
WINDOW: Final = 2500
LARGEST: Final = 20_000
FOLLOWING: Final = 20  # entries shown after it in its thread
AROUND: Final = 30  # characters shown before the words


@dataclass(frozen=True, slots=True)
class Hit:
    conversation_id: str
    pseudonym: str
    entry_id: int
    kind: str
    at: datetime
    before: int | None  # its page of the thread: `before=` this; None: it is among the newest
    words: str  # the entry's beginning, or from a little before what was looked for


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[Hit, ...]
    looked_at: int  # entries opened
    older_than: int | None = None  # go on with `before=` this; None once everything was looked at
    back_to: datetime | None = None  # the moment that it has come back to


def search(
    session: Session,
    words: str,
    wanted: Wanted = EVERY_ONE,
    before: int | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Found:
    """In conversations that were handed to people: talk with the bot alone is not for counselors' eyes.

    Spelling counts as little as it does for the bot: kana, width, long vowels. What is written as it is looked for is always
    found, also the beginning of a word that the bot respells (子ど of 子ども). Unreadable entries are passed over.
    `enough` is asked after each window, and may end the search early.
    """
    if not means_something(words):
        return Found((), 0)
    holds, ids, looked_at = _holding(sealing.of(session), words), list[int](), 0
    oldest, newest = _ends(session)
    before, window = newest + 1 if before is None else min(before, newest + 1), WINDOW
    while before > oldest:
        first, window = max(before - window, oldest), min(2 * window, LARGEST)
        # Past the ORM, and row by row: gathered, they would cost Python's collector of garbage a third of the time.
        with session.connection().execute(_entries(wanted, first, before)) as rows:
            for entry_id, sealed in rows:
                looked_at += 1
                if holds(entry_id, sealed):
                    ids.append(entry_id)
                    if len(ids) == HITS:
                        return _found(session, words, ids, looked_at, entry_id)
        before = first
        if before > oldest and enough():
            return _found(session, words, ids, looked_at, before)
    return _found(session, words, ids, looked_at)


def _ends(session: Session) -> tuple[int, int]:
    """The ids of the oldest entry and of the newest; nothing lies between them where there is none."""
    oldest, newest = (select(end(col(EntryRow.id))).scalar_subquery() for end in (func.min, func.max))
    first, last = session.execute(select(oldest, newest)).one()
    return first or 0, last or -1


def means_something(words: str) -> bool:
    """Whether anything is left of them once they are normalised."""
    return bool(normalize(words))


def _holding(keyring: Keyring, words: str) -> Callable[[int, bytes], bool]:
    """Whether a sealed entry holds the words. Normalising takes five times as long as all the rest: the sieve spares it."""
    flat, may_hold = normalize(words), sieve(words)
    opened = keyring.opener(sealing.ENTRY_TEXT)

    def holds(entry_id: int, sealed: bytes) -> bool:
        text = opened(entry_id, sealed)
        return text is not None and (words in text or (may_hold(text) and flat in normalize(text)))

    return holds


def _entries(wanted: Wanted, first: int, before: int) -> Select[Any, bytes]:
    """Not so many of those that are wanted, which may lie far apart: between two ids, so that no statement takes long."""
    entries = (
        select(col(EntryRow.id), col(EntryRow.text))
        .where(col(EntryRow.id) >= first, col(EntryRow.id) < before)
        .where(_in_consultation(wanted), col(EntryRow.erased_at).is_(None))
        .order_by(col(EntryRow.id).desc())
    )
    if wanted.since:
        entries = entries.where(col(EntryRow.at) >= wanted.since)
    if wanted.until:
        entries = entries.where(col(EntryRow.at) < wanted.until)
    return entries


def _in_consultation(wanted: Wanted) -> Any:
    """Asked of each entry.

    What was said to the bot before, which belongs to no consultation, counts with each of the conversation's.
    """
    its_own = or_(
        col(EntryRow.consultation_id).is_(None), col(EntryRow.consultation_id) == col(ConsultationRow.id)
    )
    consulted = select(col(ConsultationRow.id)).where(
        col(ConsultationRow.conversation_id) == col(EntryRow.conversation_id), its_own, *known(wanted)
    )
    if wanted.pseudonym:
        consulted = consulted.join(
            ConversationRow, col(ConversationRow.id) == col(ConsultationRow.conversation_id)
        ).where(col(ConversationRow.pseudonym).contains(wanted.pseudonym, autoescape=True))
    return consulted.correlate(EntryRow).exists()


def _found(
    session: Session, words: str, ids: Sequence[int], looked_at: int, older_than: int | None = None
) -> Found:
    back_to = None
    if older_than is not None:
        since = select(col(EntryRow.at)).where(col(EntryRow.id) >= older_than).order_by(col(EntryRow.id))
        back_to = session.scalars(since.limit(1)).first()
    return Found(_hits(session, words, ids), looked_at, older_than, back_to)


def _hits(session: Session, words: str, ids: Sequence[int]) -> tuple[Hit, ...]:
    keyring, later = sealing.of(session), aliased(EntryRow)
    of_page = (
        select(col(later.id))
        .where(col(later.conversation_id) == col(EntryRow.conversation_id), col(later.id) > col(EntryRow.id))
        .order_by(col(later.id))
        .offset(FOLLOWING)
        .limit(1)
        .correlate(EntryRow)
    )
    rows = session.execute(
        select(EntryRow, col(ConversationRow.pseudonym), of_page.scalar_subquery())
        .join(ConversationRow, col(ConversationRow.id) == col(EntryRow.conversation_id))
        .where(col(EntryRow.id).in_(ids))
        .order_by(col(EntryRow.id).desc())
    )
    return tuple(
        Hit(
            row.conversation_id,
            pseudonym,
            row.id or 0,
            row.kind,
            row.at,
            before,
            _excerpt(keyring.open(sealing.ENTRY_TEXT, row.id or 0, row.text), words),
        )
        for row, pseudonym, before in rows
    )


def _excerpt(text: str, words: str) -> str:
    """Where the spelling differs, from the beginning."""
    start = max(text.find(words) - AROUND, 0)
    shown = text[start : start + 4 * AROUND]
    return f"{'…' if start else ''}{shown}{'…' if start + len(shown) < len(text) else ''}"
