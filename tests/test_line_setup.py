"""`tsunagu line setup` against the simulated LINE: what it sets, that it may run again, and what it says when LINE does not do it."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import databases
import pytest
from click.testing import Result
from conftest import SECRET, TOKEN
from flask import Flask
from test_commands import environment, run

from bot import line_setup
from bot.line import account, content
from bot.line.account import Account
from bot.line.menus import MENUS, OURS
from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.faults import FaultKind
from simulator.limits import Rate
from simulator.platform import Platform
from simulator.server import serving
from storage import leases, menus
from storage.database import Database
from storage.menus import COUNSELOR, NORMAL

__all__ = ["environment"]
both = databases.on_both


@pytest.fixture
def line() -> Iterator[Platform]:
    platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
    yield platform
    platform.close()


@pytest.fixture
def webhook() -> Iterator[str]:
    """Where somebody answers LINE."""
    front = Flask("front")
    statuses = {"good": 200, "stranger": 401, "elsewhere": 404, "broken": 500}
    for name, status in statuses.items():
        front.add_url_rule(
            f"/{name}/line/webhook", name, lambda status=status: ("", status), methods=["POST"]
        )
    with serving(front) as url:
        yield url


@pytest.fixture
def api(line: Platform, environment: Path, monkeypatch: pytest.MonkeyPatch, webhook: str) -> Iterator[str]:
    """LINE's address, with good settings, a database, and a webhook that works."""
    line.webhook_url = f"{webhook}/good/line/webhook"
    with serving(create_simulator(line, parents=())) as url:
        monkeypatch.setenv("LINE_API_HOST", url + API_PREFIX)
        monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", TOKEN)
        monkeypatch.setattr(account, "TIMEOUT", (1.0, 0.5))
        monkeypatch.setattr(account, "PICTURE_TIMEOUT", (1.0, 1.0))
        run("db", "upgrade")
        yield url + API_PREFIX


@pytest.fixture
def database(api: str, environment: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{environment}/tsunagu.db")
    yield database
    database.close()


def setup(*options: str) -> Result:
    return run("line", "setup", *options)


def wrong(result: Result) -> list[str]:
    return [words for words in result.stdout.splitlines() if words.startswith("✗")]


def kept(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {kind: row.menu_id for kind, row in menus.known(session).items()}


def as_it_should_be(line: Platform, database: Database) -> bool:
    """Two menus of ours, with their pictures, known to every process, and the usual one for everybody."""
    there = {menu.body["name"]: menu for menu in line.menus}
    ids = {kind: there[menu.name].id for kind, menu in MENUS.items() if menu.name in there}
    pictures = all(there[menu.name].picture == menu.image for menu in MENUS.values() if menu.name in there)
    ours = sum(menu.body["name"].startswith(OURS) for menu in line.menus)
    return ours == 2 and pictures and kept(database) == ids and line.menus.default == ids[NORMAL]


def changes(line: Platform) -> list[str]:
    """What was changed at LINE about menus, in order."""
    return [
        f"{request.method} {request.path.removeprefix('/v2/bot/')}"
        for request in line.requests
        if request.method != "GET" and "richmenu" in request.path and "validate" not in request.path
    ]


# All is well


def test_the_menus_are_put_there_and_known(line: Platform, database: Database):
    result = setup()

    assert result.exit_code == 0
    assert wrong(result) == []
    assert as_it_should_be(line, database)


def test_it_says_which_account_and_what_is_left_to_click(api: str):
    said = setup().stdout

    assert "つなぐ窓口（練習）(@000aaaaa)" in said
    for setting in ("応答メッセージ", "あいさつメッセージ", "Webhookの再送", "チャット"):
        assert f"「{setting}」" in said


def test_a_second_run_changes_nothing(line: Platform, database: Database):
    setup()
    before = len(changes(line))

    again = setup()

    assert again.exit_code == 0
    assert "変わりはありません" in again.stdout
    assert changes(line)[before:] == []


def test_what_changed_is_put_there_anew_and_the_old_removed(
    line: Platform, database: Database, monkeypatch: pytest.MonkeyPatch
):
    setup()
    before = kept(database)
    monkeypatch.setitem(MENUS[NORMAL].__dict__, "name", "tsunagu:normal:new")

    result = setup()

    after = kept(database)
    assert "新しく1枚を登録し、古い1枚を消しました" in result.stdout
    assert as_it_should_be(line, database)
    assert (after[NORMAL] != before[NORMAL], after[COUNSELOR]) == (True, before[COUNSELOR])
    assert changes(line)[-1] == f"DELETE richmenu/{before[NORMAL]}"


def test_other_peoples_menus_are_left_alone(line: Platform, database: Database):
    theirs = line.create_menu(MENUS[NORMAL].request | {"name": "夏のキャンペーン"})

    setup()

    assert theirs in [menu.id for menu in line.menus]
    assert as_it_should_be(line, database)


def test_a_menu_with_an_action_that_nobody_knows_yet_stops_nothing(line: Platform, database: Database):
    theirs = line.create_menu(MENUS[NORMAL].request | {"name": "新機能"})
    line.menus.get(theirs).body["areas"][0]["action"] = {"type": "hologram", "beam": 3}

    assert setup().exit_code == 0
    assert as_it_should_be(line, database)


def test_a_lost_database_finds_its_menus_again(line: Platform, database: Database):
    setup()
    before = kept(database)
    with database.write() as session:
        for kind in MENUS:
            session.delete(session.get_one(menus.MenuRow, kind))

    setup()

    assert kept(database) == before
    assert as_it_should_be(line, database)


def test_what_somebody_deleted_at_line_is_put_there_again(line: Platform, database: Database):
    setup()
    line.menus.delete(kept(database)[NORMAL])

    setup()

    assert as_it_should_be(line, database)


def test_doubles_are_removed(line: Platform, database: Database):
    for _ in range(2):
        made = line.create_menu(MENUS[NORMAL].request)
        line.menus.put_picture(made, MENUS[NORMAL].image, "image/png")

    setup()

    assert as_it_should_be(line, database)


# Checking only


def test_a_check_changes_nothing_and_says_what_is_missing(line: Platform, database: Database):
    result = setup("--check")

    assert result.exit_code == 1
    assert ["まだ登録していません" in one for one in wrong(result)] == [True]
    assert changes(line) == []


def test_a_check_after_the_setup_is_content(line: Platform, api: str):
    setup()

    assert setup("--check").exit_code == 0


# What goes wrong on the way: the next run goes on from there


@pytest.mark.parametrize("endpoint", ["create_menu", "menu_picture", "set_default_menu", "delete_menu"])
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (FaultKind.SERVER_ERROR_BEFORE, "(500)"),
        (FaultKind.SERVER_ERROR_AFTER, "(500)"),
        (FaultKind.TIMEOUT_AFTER, "つながりません"),
        (FaultKind.RATE_LIMITED, "回数の上限"),
        (FaultKind.UNAUTHORIZED, "アクセストークンが無効"),
    ],
)
def test_wherever_line_fails_the_next_run_ends_well(
    kind: FaultKind, says: str, endpoint: str, line: Platform, database: Database
):
    old = line.create_menu(MENUS[NORMAL].request | {"name": "tsunagu:normal:older"})
    line.faults.add(kind, endpoint, seconds=1)

    failed = setup()
    again = setup()

    assert failed.exit_code == 1
    assert [says in one for one in wrong(failed)] == [True]
    assert again.exit_code == 0
    assert as_it_should_be(line, database)
    assert old not in [menu.id for menu in line.menus]


