"""Flex Messages: bubbles and carousels of boxes, texts and buttons.

Source: https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

import json
import re
from collections.abc import Callable

from simulator.checks import action, fields
from simulator.checks.fields import Json, Problems
from simulator.refusals import Problem

LABEL = 40
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
BUBBLE_SIZES = frozenset({"nano", "micro", "deca", "hecto", "kilo", "mega", "giga"})
SPACES = frozenset({"none", "xs", "sm", "md", "lg", "xl", "xxl"})
SIZES = frozenset({"xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl"})
PIXELS = re.compile(r"\d+(?:\.\d+)?px")
PERCENT = re.compile(r"\d+(?:\.\d+)?%")
RATIO = re.compile(r"\d{1,6}:\d{1,6}")
IN_LINE = frozenset({"icon", "text", "filler"})  # what a baseline box may hold
IN_BOX = frozenset({"box", "button", "image", "text", "separator", "filler"})
EDGES = frozenset({"center", "flex-start", "flex-end"})
SPREADS = EDGES | {"space-between", "space-around", "space-evenly"}


def check(container: object, at: str) -> Problems:
    """A bubble, or a carousel of 1 to 12 bubbles of one size."""
    kind = container.get("type") if isinstance(container, dict) else None
    if isinstance(container, dict) and kind == "bubble":
        yield from _bubble(container, at)
    elif isinstance(container, dict) and kind == "carousel":
        yield from _carousel(container, at)
    else:
        yield Problem("Must be a bubble or a carousel", at)


def _carousel(carousel: Json, at: str) -> Problems:
    bubbles, wrong = fields.items(carousel, "contents", at, 1, 12)
    yield from wrong
    for place, bubble in enumerate(bubbles):
        yield from _bubble(bubble, f"{at}.contents[{place}]")
    if len({bubble.get("size", "mega") for bubble in bubbles if isinstance(bubble, dict)}) > 1:
        yield Problem("Bubbles in a carousel must be of one size", f"{at}.contents")
    yield from _weight(carousel, at, CAROUSEL_BYTES)


def _bubble(bubble: object, at: str) -> Problems:
    if not isinstance(bubble, dict) or bubble.get("type") != "bubble":
        yield Problem("Must be a bubble", at)
        return
    yield from fields.choice(bubble, "size", at, BUBBLE_SIZES)
    yield from fields.choice(bubble, "direction", at, {"ltr", "rtl"})
    blocks = [name for name in ("header", "hero", "body", "footer") if name in bubble]
    if not blocks:
        yield Problem("At least one block must be specified", at)
    for name in blocks:
        kinds = frozenset({"box", "image"}) if name == "hero" else frozenset({"box"})
        yield from _component(bubble[name], f"{at}.{name}", kinds)
    if "action" in bubble:
        yield from action.check(bubble["action"], f"{at}.action", label=LABEL, labelled=False)
    yield from _weight(bubble, at, BUBBLE_BYTES)


def _weight(part: Json, at: str, most: int) -> Problems:
    if len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()) > most:
        yield Problem(f"Size must be at most {most // 1024} KB", at)


def _component(component: object, at: str, kinds: frozenset[str]) -> Problems:
    if not isinstance(component, dict) or component.get("type") not in kinds:
        yield Problem(f"Must be one of {sorted(kinds)}", at)
        return
    yield from _space(component, "margin", at)
    yield from fields.integer(component, "flex", at)
    yield from fields.choice(component, "gravity", at, {"top", "center", "bottom"})
    yield from COMPONENTS[component["type"]](component, at)
    if "action" in component and component["type"] != "button":
        yield from action.check(component["action"], f"{at}.action", label=LABEL, labelled=False)


def _box(box: Json, at: str) -> Problems:
    yield from fields.choice(box, "layout", at, {"horizontal", "vertical", "baseline"}, required=True)
    for name in ("spacing", "cornerRadius"):
        yield from _space(box, name, at)
    for name in ("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"):
        yield from _space(box, name, at, percent=True)
    for name in ("backgroundColor", "borderColor"):
        yield from fields.color(box, name, at)
    yield from fields.choice(box, "justifyContent", at, SPREADS)
    yield from fields.choice(box, "alignItems", at, EDGES)
    contents = box.get("contents")
    if not isinstance(contents, list):
        yield Problem("Must be specified", f"{at}.contents")
        return
    kinds = IN_LINE if box.get("layout") == "baseline" else IN_BOX
    for place, part in enumerate(contents):
        yield from _component(part, f"{at}.contents[{place}]", kinds)


def _button(button: Json, at: str) -> Problems:
    yield from action.check(button.get("action"), f"{at}.action", label=LABEL)
    yield from fields.choice(button, "style", at, {"primary", "secondary", "link"})
    yield from fields.choice(button, "height", at, {"sm", "md"})
    yield from fields.choice(button, "adjustMode", at, {"shrink-to-fit"})
    yield from fields.color(button, "color", at)


def _text(text: Json, at: str) -> Problems:
    spans = text.get("contents")
    if spans is None:
        yield from fields.text(text, "text", at, 5000)
    for place, span in enumerate(spans if isinstance(spans, list) else ()):
        yield from _span(span, f"{at}.contents[{place}]")
    yield from fields.choice(text, "align", at, {"start", "center", "end"})
    yield from fields.boolean(text, "wrap", at)
    yield from fields.integer(text, "maxLines", at)
    yield from _lettering(text, at)


def _span(span: object, at: str) -> Problems:
    if not isinstance(span, dict) or span.get("type") != "span":
        yield Problem("Must be a span", at)
        return
    yield from fields.text(span, "text", at, 5000)
    yield from _lettering(span, at)


def _lettering(text: Json, at: str) -> Problems:
    yield from _size(text, at, SIZES)
    yield from fields.choice(text, "weight", at, {"regular", "bold"})
    yield from fields.choice(text, "style", at, {"normal", "italic"})
    yield from fields.choice(text, "decoration", at, {"none", "underline", "line-through"})
    yield from fields.color(text, "color", at)


def _image(image: Json, at: str) -> Problems:
    yield from fields.https(image, "url", at)
    yield from _size(image, at, SIZES | {"full"}, percent=True)
    yield from fields.choice(image, "aspectMode", at, {"cover", "fit"})
    yield from _ratio(image, at)
    yield from fields.color(image, "backgroundColor", at)


def _icon(icon: Json, at: str) -> Problems:
    yield from fields.https(icon, "url", at)
    yield from _size(icon, at, SIZES)
    yield from _ratio(icon, at)


def _separator(separator: Json, at: str) -> Problems:
    yield from fields.color(separator, "color", at)


def _filler(filler: Json, at: str) -> Problems:
    yield from fields.integer(filler, "flex", at)


def _ratio(image: Json, at: str) -> Problems:
    ratio = image.get("aspectRatio")
    if ratio is not None and not (isinstance(ratio, str) and RATIO.fullmatch(ratio)):
        yield Problem("Must be {width}:{height}", f"{at}.aspectRatio")


def _size(component: Json, at: str, words: frozenset[str], *, percent: bool = False) -> Problems:
    yield from _measure(component, "size", at, words, percent=percent)


def _space(component: Json, name: str, at: str, *, percent: bool = False) -> Problems:
    yield from _measure(component, name, at, SPACES, percent=percent)


def _measure(component: Json, name: str, at: str, words: frozenset[str], *, percent: bool) -> Problems:
    """A word for a size, pixels, or where it may be a percentage."""
    value = component.get(name)
    if value is None or (isinstance(value, str) and (value in words or PIXELS.fullmatch(value))):
        return
    if not (percent and isinstance(value, str) and PERCENT.fullmatch(value)):
        yield Problem(f"Must be one of {sorted(words)} or in px", f"{at}.{name}")


COMPONENTS: dict[str, Callable[[Json, str], Problems]] = {
    "box": _box,
    "button": _button,
    "text": _text,
    "image": _image,
    "icon": _icon,
    "separator": _separator,
    "filler": _filler,
}
