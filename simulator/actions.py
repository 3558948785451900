"""The buttons in a message from the bot: where they are, and which a label means."""

from collections.abc import Iterator
from typing import Any

Action = dict[str, Any]


def on(message: dict[str, Any]) -> Iterator[Action]:
    """Every action with a label in the message's bubbles, as read from top to bottom. Quick replies are not among them."""
    for key, value in message.items():
        if key in ("action", "defaultAction") and isinstance(value, dict) and value.get("label"):
            yield value
        elif key == "actions":
            yield from value
        elif key != "quickReply":
            yield from _within(value)


def quick_replies(message: dict[str, Any]) -> tuple[Action, ...]:
    """The actions offered below the message."""
    return tuple(item["action"] for item in message.get("quickReply", {}).get("items", ()))


def _within(value: object) -> Iterator[Action]:
    if isinstance(value, dict):
        yield from on(value)
    elif isinstance(value, list):
        for part in value:
            yield from _within(part)
