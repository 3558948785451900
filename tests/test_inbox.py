"""The durable inbox, on both databases."""

import threading
from collections.abc import Sequence
from datetime import timedelta

import databases
from databases import NOW
from sqlmodel import select

from storage import inbox
from storage.database import Database
from storage.inbox import Received
from storage.tables import InboxRow

database = databases.on_both
postgresql = databases.on_postgresql


def event(event_id: str, sender: str = "a", happened_at: int = 1000) -> Received:
    return Received(event_id, sender, happened_at, '{"type":"message"}')


def accept(database: Database, *events: Received) -> int:
    return inbox.accept(database, "line", events, NOW)


def rows(database: Database) -> Sequence[InboxRow]:
    with database.read() as session:
        return session.exec(select(InboxRow)).all()


def next_(database: Database, seconds: float = 0) -> str | None:
    """The id of the event that would be handled now."""
    with database.write() as session:
        row = inbox.claim(session, NOW + timedelta(seconds=seconds))
        return row.id if row else None


def handle(database: Database, event_id: str) -> None:
    with database.write() as session:
        inbox.handled(session, session.get_one(InboxRow, event_id), NOW)


def fail(database: Database, event_id: str, seconds: float = 0) -> bool:
    with database.write() as session:
        return inbox.failed(session, event_id, "KeyError at x:1", NOW + timedelta(seconds=seconds))


def test_an_event_is_kept_once_however_often_it_comes(database: Database) -> None:
    first = accept(database, event("01"), event("02"), event("01"))

    again = accept(database, event("02"), event("03"))

    assert (first, again) == (2, 1)
    assert sorted(row.id for row in rows(database)) == ["01", "02", "03"]


def test_a_redelivery_of_a_handled_event_is_not_handled_again(database: Database) -> None:
    accept(database, event("01"))
    handle(database, "01")

    accept(database, event("01"))

    assert next_(database) is None


def test_no_events_are_nothing_new(database: Database) -> None:
    assert accept(database) == 0


def test_a_request_may_hold_thousands_of_events(database: Database) -> None:
    assert accept(database, *(event(f"{number:05}") for number in range(9000))) == 9000


def test_events_of_a_sender_are_handled_in_the_order_in_which_they_happened(database: Database) -> None:
    accept(database, event("03", happened_at=300), event("01", happened_at=100), event("02", happened_at=200))

    order = []
    while event_id := next_(database):
        order.append(event_id)
        handle(database, event_id)

    assert order == ["01", "02", "03"]


def test_at_the_same_millisecond_the_id_decides(database: Database) -> None:
    accept(database, event("02"), event("01"))

    assert next_(database) == "01"


def test_a_failing_event_holds_back_its_own_sender_only(database: Database) -> None:
    accept(database, event("a1", "a", 100), event("a2", "a", 200), event("b1", "b", 300))

    fail(database, "a1")

    assert next_(database) == "b1"
    handle(database, "b1")
    assert next_(database) is None


def test_events_of_nobody_hold_back_nobody(database: Database) -> None:
    accept(database, event("1", "", 100), event("2", "", 200))

    fail(database, "1")

    assert next_(database) == "2"


def test_a_failing_event_is_tried_after_1_2_4_and_8_seconds_and_then_parked(database: Database) -> None:
    accept(database, event("01"))
    waits, at = [], 0.0

    while not fail(database, "01", at):
        wait = next(seconds for seconds in (1, 2, 4, 8) if next_(database, at + seconds))
        assert next_(database, at + wait - 0.1) is None
        waits.append(wait)
        at += wait

    assert waits == [1, 2, 4, 8]
    with database.read() as session:
        assert [(row.id, row.attempts, row.error) for row in inbox.parked(session)] == [
            ("01", 5, "KeyError at x:1")
        ]


def test_a_parked_event_lets_the_next_one_pass_and_can_be_put_back(database: Database) -> None:
    accept(database, event("01", happened_at=100), event("02", happened_at=200))
    while not fail(database, "01"):
        pass
    passed = next_(database)

    with database.write() as session:
        done = inbox.retry(session, "01", NOW)

    assert passed == "02"
    assert done
    assert next_(database) == "01"
    with database.read() as session:
        assert inbox.parked(session) == []


def test_only_a_parked_event_can_be_put_back(database: Database) -> None:
    accept(database, event("01"))
    handle(database, "01")

    with database.write() as session:
        assert not inbox.retry(session, "01", NOW)
        assert not inbox.retry(session, "unheard of", NOW)


def test_the_payload_is_gone_once_it_has_served(database: Database) -> None:
    accept(database, event("01"))

    handle(database, "01")

    assert [(row.payload, row.closed_at) for row in rows(database)] == [(b"", NOW)]


def test_an_event_that_another_worker_has_handled_meanwhile_stays_handled(database: Database) -> None:
    accept(database, event("01"))
    handle(database, "01")

    parked = fail(database, "01")

    assert not parked
    assert next_(database, seconds=60) is None


def test_the_oldest_open_event_is_known(database: Database) -> None:
    accept(database, event("01"), event("02"))
    handle(database, "01")

    with database.read() as session:
        assert inbox.oldest_open(session) == NOW
    handle(database, "02")

    with database.read() as session:
        assert inbox.oldest_open(session) is None


def test_while_one_worker_has_a_senders_event_another_takes_neither_it_nor_the_next(
    postgresql: Database,
) -> None:
    accept(postgresql, event("a1", "a", 100), event("a2", "a", 200))

    with postgresql.write() as one, postgresql.write() as other:
        first, second = inbox.claim(one, NOW), inbox.claim(other, NOW)

        assert first is not None
        assert (first.id, second) == ("a1", None)


def test_an_earlier_event_that_comes_late_waits_for_the_one_in_hand(postgresql: Database) -> None:
    accept(postgresql, event("a2", "a", 200))
    order: list[str] = []
    claimed = threading.Event()

    def take_the_late_one() -> None:
        with postgresql.write() as other:
            claimed.set()
            row = inbox.claim(other, NOW)
            order.append(row.id if row else "none")

    with postgresql.write() as one:
        row = inbox.claim(one, NOW)
        assert row is not None
        accept(postgresql, event("a1", "a", 100))
        thread = threading.Thread(target=take_the_late_one)
        thread.start()
        claimed.wait()
        thread.join(0.3)  # long enough to get in between, if it could
        order.append(row.id)
        inbox.handled(one, row, NOW)
    thread.join()

    assert order == ["a2", "a1"]


def test_two_workers_never_take_the_same_event(postgresql: Database) -> None:
    accept(postgresql, event("a1", "a", 100), event("a2", "a", 200), event("b1", "b", 300))

    with postgresql.write() as one, postgresql.write() as other:
        first, second = inbox.claim(one, NOW), inbox.claim(other, NOW)

        assert first is not None
        assert second is not None
        assert (first.id, second.id) == ("a1", "b1")
