"""The counselor's menu in LINE while a counselor is in charge, and everybody's again afterwards: see storage.menus."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.backoff import backoff
from bot.line.client import Answer, Verdict
from storage import menus
from storage.database import Database
from storage.menus import Switch
from storage.wake import News

LOOK_AGAIN: Final = timedelta(seconds=1)  # not with every commit: a menu may come a second later
TOKEN_AGAIN: Final = timedelta(seconds=30)
FIRST_BACKOFF: Final = 2.0  # seconds
LONGEST_BACKOFF: Final = 900.0

log = logging.getLogger(__name__)


class Channel(Protocol):
    def link_menu(self, user_id: str, menu_id: str, /) -> Answer: ...

    def unlink_menu(self, user_id: str, /) -> Answer: ...


class Menus:
    """Beside the sending of messages, in a loop of its own: whatever LINE says of a menu, answers go out."""

    waits_for = News.MENUS

    def __init__(self, database: Database, channel: Channel, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._rests_until: datetime | None = None

    def step(self) -> bool:
        """Change one parent's menu. Returns whether there was one."""
        now = self._clock()
        if self._rests_until and now < self._rests_until <= now + TOKEN_AGAIN:
            return False
        with self._database.read() as session:
            due = menus.is_due(session, now)
        switch = self._claim(now) if due else None
        if switch is None:
            self._rests_until = now + LOOK_AGAIN
            return False
        self._mark(switch, self._ask(switch))
        return True

    def _claim(self, now: datetime) -> Switch | None:
        with self._database.write() as session:
            return menus.claim(session, now)

    def _ask(self, switch: Switch) -> Answer:
        if not switch.address:
            return Answer(Verdict.REFUSED, "menu", problem="no address")
        if switch.menu_id is None:
            return self._channel.unlink_menu(switch.address)
        return self._channel.link_menu(switch.address, switch.menu_id)

    def _mark(self, switch: Switch, answer: Answer) -> None:
        now = self._clock()
        with self._database.write() as session:
            match answer.verdict:
                case Verdict.ACCEPTED:
                    menus.done(session, switch)
                case Verdict.REFUSED:  # the menu or the parent is not there: asking again changes nothing
                    menus.done(session, switch, answer.problem)
                case Verdict.UNAUTHORIZED:
                    menus.later(session, switch, now + TOKEN_AGAIN, answer.problem)
                case _:
                    menus.later(
                        session,
                        switch,
                        now + backoff(switch.attempt, FIRST_BACKOFF, LONGEST_BACKOFF),
                        answer.problem,
                    )
        if answer.verdict is Verdict.UNAUTHORIZED:
            self._rests_until = now + TOKEN_AGAIN
        good = answer.verdict is Verdict.ACCEPTED
        log.log(
            logging.INFO if good else logging.WARNING,
            "menu",
            extra={
                "conversation": switch.conversation_id,
                "shows": menus.NORMAL if switch.menu_id is None else menus.COUNSELOR,
                "attempt": switch.attempt,
                "problem": answer.problem,
                "line_request": answer.request_id,
            },
        )
