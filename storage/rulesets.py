"""Published versions of the routing rules. The newest is live; `routing_rules.yaml` is only the seed."""

import logging
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from intents.classify import prepare
from intents.ids import OWN
from intents.rules import Rules, parse
from storage.database import Database
from storage.dialect import insert_new
from storage.tables import RulesetRow

LOOK_AGAIN: Final = 1.0  # seconds; a new version is promised within 5, and reading it takes its time

_OWN_ID: Final = re.compile(rf"^\s*(?:-\s+)?id:\s*['\"]?({OWN}\w+)", re.MULTILINE)

log = logging.getLogger(__name__)


class AlreadyLive(Exception):
    """The text is the live version's, to the letter: there is nothing to publish."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class LosesIntents(Exception):
    """Intents of the live version would be gone, while conversations and reports name them: they are to be retired."""

    def __init__(self, intents: tuple[str, ...]) -> None:
        super().__init__(intents)
        self.intents = intents


class NoRules(Exception):
    """Nothing was published yet, or nothing that this program can read."""

    def __init__(self) -> None:
        super().__init__(
            "no ruleset can be read: `tsunagu db upgrade` publishes the first, `tsunagu doctor` says more"
        )


@dataclass(frozen=True, slots=True)
class Published:
    """A version without its text."""

    version: int
    at: datetime
    by: str
    note: str
    confirmed_by: str | None = None
    goes_back_to: int | None = None


def newest_version(session: Session) -> int:
    """0 where nothing was published yet."""
    return session.exec(select(func.max(RulesetRow.version))).one() or 0


def newest(session: Session) -> Published | None:
    """The live version."""
    return next(iter(history(session, most=1)), None)


def history(session: Session, *, most: int | None = None) -> list[Published]:
    """The newest first."""
    row = (
        col(RulesetRow.version),
        col(RulesetRow.published_at),
        col(RulesetRow.published_by),
        col(RulesetRow.note),
        col(RulesetRow.confirmed_by),
        col(RulesetRow.goes_back_to),
    )
    rows = session.execute(columns(*row).order_by(col(RulesetRow.version).desc()).limit(most))
    return [Published(*each) for each in rows]


def text_of(session: Session, version: int) -> str:
    """As it was published, to the letter. Raises sqlalchemy.exc.NoResultFound."""
    return session.get_one(RulesetRow, version).text


def version_with(session: Session, text: str) -> int | None:
    """The newest version that has exactly this text."""
    return session.exec(select(func.max(RulesetRow.version)).where(RulesetRow.text == text)).one()


def publish(
    session: Session,
    text: str,
    *,
    by: str,
    note: str,
    now: datetime,
    confirmed_by: str | None = None,
    goes_back_to: int | None = None,
) -> int:
    """Makes the text the live version, and returns its number. Whoever publishes at the same time gets another one.

    Raises intents.rules.BadRules, AlreadyLive or LosesIntents before anything is written. Going back may lose intents. The text is read before the session is
    used for the first time: on SQLite every other writer would wait meanwhile.
    """
    parse(text)
    while True:
        live = newest_version(session)
        if live and text_of(session, live) == text:
            raise AlreadyLive(live)
        if live and goes_back_to is None and (gone := lost(text_of(session, live), text)):
            raise LosesIntents(gone)
        row = {
            "version": live + 1,
            "text": text,
            "published_at": now,
            "published_by": by,
            "note": note,
            "confirmed_by": confirmed_by,
            "goes_back_to": goes_back_to,
        }
        if insert_new(session, RulesetRow, [row]):
            return live + 1


def lost(before: str, after: str) -> tuple[str, ...]:
    """The ward's own intents that `before` has and `after` has not."""
    return tuple(sorted(_own(before) - _own(after)))


def _own(text: str) -> set[str]:
    """The ids that the ward added; of the others none can be missing."""
    return set(_OWN_ID.findall(text))


class LiveRules:
    """The newest published rules that this program can read.

    Only the very first call waits. From then on a thread looks for newer versions and reads them, while everybody
    goes on with the one before. A version that cannot be read (it may be made for a newer program) is logged and left
    out, and an older one than that in use is never taken up.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rules: Rules | None = None
        self._unreadable: set[int] = set()
        self._away = False
        self._beginning = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="rules", daemon=True)

    def __call__(self) -> Rules:
        """Raises NoRules as long as there never were any."""
        return self._rules or self._begin()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _begin(self) -> Rules:
        with self._beginning:
            if self._rules is None:
                self._rules = self._newer(0)
                if self._rules is None:
                    raise NoRules
                self._thread.start()
            return self._rules

    def _watch(self) -> None:
        while not self._closing.wait(LOOK_AGAIN):
            try:
                self._rules = self._newer(self._rules.version if self._rules else 0) or self._rules
                self._away = False
            except Exception as error:
                # As with the worker's loops: it outlives a database that is away, and says so once.
                if not self._away:
                    log.error("rules not looked up", extra={"error": type(error).__name__})
                self._away = True

    def _newer(self, than: int) -> Rules | None:
        """The newest of the later versions that can be read."""
        with self._database.read() as session:
            later = select(RulesetRow.version).where(RulesetRow.version > than)
            versions = session.exec(later.order_by(col(RulesetRow.version).desc())).all()
        readable = (self._read(version) for version in versions if version not in self._unreadable)
        return next((rules for rules in readable if rules), None)

    def _read(self, version: int) -> Rules | None:
        with self._database.read() as session:
            text = text_of(session, version)
        try:  # with no session open: this may take a second
            rules = parse(text, version=version)
            prepare(rules)
        except Exception:  # whatever goes wrong with a text that another program found good
            log.error("ruleset cannot be read", extra={"ruleset": version})
            self._unreadable.add(version)
            return None
        log.info("ruleset is live", extra={"ruleset": version})
        return rules
