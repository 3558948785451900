"""Actions: what a button does.

Source: https://developers.line.biz/en/reference/messaging-api/#action-objects
"""

from simulator.checks import fields
from simulator.checks.counting import graphemes
from simulator.checks.fields import Json, Problems
from simulator.refusals import Problem

EVERYWHERE = frozenset({"message", "postback", "uri", "datetimepicker", "clipboard"})
QUICK_REPLY = EVERYWHERE | {"location", "camera", "cameraRoll"}


def check(
    action: object, at: str, *, label: int, labelled: bool = True, kinds: frozenset[str] = EVERYWHERE
) -> Problems:
    """`label`: how long the label may be; `labelled`: whether there must be one."""
    if not isinstance(action, dict):
        yield Problem("Must be specified", at)
        return
    yield from fields.choice(action, "type", at, kinds, required=True)
    yield from fields.text(action, "label", at, label, required=labelled, count=graphemes)
    yield from _by_kind(action, at)


def _by_kind(action: Json, at: str) -> Problems:
    match action.get("type"):
        case "message":
            yield from fields.text(action, "text", at, 300, count=graphemes)
        case "uri":
            yield from fields.link(action, "uri", at)
        case "postback":
            yield from fields.text(action, "data", at, 300)
            yield from fields.text(action, "displayText", at, 300, required=False, count=graphemes)
        case "datetimepicker":
            yield from fields.text(action, "data", at, 300)
            yield from fields.choice(action, "mode", at, {"date", "time", "datetime"}, required=True)
        case "richmenuswitch":
            yield from fields.text(action, "richMenuAliasId", at, 32)
            yield from fields.text(action, "data", at, 300)
        case "clipboard":
            yield from fields.text(action, "clipboardText", at, 1000)
