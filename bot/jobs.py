"""The jobs that the elected process runs by the clock."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from bot.scheduler import Job
from conversation.events import ConsultationFellQuiet
from conversation.handling import handle
from conversation.model import Refused
from directory.hours import TOKYO
from directory.model import Directory
from intents.rules import Rules
from storage import heartbeats, imports, job_runs, quotas, retention
from storage.database import Database
from storage.retention import Policy
from storage.sealing import Unreadable
from storage.store import SqlStore
from storage.views import queue

BEAT_SECONDS: Final = 10
RETENTION: Final = "retention"
QUOTA_MINUTES: Final = 15
QUIET_MINUTES: Final = 15
ALERT_SECONDS: Final = 5  # how soon a crisis is told of outside the console

log = logging.getLogger(__name__)


def jobs(database: Database, policy: Policy) -> list[Job]:
    # More often than once a night: who was down or failed at half past two has three more chances.
    nightly = CronTrigger(hour="2-5", minute=30, timezone=TOKYO)
    return [
        Job(
            "heartbeat", IntervalTrigger(seconds=BEAT_SECONDS), lambda now: _beat(database, "scheduler", now)
        ),
        Job(RETENTION, nightly, lambda now: _retain(database, policy, now)),
    ]


def quota_job(database: Database, channel: str, ask: Callable[[], tuple[int, int | None]]) -> Job:
    """What the channel says of the month's messages, kept for the metrics: no scrape waits for LINE."""

    def run(now: datetime) -> None:
        used, most = ask()
        with database.write() as session:
            quotas.note(session, channel, used, most, now)

    return Job("quota", IntervalTrigger(minutes=QUOTA_MINUTES), run)


def quiet_job(
    database: Database, rules: Callable[[], Rules], directory: Callable[[], Directory], days: int
) -> Job:
    """Ends what nobody has said anything in for `days` opening days."""

    def run(now: datetime) -> None:
        with database.read() as session:
            candidates = queue.quiet_since(session, now - timedelta(days=days))
        for conversation_id, since in candidates:
            event = ConsultationFellQuiet(since, days)
            # Its opening days are not over, or there is nothing that could be read.
            with suppress(Refused, Unreadable), database.write() as session:
                if queue.last_said_at(session, conversation_id) != since:
                    continue  # somebody has written meanwhile
                handle(
                    conversation_id,
                    event,
                    store=SqlStore(session),
                    rules=rules(),
                    directory=directory(),
                    now=now,
                )

    return Job("quiet", IntervalTrigger(minutes=QUIET_MINUTES), run)


def alert_job(run: Callable[[datetime], None]) -> Job:
    return Job("alerts", IntervalTrigger(seconds=ALERT_SECONDS), run)


def counted(database: Database, job: Job) -> Job:
    """The same job, whose runs are counted by outcome."""

    def run(now: datetime) -> None:
        outcome = job_runs.FAILED
        try:
            job.run(now)
            outcome = job_runs.DONE
        finally:
            _note(database, job.name, outcome, now)

    return replace(job, run=run)


def _note(database: Database, job: str, outcome: str, now: datetime) -> None:
    try:
        with database.write() as session:
            job_runs.note(session, job, outcome, now)
    except SQLAlchemyError as error:  # it must not hide how the job itself went
        log.warning("job not counted", extra={"job": job, "error": type(error).__name__})


def _beat(database: Database, name: str, now: datetime) -> None:
    with database.write() as session:
        heartbeats.beat(session, name, now)


def _retain(database: Database, policy: Policy, now: datetime) -> None:
    """Once a day, by Tokyo's calendar; what was stopped in between counts as not run."""
    if _ran_today(database, now):
        return
    swept = retention.sweep(database, now, policy)
    with database.write() as session:
        imports.drop_old(session, now)
    _beat(database, RETENTION, now)
    log.info("retention", extra=asdict(swept))


def _ran_today(database: Database, now: datetime) -> bool:
    with database.read() as session:
        last = heartbeats.all_(session).get(RETENTION)
    return last is not None and last.at.astimezone(TOKYO).date() == now.astimezone(TOKYO).date()
