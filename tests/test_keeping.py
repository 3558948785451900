"""Many webhook requests at once, one commit: each is kept before it is answered, and fails alone."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import databases
import pytest
from databases import NOW
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from storage import inbox
from storage.database import Database
from storage.inbox import Received
from storage.keeping import Keeper
from storage.tables import InboxRow

database = databases.on_both
FULL = 2  # as SQLite says it: a commit returns when the disk has it


class Crowd:
    """Requests that come while the first one is being written."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database = database
        self.keeper = Keeper(database, "line")
        self.outcomes: dict[str, str] = {}
        self.commits = 0
        self._threads: list[threading.Thread] = []
        self._writing, self._go_on = threading.Event(), threading.Event()
        accept = inbox.accept

        def slowly(*arguments: Any) -> int:
            self._writing.set()
            assert self._go_on.wait(10)
            self.commits += 1
            return accept(*arguments)

        monkeypatch.setattr(inbox, "accept", slowly)

    def comes(self, *event_ids: str) -> None:
        for event_id in event_ids:
            thread = threading.Thread(target=self._keep, args=(event_id,))
            self._threads.append(thread)
            thread.start()
            self._writing.wait(10)  # the first one has begun
            until(lambda: len(self._threads) == self.waiting + 1)

    @property
    def waiting(self) -> int:
        return len(self.keeper._queue)

    def is_kept(self) -> None:
        self._go_on.set()
        for thread in self._threads:
            thread.join(10)

    def _keep(self, event_id: str) -> None:
        try:
            self.keeper.keep([Received(event_id, "a", 1000, "{}")], NOW)
        except (SQLAlchemyError, ZeroDivisionError) as error:
            self.outcomes[event_id] = type(error).__name__
        else:
            self.outcomes[event_id] = "kept" if event_id in ids(self.database) else "not there yet"


@pytest.fixture
def crowd(database: Database, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    return Crowd(database, monkeypatch)


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came")


def ids(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.exec(select(InboxRow.id)))


def test_one_commit_keeps_all_that_came_while_another_was_under_way(crowd: Crowd) -> None:
    crowd.comes("01", "02", "03", "04")

    crowd.is_kept()

    assert crowd.outcomes == dict.fromkeys(("01", "02", "03", "04"), "kept")
    assert crowd.commits == 2


def test_a_redelivery_beside_the_first_delivery_is_kept_once(crowd: Crowd) -> None:
    crowd.comes("01", "02", "02")

    crowd.is_kept()

    assert ids(crowd.database) == ["01", "02"]


@pytest.fixture
def picky(database: Database) -> Iterator[None]:
    """A database that refuses one event."""
    with database.write() as session:
        session.execute(text(REFUSE_SQLITE if database.sqlite else REFUSE_POSTGRESQL))
    yield
    if not database.sqlite:
        with database.write() as session:
            session.execute(text("ALTER TABLE inbox DROP CONSTRAINT refuses"))


REFUSE_SQLITE = (
    "CREATE TRIGGER refuses BEFORE INSERT ON inbox WHEN NEW.id = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
)
REFUSE_POSTGRESQL = "ALTER TABLE inbox ADD CONSTRAINT refuses CHECK (id <> 'bad')"


def test_what_the_database_refuses_does_not_take_its_neighbours_along(picky: None, crowd: Crowd) -> None:
    crowd.comes("01", "02", "bad", "03")

    crowd.is_kept()

    assert crowd.outcomes == {"01": "kept", "02": "kept", "bad": "IntegrityError", "03": "kept"}
    assert ids(crowd.database) == ["01", "02", "03"]


def test_everybody_hears_that_the_table_is_gone(crowd: Crowd) -> None:
    rename(crowd.database, "inbox", "elsewhere")
    crowd.comes("01", "02", "03")

    crowd.is_kept()
    rename(crowd.database, "elsewhere", "inbox")

    assert set(crowd.outcomes) == {"01", "02", "03"}
    assert "kept" not in crowd.outcomes.values()
    assert ids(crowd.database) == []


def rename(database: Database, old: str, new: str) -> None:
    with database.write() as session:
        session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_nobody_takes_an_unheard_of_failure_for_success(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(database, monkeypatch)
    crowd.comes("01", "02", "03")
    monkeypatch.setattr(crowd.database, "append", lambda *_: 1 / 0)

    crowd.is_kept()

    assert crowd.outcomes == dict.fromkeys(("01", "02", "03"), "ZeroDivisionError")


def test_after_a_failure_the_next_request_is_kept(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd.comes("01")
    crowd.is_kept()
    broken = Keeper(crowd.database, "line")
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "accept", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            broken.keep([Received("02", "a", 1000, "{}")], NOW)

    broken.keep([Received("03", "a", 1000, "{}")], NOW)

    assert ids(crowd.database) == ["01", "03"]


def test_what_sqlite_has_committed_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database._prepare_sqlite", databases.honest_sqlite)
    database = Database(f"sqlite:///{tmp_path}/honest.db")

    with database.read() as session:
        synchronous = session.connection().execute(text("PRAGMA synchronous")).scalar_one()
    database.close()

    assert synchronous == FULL
