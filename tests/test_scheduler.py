"""The clock's door: one process of all is elected, and followed when it dies."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import databases
import pytest
from apscheduler.triggers.interval import IntervalTrigger
from databases import NOW
from sqlalchemy import text
from sqlmodel import select

from bot.jobs import jobs
from bot.logs import Formatter
from bot.scheduler import Job, Scheduler
from directory.hours import TOKYO
from storage import heartbeats, inbox
from storage.database import Database
from storage.inbox import Received
from storage.leader import Leader
from storage.retention import Policy
from storage.tables import InboxRow

database = databases.on_both
postgresql = databases.on_postgresql

RIVAL = """
import sys, time
from storage.database import Database
from storage.leader import Leader
print(Leader(Database(sys.argv[1])).elected(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def leader(database: Database) -> Iterator[Leader]:
    leader = Leader(database)
    yield leader
    leader.close()


@contextmanager
def rival(database: Database) -> Iterator[Leader]:
    other = Leader(database)
    try:
        yield other
    finally:
        other.close()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came")


def test_one_process_alone_is_elected(leader: Leader) -> None:
    assert leader.elected()
    assert leader.elected()


def test_of_two_one_is_elected_and_the_other_when_it_resigns(postgresql: Database) -> None:
    with rival(postgresql) as one, rival(postgresql) as other:
        before = one.elected(), other.elected()

        one.resign()

        assert before == (True, False)
        assert other.elected()
        assert not one.elected()


def test_a_process_that_is_killed_is_followed(postgresql: Database) -> None:
    url = postgresql.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", RIVAL, url]
    with (
        rival(postgresql) as survivor,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent
        ) as other,
    ):
        assert other.stdout is not None
        answer = other.stdout.readline()
        before = survivor.elected()

        other.kill()

        assert (answer, before) == ("True\n", False)
        until(survivor.elected)


def test_who_lost_the_connection_is_not_elected_any_more(postgresql: Database) -> None:
    with rival(postgresql) as one, rival(postgresql) as other:
        assert one.elected()
        with postgresql.write() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 3"
                )
            )

        until(other.elected)

        assert not one.elected()


@contextmanager
def scheduling(database: Database, *work: Job) -> Iterator[Scheduler]:
    scheduler = Scheduler(Leader(database), work, lambda: NOW, ask_again=0.02)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.stop()


def often(name: str, run: Callable[[datetime], None]) -> Job:
    return Job(name, IntervalTrigger(seconds=0.05), run)


def test_jobs_run_and_a_failing_one_does_not_stop_the_others(database: Database) -> None:
    ran: list[datetime] = []

    with scheduling(database, often("fails", lambda _: 1 / 0), often("works", ran.append)):  # type: ignore[arg-type,return-value]
        until(lambda: len(ran) >= 3)

    assert set(ran) == {NOW}


def test_jobs_run_in_one_process_and_then_in_the_next(postgresql: Database) -> None:
    first: list[datetime] = []
    second: list[datetime] = []
    with scheduling(postgresql, often("job", first.append)) as one:
        until(lambda: bool(first))
        with scheduling(postgresql, often("job", second.append)):
            until(lambda: len(first) >= 5)
            meanwhile = len(second)

            one.stop()

            until(lambda: bool(second))
    assert meanwhile == 0


def test_a_job_in_hand_is_finished_before_the_scheduler_stops(database: Database) -> None:
    begun, done = threading.Event(), threading.Event()

    def work(_: datetime) -> None:
        begun.set()
        threading.Event().wait(0.2)
        done.set()

    with scheduling(database, often("slow", work)):
        assert begun.wait(10)

    assert done.is_set()


def test_the_elected_process_gives_a_sign_of_life(database: Database) -> None:
    (heartbeat,) = [job for job in jobs(database, Policy()) if job.name == "heartbeat"]

    heartbeat.run(NOW)

    with database.read() as session:
        assert heartbeats.all_(session)["scheduler"].at == NOW


def night(database: Database, now: datetime) -> None:
    (job,) = [job for job in jobs(database, Policy()) if job.name == "retention"]
    job.run(now)


def handled(database: Database, event_id: str, at: datetime) -> None:
    inbox.accept(database, "line", [Received(event_id, "a", 1000, '"ひみつ"')], at)
    with database.write() as session:
        inbox.handled(session, session.get_one(InboxRow, event_id), at)


def kept(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(InboxRow.id).order_by(InboxRow.id)))


def test_what_is_too_old_goes_at_night_and_only_counts_are_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot.jobs")
    handled(database, "old", NOW - timedelta(days=31))
    handled(database, "new", NOW - timedelta(days=29))

    night(database, NOW)

    (record,) = [one for one in caplog.records if one.name == "bot.jobs"]
    line = Formatter().format(record)
    assert kept(database) == ["new"]
    assert "received=1" in line
    assert [word for word in line.split(" retention ")[1].split() if not re.fullmatch(r"\w+=\d+", word)] == []


def test_the_nightly_job_runs_once_a_day_of_tokyo(database: Database) -> None:
    half_past_two = datetime(2026, 11, 24, 2, 30, tzinfo=TOKYO)
    night(database, half_past_two)
    handled(database, "old", half_past_two - timedelta(days=40))

    night(database, half_past_two + timedelta(hours=3))
    the_same_day = kept(database)
    night(database, half_past_two + timedelta(days=1))

    assert the_same_day == ["old"]
    assert kept(database) == []


def test_a_night_that_failed_is_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    handled(database, "old", NOW - timedelta(days=40))
    with monkeypatch.context() as patched:
        patched.setattr("storage.retention.sweep", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            night(database, NOW)

    night(database, NOW + timedelta(hours=1))

    assert kept(database) == []


def test_the_nightly_job_is_due_at_night_in_tokyo(database: Database) -> None:
    (job,) = [job for job in jobs(database, Policy()) if job.name == "retention"]

    due = job.trigger.get_next_fire_time(None, NOW)

    assert due == datetime(2026, 11, 25, 2, 30, tzinfo=TOKYO)
