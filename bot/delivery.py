"""From the outbox to the channel: claim, send outside any transaction, mark."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.backoff import backoff
from bot.line.client import Answer, Verdict
from bot.metrics import DELIVERIES
from conversation.messages import Outgoing
from storage import heartbeats, outbox, trace
from storage.database import Database
from storage.outbox import Claimed
from storage.wake import News

KEY_LIFE: Final = timedelta(hours=23)  # LINE remembers a retry key for 24; after that it would send again
TOKEN_SURELY_ALIVE: Final = timedelta(seconds=55)  # LINE promises a minute
LAST_LOOK: Final = timedelta(seconds=50)  # while a dead token still means that the reply was accepted
FIRST_BACKOFF: Final = 1.0  # seconds
LONGEST_BACKOFF: Final = 300.0
QUOTA_AGAIN: Final = timedelta(hours=1)
TOKEN_AGAIN: Final = timedelta(seconds=30)
BEAT: Final = timedelta(seconds=10)

log = logging.getLogger(__name__)


class Channel(Protocol):
    def reply(self, token: str, outgoing: tuple[Outgoing, ...], /) -> Answer: ...

    def push(self, user_id: str, outgoing: tuple[Outgoing, ...], retry_key: str, /) -> Answer: ...


class Delivery:
    waits_for = News.OUTBOX

    def __init__(self, database: Database, channel: Channel, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._paused_until: datetime | None = None
        self._said: tuple[str, datetime] | None = None  # the last heartbeat

    def step(self) -> bool:
        """Send one request. Returns whether there was one."""
        now = self._clock()
        if self._paused_until and now < self._paused_until:
            return False
        with self._database.write() as session:
            claimed = outbox.claim(session, now)
        if claimed is None:
            return False
        with trace.following(",".join(claimed.request_ids)):
            self._mark(claimed, self._send(claimed, now))
        return True

    def _send(self, claimed: Claimed, now: datetime) -> Answer:
        if (
            claimed.attempt > 1 and now - claimed.first_try_at >= KEY_LIFE
        ):  # nobody tried for long: see KEY_LIFE
            return Answer(Verdict.TRY_LATER, "", problem="too late to try again")
        if claimed.reply_token:
            return self._channel.reply(claimed.reply_token, claimed.outgoing)
        return self._channel.push(claimed.address, claimed.outgoing, claimed.retry_key)

    def _mark(self, claimed: Claimed, answer: Answer) -> None:
        now = self._clock()
        state = self._state_after(claimed, answer, now)
        with self._database.write() as session:
            match state:
                case "sent":
                    outbox.sent(session, claimed, answer.via, list(answer.message_ids), now)
                case "push":
                    outbox.push_instead(session, claimed, now)
                case "failed":
                    outbox.failed(session, claimed, answer.problem)
                case "unknown":
                    outbox.unknown(session, claimed, answer.problem)
                case "held":
                    outbox.hold(session, claimed, now + QUOTA_AGAIN, answer.problem)
                case "stopped":
                    outbox.unsent(session, claimed, now, answer.problem)
                case _:
                    outbox.later(session, claimed, _next_try(claimed, now), answer.problem)
        self._paused_until = now + TOKEN_AGAIN if state == "stopped" else None
        self._beat("line_401" if state == "stopped" else "", now)
        DELIVERIES.labels(state).inc()
        log.log(
            logging.INFO if state in ("sent", "push") else logging.WARNING,
            "delivery",
            extra={
                "outbox": claimed.ids,
                "state": state,
                "via": answer.via,
                "attempt": claimed.attempt,
                "problem": answer.problem,
                "line_request": answer.request_id,
            },
        )

    def _beat(self, stopped_by: str, now: datetime) -> None:
        """Not with every request: workers would wait for each other at this one row."""
        if self._said and self._said[0] == stopped_by and abs(now - self._said[1]) < BEAT:
            return
        with self._database.write() as session:
            heartbeats.beat(session, "delivery", now, stopped_by=stopped_by)
        self._said = stopped_by, now

    def _state_after(self, claimed: Claimed, answer: Answer, now: datetime) -> str:
        match answer.verdict:
            case Verdict.ACCEPTED:
                return "sent"
            case Verdict.TOKEN_DEAD:
                return "sent" if _first_attempt_was_accepted(claimed, now) else "push"
            case Verdict.REFUSED:
                return "failed"
            case Verdict.UNAUTHORIZED:
                return "stopped"
            case Verdict.NO_QUOTA:
                return "held"
            case Verdict.TRY_LATER:
                return "later" if now - claimed.first_try_at < KEY_LIFE else "unknown"


def _first_attempt_was_accepted(claimed: Claimed, now: datetime) -> bool:
    """A token that was tried before and cannot have died of age is dead because LINE has used it.

    Past its age nobody can tell. Then it is pushed: an answer that comes twice hurts less than one that never comes.
    """
    if claimed.attempt == 1 or claimed.reply_token_at is None:
        return False
    return abs(now - claimed.reply_token_at) < TOKEN_SURELY_ALIVE  # a clock that was set back tells nothing


def _next_try(claimed: Claimed, now: datetime) -> datetime:
    """Of a reply at the latest while its token tells what came of the try before, and then every second."""
    usual = now + backoff(claimed.attempt, FIRST_BACKOFF, LONGEST_BACKOFF)
    if claimed.reply_token_at is None:
        return usual
    look = max(claimed.reply_token_at + LAST_LOOK, now + timedelta(seconds=1))
    return min(usual, look) if look < claimed.reply_token_at + TOKEN_SURELY_ALIVE else usual
