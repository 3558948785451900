"""Who waits for work hears of it at once, in this process and in others."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import databases
import pytest
from databases import NOW
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from conversation.messages import Outgoing, Text
from conversation.model import Decision, Enclosure, Entry, EntryKind
from storage import heartbeats, imports, inbox, outbox, writing
from storage.database import Database
from storage.facilities import Why
from storage.inbox import Received
from storage.store import SqlStore
from storage.turns import Turns
from storage.wake import CHANNEL, News, SharedWake, tell

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
        tell(session, News.INBOX)


def heard(database: Database, seen: int) -> int:
    """What was heard after `seen`. Fails where nothing comes."""
    news = database.wake.wait(News.INBOX, seen, LONG)
    assert news != seen, "nobody was woken"
    return news


def test_a_commit_wakes_who_waits_in_this_process(database: Database) -> None:
    seen = database.wake.wait(News.INBOX, 0, 0)
    threading.Timer(0.05, write, [database]).start()

    started = time.monotonic()
    heard(database, seen)

    assert time.monotonic() - started < LONG / 2


def test_what_is_rolled_back_wakes_nobody(database: Database) -> None:
    seen = database.wake.wait(News.INBOX, 0, 0)

    with suppress(ZeroDivisionError), database.write() as session:
        tell(session, News.INBOX)
        raise ZeroDivisionError

    assert database.wake.wait(News.INBOX, seen, 0) == seen


def test_a_commit_that_brings_nothing_new_wakes_nobody(postgresql: Database, elsewhere: Database) -> None:
    seen = elsewhere.wake.wait(News.INBOX, 0, 0)

    with postgresql.write() as session:
        heartbeats.beat(session, "test", NOW)

    assert elsewhere.wake.wait(News.INBOX, seen, 0.1) == seen


def test_only_who_waits_for_it_is_woken(postgresql: Database, elsewhere: Database) -> None:
    seen = elsewhere.wake.wait(News.OUTBOX, 0, 0)

    write(postgresql)

    heard(elsewhere, 0)
    assert elsewhere.wake.wait(News.OUTBOX, seen, 0.1) == seen


def test_an_older_program_which_does_not_say_what_is_new_wakes_everybody(
    postgresql: Database, elsewhere: Database
) -> None:
    seen = {news: elsewhere.wake.wait(news, 0, 0) for news in News}

    with postgresql.write() as session:
        session.execute(text(f"NOTIFY {CHANNEL}, 'its-name'"))

    assert all(elsewhere.wake.wait(news, seen[news], LONG) != seen[news] for news in News)


def test_a_commit_wakes_who_waits_in_another_process(postgresql: Database, elsewhere: Database) -> None:
    seen = elsewhere.wake.wait(News.INBOX, 0, 0)

    write(postgresql)

    heard(elsewhere, seen)


def test_news_in_a_row_are_all_heard_of(postgresql: Database, elsewhere: Database) -> None:
    for _ in range(5):
        seen = elsewhere.wake.wait(News.INBOX, 0, 0)
        write(postgresql)
        heard(elsewhere, seen)


def test_after_a_lost_connection_it_listens_again(postgresql: Database, elsewhere: Database) -> None:
    seen = elsewhere.wake.wait(News.INBOX, 0, 0)
    with postgresql.write() as session:
        session.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        )
    seen = heard(elsewhere, seen)  # it looks once when it listens again
    seen = elsewhere.wake.wait(News.INBOX, seen, 0.2)

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


def from_line(database: Database) -> None:
    inbox.accept(database, "line", [Received("01", "a", 1000, "{}")], NOW)


def said(database: Database) -> None:
    conversation_id = databases.family(database)
    with database.write() as session:
        outbox.put(session, conversation_id, None, "line", Outgoing((Text("はい"),)), NOW)


def begun_to_write(database: Database) -> None:
    conversation_id = databases.family(database)
    with database.write() as session:
        writing.ask(session, conversation_id, NOW)


def photographed(database: Database) -> None:
    conversation_id = databases.family(database)
    photo = Entry(EntryKind.UTTERANCE, "(写真)", NOW, message_id="m1", enclosure=Enclosure("image"))
    with database.write() as session:
        stored = SqlStore(session)
        conversation, version = stored.load(conversation_id)
        stored.save(Decision(conversation, entries=(photo,)), version, NOW)


def open_data(database: Database) -> None:
    with database.write() as session:
        imports.add(session, "a.csv", b"", Why("sato", "", "", ""), NOW)


@pytest.mark.parametrize(
    ("happens", "news"),
    [
        (from_line, News.INBOX),
        (said, News.OUTBOX),
        (begun_to_write, News.WRITING),
        (photographed, News.ENCLOSURES),
        (open_data, News.IMPORTS),
    ],
)
def test_whoever_makes_work_wakes_the_loop_that_does_it(
    database: Database, happens: Callable[[Database], None], news: News
) -> None:
    seen = database.wake.wait(news, 0, 0)

    happens(database)

    assert database.wake.wait(news, seen, 0) != seen


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
    first = threading.Thread(target=wake.tell)
    monkeypatch.setattr("storage.wake.threading.Thread", Slow)
    first.start()
    assert begun.wait(10)

    wake.close()

    first.join()
    assert not any(thread.is_alive() for thread in wake._threads)
