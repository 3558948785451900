"""The jobs that the elected process runs by the clock."""

from datetime import datetime

from apscheduler.triggers.interval import IntervalTrigger

from bot.scheduler import Job
from storage import heartbeats
from storage.database import Database

BEAT_SECONDS = 10


def jobs(database: Database) -> list[Job]:
    return [Job("heartbeat", IntervalTrigger(seconds=BEAT_SECONDS), lambda now: _beat(database, now))]


def _beat(database: Database, now: datetime) -> None:
    with database.write() as session:
        heartbeats.beat(session, "scheduler", now)
