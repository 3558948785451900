"""By the clock: who has waited too long, who is in a crisis, and telling people outside the console."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot import alert_ways
from bot.alert_settings import Alerts
from bot.alert_words import Alert
from directory.hours import OpeningHours
from storage import alerts
from storage.alerts import CRISIS, WAITING, Claimed, Wait
from storage.database import Database

LONGEST_BACKOFF: Final = timedelta(minutes=15)
SENDS_FOR: Final = 5.0  # seconds; then it looks for what is new, a crisis first

log = logging.getLogger(__name__)


def due(wait: Wait, settings: Alerts, *, staffed: bool, now: datetime) -> str | None:
    """Which kind of alert this wait is due for. A crisis is at once, and needs no second alert for its waiting."""
    if wait.in_crisis:
        return CRISIS if staffed or settings.night != "none" else None
    if not staffed and settings.night != "all":
        return None
    # Who was told when a person reads is too long unread only after that.
    counts_from = wait.since if settings.night == "all" else max(wait.since, wait.promised_for or wait.since)
    return WAITING if now - counts_from >= timedelta(minutes=settings.after_minutes) else None


class Alerting:
    def __init__(
        self,
        database: Database,
        settings: Alerts,
        hours: Callable[[], OpeningHours],
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._settings, self._hours, self._clock = database, settings, hours, clock

    def run(self, now: datetime) -> None:
        """Two processes may do this at once: a row is written once, and claimed by one."""
        self._note(now)
        until = time.monotonic() + SENDS_FOR
        while time.monotonic() < until:
            with self._database.write() as session:
                claimed = alerts.claim(session, self._settings.ways, self._clock())
            if claimed is None:
                return
            self._send(claimed)

    def _note(self, now: datetime) -> None:
        staffed = self._hours().is_open(now) is True
        with self._database.read() as session:
            waits, tidy = alerts.waits(session), alerts.is_tidy(session, now)
        wanted = [(wait, due(wait, self._settings, staffed=staffed, now=now)) for wait in waits]
        if tidy and not (self._settings.ways and any(kind for _, kind in wanted)):
            return  # every few seconds, and nearly always: nobody waits too long
        with self._database.write() as session:
            alerts.withdraw(session, waits, self._settings.ways)
            alerts.sweep(session, now)
            for wait, kind in wanted:
                if kind:
                    alerts.put(session, wait, kind, self._settings.ways, now)

    def _send(self, claimed: Claimed) -> None:
        now, problem = self._clock(), ""
        try:
            alert_ways.send(_alert(claimed, self._settings, now), claimed.way, self._settings)
        except alert_ways.NotSent as failed:
            problem = str(failed)
        now = self._clock()
        with self._database.write() as session:
            if problem:
                alerts.later(session, claimed, now + _backoff(claimed.attempt), problem)
            else:
                alerts.sent(session, claimed, now)
        log.log(
            logging.WARNING if problem else logging.INFO,
            "alert",
            extra={
                "kind": claimed.kind,
                "way": claimed.way,
                "attempt": claimed.attempt,
                "problem": problem,
            },
        )


def _alert(claimed: Claimed, settings: Alerts, now: datetime) -> Alert:
    return Alert(
        id=f"{claimed.wait} {claimed.kind}",
        kind=claimed.kind,
        pseudonym=claimed.pseudonym,
        since=claimed.since,
        minutes=max(0, int((now - claimed.since).total_seconds() // 60)),
        link=f"{settings.console_url}/threads/{claimed.conversation_id}",
    )


def _backoff(attempt: int) -> timedelta:
    """10, 20, 40 … seconds."""
    return min(timedelta(seconds=10 * 2 ** min(attempt - 1, 10)), LONGEST_BACKOFF)
