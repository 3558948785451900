"""`tsunagu doctor` against LINE (the simulator) and a service that runs, or does not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import SECRET, TOKEN
from sqlalchemy import delete, update
from test_commands import environment, run

from bot import line_setup
from bot.line.account import Account
from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.platform import Platform
from simulator.server import serving
from storage import heartbeats, job_runs, quotas
from storage.database import Database
from storage.tables import ConversationRow, MenuLinkRow, MenuRow

__all__ = ["environment"]
GOOD_WEBHOOK = "https://line.example.jp/line/webhook"


@pytest.fixture
def line() -> Iterator[Platform]:
    platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
    platform.webhook_url = GOOD_WEBHOOK
    yield platform
    platform.close()


@pytest.fixture
def database(environment: Path, line: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Of a service whose loops run."""
    with serving(create_simulator(line, parents=())) as url:
        monkeypatch.setenv("LINE_API_HOST", url + API_PREFIX)
        monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", TOKEN)
        monkeypatch.setenv("ALERT_EMAIL", "none")
        monkeypatch.setenv("ALERT_WEBHOOK", "none")
        run("db", "upgrade")
        database = Database(f"sqlite:///{environment}/tsunagu.db")
        set_up_menus(url, database)
        with database.write() as session:
            for loop in ("intake-loop", "delivery-loop", "scheduler"):
                heartbeats.beat(session, loop, datetime.now(UTC))
        yield database
        database.close()


def set_up_menus(url: str, database: Database) -> None:
    account = Account(url + API_PREFIX, TOKEN)
    assert all(good for good, _ in line_setup.set_up_menus(account, database, lambda: datetime.now(UTC)))
    account.close()


def complaints() -> list[str]:
    """What is wrong, but for the lines that no officer has confirmed yet."""
    found = [line for line in run("doctor").stdout.splitlines() if line.startswith("✗")]
    return [line for line in found if "緊急の電話" not in line]


def test_of_a_service_that_is_well_there_is_nothing_to_say(database: Database) -> None:
    assert complaints() == []


@pytest.mark.parametrize("address", [None, "https://line.example.jp/callback"])
def test_a_webhook_that_leads_elsewhere_is_told(
    address: str | None, database: Database, line: Platform
) -> None:
    line.webhook_url = address

    assert ["Webhook" in one for one in complaints()] == [True]


def test_a_bad_access_token_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", "another-one")

    assert ["アクセストークンが無効" in one for one in complaints()] == [True]


@pytest.mark.parametrize(("loop", "says"), [("delivery-loop", "delivery-loop"), ("scheduler", "定時の処理")])
def test_a_loop_that_is_silent_is_told(loop: str, says: str, database: Database) -> None:
    with database.write() as session:
        heartbeats.beat(session, loop, datetime(2026, 1, 1, tzinfo=UTC))

    assert [says in one for one in complaints()] == [True]


def test_a_job_that_failed_last_is_told_until_it_goes_well(database: Database) -> None:
    def ended(outcome: str) -> None:
        with database.write() as session:
            job_runs.note(session, "retention", outcome, datetime.now(UTC))

    ended(job_runs.FAILED)
    before = complaints()
    ended(job_runs.DONE)

    assert ["retention" in one for one in before] == [True]
    assert complaints() == []


@pytest.mark.parametrize(("used", "most", "wrong"), [(89, 100, 0), (90, 100, 1), (9_999, None, 0)])
def test_messages_that_run_out_are_told(used: int, most: int | None, wrong: int, database: Database) -> None:
    with database.write() as session:
        quotas.note(session, "line", used, most, datetime.now(UTC))

    assert len(complaints()) == wrong


def test_that_nobody_is_told_of_a_crisis_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALERT_EMAIL")

    assert ["ALERT_EMAIL" in one for one in complaints()] == [True]


def test_menus_that_were_never_set_up_are_told(database: Database) -> None:
    with database.write() as session:
        session.execute(delete(MenuRow))

    assert ["まだ登録していません" in one for one in complaints()] == [True]


def test_a_menu_that_somebody_deleted_at_line_is_told(database: Database, line: Platform) -> None:
    line.menus.delete(next(iter(line.menus)).id)

    assert ["LINEにありません" in one for one in complaints()] == [True]


def test_another_menu_for_everybody_is_told(database: Database, line: Platform) -> None:
    line.menus.set_default(None)

    assert ["ほかのものに変わって" in one for one in complaints()] == [True]


def test_menus_of_an_older_program_are_told(database: Database) -> None:
    with database.write() as session:
        session.execute(update(MenuRow).values(name="tsunagu:normal:old"))

    assert ["古いまま" in one for one in complaints()] == [True]


def test_a_parents_menu_that_cannot_be_changed_is_told(database: Database) -> None:
    with database.write() as session:
        now = datetime.now(UTC)
        session.add(ConversationRow(id="c1", pseudonym="みどり-482", created_at=now, status="assigned"))
        session.flush()
        session.add(MenuLinkRow(conversation_id="c1", menu_id="m", problem="500"))

    assert ["1人でできていません" in one for one in complaints()] == [True]
