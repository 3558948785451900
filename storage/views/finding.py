"""Consultations by what is known of them: pseudonym, topic, desk, outcome, day, counselor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from storage.tables import ConsultationRow, ConversationRow, StaffRow

PAGE: Final = 50
STILL_OPEN: Final = "open"  # stands among the outcomes for: none yet


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which consultations; an empty field admits every one."""

    pseudonym: str = ""  # or a part of it
    topic: str = ""
    desk: str = ""
    outcome: str = ""  # or STILL_OPEN
    owner: str = ""  # staff id
    since: datetime | None = None
    until: datetime | None = None  # not included
    desks: frozenset[str] | None = None  # only these are for whoever asks; None: all are


EVERY_ONE: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Listed:
    conversation_id: str
    pseudonym: str
    topic: str | None
    desk: str
    urgency: str
    opened_at: datetime
    resolved_at: datetime | None
    outcome: str | None
    owner: str | None  # by name


@dataclass(frozen=True, slots=True)
class ListedPage:
    rows: tuple[Listed, ...]  # newest first
    number: int  # 1, 2, 3 …
    more: bool


def consultations(session: Session, wanted: Wanted, number: int = 1) -> ListedPage:
    found = (
        select(
            col(ConsultationRow.conversation_id),
            col(ConversationRow.pseudonym),
            col(ConsultationRow.topic),
            col(ConsultationRow.desk),
            col(ConsultationRow.urgency),
            col(ConsultationRow.opened_at),
            col(ConsultationRow.resolved_at),
            col(ConsultationRow.outcome),
            col(StaffRow.name),
        )
        .join(ConversationRow, col(ConversationRow.id) == col(ConsultationRow.conversation_id))
        .outerjoin(StaffRow, col(StaffRow.id) == col(ConsultationRow.assignee))
        .where(*known(wanted), *_within_days(wanted))
        .order_by(col(ConsultationRow.opened_at).desc(), col(ConsultationRow.id).desc())
        .offset((number - 1) * PAGE)
        .limit(PAGE + 1)
    )
    if wanted.pseudonym:
        found = found.where(col(ConversationRow.pseudonym).contains(wanted.pseudonym, autoescape=True))
    rows = tuple(Listed(*row) for row in session.execute(found))
    return ListedPage(rows[:PAGE], number, more=len(rows) > PAGE)


def known(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Of the consultation itself: neither days nor pseudonym."""
    same = (
        (ConsultationRow.topic, wanted.topic),
        (ConsultationRow.desk, wanted.desk),
        (ConsultationRow.assignee, wanted.owner),
    )
    conditions = [col(column) == value for column, value in same if value]
    if wanted.outcome == STILL_OPEN:
        conditions.append(col(ConsultationRow.resolved_at).is_(None))
    elif wanted.outcome:
        conditions.append(col(ConsultationRow.outcome) == wanted.outcome)
    if wanted.desks is not None:
        conditions.append(col(ConsultationRow.desk).in_(sorted(wanted.desks)))
    return conditions


def _within_days(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.since:
        conditions.append(col(ConsultationRow.opened_at) >= wanted.since)
    if wanted.until:
        conditions.append(col(ConsultationRow.opened_at) < wanted.until)
    return conditions
