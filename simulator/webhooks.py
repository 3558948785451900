"""Webhooks on their way to the bot: signed, posted, and where it is asked for late, twice or out of order."""

import json
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import urllib3

from simulator.signing import signature

Event = dict[str, Any]
Order = Literal["as sent", "shuffled"]

TIMEOUT = 2.0  # seconds; LINE gives a bot no longer


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request to the bot.

    status: the HTTP status; None when there was no answer.
    error: LINE's word for what failed: could_not_connect, request_timeout, error_status_code, unclassified.
    """

    events: tuple[Event, ...]
    at: datetime
    status: int | None
    error: str | None

    @property
    def delivered(self) -> bool:
        return self.error is None


class Webhooks:
    """The line to the bot's webhook. Posts outside the lock: the bot may call the API while it is being called."""

    def __init__(
        self,
        *,
        destination: str,
        channel_secret: str,
        clock: Callable[[], datetime],
        lock: threading.RLock,
        going_out: Callable[[Event], None],
        url: str | None = None,
    ) -> None:
        self.url = url
        self._destination = destination
        self._secret = channel_secret
        self._clock = clock
        self._lock = lock
        self._going_out = going_out
        self._holding = False
        self._held: list[Event] = []
        self._doubles = 0
        self._deliveries: list[Delivery] = []
        self._failed: list[tuple[Event, ...]] = []

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        with self._lock:
            return tuple(self._deliveries)

    @property
    def held(self) -> tuple[Event, ...]:
        with self._lock:
            return tuple(self._held)

    @property
    def undelivered(self) -> int:
        """How many requests wait for `redeliver`."""
        with self._lock:
            return len(self._failed)

    def send(self, event: Event) -> None:
        """Deliver an event, or keep it while holding or while there is no URL."""
        with self._lock:
            copies = self._copies()
            if self._holding or self.url is None:
                self._held += [event] * copies
                self._going_out(event)
                return
        for _ in range(copies):
            self._deliver((event,))

    def hold(self) -> None:
        """Keep events back from now on."""
        with self._lock:
            self._holding = True

    def release(self, order: Order = "as sent", *, together: bool = True) -> None:
        """Send what was held: in one request, or one request each. Without a URL everything stays held."""
        with self._lock:
            self._holding = False
            if self.url is None:
                return
            events, self._held = self._held, []
        ordered = _shuffled(events) if order == "shuffled" else events
        for batch in [tuple(ordered)] if together else [(event,) for event in ordered]:
            if batch:
                self._deliver(batch)

    def duplicate(self, events: int) -> None:
        """Deliver each of the next events twice, as a network sometimes does."""
        with self._lock:
            self._doubles += events

    def redeliver(self) -> int:
        """Send again what did not arrive: same ids and tokens, isRedelivery true. Returns the requests made."""
        with self._lock:
            failed, self._failed = self._failed, []
        for batch in failed:
            self._deliver(tuple(event | {"deliveryContext": {"isRedelivery": True}} for event in batch))
        return len(failed)

    def ping(self, url: str | None = None) -> Delivery:
        """LINE's check of the connection: a webhook without events, not kept among the deliveries."""
        return self._post(url or self.url or "", ())

    def signed(self, events: Sequence[Event]) -> tuple[bytes, dict[str, str]]:
        """The raw body and the headers of a webhook request."""
        body = json.dumps({"destination": self._destination, "events": list(events)}, ensure_ascii=False)
        raw = body.encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "LineBotWebhook/2.0",
            "X-Line-Signature": signature(self._secret, raw),
        }
        return raw, headers

    def _copies(self) -> int:
        if self._doubles:
            self._doubles -= 1
            return 2
        return 1

    def _deliver(self, events: tuple[Event, ...]) -> None:
        with self._lock:
            for event in events:
                self._going_out(event)
        delivery = self._post(self.url or "", events)
        with self._lock:
            self._deliveries.append(delivery)
            if not delivery.delivered:
                self._failed.append(events)

    def _post(self, url: str, events: tuple[Event, ...]) -> Delivery:
        body, headers = self.signed(events)
        status, error = _post(url, body, headers)
        return Delivery(events, self._clock(), status, error)


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, str | None]:
    with urllib3.PoolManager(retries=False, timeout=TIMEOUT) as pool:
        try:
            status = pool.request("POST", url, body=body, headers=headers, redirect=False).status
        except urllib3.exceptions.NewConnectionError:
            return None, "could_not_connect"
        except urllib3.exceptions.TimeoutError:
            return None, "request_timeout"
        except urllib3.exceptions.HTTPError:
            return None, "unclassified"
    return status, None if 200 <= status < 300 else "error_status_code"


def _shuffled(events: list[Event]) -> list[Event]:
    """Another order than the one given (where there is another), the same each time."""
    mixed = events[:]
    random.Random(len(events)).shuffle(mixed)  # noqa: S311 - for tests, not for secrets
    return mixed if mixed != events else events[::-1]
