"""Drafts of the rules: one a person, begun from a published version, kept until they are published or thrown away."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from storage import rulesets
from storage.dialect import insert_new
from storage.tables import RuleDraftRow


class Stale(Exception):
    """It was saved elsewhere meanwhile, or is gone."""


@dataclass(frozen=True, slots=True)
class Replayed:
    messages: int
    changed: int


@dataclass(frozen=True, slots=True)
class Draft:
    owner: str
    base_version: int
    text: str
    revision: int
    saved_at: datetime
    replayed: Replayed | None  # of exactly this text, over the live version
    asked_at: datetime | None
    asked_note: str


def of(session: Session, owner: str) -> Draft | None:
    row = session.get(RuleDraftRow, owner, populate_existing=True)
    return _draft(session, row) if row else None


def others(session: Session, than: str) -> list[Draft]:
    """Who asked for a second person comes first."""
    rows = session.scalars(select(RuleDraftRow).where(col(RuleDraftRow.owner) != than))
    found = [_draft(session, row) for row in rows]
    return sorted(found, key=lambda draft: (draft.asked_at is None, draft.owner))


def begin(session: Session, owner: str, now: datetime, text: str = "") -> None:
    """From the live version, unless there is a text. Who has a draft already keeps it."""
    live = rulesets.newest_version(session)
    words = text or rulesets.text_of(session, live)
    row = {"owner": owner, "base_version": live, "text": words, "saved_at": now}
    rest: dict[str, Any] = {"revision": 1, "replay_of": "", "asked_note": ""}
    insert_new(session, RuleDraftRow, [row | rest])


def save(
    session: Session, owner: str, text: str, revision: int, now: datetime, base_version: int | None = None
) -> None:
    """What was asked of others was about other words, and is taken back. Raises Stale."""
    values: dict[str, Any] = {"text": text, "revision": revision + 1, "saved_at": now}
    if base_version is not None:
        values["base_version"] = base_version
    _change(session, owner, revision, values | {"asked_at": None, "asked_note": ""})


def note_replay(session: Session, draft: Draft, replayed: Replayed) -> None:
    """Raises Stale."""
    values = {
        "replayed": replayed.messages,
        "replay_changed": replayed.changed,
        "replay_of": _digest(draft.text, rulesets.newest_version(session)),
    }
    _change(session, draft.owner, draft.revision, values)


def ask(session: Session, draft: Draft, note: str, now: datetime) -> None:
    """For somebody else to agree. Raises Stale."""
    _change(session, draft.owner, draft.revision, {"asked_at": now, "asked_note": note})


def discard(session: Session, owner: str) -> None:
    session.execute(delete(RuleDraftRow).where(col(RuleDraftRow.owner) == owner))


def _change(session: Session, owner: str, revision: int, values: dict[str, Any]) -> None:
    of_mine = (col(RuleDraftRow.owner) == owner, col(RuleDraftRow.revision) == revision)
    statement = update(RuleDraftRow).where(*of_mine).values(values)
    done = session.execute(statement.execution_options(synchronize_session=False))
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Stale


def _draft(session: Session, row: RuleDraftRow) -> Draft:
    same = row.replay_of == _digest(row.text, rulesets.newest_version(session))
    known = same and row.replayed is not None and row.replay_changed is not None
    return Draft(
        row.owner,
        row.base_version,
        row.text,
        row.revision,
        row.saved_at,
        Replayed(row.replayed or 0, row.replay_changed or 0) if known else None,
        row.asked_at,
        row.asked_note,
    )


def _digest(text: str, live: int) -> str:
    return hashlib.sha256(f"{live}\0{text}".encode()).hexdigest()