def test_more_menus_than_line_takes_in_an_hour_are_told(line: Platform, database: Database):
    line.limits.rates["create_menu"] = Rate(1, 3600)

    assert "1時間ほど待って" in wrong(setup())[0]


def test_where_nobody_answers_it_says_so(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LINE_API_HOST", "http://127.0.0.1:9")

    result = setup()

    assert result.exit_code == 1
    assert "LINEにつながりません" in wrong(result)[0]


def test_an_answer_that_nobody_can_read_is_no_traceback(line: Platform, database: Database):
    line.faults.add(FaultKind.MALFORMED_OK, "info")

    result = setup()

    assert result.exit_code == 1
    assert "LINEにつながりません" in wrong(result)[0]


@pytest.mark.parametrize("fault", [None, FaultKind.UNAUTHORIZED, FaultKind.SERVER_ERROR_AFTER])
def test_no_token_is_ever_said(
    fault: FaultKind | None, line: Platform, api: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    if fault:
        line.faults.add(fault, "create_menu")

    result = setup()

    assert TOKEN not in result.output
    assert not [record for record in caplog.records if TOKEN in repr(record.__dict__)]


# Two at once


def test_a_second_run_at_the_same_time_steps_back(line: Platform, database: Database):
    with database.write() as session:
        leases.take(session, line_setup.LEASE_NAME, datetime.now(UTC), line_setup.LEASE)

    result = setup()

    assert result.exit_code == 1
    assert "ほかの「line setup」が動いています" in wrong(result)[0]
    assert changes(line) == []


def test_a_run_that_was_killed_holds_nobody_up_for_long(line: Platform, database: Database):
    with database.write() as session:
        killed_at = datetime.now(UTC) - line_setup.LEASE
        leases.take(session, line_setup.LEASE_NAME, killed_at, line_setup.LEASE)

    assert setup().exit_code == 0
    assert as_it_should_be(line, database)


def test_of_two_runs_one_does_it(both: Database, line: Platform, api: str):
    start, found = threading.Barrier(2), []

    def work() -> None:
        one = Account(api, TOKEN)
        start.wait()
        found.extend(line_setup.set_up_menus(one, both, lambda: datetime.now(UTC)))
        one.close()

    runs = [threading.Thread(target=work) for _ in range(2)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()

    assert any(good for good, _ in found)
    assert as_it_should_be(line, both)


def test_a_lease_is_one_processs_until_it_is_over(both: Database):
    now, length = datetime(2026, 11, 24, tzinfo=UTC), timedelta(minutes=5)
    with both.write() as session:
        first = leases.take(session, "x", now, length)
    with both.write() as session:
        second = leases.take(session, "x", now + length - timedelta(seconds=1), length)
    with both.write() as session:
        third = leases.take(session, "x", now + length, length)
        leases.give_back(session, "x", str(first))  # too late: it is another's
        fourth = leases.take(session, "x", now + length, length)

    assert first
    assert third
    assert (second, fourth) == (None, None)


# The webhook


def test_a_new_webhook_is_tried_then_set_then_tried(line: Platform, api: str, webhook: str):
    line.webhook_url = None
    address = f"{webhook}/good/line/webhook"

    result = setup("--webhook-url", address)

    assert result.exit_code == 0
    assert line.webhook_url == address
    assert "返事があることを確かめました" in result.stdout


def test_the_same_webhook_is_not_set_again(line: Platform, api: str):
    setup("--webhook-url", str(line.webhook_url))

    assert [request for request in line.requests if request.method == "PUT"] == []


@pytest.mark.parametrize(
    ("leads_to", "says"),
    [
        ("stranger", "LINE_CHANNEL_SECRET"),
        ("elsewhere", "受け口がありません"),
        ("broken", "500 が返りました"),
    ],
)
def test_a_webhook_that_does_not_work_replaces_none_that_does(
    leads_to: str, says: str, line: Platform, api: str, webhook: str
):
    before = line.webhook_url

    result = setup("--webhook-url", f"{webhook}/{leads_to}/line/webhook")

    assert result.exit_code == 1
    assert [says in one for one in wrong(result)] == [True]
    assert line.webhook_url == before


def test_a_webhook_where_nobody_listens_is_told(line: Platform, api: str):
    line.webhook_url = "http://127.0.0.1:9/line/webhook"

    assert ["ファイアウォール" in one for one in wrong(setup())] == [True]


def test_no_webhook_is_told(line: Platform, api: str):
    line.webhook_url = None

    assert ["--webhook-url" in one for one in wrong(setup())] == [True]


@pytest.mark.parametrize(
    "address",
    [
        "http://line.example.jp/line/webhook",
        "https://line.example.jp/callback",
        "https:///line/webhook",
        "https://user@line.example.jp/line/webhook",
        "https://line.example.jp/line/webhook?key=1",
        "https://line.example.jp/" + "a" * 500 + "/line/webhook",
        "line.example.jp/line/webhook",
    ],
)
def test_an_address_that_line_would_not_call_is_wrong_use(address: str, line: Platform, api: str):
    result = setup("--webhook-url", address)

    assert result.exit_code == 2
    assert "https://" in result.stderr
    assert line.requests == ()


@pytest.mark.parametrize(
    ("api_host", "address", "fine"),
    [
        ("https://api.line.me", "https://line.example.jp/line/webhook", True),
        ("https://api.line.me", "http://127.0.0.1:8000/line/webhook", False),
        ("http://127.0.0.1:9", "http://127.0.0.1:8000/line/webhook", True),
        ("http://localhost:9", "http://192.0.2.1/line/webhook", False),
    ],
)
def test_plain_http_is_for_practising_on_one_machine(api_host: str, address: str, fine: bool):
    practising = line_setup.is_practising(api_host)

    assert line_setup.is_acceptable(address, practising=practising) is fine


def test_a_check_takes_no_address(api: str):
    assert setup("--check", "--webhook-url", "https://line.example.jp/line/webhook").exit_code == 2


# The account


def test_a_chat_that_is_switched_on_is_told(line: Platform, api: str):
    line.chat_mode = "chat"

    assert ["「チャット」がオン" in one for one in wrong(setup())] == [True]


def test_a_webhook_that_is_switched_off_is_told(line: Platform, api: str):
    line.webhook_active = False

    assert ["「Webhookの利用」をオン" in one for one in wrong(setup())] == [True]


def test_pictures_go_to_lines_other_host():
    assert content.data_host("https://api.line.me") == "https://api-data.line.me"
    assert (
        content.data_host("http://127.0.0.1:8000/simulator/line-api")
        == "http://127.0.0.1:8000/simulator/line-api"
    )


def test_without_settings_nothing_is_tried(line: Platform, api: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LINE_CHANNEL_ACCESS_TOKEN")

    assert setup().exit_code == 1
    assert line.requests == ()
