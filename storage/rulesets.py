"""Published versions of the routing rules. The newest is live; `routing_rules.yaml` is only the seed."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlmodel import Session, func, select

from intents.rules import Rules, parse
from storage.database import Database
from storage.tables import RulesetRow

LOOK_AGAIN: Final = 2.0  # seconds


def newest_version(session: Session) -> int:
    """0 where nothing was published yet."""
    return session.exec(select(func.max(RulesetRow.version))).one() or 0


def text_of(session: Session, version: int) -> str:
    return session.get_one(RulesetRow, version).text


def publish(session: Session, text: str, *, by: str, note: str, now: datetime) -> int:
    """Makes the text the live version. Raises intents.rules.BadRules before anything is written."""
    version = newest_version(session) + 1
    parse(text, version=version)
    session.add(RulesetRow(version=version, text=text, published_at=now, published_by=by, note=note))
    return version


class LiveRules:
    """The newest published rules, looked up at most every LOOK_AGAIN seconds; thread-safe."""

    def __init__(self, database: Database, monotonic: Callable[[], float]) -> None:
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._rules: Rules | None = None
        self._looked = 0.0

    def __call__(self) -> Rules:
        with self._lock:
            if self._rules is None or self._monotonic() - self._looked > LOOK_AGAIN:
                self._rules = self._newer(self._rules)
                self._looked = self._monotonic()
            return self._rules

    def _newer(self, rules: Rules | None) -> Rules:
        with self._database.read() as session:
            version = newest_version(session)
            if rules and rules.version == version:
                return rules
            return parse(text_of(session, version), version=version)
