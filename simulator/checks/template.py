"""Template messages: buttons, confirm, carousels.

Source: https://developers.line.biz/en/reference/messaging-api/#template-messages
"""

from collections.abc import Callable
from typing import Any

from simulator.checks import action, fields
from simulator.checks.counting import graphemes
from simulator.checks.fields import Json, Problems
from simulator.refusals import Problem

LABEL = 20
IMAGE_LABEL = 12
TITLE = 40


def check(template: object, at: str) -> Problems:
    kind: Any = template.get("type") if isinstance(template, dict) else None
    if not isinstance(template, dict) or kind not in TEMPLATES:
        yield Problem(f"Must be one of {sorted(TEMPLATES)}", at)
        return
    yield from TEMPLATES[kind](template, at)


def _buttons(template: Json, at: str) -> Problems:
    yield from _words(template, at, alone=160)
    yield from _actions(template, at, 1, 4)


def _confirm(template: Json, at: str) -> Problems:
    yield from fields.text(template, "text", at, 240, count=graphemes)
    yield from _actions(template, at, 2, 2)


def _carousel(template: Json, at: str) -> Problems:
    columns, wrong = fields.items(template, "columns", at, 1, 10)
    yield from wrong
    for place, column in enumerate(columns):
        here = f"{at}.columns[{place}]"
        yield from fields.is_object(column, here)
        if isinstance(column, dict):
            yield from _words(column, here, alone=120)
            yield from _actions(column, here, 1, 3)
    if len({len(column.get("actions") or ()) for column in columns if isinstance(column, dict)}) > 1:
        yield Problem("Every column must have the same number of actions", f"{at}.columns")


def _image_carousel(template: Json, at: str) -> Problems:
    columns, wrong = fields.items(template, "columns", at, 1, 10)
    yield from wrong
    for place, column in enumerate(columns):
        here = f"{at}.columns[{place}]"
        yield from fields.is_object(column, here)
        if isinstance(column, dict):
            yield from fields.https(column, "imageUrl", here)
            yield from action.check(column.get("action"), f"{here}.action", label=IMAGE_LABEL, labelled=False)


def _words(part: Json, at: str, *, alone: int) -> Problems:
    """Title and text; beside a title or picture the text has 60 characters."""
    accompanied = bool(part.get("title") or part.get("thumbnailImageUrl"))
    yield from fields.https(part, "thumbnailImageUrl", at, required=False)
    yield from fields.text(part, "title", at, TITLE, required=False, count=graphemes)
    yield from fields.text(part, "text", at, 60 if accompanied else alone, count=graphemes)


def _actions(part: Json, at: str, least: int, most: int) -> Problems:
    actions, wrong = fields.items(part, "actions", at, least, most)
    yield from wrong
    for place, one in enumerate(actions):
        yield from action.check(one, f"{at}.actions[{place}]", label=LABEL)


TEMPLATES: dict[str, Callable[[Json, str], Problems]] = {
    "buttons": _buttons,
    "confirm": _confirm,
    "carousel": _carousel,
    "image_carousel": _image_carousel,
}
