"""`kill -9` between any two steps, in a real process on a real database: what was accepted is finished, once."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import SECRET, TOKEN
from crashing import POINTS
from databases import KEYS
from sqlmodel import select

from conversation.events import CounselorReplied, CounselorTook
from conversation.handling import handle
from directory.pack import load
from intents.rules import parse
from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.server import serving
from storage import staff
from storage.database import Database
from storage.staff import Role
from storage.store import SqlStore
from storage.tables import ConversationRow, InboxRow, OutboxRow

HERE = Path(__file__).parent
PATIENCE = 30.0  # seconds
PUSH_POINTS = [point for point in POINTS if "push" in point]
OTHER_POINTS = [point for point in POINTS if "push" not in point]


class Town:
    """LINE and a database that outlive the process under test."""

    def __init__(self, folder: Path, platform: Platform, line_host: str) -> None:
        self.platform = platform
        self.port = _free_port()
        platform.webhook_url = f"http://127.0.0.1:{self.port}/line/webhook"
        self._environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{folder}/tsunagu.db",
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "LINE_API_HOST": line_host,
            "SECRET_KEY": "a-secret-key-for-the-tests",
            "ENCRYPTION_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        }
        self._log = (folder / "log").open("ab")
        self.run("nowhere", "db", "upgrade").wait(PATIENCE)
        self.database = Database(self._environment["DATABASE_URL"], KEYS)

    def run(self, point: str, *command: str) -> subprocess.Popen[bytes]:
        arguments = [sys.executable, str(HERE / "crashing.py"), point, *command]
        return subprocess.Popen(arguments, env=self._environment, stderr=self._log, stdout=self._log)

    @contextmanager
    def serving(self, point: str = "nowhere") -> Iterator[subprocess.Popen[bytes]]:
        process = self.run(point, "serve", "--port", str(self.port))
        try:
            wait_until(lambda: process.poll() is not None or _answers(self.port))
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)

    def close(self) -> None:
        self.database.close()
        self._log.close()

    def settled(self) -> bool:
        with self.database.read() as session:
            waiting = session.exec(select(InboxRow.id).where(InboxRow.closed_at == None)).first()  # noqa: E711
            unsent = session.exec(select(OutboxRow.id).where(OutboxRow.state != "sent")).first()
        return waiting is None and unsent is None


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
    with serving(create_simulator(platform, parents=())) as url:
        town = Town(tmp_path, platform, url + API_PREFIX)
        yield town
        town.close()
    platform.close()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers_shown(phone: Phone) -> list[str]:
    return [bubble.message["text"] for bubble in phone.screen if not bubble.mine and "text" in bubble.message]


@pytest.mark.parametrize("point", OTHER_POINTS)
def test_a_message_is_answered_once_although_the_process_is_killed(point: str, town: Town) -> None:
    phone = town.platform.phone("保護者A")

    with town.serving(point) as process:
        phone.say("一時保育どこ")
        assert process.wait(PATIENCE) == -signal.SIGKILL
    with town.serving():
        town.platform.redeliver()
        wait_until(lambda: bool(_answers_shown(phone)) and town.settled())

    assert len([text for text in _answers_shown(phone) if "一時預かり" in text]) == 1


@pytest.mark.parametrize("point", PUSH_POINTS)
def test_a_counselors_reply_arrives_once_although_the_process_is_killed(point: str, town: Town) -> None:
    phone = town.platform.phone("保護者A")
    with town.serving():
        phone.follow()
        wait_until(lambda: bool(_answers_shown(phone)) and town.settled())
    _reply_as_counselor(town, "こんにちは、相談員です。")

    with town.serving(point) as process:
        assert process.wait(PATIENCE) == -signal.SIGKILL
    with town.serving():
        wait_until(town.settled)

    assert _answers_shown(phone).count("こんにちは、相談員です。") == 1


def _reply_as_counselor(town: Town, text: str) -> None:
    rules = parse((HERE.parent / "routing_rules.yaml").read_text(encoding="utf-8"))
    now = datetime.now(UTC)
    with town.database.write() as session:
        staff.add(session, "sato", "相談員", Role.COUNSELOR, "no hash", now)
        session.flush()
        conversation_id = session.exec(select(ConversationRow.id)).one()
        for event in (CounselorTook("sato"), CounselorReplied("sato", text)):
            handle(
                conversation_id,
                event,
                store=SqlStore(session),
                rules=rules,
                directory=load("nakano"),
                now=now,
            )
