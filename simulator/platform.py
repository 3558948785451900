"""LINE itself: the parents, the bot's channel, and what passes between them."""

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator import ids
from simulator.channel import Channel
from simulator.faults import Faults
from simulator.limits import RateLimits
from simulator.menus import RichMenu, RichMenus
from simulator.phone import Phone
from simulator.requests import RecordedRequest, Requests
from simulator.webhooks import Delivery, Event, Order, Webhooks

BOT_USER_ID = ids.user_id("the bot")
FIRST_MESSAGE_ID = 500_000_000_000_000_001


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
        self.menus = RichMenus()
        self.chat_mode = "bot"  # or "chat", as switched in the account manager
        self.webhook_active = True
        self._requests = Requests(record_to)
        self._phones: dict[str, Phone] = {}
        self._message_ids = itertools.count(FIRST_MESSAGE_ID)
        self.channel = Channel(
            clock=clock, lock=self.lock, phones=self._phones, new_message_id=self.new_message_id
        )
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
            return self._phones.setdefault(ids.user_id(name), Phone(name, self))

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
        return self.channel.quota.limit

    @quota.setter
    def quota(self, limit: int | None) -> None:
        self.channel.quota.limit = limit

    @property
    def consumption(self) -> int:
        """Pushes counted this month."""
        with self.lock:
            return self.channel.quota.used(self.now())

    # Rich menus

    def create_menu(self, body: dict[str, Any]) -> str:
        with self.lock:
            return self.menus.create(body)

    def change_menus(self, change: Callable[[], None]) -> None:
        """And let every phone show it."""
        with self.lock:
            change()
            for phone in self._phones.values():
                phone.touch()

    def link_menu(self, user_ids: Sequence[str], menu_id: str) -> None:
        """Shown to friends only; the others are passed over without a word."""

        def change() -> None:
            self.menus.get(menu_id)
            for user_id in user_ids:
                phone = self._phones.get(user_id)
                self.menus.link(user_id, menu_id, applies=phone is not None and phone.friend)

        self.change_menus(change)

    def unlink_menu(self, user_ids: Sequence[str]) -> None:
        def change() -> None:
            for user_id in user_ids:
                self.menus.unlink(user_id)

        self.change_menus(change)

    # What a phone needs (phone.Network)

    def menu_of(self, user_id: str) -> RichMenu | None:
        with self.lock:
            return self.menus.shown_to(user_id)

    def new_message_id(self) -> str:
        return str(next(self._message_ids))

    def new_read_token(self) -> str:
        token = ids.token()
        self.channel.read_tokens.add(token)
        return token

    def emit(
        self, user_id: str, kind: str, about: Mapping[str, Any], *, at: datetime, answerable: bool
    ) -> None:
        """Tell the bot what happened on a phone."""
        with self.lock:
            token = {"replyToken": self.channel.reply_tokens.issue(user_id, at)} if answerable else {}
        self._webhooks.send(
            {"type": kind, "mode": "active", "timestamp": ids.milliseconds(at)}
            | {"source": {"type": "user", "userId": user_id}, "webhookEventId": ids.ulid(at)}
            | {"deliveryContext": {"isRedelivery": False}}
            | token
            | dict(about)
        )

    def close(self) -> None:
        """Let go of the answers that a fault holds back. For when the server stops."""
        self.faults.let_go()

    # Inside

    def _going_out(self, event: Event) -> None:
        if token := event.get("replyToken"):
            self.channel.reply_tokens.delivered(token, self.now())
