"""Who waits for work hears of it at once, in this process and in others."""

import threading
import time
from collections.abc import Callable, Iterator

import databases
import pytest
from databases import NOW
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from storage import heartbeats
from storage.database import Database
from storage.turns import Turns
from storage.wake import SharedWake

database = databases.on_both
postgresql = databases.on_postgresql

LONG = 10.0  # seconds: nobody waits that long unless the news does not come


@pytest.fixture
def elsewhere(postgresql: Database) -> Iterator[Database]:
    """The same database, as another process sees it: listening."""
    other = Database(postgresql.engine.url.render_as_string(hide_password=False))
    other.wake.listen()
    heard(other, 0)  # it looks once when it begins
    yield other
    other.close()


def write(database: Database) -> None:
    with database.write() as session:
        heartbeats.beat(session, "test", NOW)


def heard(database: Database, seen: int) -> int:
    """What was heard after `seen`. Fails where nothing comes."""
    news = database.wake.wait(seen, LONG)
    assert news != seen, "nobody was woken"
    return news


def test_a_commit_wakes_who_waits_in_this_process(database: Database) -> None:
    seen = database.wake.wait(0, 0)
    threading.Timer(0.05, write, [database]).start()

    started = time.monotonic()
    heard(database, seen)

    assert time.monotonic() - started < LONG / 2


def test_a_commit_wakes_who_waits_in_another_process(postgresql: Database, elsewhere: Database) -> None:
    seen = elsewhere.wake.wait(0, 0)

    write(postgresql)

    heard(elsewhere, seen)


def test_news_in_a_row_are_all_heard_of(postgresql: Database, elsewhere: Database) -> None:
    for _ in range(5):
        seen = elsewhere.wake.wait(0, 0)
        write(postgresql)
        heard(elsewhere, seen)


def test_after_a_lost_connection_it_listens_again(postgresql: Database, elsewhere: Database) -> None:
    seen = elsewhere.wake.wait(0, 0)
    with postgresql.write() as session:
        session.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        )
    seen = heard(elsewhere, seen)  # it looks once when it listens again
    seen = elsewhere.wake.wait(seen, 0.2)

    write(postgresql)

    heard(elsewhere, seen)


def test_writers_take_turns_in_the_order_of_asking() -> None:
    turns, order = Turns(), list[int]()

    def take(number: int) -> None:
        with turns.mine(LONG):
            order.append(number)

    with turns.mine(LONG):
        threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
        for number, thread in enumerate(threads, 1):
            thread.start()
            until(lambda expected=number: len(turns._waiting) == expected)  # type: ignore[misc]
    for thread in threads:
        thread.join()

    assert order == [0, 1, 2, 3, 4]


def test_whose_turn_does_not_come_gives_up_and_holds_up_nobody() -> None:
    turns = Turns()
    with turns.mine(LONG), pytest.raises(SQLAlchemyError), turns.mine(0.01):
        raise AssertionError("it was not free")

    with turns.mine(0.01):
        pass


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def test_who_closes_while_a_thread_is_just_starting_waits_for_it(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    class Slow(threading.Thread):
        def start(self) -> None:
            begun.set()
            threading.Event().wait(0.1)
            super().start()

    wake = SharedWake(postgresql.engine)
    first = threading.Thread(target=wake.now)
    monkeypatch.setattr("storage.wake.threading.Thread", Slow)
    first.start()
    assert begun.wait(10)

    wake.close()

    first.join()
    assert not any(thread.is_alive() for thread in wake._threads)
