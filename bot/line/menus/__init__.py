"""The two rich menus: what each area says when it is tapped, and the pictures that were drawn of them.

A tap is as if its words were typed, so that nothing else in the program knows of menus. The pictures ship with the program:
no server needs a Japanese font. Whoever changes an area draws them again: `python -m bot.line.menus.draw`.

https://developers.line.biz/en/reference/messaging-api/#rich-menu-object
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, Final

from conversation import commands
from storage.menus import COUNSELOR, NORMAL

OURS: Final = "tsunagu:"  # what the names of our menus begin with: others are left alone
IMAGE_TYPE: Final = "image/png"
CHAT_BAR: Final = "メニュー"  # the same for both: it says nothing of a counselor
WIDTH: Final = 2500
ROW: Final = 843
STRIP: Final = 203
COLUMNS: Final = ((0, 833), (833, 834), (1667, 833))
HALVES: Final = ((0, 1250), (1250, 1250))


@dataclass(frozen=True, slots=True)
class Area:
    """What can be tapped. `tone`: plain, person or emergency."""

    says: str
    icon: str
    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]  # as drawn
    tone: str = "plain"


@dataclass(frozen=True)
class Menu:
    kind: str
    height: int
    areas: tuple[Area, ...]
    opened: bool  # whether it lies open when the talk is entered
    strip: str = ""  # words above the areas

    @cached_property
    def image(self) -> bytes:
        return files(__package__).joinpath(f"{self.kind}.png").read_bytes()

    @cached_property
    def name(self) -> str:
        """Tells the menu and what is in it: any change of words, areas or picture is another name. Never shown to parents."""
        content = json.dumps(self.request_without_name, ensure_ascii=False, sort_keys=True).encode()
        return f"{OURS}{self.kind}:{hashlib.sha256(content + self.image).hexdigest()[:16]}"

    @property
    def request_without_name(self) -> dict[str, Any]:
        return {
            "size": {"width": WIDTH, "height": self.height},
            "selected": self.opened,
            "chatBarText": CHAT_BAR,
            "areas": [_area(area) for area in self.areas],
        }

    @property
    def request(self) -> dict[str, Any]:
        """LINE's rich menu object."""
        return self.request_without_name | {"name": self.name}


def _area(area: Area) -> dict[str, Any]:
    """The label is what a screen reader says."""
    return {
        "bounds": {"x": area.x, "y": area.y, "width": area.width, "height": area.height},
        "action": {"type": "message", "label": area.says, "text": area.says},
    }


def _in(row: int, column: tuple[int, int], says: str, icon: str, *lines: str, tone: str = "plain") -> Area:
    return Area(says, icon, column[0], row * ROW, column[1], ROW, lines or (says,), tone)


def _below_strip(half: tuple[int, int], says: str, icon: str, *lines: str, tone: str = "plain") -> Area:
    return Area(says, icon, half[0], STRIP, half[1], ROW - STRIP, lines or (says,), tone)


URGENT_LINES: Final = ("いま困っている", "(緊急)")

MENUS: Final = {
    NORMAL: Menu(
        NORMAL,
        2 * ROW,
        (
            _in(0, COLUMNS[0], commands.NEARBY.label, "pin"),
            _in(0, COLUMNS[1], commands.LEAVING.label, "house"),
            _in(0, COLUMNS[2], commands.GROWING.label, "sprout"),
            _in(1, COLUMNS[0], commands.PAPERS.label, "paper"),
            _in(1, COLUMNS[1], commands.TALK.label, "talk", tone="person"),
            _in(1, COLUMNS[2], commands.URGENT.label, "alarm", *URGENT_LINES, tone="emergency"),
        ),
        opened=True,
    ),
    COUNSELOR: Menu(
        COUNSELOR,
        ROW,
        (
            _below_strip(HALVES[0], commands.END.label, "leave"),
            _below_strip(HALVES[1], commands.URGENT.label, "alarm", *URGENT_LINES, tone="emergency"),
        ),
        opened=False,  # the parent is writing
        strip="ここに書いたことは、相談員に届きます",
    ),
}
