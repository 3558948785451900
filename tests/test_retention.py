"""What is deleted when, on both databases."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import databases
import pytest
import unsealed
from databases import NOW, family
from sqlmodel import SQLModel
from test_commands import environment, run

from conversation.messages import Outgoing, Text
from conversation.model import (
    Consultation,
    Conversation,
    Decision,
    Entry,
    EntryKind,
    Outcome,
    Status,
    Understanding,
)
from storage import inbox, outbox, retention
from storage.database import Database
from storage.inbox import Received
from storage.retention import Policy, Swept, sweep
from storage.store import SqlStore
from storage.tables import (
    ConsultationRow,
    ContactRow,
    ConversationRow,
    EntryRow,
    InboxRow,
    OutboxRow,
    ReplyTokenRow,
)

__all__ = ["environment"]

database = databases.on_both
POLICY = Policy()
UNDERSTOOD = Understanding("answer", "temporary_care", 0.9, ("一時保育",), (), 1)


def save(
    database: Database, conversation: Conversation, *entries: Entry, at: datetime = NOW, **more: Any
) -> None:
    with database.write() as session:
        store = SqlStore(session)
        _, version = store.load(conversation.id)
        store.save(Decision(conversation, entries=entries, **more), version, at)


def said(text: str, at: datetime, understanding: Understanding | None = UNDERSTOOD) -> Entry:
    return Entry(EntryKind.UTTERANCE, text, at, understanding=understanding)


def texts(database: Database) -> list[str]:
    return [row.text for row in unsealed.rows(database, EntryRow)]


def count(database: Database, table: type[SQLModel]) -> int:
    return len(unsealed.rows(database, table))


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def test_talk_with_the_bot_goes_after_its_days_and_not_before(database: Database) -> None:
    family_ = Conversation(family(database))
    save(database, family_, said("古い", NOW), said("新しい", days(1)))

    sweep(database, days(90.5), POLICY)

    assert texts(database) == ["新しい"]


def test_what_was_not_understood_or_got_wrong_is_kept_for_mending_the_rules(database: Database) -> None:
    unclear = replace(UNDERSTOOD, action="handoff", intent=None)
    wrong = replace(UNDERSTOOD, rejected=True)
    crisis = replace(UNDERSTOOD, action="crisis", intent=None, crisis="crisis_dv")
    save(
        database,
        Conversation(family(database)),
        said("分からない", NOW, unclear),
        said("ちがう", NOW, wrong),
        said("危険", NOW, crisis),
        said("答えた", NOW),
        said("スタンプ", NOW, None),
    )

    swept = sweep(database, days(100), POLICY)

    assert texts(database) == ["分からない", "ちがう"]
    assert (swept.bot_talk, swept.unanswered) == (3, 0)
    assert sweep(database, days(181), POLICY).unanswered == 2


def consulted(database: Database, resolved_at: datetime | None) -> Conversation:
    """With one word before, and one in, a consultation that ended then, or goes on."""
    conversation = Conversation(family(database))
    save(database, conversation, said("前", NOW))
    open_ = Consultation(1, NOW, "desk", waiting_since=NOW)
    waiting = replace(conversation, status=Status.WAITING, consultation=open_, consultations=1)
    save(database, waiting, said("相談", NOW))
    if resolved_at:
        closed = replace(open_, resolved_at=resolved_at, outcome=Outcome.ANSWERED)
        save(database, replace(waiting, status=Status.BOT, consultation=None, closed=closed))
    return conversation


def test_a_consultation_goes_with_its_words_when_it_ended_long_ago(database: Database) -> None:
    consulted(database, resolved_at=days(10))

    before = sweep(database, days(1100), POLICY)
    kept = texts(database)
    after = sweep(database, days(1106), POLICY)

    assert (before.bot_talk, before.consultations, kept) == (1, 0, ["相談"])
    assert (after.consultations, after.consultation_entries) == (1, 1)
    assert texts(database) == []
    assert count(database, ConsultationRow) == 0


def test_an_open_consultation_keeps_everything_however_old(database: Database) -> None:
    consulted(database, resolved_at=None)

    sweep(database, days(5000), POLICY)

    assert texts(database) == ["前", "相談"]


def test_what_the_bot_remembers_goes_with_the_words(database: Database) -> None:
    conversation = Conversation(family(database), area="若宮3丁目", understood=UNDERSTOOD, discreet=True)
    save(database, conversation, said("若宮3丁目", NOW))
    save(database, conversation, said("あとで", days(80), replace(UNDERSTOOD, intent=None)))

    first = sweep(database, days(100), POLICY)
    second = sweep(database, days(171), POLICY)
    third = sweep(database, days(172), POLICY)

    assert [one.forgotten for one in (first, second, third)] == [0, 1, 0]
    with database.read() as session:
        kept, _ = SqlStore(session).load(conversation.id)
    assert (kept.area, kept.understood, kept.discreet) == ("", None, True)


def test_the_preview_goes_with_the_words(database: Database) -> None:
    save(
        database, Conversation(family(database)), said("ひみつ", NOW), Entry(EntryKind.BOT, "はい", days(80))
    )
    assert [row.last_words for row in unsealed.rows(database, ConversationRow)] == ["ひみつ"]

    sweep(database, days(91), POLICY)

    assert [row.last_words for row in unsealed.rows(database, ConversationRow)] == [""]


def test_a_person_of_whom_nothing_is_left_is_forgotten(database: Database) -> None:
    save(database, Conversation(family(database)), said("ひみつ", NOW), outgoing=(Outgoing((Text("はい"),)),))
    with database.write() as session:
        claimed = outbox.claim(session, NOW)
        assert claimed
        outbox.sent(session, claimed, "push", [], NOW)

    swept = sweep(database, days(91), POLICY)

    assert swept.people == 1
    assert [count(database, table) for table in (ContactRow, ConversationRow, OutboxRow, EntryRow)] == [0] * 4


def test_a_legal_hold_keeps_everything(database: Database) -> None:
    held = replace(consulted(database, resolved_at=NOW), legal_hold=True, area="若宮3丁目", consultations=1)
    save(database, held)
    accept(database, "parked")
    park(database, "parked")

    swept = sweep(database, days(5000), POLICY)

    assert astuple(swept) == astuple(Swept())
    assert texts(database) == ["前", "相談"]


def test_a_request_to_erase_is_decided_by_people_and_not_by_age(database: Database) -> None:
    save(database, Conversation(family(database), erasure_wanted_at=NOW))

    assert sweep(database, days(5000), POLICY).people == 0


def accept(database: Database, *names: str) -> None:
    events = [Received(name, "digest of U-a", 1, '{"words": "ひみつ"}') for name in names]
    inbox.accept(database, "line", events, NOW)


def park(database: Database, name: str) -> None:
    for _ in range(5):
        with database.write() as session:
            inbox.failed(session, name, "ValueError", NOW)


def test_events_go_parked_ones_last_and_open_ones_never(database: Database) -> None:
    accept(database, "open", "parked", "handled")
    park(database, "parked")
    with database.write() as session:
        inbox.handled(session, session.get_one(InboxRow, "handled"), NOW)

    first, second = sweep(database, days(31), POLICY), sweep(database, days(91), POLICY)

    assert [(one.received, one.parked) for one in (first, second)] == [(1, 0), (0, 1)]
    assert [row.id for row in unsealed.rows(database, InboxRow)] == ["open"]


def test_words_that_could_not_be_sent_are_emptied_and_no_longer_tried(database: Database) -> None:
    conversation = family(database)
    with database.write() as session:
        outbox.put(session, conversation, None, "line", Outgoing((Text("ひみつ"),)), NOW)
        claimed = outbox.claim(session, NOW)
        assert claimed
        outbox.hold(session, claimed, days(60), "429 quota")

    swept = sweep(database, days(31), POLICY)

    assert swept.undelivered == 1
    assert [(row.state, row.body) for row in unsealed.rows(database, OutboxRow)] == [("failed", "")]
    with database.write() as session:
        assert not outbox.retry(session, claimed.ids[0], days(32))


def test_reply_tokens_go_within_hours(database: Database) -> None:
    conversation = family(database)
    with database.write() as session:
        outbox.add_reply_token(session, "e1", conversation, "token", NOW)

    assert sweep(database, NOW + timedelta(hours=2), POLICY).reply_tokens == 1
    assert count(database, ReplyTokenRow) == 0


def test_a_dry_run_counts_the_same_and_deletes_nothing(database: Database) -> None:
    consulted(database, resolved_at=NOW)
    accept(database, "parked")
    park(database, "parked")
    rows: Sequence[type[SQLModel]] = (EntryRow, ConsultationRow, InboxRow, ConversationRow)
    before = [count(database, table) for table in rows]

    counted = sweep(database, days(2000), POLICY, dry_run=True)

    assert [count(database, table) for table in rows] == before
    assert replace(sweep(database, days(2000), POLICY), people=0) == counted


def test_more_than_a_batch_goes_in_several(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    save(database, Conversation(family(database)), *(said(str(number), NOW) for number in range(5)))

    assert sweep(database, days(91), POLICY).bot_talk == 5
    assert texts(database) == []


# ---- the command


def test_the_command_counts_first_when_asked(environment: Path) -> None:
    run("db", "upgrade")

    counted, done = run("retention", "--dry-run"), run("retention")

    assert (counted.exit_code, done.exit_code) == (0, 0)
    assert "何も消していません" in counted.stdout
    assert "自動案内だけのやりとり: 0件" in done.stdout


def test_days_that_are_no_number_are_told_with_the_rest(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAIN_BOT_TALK_DAYS", "三か月")
    monkeypatch.setenv("RETAIN_PARKED_DAYS", "0")

    result = run("retention")

    assert result.exit_code == 1
    assert "RETAIN_BOT_TALK_DAYS" in result.stderr
    assert "RETAIN_PARKED_DAYS" in result.stderr
