"""`kill -9` between any two steps, in a real process on a real database: what was accepted is finished, once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crashing import POINTS, WEB_POINTS
from fleet import PATIENCE, SECRET, TOKEN, Fleet, Member, wait_until
from ports import free_port
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
from storage.staff import Role
from storage.store import SqlStore
from storage.tables import ConversationRow

ON_BOTH = True
HERE = Path(__file__).parent
ROLE = "総合相談の相談員です。"  # before a counselor's first words
PUSH_POINTS = [point for point in POINTS if "push" in point]
OTHER_POINTS = [point for point in POINTS if "push" not in point]


class Town:
    """LINE and a database that outlive the processes under test."""

    def __init__(self, folder: Path, database_url: str, platform: Platform, line_host: str) -> None:
        self.platform = platform
        self.fleet = Fleet(folder, database_url, line_host)
        self.database = self.fleet.database
        self._port = free_port()
        platform.webhook_url = f"http://127.0.0.1:{self._port}/line/webhook"

    @contextmanager
    def serving(self, point: str = "nowhere") -> Iterator[Member]:
        """Gives the process at whose point `kill -9` strikes. With SQLite there is one for everything."""
        in_web = self.database.sqlite or point in WEB_POINTS
        web = self.fleet.web(point if in_web else "nowhere", port=self._port)
        worker = web if self.database.sqlite else self.fleet.worker("nowhere" if in_web else point)
        try:
            yield web if in_web else worker
        finally:
            self.fleet.stop()


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
    with serving(create_simulator(platform, parents=())) as url:
        town = Town(tmp_path, database_url, platform, url + API_PREFIX)
        yield town
        town.fleet.close()
    platform.close()


def _died(process: Member) -> int | None:
    process.process.join(PATIENCE)
    return process.process.exitcode


def _answers_shown(phone: Phone) -> list[str]:
    return [bubble.message["text"] for bubble in phone.screen if not bubble.mine and "text" in bubble.message]


@pytest.mark.parametrize("point", OTHER_POINTS)
def test_a_message_is_answered_once_although_the_process_is_killed(point: str, town: Town) -> None:
    phone = town.platform.phone("保護者A")

    with town.serving(point) as process:
        phone.say("一時保育どこ")
        assert _died(process) == -signal.SIGKILL
    with town.serving():
        town.platform.redeliver()
        wait_until(lambda: bool(_answers_shown(phone)) and town.fleet.settled())

    assert len([text for text in _answers_shown(phone) if "一時預かり" in text]) == 1


@pytest.mark.parametrize("point", PUSH_POINTS)
def test_a_counselors_reply_arrives_once_although_the_process_is_killed(point: str, town: Town) -> None:
    phone = town.platform.phone("保護者A")
    with town.serving():
        phone.follow()
        wait_until(lambda: bool(_answers_shown(phone)) and town.fleet.settled())
    _reply_as_counselor(town, "こんにちは、相談員です。")

    with town.serving(point) as process:
        assert _died(process) == -signal.SIGKILL
    with town.serving():
        wait_until(town.fleet.settled)

    assert _answers_shown(phone).count(f"{ROLE}\nこんにちは、相談員です。") == 1


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
