"""Published versions: nobody's is lost, and every running program answers by the newest within five seconds."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import databases
import pytest
import yaml
from conftest import SECRET, TOKEN, Service, settings_for
from databases import NOW
from ports import free_port
from quick_yaml import loaded
from sqlalchemy import text as sql
from sqlmodel import col, select

from bot.program import Program, seed_rules
from intents.rules import BadRules, Rules
from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.server import serving
from storage import rulesets
from storage.database import Database
from storage.rulesets import AlreadyLive, LiveRules, NoRules, Published
from storage.tables import EntryRow, RulesetRow

PROMISED = 5.0  # seconds
PATIENCE = 60.0  # for what nobody promised anything about, on a busy machine

database = databases.on_both
postgresql = databases.on_postgresql
SEED = seed_rules()


def _small() -> str:
    """A rule with one word for every intent: good, and quick to read."""
    root = loaded(SEED)
    for entry in root["intents"]:
        entry["keywords"] = {"strong": entry["keywords"]["strong"][:1]}
        for part in ("together", "unless", "examples", "must_not"):
            entry.pop(part, None)
    return yaml.safe_dump(root, allow_unicode=True)


SMALL = _small()


def variant(number: int) -> str:
    """Rules that say the same in a different text."""
    return f"{SMALL}# {number}\n"


def publish(database: Database, text: str, by: str = "sato") -> int:
    with database.write() as session:
        return rulesets.publish(session, text, by=by, note="ためし", now=NOW)


def put(database: Database, version: int, text: str) -> None:
    """As a newer program, with a form that this one does not know, would have published it."""
    with database.write() as session:
        session.add(RulesetRow(version=version, text=text, published_at=NOW, published_by="-", note="-"))


def another(database: Database) -> Database:
    return Database(database.engine.url.render_as_string(hide_password=False))


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """How long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def live(database: Database) -> Iterator[LiveRules]:
    live = LiveRules(database)
    yield live
    live.close()


