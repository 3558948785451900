"""No room for PostgreSQL's tables: no file of theirs may grow. Its disk stays the machine's own: nothing is mounted."""

import time
from collections.abc import Iterator

import databases
import pytest
import unsealed
from conftest import Service
from fleet import wait_until
from postgres_server import FAST, Server
from sqlmodel import col, select

from simulator.phone import Phone
from storage.tables import EntryRow, InboxRow

ROOM = 5 * 2**18  # bytes: more than any table of PostgreSQL's own that grows, and than a segment of its log
LONG = "長い話" * 1500


@pytest.fixture
def server() -> Iterator[Server]:
    databases.needs_binaries()
    server = Server(settings=FAST, initdb=("--wal-segsize=1",))
    yield server
    server.remove()


@pytest.fixture
def database_url(server: Server) -> str:
    databases.migrate(server.url)
    return server.url


def said(service: Service) -> list[str]:
    entries = unsealed.rows(service.program.database, EntryRow)
    return [entry.text for entry in entries if entry.kind == "utterance"]


def rows(service: Service, *conditions: object, later: float = 0) -> int:
    """The service's clock stands unless somebody moves it: here by so many seconds."""
    service.clock.forward(seconds=later)
    with service.program.database.read() as session:
        return len(session.exec(select(InboxRow.id).where(*conditions)).all())


def say_much(phone: Phone, messages: int) -> None:
    for number in range(messages):
        phone.say(f"{number}{LONG}")


def test_a_full_disk_refuses_events_and_takes_them_when_there_is_room(
    server: Server, service: Service
) -> None:
    server.limit_files(ROOM)

    say_much(service.phone(), 110)
    refused = service.platform.undelivered
    server.limit_files(-1)
    service.platform.redeliver()
    service.settle()

    assert 0 < refused < 110
    assert len(said(service)) == len(set(said(service))) == 110
    assert service.platform.undelivered == 0


def test_what_was_kept_before_the_disk_was_full_is_handled_when_there_is_room(
    server: Server, service: Service
) -> None:
    say_much(service.phone(), 110)
    server.limit_files(ROOM)
    service.worker.start()
    wait_until(lambda: not service.worker.steps["intake"].step())  # it tries, and fails
    time.sleep(0.5)
    handled = len(said(service))

    server.limit_files(-1)

    wait_until(
        lambda: rows(service, col(InboxRow.closed_at).is_(None), later=1) == 0
    )  # put off: for a second
    service.worker.stop()
    assert handled < len(said(service)) == 110
    assert rows(service, InboxRow.parked) == 0
