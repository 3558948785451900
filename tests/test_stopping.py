"""SIGTERM: what came in is answered, what is in hand is finished, nothing stays claimed, and it does not take long."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import crashing
import pytest
from books import audit
from fleet import PATIENCE, SECRET, TOKEN, Fleet, Member, Parents, wait_until
from sqlalchemy import text
from sqlmodel import func, select

from bot.stopping import LONGEST
from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.platform import Platform
from simulator.server import serving
from storage.tables import InboxRow, OutboxRow

ON_BOTH = True
DEPLOY = Path(__file__).parent.parent / "deploy"


class Town:
    def __init__(self, folder: Path, database_url: str, platform: Platform, line_host: str) -> None:
        self.platform = platform
        self.fleet = Fleet(folder, database_url, line_host)
        self.database = self.fleet.database

    def start(self, point: str = "nowhere") -> tuple[Member, Member]:
        """The process with the webhook, and the one that sends; with SQLite they are one."""
        web = self.fleet.web(point if self.database.sqlite else "nowhere")
        return web, web if self.database.sqlite else self.fleet.worker(point)

    def say(self, web: Member, name: str = "保護者A") -> bool:
        """Whether the webhook answered 200."""
        self.platform.hold()
        phone = self.platform.phone(name)
        phone.say("一時保育どこ")
        (event,) = [one for one in self.platform.held if one["source"]["userId"] == phone.user_id]
        return Parents(self.platform, lambda: [web.port], names=0).post(event, port=web.port)

    def states(self) -> list[str]:
        with self.database.read() as session:
            return list(session.exec(select(OutboxRow.state)))

    def kept(self) -> int:
        with self.database.read() as session:
            return session.exec(select(func.count()).select_from(InboxRow)).one()

    @contextmanager
    def nobody_writes(self) -> Iterator[None]:
        with self.database.write() as session:
            locking = "SELECT 1" if self.database.sqlite else "LOCK TABLE inbox IN EXCLUSIVE MODE"
            session.execute(text(locking))
            yield


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
    with serving(create_simulator(platform, parents=())) as url:
        town = Town(tmp_path, database_url, platform, url + API_PREFIX)
        yield town
        town.fleet.close()
    platform.close()


def ask_to_stop(member: Member) -> None:
    assert member.process.pid
    os.kill(member.process.pid, signal.SIGTERM)


def ended(member: Member) -> int | None:
    member.process.join(PATIENCE)
    return member.process.exitcode


def test_a_message_on_its_way_to_line_is_sent_once_and_marked(town: Town) -> None:
    web, sender = town.start()
    town.platform.faults.add("slow", "reply", seconds=0.8)
    assert town.say(web)
    wait_until(lambda: "sending" in town.states())

    ask_to_stop(sender)

    assert ended(sender) == 0
    assert town.states() == ["sent"]
    assert len([one for one in town.platform.phone("保護者A").screen if not one.mine]) > 0


def test_requests_that_came_in_are_answered_and_kept(town: Town) -> None:
    web, _ = town.start()
    many = 30  # more than there are threads: some still queue
    answers: list[bool] = []
    asking = [
        threading.Thread(target=lambda n=number: answers.append(town.say(web, f"保護者{n}")))
        for number in range(many)
    ]
    with town.nobody_writes():
        for one in asking:
            one.start()
        time.sleep(1)
        ask_to_stop(web)
        time.sleep(0.5)
    for one in asking:
        one.join()

    assert ended(web) == 0
    assert (answers.count(True), town.kept()) == (many, many)


def test_under_load_all_end_soon_with_nothing_in_hand_and_the_next_go_on(town: Town) -> None:
    town.start()
    members = town.fleet.members
    parents = Parents(town.platform, lambda: [web.port for web in town.fleet.webs], names=6)

    with parents.writing():
        wait_until(lambda: parents.accepted > 20 and "sent" in town.states())
        begun = time.monotonic()
        for member in members:
            ask_to_stop(member)
        codes = [ended(member) for member in members]
        seconds, states = time.monotonic() - begun, town.states()
        for member in members:
            town.fleet.replace(member)
        so_far = parents.accepted
        wait_until(lambda: parents.accepted > so_far + 10)
    wait_until(town.fleet.settled)

    assert codes == [0] * len(members)
    assert seconds < LONGEST
    assert "sending" not in states
    assert audit(town.fleet, parents).wrong == {}


def test_what_hangs_does_not_keep_the_process(town: Town) -> None:
    web, sender = town.start(crashing.HANGS)
    assert town.say(web)
    wait_until(lambda: "sending" in town.states())

    begun = time.monotonic()
    ask_to_stop(sender)

    assert ended(sender) == 1
    assert time.monotonic() - begun < 10
    assert "stopped with work in hand" in town.fleet.log


def test_the_deployment_waits_longer_than_the_program_takes() -> None:
    units = [path.read_text(encoding="utf-8") for path in (DEPLOY / "systemd").glob("*.service")]

    assert all("TimeoutStopSec=30" in unit for unit in units)
    assert "stop_grace_period: 30s" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert LONGEST < 30
