"""The jobs that the elected process runs by the clock."""

import logging
from dataclasses import asdict
from datetime import datetime
from typing import Final

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.scheduler import Job
from directory.hours import TOKYO
from storage import heartbeats, retention
from storage.database import Database
from storage.retention import Policy

BEAT_SECONDS: Final = 10
RETENTION: Final = "retention"

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


def _beat(database: Database, name: str, now: datetime) -> None:
    with database.write() as session:
        heartbeats.beat(session, name, now)


def _retain(database: Database, policy: Policy, now: datetime) -> None:
    """Once a day, by Tokyo's calendar; what was stopped in between counts as not run."""
    if _ran_today(database, now):
        return
    swept = retention.sweep(database, now, policy)
    _beat(database, RETENTION, now)
    log.info("retention", extra=asdict(swept))


def _ran_today(database: Database, now: datetime) -> bool:
    with database.read() as session:
        last = heartbeats.all_(session).get(RETENTION)
    return last is not None and last.at.astimezone(TOKYO).date() == now.astimezone(TOKYO).date()
