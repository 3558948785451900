"""What the bot may do through the API: answer, send, look, fetch."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from simulator import ids, media
from simulator.phone import Phone
from simulator.quota import Quota
from simulator.refusals import Problem, Refused, invalid
from simulator.retry_keys import Accepted, RetryKeys
from simulator.screen import Bubble
from simulator.tokens import ReplyTokens

USER_ID = re.compile(r"U[0-9a-f]{32}")

Sent = list[dict[str, Any]]


class Channel:
    """The bot's side of LINE. Every method may be called from any thread."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        lock: RLock,
        phones: Mapping[str, Phone],
        new_message_id: Callable[[], str],
    ) -> None:
        self.quota = Quota()
        self.reply_tokens = ReplyTokens()
        self.read_tokens: set[str] = set()
        self._now = clock
        self._lock = lock
        self._phones = phones
        self._new_message_id = new_message_id
        self._retry_keys = RetryKeys()

    def reply(self, token: str, messages: list[dict[str, Any]]) -> Sent:
        """Answer an event. Refused: the token is unknown, used or too old."""
        with self._lock:
            user_id = self.reply_tokens.use(token, self._now())
            if user_id is None:
                raise Refused(400, "Invalid reply token")
            return self._put_on_screen(self._phones[user_id], messages)

    def push(
        self, to: str, messages: list[dict[str, Any]], *, retry_key: str | None, request_id: str
    ) -> Sent:
        """Send unasked. Nothing arrives, and nothing is said, where the parent blocked us or is no friend.

        Refused: no such form of id, accepted before under this key, or the month's quota is spent.
        """
        with self._lock:
            now = self._now()
            if retry_key and (before := self._retry_keys.find(retry_key, now)):
                raise _accepted_before(before)
            if not USER_ID.fullmatch(to):
                raise invalid((Problem("Must be a user id", "to"),))
            if self.quota.spent(now):
                raise Refused(429, "You have reached your monthly limit.")
            phone = self._phones.get(to)
            if phone and phone.reachable(now):
                self.quota.count(now)
            sent = self._put_on_screen(phone, messages)
            if retry_key:
                self._retry_keys.keep(retry_key, Accepted(now, request_id, sent))
            return sent

    def show_loading(self, user_id: str, seconds: int) -> None:
        """Show the moving dots on a phone, if it is one that sees us."""
        with self._lock:
            now = self._now()
            phone = self._phones.get(user_id)
            if phone and phone.reachable(now):
                phone.show_loading(now + timedelta(seconds=seconds))

    def mark_as_read(self, token: str) -> None:
        """Refused: no webhook carried this token."""
        with self._lock:
            if token not in self.read_tokens:
                raise Refused(400, "Invalid markAsReadToken")

    def display_name(self, user_id: str) -> str:
        """Refused: nobody we may know: unknown, blocking, or neither friend nor writer."""
        with self._lock:
            phone = self._phones.get(user_id)
            if phone is None or not phone.reachable(self._now()):
                raise Refused(404, "Not found")
            return phone.name

    def content(self, message_id: str) -> tuple[bytes, str]:
        """The bytes and media type of a parent's photo, film, sound or file. Refused: none (404), taken back (410)."""
        with self._lock:
            sent = self._from_a_parent(message_id)
            if sent is None or sent[1].message["type"] not in media.KINDS:
                raise Refused(404, "Not found")
            phone, bubble = sent
            if bubble.unsent:
                raise Refused(410, "The message was unsent")
            if bubble.message.get("contentProvider", {}).get("type") == "external":
                raise Refused(404, "Not found")
            return phone.content(message_id, bubble.message["type"])

    # Inside

    def _put_on_screen(self, phone: Phone | None, messages: list[dict[str, Any]]) -> Sent:
        now = self._now()
        sent = [{"id": self._new_message_id(), "quoteToken": ids.token()} for _ in messages]
        if phone and phone.reachable(now):
            for given, message in zip(sent, messages, strict=True):
                phone.receive(given["id"], message, now)
        return sent

    def _from_a_parent(self, message_id: str) -> tuple[Phone, Bubble] | None:
        sent = ((phone, bubble) for phone in self._phones.values() for bubble in phone.screen if bubble.mine)
        return next((one for one in sent if one[1].id == message_id), None)


def _accepted_before(before: Accepted) -> Refused:
    return Refused(
        409,
        "The retry key is already accepted",
        more={"sentMessages": before.sent},
        headers={"X-Line-Accepted-Request-Id": before.request_id},
    )
