"""Trouble on purpose: processes killed under load, the database away, locked or full, clocks that jump."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import databases
import pytest
import unsealed
from books import Accounts, audit
from bursting import burst
from conftest import Service
from fleet import SECRET, TOKEN, Fleet, Parents, Trouble, wait_until
from postgres_server import Server
from samples import PDF
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.server import serving
from storage.tables import EnclosureRow, EntryRow, InboxRow, OutboxRow

BURST = 300  # events; `make soak` has 10,000
SECONDS = 6.0  # of trouble; `make soak` has minutes of it


@pytest.fixture
def line() -> Iterator[tuple[Platform, str]]:
    """LINE on the real clock, and its address."""
    platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
    with serving(create_simulator(platform, parents=()), threads=16) as url:
        yield platform, url + API_PREFIX
    platform.close()


Fleets = Callable[[str], Fleet]


@pytest.fixture
def new_fleet(tmp_path: Path, line: tuple[Platform, str]) -> Iterator[Fleets]:
    fleets: list[Fleet] = []

    def make(database_url: str) -> Fleet:
        fleets.append(Fleet(tmp_path, database_url, line[1]))
        return fleets[-1]

    yield make
    for fleet in fleets:
        fleet.close()


def drill(fleet: Fleet, platform: Platform, trouble: Callable[[], Any]) -> Accounts:
    """Parents write while there is trouble; afterwards everything is finished, and then the books are audited."""
    parents = Parents(platform, lambda: [web.port for web in fleet.webs])
    with parents.writing():
        wait_until(lambda: any(answers(phone) for phone in parents.phones))  # everybody is up
        trouble()
        quiet = parents.accepted
        wait_until(lambda: parents.accepted > quiet + 8)
    wait_until(fleet.settled)
    return audit(fleet, parents)


def test_two_webs_and_two_workers_lose_and_double_nothing_while_they_are_killed(
    new_fleet: Fleets, line: tuple[Platform, str]
) -> None:
    platform, _ = line
    fleet = new_fleet(databases.empty_postgresql())
    for start in (fleet.web, fleet.web, fleet.worker, fleet.worker):
        start()
    trouble = Trouble(fleet, platform, kill_every=1.5)

    accounts = drill(fleet, platform, lambda: trouble.make(SECONDS))

    assert accounts.wrong == {}
    assert not accounts.shown["parked"]
    assert trouble.counted["kill -9"] >= 3
    assert "Traceback" not in fleet.log


def test_one_process_on_sqlite_loses_and_doubles_nothing_while_it_is_killed(
    tmp_path: Path, new_fleet: Fleets, line: tuple[Platform, str]
) -> None:
    platform, _ = line
    fleet = new_fleet(databases.new_sqlite(tmp_path))
    fleet.web()
    trouble = Trouble(fleet, platform, kill_every=2.5)

    accounts = drill(fleet, platform, lambda: trouble.make(SECONDS))

    assert accounts.wrong == {}
    assert not accounts.shown["parked"]


@pytest.fixture
def server() -> Iterator[Server]:
    """Its disk is honest: what is committed is there after a restart."""
    databases.needs_binaries()
    server = Server(settings=())
    yield server
    server.remove()


def test_a_database_that_is_restarted_under_load_loses_nothing(
    server: Server, new_fleet: Fleets, line: tuple[Platform, str]
) -> None:
    platform, _ = line
    fleet = new_fleet(server.url)
    fleet.web()
    fleet.worker()

    def restart() -> None:
        server.stop()
        time.sleep(1)
        server.start()

    accounts = drill(fleet, platform, restart)

    assert accounts.wrong == {}
    assert accounts.delivered_again > 0  # it was noticed: refused, and sent again


@pytest.mark.parametrize("kind", databases.KINDS)
def test_a_burst_in_any_order_is_answered_once_and_in_the_order_of_writing(
    kind: str, tmp_path: Path, new_fleet: Fleets, line: tuple[Platform, str]
) -> None:
    fleet = new_fleet(databases.new_sqlite(tmp_path) if kind == "sqlite" else databases.empty_postgresql())

    parents, _ = burst(fleet, line[0], BURST)

    accounts = audit(fleet, parents)
    assert accounts.wrong == {}
    assert not accounts.shown["parked"]
    assert all(answers(phone) for phone in parents.phones)


# ---- SQLite locked, disk full


def answers(phone: Phone) -> int:
    return sum(not bubble.mine for bubble in phone.screen)


def said(service: Service) -> list[str]:
    entries = unsealed.rows(service.program.database, EntryRow)
    return [entry.text for entry in entries if entry.kind == "utterance"]


def test_while_another_program_locks_sqlite_events_wait_or_come_again(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.3)
    other = sqlite3.connect(tmp_path / "test.db")
    phone = service.phone()
    service.worker.start()
    service.program.database.engine.dispose()  # its connections were made with the long patience
    other.execute("BEGIN IMMEDIATE")
    phone.say("一時保育どこ")
    refused = service.platform.undelivered
    other.rollback()
    other.close()

    service.platform.redeliver()

    wait_until(lambda: answers(phone) > 0)
    service.worker.stop()
    assert refused == 1
    assert said(service) == ["一時保育どこ"]


class Disk:
    """A disk for the database that can be full."""

    def __init__(self, service: Service) -> None:
        self._engine = service.program.database.engine
        self._full = False
        event.listen(self._engine, "connect", self._limit)

    def fill(self, *, full: bool) -> None:
        self._full = full
        self._engine.dispose()  # the limit is a connection's

    def _limit(self, connection: Any, _record: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages if self._full else 1_000_000}")


def test_a_full_disk_refuses_events_and_takes_them_when_there_is_room(service: Service) -> None:
    disk, phone = Disk(service), service.phone()
    disk.fill(full=True)

    for number in range(40):  # the last pages have a little room
        phone.say(f"長い話{number}" * 200)
    refused = service.platform.undelivered
    disk.fill(full=False)
    service.platform.redeliver()
    service.settle()

    assert refused > 0
    assert len(said(service)) == len(set(said(service))) == 40
    assert service.platform.undelivered == 0


def test_what_was_kept_before_the_disk_was_full_is_handled_when_there_is_room(service: Service) -> None:
    disk, phone = Disk(service), service.phone()
    service.platform.hold()
    for number in range(60):
        phone.say(f"長い話{number}" * 300)
    service.platform.release(together=False)
    disk.fill(full=True)
    service.worker.start()
    wait_until(lambda: service.platform.undelivered == 0)
    threading.Event().wait(0.5)  # it tries, and fails

    disk.fill(full=False)

    wait_until(lambda: not open_events(service, later=1))  # what could be put off waits for its second
    service.worker.stop()
    assert len(said(service)) == 60
    assert parked(service) == 0


def test_a_disk_that_stays_full_for_minutes_parks_nothing(service: Service) -> None:
    disk, phone = Disk(service), service.phone()
    service.platform.hold()
    for number in range(60):
        phone.say(f"長い話{number}" * 30)
    service.platform.release(together=False)
    disk.fill(full=True)

    for _ in range(60):  # there is room to note that an event failed, not for what it says
        with suppress(OperationalError):
            service.worker.steps["intake"].step()
        service.clock.forward(seconds=3)
    handled = len(said(service))
    disk.fill(full=False)
    service.settle()

    assert handled < len(said(service)) == 60
    assert parked(service) == 0


def test_a_disk_that_is_full_for_minutes_costs_no_photo(service: Service) -> None:
    disk = Disk(service)
    service.phone().send_file("手紙.pdf", PDF + bytes(1_000_000))
    while service.worker.steps["intake"].step():
        pass
    disk.fill(full=True)

    for _ in range(10):  # there is room to note that it was tried, not for the file
        with suppress(OperationalError):
            service.worker.steps["fetching"].step()
        service.clock.forward(minutes=3)
    full = enclosed(service)
    disk.fill(full=False)
    service.clock.forward(minutes=6)
    service.settle()

    assert (full, enclosed(service)) == ([("wanted", "")], [("kept", "")])


def enclosed(service: Service) -> list[tuple[str, str]]:
    with service.program.database.read() as session:
        return [(row.state, row.problem) for row in session.exec(select(EnclosureRow))]


def open_events(service: Service, *, later: float = 0) -> int:
    """The service's clock stands unless somebody moves it: here by so many seconds."""
    service.clock.forward(seconds=later)
    with service.program.database.read() as session:
        return len(session.exec(select(InboxRow.id).where(col(InboxRow.closed_at).is_(None))).all())


