"""What a click on the page makes a phone do."""

from collections.abc import Callable
from typing import Any

from flask import abort

from simulator.checks import action, flex
from simulator.phone import Phone

MOST_LETTERS = 5000
ID_LETTERS = 20

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
    "sticker": _simply(Phone.send_sticker),
    "image": _simply(Phone.send_image),
    "video": _simply(Phone.send_video),
    "audio": _simply(Phone.send_audio),
    "file": _simply(Phone.send_file),
    "follow": _simply(Phone.follow),
    "block": _simply(Phone.block),
    "unblock": _simply(Phone.unblock),
}
