"""LINE's webhook: verify the raw bytes, keep the events, answer 200. Nothing else happens here.

LINE waits two seconds and sends a text only once; what fails here is lost, so there is little that can.
"""

import base64
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wsgi import get_input_stream

from bot.metrics import WEBHOOK
from storage import people, trace
from storage.database import Database
from storage.inbox import Received
from storage.keeping import Keeper

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH: Final = "/line/webhook"
ANSWERS: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
HEADERS: Final = [("Content-Type", "text/plain"), ("Content-Length", "0"), ("Allow", "POST")]
LARGEST: Final = 1024 * 1024  # bytes
CHANNEL: Final = "line"
YEAR_2100: Final = 4_102_444_800_000  # milliseconds
EVENT_ID: Final = re.compile(
    r"[!-~]{1,64}"
)  # LINE's are ULIDs; anything longer or stranger is not kept as a key

REFUSED: Final = (400, 401, 413)

log = logging.getLogger(__name__)


class Webhook:
    """Stands before the rest of the app, in plain WSGI: Flask takes as long for a request as all of this does."""

    def __init__(
        self,
        rest: "WSGIApplication",
        database: Database,
        *,
        channel_secret: str,
        digest_key: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self._rest = rest
        self._keeper = Keeper(database, CHANNEL)
        self._channel_secret = channel_secret
        self._digest_key = digest_key
        self._clock = clock

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return self._rest(environ, start_response)
        status = self._status(environ)
        WEBHOOK.labels(status).inc()
        if status in REFUSED:
            log.warning("webhook refused", extra={"status": status})
        start_response(ANSWERS[status], HEADERS.copy())
        return ()

    def _status(self, environ: "WSGIEnvironment") -> int:
        if environ["REQUEST_METHOD"] != "POST":
            return 405
        body = get_input_stream(environ).read(LARGEST + 1)
        if len(body) > LARGEST:
            return 413
        if not is_signed(body, environ.get("HTTP_X_LINE_SIGNATURE", ""), self._channel_secret):
            return 401
        now = self._clock()
        try:
            events = received(body, self._digest_key, now)
        except (ValueError, RecursionError):  # not JSON; nested a thousand deep
            return 400
        return _keep(self._keeper, events, now)


def is_signed(body: bytes, signature: str, channel_secret: str) -> bool:
    """https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/"""
    expected = base64.b64encode(hmac.new(channel_secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))


def received(body: bytes, digest_key: bytes, now: datetime) -> list[Received]:
    """The events of a request, unparsed but for what the inbox sorts by. Raises ValueError for what is no webhook."""
    request_body = json.loads(body)
    if not isinstance(request_body, dict) or not isinstance(request_body.get("events", []), list):
        raise ValueError("not a webhook request")
    return [_received(event, digest_key, now) for event in request_body.get("events", [])]


def _received(event: Any, digest_key: bytes, now: datetime) -> Received:
    payload = json.dumps(event, separators=(",", ":"))  # ASCII: half a surrogate pair could not be stored
    known = event if isinstance(event, dict) else {}
    event_id, timestamp, source = known.get("webhookEventId"), known.get("timestamp"), known.get("source")
    user_id = source.get("userId") if isinstance(source, dict) else None
    return Received(
        id=event_id
        if isinstance(event_id, str) and EVENT_ID.fullmatch(event_id)
        else hashlib.sha256(payload.encode()).hexdigest(),
        sender=people.digest(user_id, digest_key) if isinstance(user_id, str) and user_id else "",
        happened_at=_moment(timestamp, now),
        payload=payload,
        request_id=trace.current(),
    )


def _moment(timestamp: Any, now: datetime) -> int:
    """Milliseconds that a database can keep and a calendar can show; else the time of arrival."""
    usable = isinstance(timestamp, int) and not isinstance(timestamp, bool) and 0 <= timestamp < YEAR_2100
    return timestamp if usable else int(now.timestamp() * 1000)


def _keep(keeper: Keeper, events: list[Received], now: datetime) -> int:
    if not events:  # LINE's connectivity check
        return 200
    try:
        keeper.keep(events, now)
    except SQLAlchemyError as error:
        log.error("webhook not kept", extra={"events": len(events), "error": type(error).__name__})
        return 503
    log.info("webhook kept", extra={"events": len(events)})
    return 200