def parked(service: Service) -> int:
    with service.program.database.read() as session:
        return len(session.exec(select(InboxRow.id).where(InboxRow.parked)).all())


# ---- clocks that jump


@pytest.mark.parametrize("hours", [-5, 5], ids=["back", "forward"])
def test_after_a_clock_has_jumped_everything_goes_on(hours: int, service: Service) -> None:
    phone = service.phone()
    phone.say("一時保育どこ")
    service.platform.faults.add("server_error_before", "reply")
    service.settle()  # it is to be tried again in a second, by the old clock

    service.clock.forward(hours=hours)
    phone.say("夜泣きがつらい")
    for _ in range(5):
        service.settle()
        service.clock.forward(seconds=2)

    with service.program.database.read() as session:
        assert set(session.exec(select(OutboxRow.state))) == {"sent"}
    assert len(said(service)) == 2


@pytest.mark.parametrize("hours", [-5, 5], ids=["back", "forward"])
def test_an_event_that_failed_before_the_clock_jumped_is_tried_again(
    hours: int, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = service.phone()
    with monkeypatch.context() as patched:
        patched.setattr("bot.intake.handle", lambda *_, **__: 1 / 0)
        phone.say("一時保育どこ")
        service.settle()

    service.clock.forward(hours=hours)
    service.settle()

    assert said(service) == ["一時保育どこ"]
