"""Who read or changed what, and why. Lines are only added: the database itself refuses the rest (migration 0004)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from conversation.model import ABOUT_RECORDS, Act, Audit
from storage import sealing
from storage.dialect import new_ids
from storage.tables import AuditRow

OPERATOR: Final = "operator"  # whoever sits at the shell
PAGE: Final = 100
SITTING: Final = timedelta(minutes=10)  # what a screen shows again within it is the same reading


class AccountAct(StrEnum):
    """What was done with an account."""

    LOGGED_IN = "logged_in"
    RECOVERY_CODE_USED = "recovery_code_used"
    SIGNED_OUT = "signed_out_everywhere"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  not a password
    PASSWORD_RESET = "password_reset"  # noqa: S105  not a password
    PASSWORD_EXPIRED = "password_must_change"  # noqa: S105  not a password
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    ADDED = "account_added"
    CHANGED = "account_changed"
    DISABLED = "account_disabled"
    ENABLED = "account_enabled"


class RuleAct(StrEnum):
    """What was done with the routing rules."""

    PUBLISHED = "rules_published"
    ROLLED_BACK = "rules_rolled_back"
    SENTENCES_READ = "rules_sentences_read"  # parents' first messages, masked


class DataAct(StrEnum):
    """What was done with the ward's data."""

    EDITED = "data_edited"
    RETIRED = "data_retired"
    REOPENED = "data_reopened"
    CONFIRMED = "data_confirmed"
    SETTLED = "data_settled"  # between the ward's row and a newer one of the pack
    UNDONE = "data_undone"
    IMPORTED = "data_imported"


@dataclass(frozen=True, slots=True)
class Audited:
    id: int
    at: datetime
    actor: str
    act: str
    pseudonym: str
    account: str
    first_entry: int | None
    last_entry: int | None
    reason: str | None  # None: unreadable


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; an empty field admits every one."""

    actor: str = ""
    act: str = ""
    about: str = ""  # a pseudonym or an account
    since: datetime | None = None
    until: datetime | None = None  # not included


def add(session: Session, pseudonym: str, audit: Audit, now: datetime, entries: Sequence[int] = ()) -> None:
    """`entries` are the ids of those that were shown or added."""
    _add(
        session,
        now,
        pseudonym=pseudonym,
        actor=audit.actor,
        act=audit.act,
        reason=audit.reason,
        entries=entries,
    )


def add_about_account(
    session: Session, account: str, act: AccountAct, actor: str, now: datetime, reason: str = ""
) -> None:
    _add(session, now, account=account, actor=actor, act=act, reason=reason)


def add_about_rules(session: Session, act: RuleAct, actor: str, now: datetime, reason: str = "") -> None:
    _add(session, now, actor=actor, act=act, reason=reason)


def add_about_data(session: Session, act: DataAct, actor: str, now: datetime, reason: str) -> None:
    _add(session, now, actor=actor, act=act, reason=reason)


def was_just_read(
    session: Session, pseudonym: str, actor: str, entries: Sequence[int], now: datetime
) -> bool:
    """Whether the newest reading by this person, within a SITTING, covers all of these entries."""
    readings = select(AuditRow).where(
        AuditRow.pseudonym == pseudonym, AuditRow.actor == actor, AuditRow.act == Act.READ
    )
    newest = session.exec(readings.order_by(col(AuditRow.id).desc()).limit(1)).first()
    if newest is None or newest.at < now - SITTING:
        return False
    if not entries or newest.first_entry is None or newest.last_entry is None:
        return not entries
    return newest.first_entry <= min(entries) and max(entries) <= newest.last_entry


def about_records(session: Session, limit: int = PAGE) -> list[Audited]:
    """Newest first: what was decided about whole records."""
    return _newest(session, [select(AuditRow).where(AuditRow.act == act) for act in ABOUT_RECORDS], limit)


def page(session: Session, wanted: Wanted, before: int | None = None, limit: int = PAGE) -> list[Audited]:
    """Newest first; `before` is the id of the last line of the page above."""
    lines = _matching(wanted)
    if before is not None:
        lines = lines.where(col(AuditRow.id) < before)
    if not wanted.about:
        return _read(session, lines, limit)
    whose = (AuditRow.pseudonym == wanted.about, AuditRow.account == wanted.about)
    return _newest(session, [lines.where(one) for one in whose], limit)


def _matching(wanted: Wanted) -> SelectOfScalar[AuditRow]:
    lines = select(AuditRow)
    if wanted.actor:
        lines = lines.where(AuditRow.actor == wanted.actor)
    if wanted.act:
        lines = lines.where(AuditRow.act == wanted.act)
    if wanted.since:
        lines = lines.where(AuditRow.at >= wanted.since)
    if wanted.until:
        lines = lines.where(AuditRow.at < wanted.until)
    return lines


def _newest(session: Session, parts: list[SelectOfScalar[AuditRow]], limit: int) -> list[Audited]:
    """Of several selects, each with an index of its own: joined by OR, SQLite would read the whole table."""
    found = [line for part in parts for line in _read(session, part, limit)]
    return sorted(found, key=lambda line: line.id, reverse=True)[:limit]


def _read(session: Session, lines: SelectOfScalar[AuditRow], limit: int) -> list[Audited]:
    keyring = sealing.of(session)
    rows = session.exec(lines.order_by(col(AuditRow.id).desc()).limit(limit))
    return [
        Audited(
            row.id or 0,
            row.at,
            row.actor,
            row.act,
            row.pseudonym,
            row.account,
            row.first_entry,
            row.last_entry,
            keyring.open_or_none(sealing.AUDIT_REASON, row.id or 0, row.reason),
        )
        for row in rows
    ]


def _add(
    session: Session,
    now: datetime,
    *,
    actor: str,
    act: str,
    reason: str,
    pseudonym: str = "",
    account: str = "",
    entries: Sequence[int] = (),
) -> None:
    (audit_id,) = new_ids(session, AuditRow, 1)
    session.add(
        AuditRow(
            id=audit_id,
            at=now,
            actor=actor,
            act=act,
            pseudonym=pseudonym,
            account=account,
            first_entry=min(entries, default=None),
            last_entry=max(entries, default=None),
            reason=sealing.of(session).seal(sealing.AUDIT_REASON, audit_id, reason),
        )
    )
    session.flush()  # the next one's id follows this one's
