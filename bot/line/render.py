"""The core's messages → LINE's, within LINE's limits.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from linebot.v3.messaging import (
    FlexContainer,
    FlexMessage,
    LocationAction,
    Message,
    MessageAction,
    QuickReply,
    QuickReplyItem,
    Sender,
    TextMessage,
)

from conversation.messages import NAMES, Button, Card, Cards, Choice, Does, Outgoing, Text
from conversation.replies import words

MOST_QUICK_REPLIES: Final = 13
LONGEST_QUICK_LABEL: Final = 20
LONGEST_FLEX_LABEL: Final = 40
LONGEST_ALT: Final = 400
LONGEST_TEXT: Final = 5000  # UTF-16 code units
LONGEST_FACT: Final = 300
STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")

KEY, DARK, BODY, HELP = "#0017C1", "#1A1A1A", "#333333", "#666666"
STATE_COLOURS: Final = {True: "#197A4B", False: "#CE0000", None: HELP}


def render(outgoing: Sequence[Outgoing]) -> list[Message]:
    """What goes in one request. Quick replies hang on the last message, the only place where LINE shows them."""
    messages = [_message(message, one) for one in outgoing for message in one.messages]
    choices = outgoing[-1].choices if outgoing else ()
    if messages and choices:
        messages[-1].quick_reply = QuickReply(
            items=[_quick(choice) for choice in choices[:MOST_QUICK_REPLIES]]
        )
    return messages


def _message(message: Text | Cards, outgoing: Outgoing) -> Message:
    sender = Sender(name=NAMES[outgoing.speaker])
    if isinstance(message, Text) and not outgoing.discreet:
        return TextMessage(text=shorten(message.body, LONGEST_TEXT), sender=sender)
    # A Flex message is announced by its altText alone: that is how a discreet one hides its words.
    alt = words("neutral_preview") if outgoing.discreet or isinstance(message, Text) else message.alt
    contents = _letter(message) if isinstance(message, Text) else _carousel(message.cards)
    return FlexMessage(alt_text=alt[:LONGEST_ALT], contents=FlexContainer.from_dict(contents), sender=sender)


def shorten(text: str, units: int) -> str:
    """To so many UTF-16 code units, which is how LINE counts, without cutting a character in two."""
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * units:
        return text
    return encoded[: 2 * (units - 1)].decode("utf-16-le", "ignore") + "…"


def _quick(choice: Choice) -> QuickReplyItem:
    label = choice.label[:LONGEST_QUICK_LABEL]
    action = LocationAction(label=label) if choice.locates else MessageAction(label=label, text=choice.label)
    return QuickReplyItem(action=action)


def _carousel(cards: tuple[Card, ...]) -> dict[str, Any]:
    bubbles = [_bubble(card) for card in cards]
    return bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": bubbles}


def _letter(text: Text) -> dict[str, Any]:
    return {
        "type": "bubble",
        "size": "mega",
        "body": _box([_text(shorten(text.body, LONGEST_TEXT), "md", BODY)]),
    }


def _bubble(card: Card) -> dict[str, Any]:
    lines = [
        *([_text(card.label, "xs", HELP)] if card.label else []),
        _text(card.title, "lg", DARK, weight="bold"),
        *([_text(card.state, "sm", STATE_COLOURS[card.is_open], weight="bold")] if card.state else []),
        *(_text(fact[:LONGEST_FACT], "sm", BODY) for fact in card.facts if fact),
        *([_text(card.footnote, "xs", HELP, margin="lg")] if card.footnote else []),
    ]
    bubble: dict[str, Any] = {"type": "bubble", "size": "mega", "body": _box(lines)}
    if card.buttons:
        bubble["footer"] = _box([_button(button) for button in card.buttons])
    return bubble


def _box(contents: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "box", "layout": "vertical", "spacing": "sm", "contents": contents}


def _text(text: str, size: str, color: str, **more: str) -> dict[str, Any]:
    return {"type": "text", "text": text, "size": size, "color": color, "wrap": True, **more}


def _button(button: Button) -> dict[str, Any]:
    calls = button.does is Does.CALL
    style = {"style": "primary", "color": KEY} if calls else {"style": "link"}
    return {"type": "button", "height": "sm", "action": _action(button), **style}


def _action(button: Button) -> dict[str, Any]:
    label = button.label[:LONGEST_FLEX_LABEL]
    if button.does is Does.SAY:
        return {"type": "message", "label": label, "text": button.value}
    return {"type": "uri", "label": label, "uri": _uri(button)}


def _uri(button: Button) -> str:
    match button.does:
        case Does.CALL:
            return f"tel:{quote(button.value.replace('-', ''), safe='+')}"
        case Does.MAP:
            return f"https://www.google.com/maps/search/?api=1&query={quote(button.value, safe='')}"
        case _:
            return quote(STRAY_PERCENT.sub("%25", button.value), safe=":/?#@!$&'()*+,;=%-._~")
