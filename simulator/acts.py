"""What a click on the page makes a phone do."""

import base64
from collections.abc import Callable
from typing import Any

from flask import abort

from simulator.checks import action, flex
from simulator.phone import Phone

MOST_LETTERS = 5000
ID_LETTERS = 20
TYPE_LETTERS = 100
NAME_LETTERS = 200

Act = Callable[[Phone, dict[str, Any]], str | None]


def word(body: dict[str, Any], name: str, most: int) -> str:
    """A text that is there and not too long; else the request ends with 400."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        abort(400)
    return value


def _say(phone: Phone, body: dict[str, Any]) -> None:
    phone.say(word(body, "text", MOST_LETTERS))


def _share(phone: Phone, body: dict[str, Any]) -> None:
    try:
        latitude, longitude = float(body["latitude"]), float(body["longitude"])
    except (KeyError, TypeError, ValueError):
        abort(400)
    phone.share_location(latitude, longitude, address=body.get("name"))


def _tap(phone: Phone, body: dict[str, Any]) -> str | None:
    tapped = body.get("action")
    if any(action.check(tapped, "action", label=flex.LABEL, labelled=False, kinds=action.QUICK_REPLY)):
        abort(400)
    return phone.perform(tapped)  # type: ignore[arg-type]  # the check has seen that it is an object


def _unsend(phone: Phone, body: dict[str, Any]) -> None:
    phone.unsend(word(body, "id", ID_LETTERS))


def _send(phone: Phone, body: dict[str, Any]) -> None:
    """Something that the person at the page chose from their own machine, as base64."""
    try:
        data = base64.b64decode(body["data"], validate=True)
    except (KeyError, TypeError, ValueError):
        abort(400)
    media_type = word(body, "type", TYPE_LETTERS)
    match media_type.partition("/")[0]:
        case "image" if media_type != "image/svg+xml":
            phone.send_image(data, media_type)
        case "video":
            phone.send_video(data, media_type)
        case "audio":
            phone.send_audio(data, media_type)
        case _:
            phone.send_file(word(body, "name", NAME_LETTERS), data, media_type)


def _simply(act: Callable[[Phone], object]) -> Act:
    """An act that needs to know nothing more."""

    def do(phone: Phone, body: dict[str, Any]) -> None:
        act(phone)

    return do


ACTS: dict[str, Act] = {
    "say": _say,
    "location": _share,
    "tap": _tap,
    "unsend": _unsend,
    "send": _send,
    "sticker": _simply(Phone.send_sticker),
    "image": _simply(Phone.send_image),
    "video": _simply(Phone.send_video),
    "audio": _simply(Phone.send_audio),
    "file": _simply(Phone.send_file),
    "follow": _simply(Phone.follow),
    "block": _simply(Phone.block),
    "unblock": _simply(Phone.unblock),
}