class Gate:
    """Stands before the real parser, so that a test can hold somebody there as long as it likes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        parse = rulesets.parse

        def gated(text: str, **version: int) -> Rules:
            self.reached.set()
            assert self.opened.wait(PATIENCE)
            return parse(text, **version)

        self.close = lambda: monkeypatch.setattr(rulesets, "parse", gated)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.opened.set()


def test_the_text_is_kept_to_the_letter(database: Database):
    odd = SMALL.replace("\n", "\r\n") + "# 😀 そのまま  \r\n\n#"

    version = publish(database, odd)

    with database.read() as session:
        assert rulesets.text_of(session, version) == odd


def test_the_history_begins_with_the_newest(database: Database):
    with database.write() as session:
        rulesets.publish(session, variant(1), by="sato", note="はじめ", now=NOW)
    with database.write() as session:
        rulesets.publish(session, variant(2), by="mori", note="つぎ", now=NOW + timedelta(hours=1))

    with database.read() as session:
        history, newest = rulesets.history(session), rulesets.newest(session)

    second = Published(2, NOW + timedelta(hours=1), "mori", "つぎ")
    assert history == [second, Published(1, NOW, "sato", "はじめ")]
    assert newest == second


def test_where_nothing_was_published_there_is_no_newest(database: Database):
    with database.read() as session:
        assert rulesets.newest(session) is None


def test_broken_rules_are_not_published(database: Database):
    publish(database, variant(1))

    with pytest.raises(BadRules):
        publish(database, "format: 1\n")

    with database.read() as session:
        assert rulesets.newest_version(session) == 1


def test_what_is_live_is_not_published_again(database: Database):
    publish(database, variant(1))

    with pytest.raises(AlreadyLive) as caught:
        publish(database, variant(1))

    assert caught.value.version == 1


def test_going_back_is_publishing_an_old_text_again(database: Database):
    publish(database, variant(1))
    publish(database, variant(2))

    assert publish(database, variant(1)) == 3
    with database.read() as session:
        assert rulesets.version_with(session, variant(1)) == 3
        assert rulesets.version_with(session, variant(9)) is None


def test_of_publishers_who_race_nobody_is_lost(database: Database):
    texts = [variant(number) for number in range(6)]
    start, versions = threading.Barrier(len(texts)), []

    def race(text: str) -> None:
        mine = another(database)
        start.wait(PATIENCE)
        versions.append(publish(mine, text))
        mine.close()

    threads = [threading.Thread(target=race, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert sorted(versions) == [1, 2, 3, 4, 5, 6]
    with database.read() as session:
        assert sorted(rulesets.text_of(session, version) for version in versions) == texts


def test_a_publisher_who_meets_an_open_transaction_gets_the_next_number(postgresql: Database):
    late: list[int] = []
    thread = threading.Thread(target=lambda: late.append(publish(postgresql, variant(2))))

    with postgresql.write() as session:
        first = rulesets.publish(session, variant(1), by="mori", note="-", now=NOW)
        thread.start()
        wait_until(lambda: _waits_for_a_lock(postgresql))
    thread.join(PATIENCE)

    assert (first, late) == (1, [2])


def _waits_for_a_lock(postgresql: Database) -> bool:
    with postgresql.read() as session:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        return bool(session.execute(sql(waiting)).scalar_one())


def test_nobody_waits_for_the_database_while_a_publisher_reads_the_text(database: Database, gate: Gate):
    gate.close()
    thread = threading.Thread(target=publish, args=(database, variant(1)))
    thread.start()
    assert gate.reached.wait(PATIENCE)

    databases.family(database)  # somebody else writes

    gate.opened.set()
    thread.join(PATIENCE)
    with database.read() as session:
        assert rulesets.newest_version(session) == 1


def test_before_anything_is_published_there_are_no_rules(live: LiveRules, database: Database):
    with pytest.raises(NoRules):
        live()
    publish(database, variant(1))

    assert live().version == 1


def test_two_programs_follow_within_the_promised_time(database: Database):
    url = database.engine.url.render_as_string(hide_password=False)
    programs = [Program(settings_for(url, "http://127.0.0.1:9")) for _ in range(2)]
    programs[0].prepare()
    assert [program.rules().version for program in programs] == [1, 1]

    publish(programs[0].database, variant(2))

    wait_until(lambda: [program.rules().version for program in programs] == [2, 2], PROMISED)
    for program in programs:
        program.close()


def test_whoever_asks_while_a_new_version_is_read_gets_the_old_one_at_once(
    database: Database, live: LiveRules, gate: Gate
):
    publish(database, variant(1))
    old = live()
    publish(database, variant(2))
    gate.close()
    assert gate.reached.wait(PATIENCE)

    began = time.monotonic()
    answers = [live() for _ in range(1000)]
    took = time.monotonic() - began

    assert all(answer is old for answer in answers)
    assert took < 0.5  # and not until somebody opens the gate
    gate.opened.set()
    wait_until(lambda: live().version == 2)


def test_a_message_that_comes_meanwhile_is_answered_by_the_old_version(service: Service, gate: Gate):
    publish(service.program.database, f"{SEED}# 2\n")
    gate.close()
    assert gate.reached.wait(PATIENCE)

    service.phone().say("一時保育どこ")
    service.settle()

    assert _stamps(service.program.database) == [1]
    gate.opened.set()
    wait_until(lambda: service.program.rules().version == 2)
    service.phone().say("一時保育どこ")
    service.settle()
    assert _stamps(service.program.database) == [1, 2]


def test_a_version_that_cannot_be_read_leaves_the_last_good_one_and_is_logged_once(
    database: Database, live: LiveRules, caplog: pytest.LogCaptureFixture
):
    publish(database, variant(1))
    assert live().version == 1

    put(database, 2, "format: 2\nだれかの言葉: 秘密\n")
    wait_until(lambda: bool(_errors(caplog)))
    time.sleep(1.5 * rulesets.LOOK_AGAIN)

    assert live().version == 1
    (error,) = _errors(caplog)
    assert (error.getMessage(), error.__dict__["ruleset"]) == ("ruleset cannot be read", 2)
    assert "秘密" not in caplog.text
    publish(database, variant(3))
    wait_until(lambda: live().version == 3)


def test_of_two_new_versions_the_newest_that_can_be_read_is_taken(database: Database, live: LiveRules):
    publish(database, variant(1))
    assert live().version == 1

    with database.write() as session:
        for version, text in ((2, variant(2)), (3, "format: 2\n")):
            session.add(RulesetRow(version=version, text=text, published_at=NOW, published_by="-", note="-"))

    wait_until(lambda: live().version == 2)


def test_a_program_that_starts_with_a_version_it_cannot_read_takes_the_one_before(
    database: Database, live: LiveRules
):
    publish(database, variant(1))
    put(database, 2, "format: 2\n")

    assert live().version == 1


def test_an_older_version_is_never_taken_up(database: Database, live: LiveRules):
    publish(database, variant(1))
    publish(database, variant(2))
    assert live().version == 2

    with database.write() as session:
        session.delete(session.get_one(RulesetRow, 2))  # a backup was put back
    time.sleep(2.5 * rulesets.LOOK_AGAIN)

    assert live().version == 2


def test_a_database_that_is_away_changes_nothing_and_is_logged_once(
    database: Database, live: LiveRules, caplog: pytest.LogCaptureFixture
):
    publish(database, variant(1))
    assert live().version == 1

    with database.write() as session:
        session.execute(sql("ALTER TABLE ruleset RENAME TO away"))
    wait_until(lambda: bool(_errors(caplog)))
    time.sleep(1.5 * rulesets.LOOK_AGAIN)

    assert live().version == 1
    assert [error.getMessage() for error in _errors(caplog)] == ["rules not looked up"]
    with database.write() as session:
        session.execute(sql("ALTER TABLE away RENAME TO ruleset"))
    publish(database, variant(2))
    wait_until(lambda: live().version == 2)


def test_the_log_says_at_the_start_when_the_file_is_not_what_is_live(
    program: Program, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.chdir(tmp_path)
    program.worker().close()
    assert "not live" not in caplog.text

    (tmp_path / "routing_rules.yaml").write_text(f"{SEED}# だれかの直し\n", encoding="utf-8")
    program.worker().close()

    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.getMessage() == "routing_rules.yaml is not live"
    assert (warning.__dict__["live"], warning.__dict__["file"]) == (1, "unpublished")
    assert "だれかの直し" not in caplog.text


def test_a_file_that_nobody_can_read_does_not_stop_the_start(
    program: Program, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "routing_rules.yaml").write_bytes(SEED.encode("cp932", "replace"))

    program.worker().close()

    assert program.rules().version == 1


def _errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno == logging.ERROR]


def _stamps(database: Database) -> list[int]:
    """By which version each utterance was understood."""
    with database.read() as session:
        entries = session.exec(select(EntryRow).order_by(col(EntryRow.id)))
        return [entry.understanding["ruleset"] for entry in entries if entry.understanding]


def with_new_answer(text: str) -> str:
    """The rules with one more line in what is answered about temporary care."""
    before, found, after = text.partition("- id: temporary_care\n")
    assert found
    return before + found + after.replace("answer: |-\n", "answer: |-\n      あたらしい案内です。\n", 1)


class Processes:
    """`tsunagu`, as it is run for real: several processes on one database."""

    def __init__(self, database: Database, line_host: str, log: Any) -> None:
        self.database = database
        self.port = free_port()
        self._log = log
        self._environment = os.environ | {
            "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "LINE_API_HOST": line_host,
            "SECRET_KEY": "a-secret-key-for-the-tests",
            "ENCRYPTION_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        """Webhook and worker; with SQLite in one process."""
        both = self.database.engine.dialect.name == "sqlite"
        commands = [["serve"]] if both else [["serve", "--only", "webhook"], ["worker"]]
        commands[0] += ["--port", str(self.port)]
        started = [self.start(*command) for command in commands]
        try:
            wait_until(lambda: _answers(self.port))
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(PATIENCE)

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        arguments = [sys.executable, "-m", "bot", *command]
        return subprocess.Popen(arguments, env=self._environment, stderr=self._log, stdout=self._log)


@pytest.fixture
def processes(database: Database, tmp_path: Any) -> Iterator[tuple[Processes, Phone]]:
    with ExitStack() as stack:
        log = stack.enter_context((tmp_path / "log").open("ab"))
        platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
        stack.callback(platform.close)
        line_host = stack.enter_context(serving(create_simulator(platform, parents=()))) + API_PREFIX
        processes = Processes(database, line_host, log)
        platform.webhook_url = f"http://127.0.0.1:{processes.port}/line/webhook"
        yield processes, platform.phone("保護者A")


def test_the_next_message_to_a_running_service_is_answered_by_what_was_published(
    processes: tuple[Processes, Phone], database: Database, tmp_path: Any
):
    running, phone = processes
    publish(database, SEED)
    file = tmp_path / "rules.yaml"
    file.write_text(with_new_answer(SEED), encoding="utf-8")

    with running.running():
        phone.say("一時保育どこ")
        wait_until(lambda: _heard(phone) == 1)
        assert running.start("rules", "publish", str(file), "--note", "ためし").wait(PATIENCE) == 0
        time.sleep(PROMISED)
        phone.say("一時保育どこ")
        wait_until(lambda: _heard(phone) == 2)

    assert [("あたらしい案内です。" in text) for text in _answers_about_care(phone)] == [False, True]
    assert _stamps(database) == [1, 2]


def _heard(phone: Phone) -> int:
    return len(_answers_about_care(phone))


def _answers_about_care(phone: Phone) -> list[str]:
    texts = [
        bubble.message["text"] for bubble in phone.screen if not bubble.mine and "text" in bubble.message
    ]
    return [text for text in texts if "一時預かり" in text]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
