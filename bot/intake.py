"""From the inbox to a decision: one event, one transaction."""

import json
import logging
from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from bot.line.parse import parse
from bot.metrics import HELPED, WAITED, Timed
from conversation.handling import handle
from directory.model import Directory
from intents.rules import Rules
from storage import inbox, outbox, people, trace
from storage.database import Database, is_unable
from storage.store import SqlStore
from storage.tables import InboxRow
from storage.wake import News

log = logging.getLogger(__name__)


class Intake:
    """Takes the next event that is due, and handles it."""

    waits_for = News.INBOX

    def __init__(
        self,
        database: Database,
        *,
        rules: Callable[[], Rules],
        directory: Callable[[], Directory],
        digest_key: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._rules = rules
        self._directory = directory
        self._digest_key = digest_key
        self._clock = clock

    def step(self) -> bool:
        """Handle one event. Returns whether there was one."""
        event_id = request_id = ""
        rules = self._rules()
        try:
            with self._database.write() as session:
                row = inbox.claim(session, self._clock())
                if row is None:
                    return False
                event_id, request_id = row.id, row.request_id
                with trace.following(request_id):
                    self._handle(session, row, rules)
                inbox.handled(session, row, self._clock())
        except Exception as error:
            if not event_id:
                raise  # the database itself: nothing was taken
            with trace.following(request_id):
                self._put_off(event_id, error)
        return True

    def _handle(self, session: Session, row: InboxRow, rules: Rules) -> None:
        now = self._clock()
        parsed = parse(json.loads(inbox.payload(session, row)), row.happened_at)
        if parsed.user_id is None:
            log.info("event of nobody", extra={"event_id": row.id, "kind": type(parsed.event).__name__})
            return
        digest = people.digest(parsed.user_id, self._digest_key)
        conversation_id = people.conversation_of(session, row.channel, digest, parsed.user_id, now)
        if parsed.reply_token:
            outbox.add_reply_token(session, row.id, conversation_id, parsed.reply_token, row.received_at)
        store = Timed(SqlStore(session, row.channel), type(parsed.event).__name__)
        decision = handle(
            conversation_id, parsed.event, store=store, rules=rules, directory=self._directory(), now=now
        )
        WAITED.observe(max((now - row.received_at).total_seconds(), 0))
        if decision.helped and decision.helped.helped:
            HELPED.labels(decision.helped.helped).inc()
        log.info(
            "event handled",
            extra={
                "event_id": row.id,
                "conversation": conversation_id,
                "kind": type(parsed.event).__name__,
                "answers": len(decision.outgoing),
            },
        )

    def _put_off(self, event_id: str, error: Exception) -> None:
        """Only the exception's type and place are kept: its words may be the parent's."""
        with self._database.write() as session:
            parked = inbox.failed(
                session, event_id, _place(error), self._clock(), counts=not is_unable(error)
            )
        log.error(
            "event parked" if parked else "event put off",
            extra={"event_id": event_id, "error": _place(error)},
        )


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"
