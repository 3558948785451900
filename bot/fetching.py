"""Photos and files from the channel to the database: claim, fetch and look at it outside any transaction, keep."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from bot import file_types
from bot.backoff import backoff
from bot.line.content import Fetched, Verdict
from bot.metrics import ENCLOSURES
from bot.pictures import MEDIA_TYPE, NoPicture, redrawn
from storage import enclosures
from storage.database import Database, is_unable
from storage.enclosures import Claimed, Found, Problem
from storage.wake import News

TRIED_FOR: Final = timedelta(hours=24)  # LINE does not say for how long it keeps them
FIRST_BACKOFF: Final = 1.0  # seconds
LONGEST_BACKOFF: Final = 300.0
TOKEN_AGAIN: Final = timedelta(seconds=30)

log = logging.getLogger(__name__)


class Source(Protocol):
    def fetch(self, message_id: str, most: int, /) -> Fetched: ...


class Fetching:
    waits_for = News.ENCLOSURES

    def __init__(
        self, database: Database, source: Source, clock: Callable[[], datetime], *, most: int
    ) -> None:
        """`most` in bytes: what is larger is not kept."""
        self._database = database
        self._source = source
        self._clock = clock
        self._most = most
        self._paused_until: datetime | None = None

    def step(self) -> bool:
        """Fetch one. Returns whether there was one."""
        now = self._clock()
        if self._paused_until and now < self._paused_until <= now + TOKEN_AGAIN:
            return False
        with self._database.read() as session:
            if not enclosures.is_due(session, now):
                return False
        with self._database.write() as session:
            claimed = enclosures.claim(session, now)
        if claimed is None:
            return False
        try:
            outcome = self._get(claimed, now)
        except SQLAlchemyError as error:
            if not is_unable(error):
                raise  # the lease runs out; three times, and it is given up
            outcome = self._later(claimed, type(error).__name__)
        self._note(claimed, outcome)
        return True

    def _get(self, claimed: Claimed, now: datetime) -> str:
        """What became of it."""
        fetched = self._source.fetch(claimed.message_id, self._most)
        self._paused_until = now + TOKEN_AGAIN if fetched.verdict is Verdict.UNAUTHORIZED else None
        match fetched.verdict:
            case Verdict.HERE:
                return self._keep(claimed, fetched.data)
            case Verdict.GONE:
                return self._fail(claimed, Problem.GONE)
            case Verdict.BROKEN:
                return self._fail(claimed, Problem.UNREACHED)
            case Verdict.TOO_LARGE:
                return self._fail(claimed, Problem.TOO_LARGE)
            case Verdict.NOT_READY | Verdict.UNAUTHORIZED | Verdict.TRY_LATER:
                return self._later(claimed, fetched.problem)

    def _keep(self, claimed: Claimed, data: bytes) -> str:
        found = self._looked_at(claimed, data)
        if isinstance(found, Problem):
            return self._fail(claimed, found)
        return "kept" if enclosures.keep(self._database, claimed, found) else "taken back"

    def _looked_at(self, claimed: Claimed, data: bytes) -> Found | Problem:
        kind = file_types.of(data, claimed.kind)
        if kind is None:
            return Problem.KIND
        if kind != file_types.PHOTO:
            return Found(kind, data)
        try:
            picture = redrawn(data)
        except NoPicture:
            return Problem.BROKEN
        except (
            Exception
        ) as error:  # a stranger's bytes: whatever they do to the decoder, they stop nobody else's
            log.error("picture not drawn", extra={"enclosure": claimed.id, "error": type(error).__name__})
            return Problem.BROKEN
        return Found(MEDIA_TYPE, picture.content, picture.thumbnail, picture.width, picture.height)

    def _fail(self, claimed: Claimed, problem: Problem) -> str:
        with self._database.write() as session:
            return problem if enclosures.fail(session, claimed, problem) else "taken back"

    def _later(self, claimed: Claimed, problem: str) -> str:
        now = self._clock()
        if now - claimed.created_at >= TRIED_FOR:
            return self._fail(claimed, Problem.UNREACHED)
        wait = backoff(claimed.attempt, FIRST_BACKOFF, LONGEST_BACKOFF)
        with self._database.write() as session:
            enclosures.later(session, claimed, now + wait)
        log.warning(
            "enclosure put off",
            extra={"enclosure": claimed.id, "attempt": claimed.attempt, "problem": problem},
        )
        return "later"

    def _note(self, claimed: Claimed, outcome: str) -> None:
        ENCLOSURES.labels(outcome).inc()
        log.info("enclosure", extra={"enclosure": claimed.id, "kind": claimed.kind, "outcome": str(outcome)})
