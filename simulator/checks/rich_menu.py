"""Rich menus: their size, their words, and where they can be tapped.

Source: https://developers.line.biz/en/reference/messaging-api/#rich-menu-object
"""

from typing import Any

from simulator.checks import action, fields
from simulator.checks.counting import graphemes
from simulator.checks.fields import Json, Problems
from simulator.refusals import Problem

NAME, CHAT_BAR, LABEL = 300, 14, 20
WIDEST, NARROWEST, LOWEST = 2500, 800, 250
LEAST_RATIO = 1.45  # width to height
MOST_AREAS = 20
KINDS = action.EVERYWHERE | {"richmenuswitch"}


def check(body: Json) -> Problems:
    yield from fields.text(body, "name", "", NAME, count=graphemes)
    yield from fields.text(body, "chatBarText", "", CHAT_BAR, count=graphemes)
    if not isinstance(body.get("selected"), bool):
        yield Problem("Must be true or false", "selected")
    size = body.get("size")
    unsized = list(_size(size))
    yield from unsized
    areas, wrong = fields.items(body, "areas", "", 0, MOST_AREAS)
    yield from wrong
    for number, area in enumerate(areas):
        yield from _area(area, f"areas[{number}]", None if unsized else size)


def _size(size: Any) -> Problems:
    if not isinstance(size, dict):
        yield Problem("Must be specified", "size")
        return
    found = [
        *fields.number(size, "width", "size", NARROWEST, WIDEST),
        *fields.number(size, "height", "size", LOWEST, WIDEST),
    ]
    yield from found
    if not found and size["width"] / size["height"] < LEAST_RATIO:
        yield Problem(f"The aspect ratio must be {LEAST_RATIO} or more", "size")


def _area(area: Any, at: str, size: Json | None) -> Problems:
    if not isinstance(area, dict) or not isinstance(area.get("bounds"), dict):
        yield Problem("Must be specified", fields.place(at, "bounds"))
        return
    bounds, here = area["bounds"], fields.place(at, "bounds")
    found = [problem for name in ("x", "y", "width", "height") for problem in _whole(bounds, name, here)]
    yield from found
    if size and not found and not _fits(bounds, size):
        yield Problem("Must lie within the rich menu", here)
    yield from action.check(
        area.get("action"), fields.place(at, "action"), label=LABEL, labelled=False, kinds=KINDS
    )


def _whole(bounds: Json, name: str, at: str) -> Problems:
    if bounds.get(name) is None:
        yield Problem("Must be specified", fields.place(at, name))
    yield from fields.integer(bounds, name, at)


def _fits(bounds: Json, size: Json) -> bool:
    across, down = bounds["x"] + bounds["width"], bounds["y"] + bounds["height"]
    return bool(bounds["width"] and bounds["height"] and across <= size["width"] and down <= size["height"])
