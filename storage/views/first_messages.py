"""Parents' first messages about something, newest first, and how the bot fared with them.

What was said in danger or despair is marked, so that nobody reads it for the sake of the rules. Work is bounded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from conversation import commands
from conversation.commands import Command
from conversation.model import EntryKind, Urgency
from intents.replaying import DISTRESS
from storage import sealing
from storage.dialect import insert_new
from storage.tables import ConsultationRow, EntryRow, SetAsideRow

LOOKED_AT: Final = 20_000  # utterances for one answer
PAGE: Final = 500
STRETCH: Final = timedelta(hours=6)  # of silence before a message is a first one again
FOLLOWS: Final = timedelta(hours=1)


class Ending(StrEnum):
    """Why a first message counts as unanswered."""

    WRONG = "wrong"  # 「ちがう」
    PERSON = "person"  # asked back, and then a person after all
    NOTHING = "nothing"  # no topic


@dataclass(frozen=True, slots=True)
class FirstMessage:
    id: int
    at: datetime
    text: str  # as it was written: to be masked before anybody sees it
    intent: str | None
    action: str
    sensitive: bool
    ending: Ending | None


@dataclass(frozen=True, slots=True)
class _Said:
    id: int
    conversation_id: str
    at: datetime
    understood: dict[str, Any]
    text: str


def newest(session: Session, most: int, looked_at: int = LOOKED_AT) -> list[FirstMessage]:
    """At most so many, without those that are unreadable or gone."""
    found: list[FirstMessage] = []
    for said in _pages(session, looked_at):
        found += _judged(session, said)
        if len(found) >= most:
            return found[:most]
    return found


def set_aside(session: Session) -> set[int]:
    return set(session.scalars(select(col(SetAsideRow.entry_id))))


def put_aside(session: Session, entry_ids: Sequence[int], by: str, now: datetime) -> None:
    insert_new(session, SetAsideRow, [{"entry_id": each, "by": by, "at": now} for each in set(entry_ids)])


def _pages(session: Session, looked_at: int) -> Iterator[list[_Said]]:
    """First messages, a page of utterances at a time."""
    keyring, before = sealing.of(session), None
    for _ in range(0, looked_at, PAGE):
        rows = session.execute(_utterances(before).limit(PAGE)).all()
        if not rows:
            return
        before = rows[-1][0]
        opened = (
            _Said(id_, conversation_id, at, understood, text)
            for id_, conversation_id, at, understood, sealed, previous in rows
            if understood and (previous is None or at - previous > STRETCH)
            if (text := keyring.open_or_none(sealing.ENTRY_TEXT, id_, sealed))
        )
        yield [said for said in opened if commands.command(said.text) is None]


def _utterances(before: int | None) -> Any:
    earlier = aliased(EntryRow)
    previous = (
        select(col(earlier.at))
        .where(
            col(earlier.conversation_id) == col(EntryRow.conversation_id),
            col(earlier.id) < col(EntryRow.id),
            col(earlier.kind) == EntryKind.UTTERANCE,
        )
        .order_by(col(earlier.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = (
        select(
            col(EntryRow.id),
            col(EntryRow.conversation_id),
            col(EntryRow.at),
            col(EntryRow.understanding),
            col(EntryRow.text),
            previous,
        )
        .where(col(EntryRow.kind) == EntryKind.UTTERANCE, col(EntryRow.erased_at).is_(None))
        .order_by(col(EntryRow.id).desc())
    )
    return wanted if before is None else wanted.where(col(EntryRow.id) < before)


def _judged(session: Session, firsts: list[_Said]) -> list[FirstMessage]:
    whose = sorted({said.conversation_id for said in firsts})
    after = _utterances_of(session, whose, min((said.id for said in firsts), default=0))
    opened = _consultations_of(session, whose)
    return [
        _first(
            said, _following(said, after.get(said.conversation_id, [])), opened.get(said.conversation_id, [])
        )
        for said in firsts
    ]


def _utterances_of(session: Session, whose: list[str], since: int) -> dict[str, list[_Said]]:
    keyring = sealing.of(session)
    wanted = (
        select(
            col(EntryRow.id),
            col(EntryRow.conversation_id),
            col(EntryRow.at),
            col(EntryRow.understanding),
            col(EntryRow.text),
        )
        .where(
            col(EntryRow.conversation_id).in_(whose),
            col(EntryRow.id) >= since,
            col(EntryRow.kind) == EntryKind.UTTERANCE,
        )
        .order_by(col(EntryRow.id))
    )
    found: dict[str, list[_Said]] = {}
    for id_, conversation_id, at, understood, sealed in session.execute(wanted):
        text = keyring.open_or_none(sealing.ENTRY_TEXT, id_, sealed) or ""
        found.setdefault(conversation_id, []).append(_Said(id_, conversation_id, at, understood or {}, text))
    return found


def _consultations_of(session: Session, whose: list[str]) -> dict[str, list[tuple[datetime, str]]]:
    wanted = select(
        col(ConsultationRow.conversation_id), col(ConsultationRow.opened_at), col(ConsultationRow.urgency)
    ).where(col(ConsultationRow.conversation_id).in_(whose))
    found: dict[str, list[tuple[datetime, str]]] = {}
    for conversation_id, at, urgency in session.execute(wanted):
        found.setdefault(conversation_id, []).append((at, urgency))
    return found


def _following(said: _Said, all_: list[_Said]) -> list[_Said]:
    """Of the same stretch, near enough to belong to it."""
    return [other for other in all_ if other.id > said.id and other.at - said.at <= FOLLOWS]


def _first(said: _Said, following: list[_Said], opened: list[tuple[datetime, str]]) -> FirstMessage:
    near = [(at, urgency) for at, urgency in opened if timedelta() <= at - said.at <= FOLLOWS]
    hard = any(urgency != Urgency.NORMAL for _, urgency in near)
    grave = any(other.understood.get("crisis") or _speaks_of_distress(other) for other in (said, *following))
    action = str(said.understood.get("action"))
    return FirstMessage(
        said.id,
        said.at,
        said.text,
        said.understood.get("intent"),
        action,
        sensitive=hard or grave,
        ending=_ending(action, following, handed_off=bool(near)),
    )


def _speaks_of_distress(said: _Said) -> bool:
    return said.understood.get("intent") == DISTRESS


def _ending(action: str, following: list[_Said], *, handed_off: bool) -> Ending | None:
    if following and (following[0].understood.get("rejected") or _is_wrong(following[0])):
        return Ending.WRONG
    if action == "handoff":
        return Ending.NOTHING
    wanted_a_person = any(commands.command(other.text) is Command.TALK for other in following)
    lost = any(
        other.understood.get("action") == "handoff" or commands.refuses_all(other.text)
        for other in following[:2]
    )
    return Ending.PERSON if action == "clarify" and (handed_off or wanted_a_person or lost) else None


def _is_wrong(said: _Said) -> bool:
    return commands.command(said.text) is Command.WRONG
