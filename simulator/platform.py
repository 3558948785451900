"""LINE itself: the parents, the bot's channel, and what passes between them."""

import itertools
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from simulator import ids, media
from simulator.faults import Faults
from simulator.limits import RateLimits
from simulator.phone import Phone
from simulator.quota import Quota
from simulator.refusals import Problem, Refused, invalid
from simulator.requests import RecordedRequest, Requests
from simulator.retry_keys import Accepted, RetryKeys
from simulator.screen import Bubble
from simulator.tokens import ReplyTokens
from simulator.webhooks import Delivery, Event, Order, Webhooks

USER_ID = re.compile(r"U[0-9a-f]{32}")
BOT_USER_ID = ids.user_id("the bot")
FIRST_MESSAGE_ID = 500_000_000_000_000_001

Sent = list[dict[str, Any]]


class Platform:
    """The stand-in for LINE of one channel, in memory. Every method may be called from any thread.

    clock: gives the time, aware and in UTC; nothing else is asked for the time.
    webhook_url: where events go; while it is None they are kept (`held`).
    record_to: a file that gets every API request as one JSON line, without the access token.
    """

    def __init__(
        self,
        *,
        channel_secret: str,
        access_token: str,
        clock: Callable[[], datetime],
        webhook_url: str | None = None,
        record_to: Path | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.access_token = access_token
        self.now = clock
        self.faults = Faults()
        self.limits = RateLimits()
        self._requests = Requests(record_to)
        self._quota = Quota()
        self._phones: dict[str, Phone] = {}
        self._message_ids = itertools.count(FIRST_MESSAGE_ID)
        self._read_tokens: set[str] = set()
        self._reply_tokens = ReplyTokens()
        self._retry_keys = RetryKeys()
        self._webhooks = Webhooks(
            destination=BOT_USER_ID,
            channel_secret=channel_secret,
            clock=clock,
            lock=self.lock,
            going_out=self._going_out,
            url=webhook_url,
        )

    # The parents

    def phone(self, name: str) -> Phone:
        """The phone of this parent; a new one, no friend yet, if there is none."""
        with self.lock:
            found = next((phone for phone in self._phones.values() if phone.name == name), None)
            return found or self._phones.setdefault(ids.user_id(name), Phone(name, self))

    @property
    def phones(self) -> tuple[Phone, ...]:
        """Every parent, in the order in which they came."""
        with self.lock:
            return tuple(self._phones.values())

    def phone_of(self, user_id: str) -> Phone | None:
        with self.lock:
            return self._phones.get(user_id)

    # The webhook

    @property
    def webhook_url(self) -> str | None:
        return self._webhooks.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._webhooks.url = url

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Every webhook request made, in order."""
        return self._webhooks.deliveries

    @property
    def held(self) -> tuple[Event, ...]:
        """The events that wait for `release`."""
        return self._webhooks.held

    @property
    def undelivered(self) -> int:
        """How many webhook requests wait for `redeliver`."""
        return self._webhooks.undelivered

    def hold(self) -> None:
        """Keep events back until `release`."""
        self._webhooks.hold()

    def release(self, order: Order = "as sent", *, together: bool = True) -> None:
        """Send the events held back: all in one request, or one request each."""
        self._webhooks.release(order, together=together)

    def duplicate(self, events: int = 1) -> None:
        """Deliver each of the next events twice."""
        self._webhooks.duplicate(events)

    def redeliver(self) -> int:
        """Send again what did not arrive, with isRedelivery true. Returns how many requests were made."""
        return self._webhooks.redeliver()

    def ping_webhook(self, url: str | None = None) -> Delivery:
        """Send a webhook without events, as LINE's 「検証」 button does."""
        return self._webhooks.ping(url)

    def signed(self, events: tuple[Event, ...]) -> tuple[bytes, dict[str, str]]:
        """The raw body and headers of a webhook with these events, for a test that posts it itself."""
        return self._webhooks.signed(events)

    # The API's work

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """Every API request received, in order of their answers."""
        return self._requests.all()

    def admits(self, endpoint: str) -> bool:
        """Whether the endpoint's rate limit lets one more request in."""
        with self.lock:
            return self.limits.take(endpoint, self.now())

    def record(self, request: RecordedRequest) -> None:
        self._requests.add(request)

    @property
    def quota(self) -> int | None:
        """Pushes allowed a month; None: no limit."""
        return self._quota.limit

    @quota.setter
    def quota(self, limit: int | None) -> None:
        self._quota.limit = limit

    @property
    def consumption(self) -> int:
        """Pushes counted this month."""
        with self.lock:
            return self._quota.used(self.now())

    def reply(self, token: str, messages: list[dict[str, Any]]) -> Sent:
        """Answer an event. Refused: the token is unknown, used or too old."""
        with self.lock:
            user_id = self._reply_tokens.use(token, self.now())
            if user_id is None:
                raise Refused(400, "Invalid reply token")
            return self._put_on_screen(self._phones[user_id], messages)

    def push(
        self, to: str, messages: list[dict[str, Any]], *, retry_key: str | None, request_id: str
    ) -> Sent:
        """Send unasked. Nothing arrives, and nothing is said, where the parent blocked us or is no friend.

        Refused: no such form of id, accepted before under this key, or the month's quota is spent.
        """
        with self.lock:
            now = self.now()
            if retry_key and (before := self._retry_keys.find(retry_key, now)):
                raise _accepted_before(before)
            if not USER_ID.fullmatch(to):
                raise invalid((Problem("Must be a user id", "to"),))
            if self._quota.spent(now):
                raise Refused(429, "You have reached your monthly limit.")
            phone = self._phones.get(to)
            if phone and phone.reachable(now):
                self._quota.count(now)
            sent = self._put_on_screen(phone, messages)
            if retry_key:
                self._retry_keys.keep(retry_key, Accepted(now, request_id, sent))
            return sent

    def show_loading(self, user_id: str, seconds: int) -> None:
        """Show the moving dots on a phone, if it is one that sees us."""
        with self.lock:
            now = self.now()
            phone = self._phones.get(user_id)
            if phone and phone.reachable(now):
                phone.show_loading(now + timedelta(seconds=seconds))

    def mark_as_read(self, token: str) -> None:
        """Refused: no webhook carried this token."""
        with self.lock:
            if token not in self._read_tokens:
                raise Refused(400, "Invalid markAsReadToken")

    def display_name(self, user_id: str) -> str:
        """Refused: nobody we may know: unknown, blocking, or neither friend nor writer."""
        with self.lock:
            phone = self._phones.get(user_id)
            if phone is None or not phone.reachable(self.now()):
                raise Refused(404, "Not found")
            return phone.name

    def content(self, message_id: str) -> tuple[bytes, str]:
        """The bytes and media type of a parent's photo, film, sound or file. Refused: none (404), taken back (410)."""
        with self.lock:
            bubble = self._from_a_parent(message_id)
            if bubble is None or bubble.message["type"] not in media.KINDS:
                raise Refused(404, "Not found")
            if bubble.unsent:
                raise Refused(410, "The message was unsent")
            return media.content(bubble.message["type"])

    # What a phone needs (phone.Network)

    def new_message_id(self) -> str:
        return str(next(self._message_ids))

    def new_read_token(self) -> str:
        token = ids.token()
        self._read_tokens.add(token)
        return token

    def emit(
        self, user_id: str, kind: str, about: Mapping[str, Any], *, at: datetime, answerable: bool
    ) -> None:
        """Tell the bot what happened on a phone."""
        with self.lock:
            token = {"replyToken": self._reply_tokens.issue(user_id, at)} if answerable else {}
        self._webhooks.send(
            {"type": kind, "mode": "active", "timestamp": ids.milliseconds(at)}
            | {"source": {"type": "user", "userId": user_id}, "webhookEventId": ids.ulid(at)}
            | {"deliveryContext": {"isRedelivery": False}}
            | token
            | dict(about)
        )

    def close(self) -> None:
        """Let go of answers held back by a fault. For when the server stops."""
        self.faults.stop()

    # Inside

    def _going_out(self, event: Event) -> None:
        if token := event.get("replyToken"):
            self._reply_tokens.delivered(token, self.now())

    def _put_on_screen(self, phone: Phone | None, messages: list[dict[str, Any]]) -> Sent:
        now = self.now()
        sent = [{"id": self.new_message_id(), "quoteToken": ids.token()} for _ in messages]
        if phone and phone.reachable(now):
            for given, message in zip(sent, messages, strict=True):
                phone.receive(given["id"], message, now)
        return sent

    def _from_a_parent(self, message_id: str) -> Bubble | None:
        bubbles = (bubble for phone in self._phones.values() for bubble in phone.screen)
        return next((bubble for bubble in bubbles if bubble.mine and bubble.id == message_id), None)


def _accepted_before(before: Accepted) -> Refused:
    return Refused(
        409,
        "The retry key is already accepted",
        more={"sentMessages": before.sent},
        headers={"X-Line-Accepted-Request-Id": before.request_id},
    )
