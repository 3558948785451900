"""Whether parents are being answered, as /readyz says it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from storage import heartbeats, inbox, migrations, rulesets
from storage.database import Database
from storage.tables import HeartbeatRow

LOOPS: Final = ("intake-loop", "delivery-loop")
SILENT_AFTER: Final = timedelta(seconds=60)
LATE_AFTER: Final = timedelta(seconds=60)


def problems(database: Database, now: datetime) -> list[str]:
    """What keeps them from it: the database, its schema, the rules, a background loop, an event left lying."""
    try:
        standing = migrations.standing(database)
        if not standing.usable:
            return [f"schema is {standing}"]
        with database.read() as session:
            beats = heartbeats.all_(session)
            return [*_rules(session), *_loops(beats, now), *_late(session, now)]
    except SQLAlchemyError:
        return ["database"]


def _rules(session: Session) -> list[str]:
    return [] if rulesets.newest_version(session) else ["rules"]


def _loops(beats: dict[str, HeartbeatRow], now: datetime) -> list[str]:
    silent = [loop for loop in LOOPS if loop not in beats or now - beats[loop].at > SILENT_AFTER]
    return [*silent, *(f"{name}: {beat.stopped_by}" for name, beat in beats.items() if beat.stopped_by)]


def _late(session: Session, now: datetime) -> list[str]:
    oldest = inbox.oldest_open(session)
    late = oldest is not None and now - oldest > LATE_AFTER
    return [f"oldest event waits {(now - oldest).total_seconds():.0f} s"] if late and oldest else []
