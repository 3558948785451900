"""A service that outgrows SQLite takes everything along to PostgreSQL, and goes on."""

from collections.abc import Iterator
from typing import Any

import databases
import pytest
import unsealed
from click.testing import CliRunner, Result
from conftest import Service, settings_for
from databases import KEYS
from sqlmodel import SQLModel, select

from bot.cli import main
from bot.program import Program
from conversation.events import CounselorNoted, CounselorReplied, CounselorTook
from storage import heartbeats
from storage.database import Database
from storage.tables import EntryRow


@pytest.fixture
def lived_in(service: Service) -> Service:
    """A service on SQLite that has seen a day: bot, counselor, a refusal, an event that waits."""
    first, second = service.phone("保護者A"), service.phone("保護者B")
    for phone, text in ((first, "一時保育どこ"), (second, "人と話したい"), (second, "同意して相談する")):
        phone.say(text)
        service.settle()
        service.clock.forward(seconds=5)
    second_id = service.conversation_id(1)
    for event in (
        CounselorTook("sato"),
        CounselorNoted("sato", "メモ"),
        CounselorReplied("sato", "こんにちは"),
    ):
        service.happen(event, second_id)
    service.settle()
    first.say("まだ読まれていない言葉")
    return service


@pytest.fixture
def target() -> Iterator[str]:
    with databases.empty_schema() as url:
        yield url


def copy(service: Service, target: str) -> Result:
    source = service.program.settings.database_url
    return CliRunner().invoke(main, ["db", "copy", "--from", source, "--to", target])


def rows(database: Database) -> dict[str, list[Any]]:
    with database.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in SQLModel.metadata.sorted_tables
        }


def test_everything_is_there_afterwards(lived_in: Service, target: str) -> None:
    before = rows(lived_in.program.database)

    result = copy(lived_in, target)

    copied = Database(target, KEYS)
    assert result.exit_code == 0, result.output
    assert rows(copied) == before
    assert all(
        before[table] for table in ("inbox", "conversation", "consultation", "entry", "outbox", "staff")
    )
    copied.close()


def test_the_copy_goes_on_where_the_old_one_stopped(lived_in: Service, target: str) -> None:
    newest = max(row[0] for row in rows(lived_in.program.database)["entry"])
    copy(lived_in, target)
    moved = Program(settings_for(target, lived_in.program.settings.line_api_host), lived_in.clock)
    worker = moved.worker()

    while any(step.step() for step in worker.steps.values()):
        pass

    entries = {entry.id: entry.text for entry in unsealed.rows(moved.database, EntryRow)}
    assert entries[newest + 1] == "まだ読まれていない言葉"
    assert list(entries.values()).count("まだ読まれていない言葉") == 1
    worker.close()
    moved.close()


def test_a_database_that_holds_anything_is_refused(lived_in: Service, target: str) -> None:
    copy(lived_in, target)
    other = Database(target, KEYS)
    before = rows(other)

    again = copy(lived_in, target)

    assert again.exit_code == 1
    assert "すでにデータがあります" in again.output
    assert rows(other) == before
    other.close()


def test_a_service_that_still_runs_is_refused(lived_in: Service, target: str) -> None:
    from bot.program import utc_now

    with lived_in.program.database.write() as session:
        heartbeats.beat(session, "intake-loop", utc_now())

    result = copy(lived_in, target)

    assert result.exit_code == 1
    assert "まだ動いています" in result.output


def test_an_address_that_leads_nowhere_is_said(lived_in: Service) -> None:
    result = copy(lived_in, "postgresql+psycopg://nobody@127.0.0.1:9/nothing")

    assert result.exit_code == 1
    assert "データベースを使えません" in result.output
