"""LINE's webhook events → the core's events. Tolerant: what LINE adds tomorrow is kept as something unknown."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conversation.events import (
    Event,
    ParentFollowed,
    ParentLeft,
    ParentSentMedia,
    ParentSharedPosition,
    ParentUnsent,
    ParentWrote,
    SomethingUnknown,
)

MEDIA = frozenset({"sticker", "image", "video", "audio", "file"})
LONGEST_NAME = 200  # characters, of a file


@dataclass(frozen=True, slots=True)
class Parsed:
    user_id: str | None  # None where LINE does not say who it was
    reply_token: str | None
    event: Event


def parse(payload: Any, happened_at: int) -> Parsed:
    """`happened_at` in milliseconds, for events that have no usable timestamp of their own."""
    event = payload if isinstance(payload, dict) else {}
    source = _dict(event, "source")
    one_to_one = source.get("type", "user") == "user"
    talks = event.get("mode", "active") == "active"  # a bot on standby must not answer
    return Parsed(
        user_id=_text(source, "userId") if one_to_one else None,
        reply_token=_text(event, "replyToken") if talks else None,
        event=_event(event, datetime.fromtimestamp(happened_at / 1000, UTC)),
    )


def _event(event: dict[str, Any], at: datetime) -> Event:
    match event.get("type"):
        case "message":
            return _message(_dict(event, "message"), at)
        case "postback":
            return _postback(event, at)
        case "follow":
            return ParentFollowed(at, again=_dict(event, "follow").get("isUnblocked") is True)
        case "unfollow":
            return ParentLeft(at)
        case "unsend" if message_id := _text(_dict(event, "unsend"), "messageId"):
            return ParentUnsent(at, message_id)
        case kind:
            return SomethingUnknown(at, _storable(str(kind)[:40]))


def _message(message: dict[str, Any], at: datetime) -> Event:
    message_id = _text(message, "id") or ""
    kind = message.get("type")
    if kind == "text" and (text := _text(message, "text")):
        return ParentWrote(at, text, message_id)
    if kind == "location" and (point := _point(message)):
        return ParentSharedPosition(at, *point, message_id)
    if isinstance(kind, str) and kind in MEDIA:
        return _media(kind, message, message_id, at)
    return SomethingUnknown(at, _storable(f"message/{str(kind)[:40]}"))


def _media(kind: str, message: dict[str, Any], message_id: str, at: datetime) -> Event:
    index = _dict(message, "imageSet").get("index")
    return ParentSentMedia(
        at,
        kind,
        message_id,
        words=_words(message),
        name=(_text(message, "fileName") or "")[:LONGEST_NAME],
        elsewhere=_dict(message, "contentProvider").get("type", "line") != "line",
        another=isinstance(index, int) and index > 1,
    )


def _postback(event: dict[str, Any], at: datetime) -> Event:
    """Our own buttons put the words that they stand for into their data, so a tap is as if it were typed."""
    data = _text(_dict(event, "postback"), "data")
    return (
        ParentWrote(at, data, _text(event, "webhookEventId") or "")
        if data
        else SomethingUnknown(at, "postback")
    )


def _point(message: dict[str, Any]) -> tuple[float, float] | None:
    lat, lon = message.get("latitude"), message.get("longitude")
    if isinstance(lat, int | float) and isinstance(lon, int | float) and abs(lat) <= 90 and abs(lon) <= 180:
        return float(lat), float(lon)
    return None


def _words(message: dict[str, Any]) -> str:
    """What a message sticker says."""
    return (_text(message, "text") or "")[:100]


def _dict(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _text(parent: dict[str, Any], name: str) -> str | None:
    value = parent.get(name)
    return (_storable(value) or None) if isinstance(value, str) else None


def _storable(text: str) -> str:
    """JSON can say what a database cannot keep: half of a surrogate pair, a NUL."""
    return text.replace("\0", "").encode(errors="replace").decode()
