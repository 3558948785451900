"""Messages as reply and push take them. Kinds that the bot does not send (textV2, imagemap, coupon) are refused.

Source: https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from collections.abc import Callable
from typing import Any

from simulator.checks import action, fields, flex, template
from simulator.checks.counting import graphemes
from simulator.checks.fields import Json, Problems
from simulator.refusals import Problem, invalid

TEXT = 5000  # UTF-16 code units
ALT_TEXT = 1500
QUICK_REPLIES = 13
LABEL = 20
SENDER = 20


def accepted(body: Json) -> list[Json]:
    """The messages of a request. Refused: there are not 1 to 5, or something is wrong with one; says everything."""
    messages, wrong = fields.items(body, "messages", "", 1, 5)
    problems = [*wrong]
    for place, message in enumerate(messages):
        problems += _message(message, f"messages[{place}]")
    if problems:
        raise invalid(tuple(problems))
    return messages


def _message(message: object, at: str) -> Problems:
    kind: Any = message.get("type") if isinstance(message, dict) else None
    if not isinstance(message, dict) or kind not in MESSAGES:
        yield Problem(f"Must be one of the following values: {sorted(MESSAGES)}", f"{at}.type")
        return
    yield from MESSAGES[kind](message, at)
    if (quick_reply := message.get("quickReply")) is not None:
        yield from _quick_reply(quick_reply, f"{at}.quickReply")
    if (sender := message.get("sender")) is not None:
        yield from _sender(sender, f"{at}.sender")


def _quick_reply(quick_reply: object, at: str) -> Problems:
    if not isinstance(quick_reply, dict):
        yield Problem("Must be an object", at)
        return
    items, wrong = fields.items(quick_reply, "items", at, 1, QUICK_REPLIES)
    yield from wrong
    for place, item in enumerate(items):
        here = f"{at}.items[{place}]"
        yield from fields.is_object(item, here)
        if isinstance(item, dict):
            yield from fields.choice(item, "type", here, {"action"}, required=True)
            yield from fields.https(item, "imageUrl", here, required=False)
            yield from action.check(
                item.get("action"), f"{here}.action", label=LABEL, kinds=action.QUICK_REPLY
            )


def _sender(sender: object, at: str) -> Problems:
    if not isinstance(sender, dict):
        yield Problem("Must be an object", at)
        return
    yield from fields.text(sender, "name", at, SENDER, required=False, count=graphemes)
    yield from fields.https(sender, "iconUrl", at, required=False)
    name = sender.get("name")
    if isinstance(name, str) and "LINE" in name.upper():
        yield Problem("Contains a word that may not be used", f"{at}.name")


def _text(message: Json, at: str) -> Problems:
    yield from fields.text(message, "text", at, TEXT)


def _sticker(message: Json, at: str) -> Problems:
    yield from fields.text(message, "packageId", at, 20)
    yield from fields.text(message, "stickerId", at, 20)


def _picture(message: Json, at: str) -> Problems:
    yield from fields.https(message, "originalContentUrl", at)
    yield from fields.https(message, "previewImageUrl", at)


def _audio(message: Json, at: str) -> Problems:
    yield from fields.https(message, "originalContentUrl", at)
    yield from fields.number(message, "duration", at, 1, 24 * 60 * 60 * 1000)


def _location(message: Json, at: str) -> Problems:
    yield from fields.text(message, "title", at, 100)
    yield from fields.text(message, "address", at, 100)
    yield from fields.number(message, "latitude", at, -90, 90)
    yield from fields.number(message, "longitude", at, -180, 180)


def _template(message: Json, at: str) -> Problems:
    yield from fields.text(message, "altText", at, ALT_TEXT)
    yield from template.check(message.get("template"), f"{at}.template")


def _flex(message: Json, at: str) -> Problems:
    yield from fields.text(message, "altText", at, ALT_TEXT)
    yield from flex.check(message.get("contents"), f"{at}.contents")


MESSAGES: dict[str, Callable[[Json, str], Problems]] = {
    "text": _text,
    "sticker": _sticker,
    "image": _picture,
    "video": _picture,
    "audio": _audio,
    "location": _location,
    "template": _template,
    "flex": _flex,
}
