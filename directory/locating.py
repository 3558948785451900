"""Whether coordinates and an address fit together, and lie in the municipality."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from directory.model import Directory, Point, Town
from directory.nearest import metres
from directory.spelling import flatten, straighten

_KANJI_NUMBERS: Final = str.maketrans("一二三四五六七八九", "123456789")
_KANJI_CHOME: Final = re.compile("([一二三四五六七八九])丁目")


@dataclass(frozen=True, slots=True)
class Towns:
    """A municipality's 町丁目 by how addresses write them."""

    by_name: dict[str, dict[int, Town]]
    longest_first: tuple[str, ...]

    @classmethod
    def of(cls, directory: Directory) -> "Towns":
        return _towns(directory)


@lru_cache(maxsize=8)
def _towns(directory: Directory) -> Towns:
    by_name: dict[str, dict[int, Town]] = {}
    for town in directory.towns:
        by_name.setdefault(flatten(town.town), {})[town.chome] = town
    return Towns(by_name, tuple(sorted(by_name, key=len, reverse=True)))


def within(address: str, directory: Directory) -> str:
    """The address without prefecture and municipality, in one spelling: "東京都中野区丸山２－２７－１６" → "丸山2-27-16"."""
    text = _KANJI_CHOME.sub(lambda found: f"{found[1].translate(_KANJI_NUMBERS)}丁目", straighten(address))
    text = re.sub(r"\s", "", text).removeprefix(directory.prefecture).removeprefix(directory.municipality)
    text = re.sub(r"(?<=\d)(?:丁目|番地の|番地|番|の)(?=\d)", "-", text)
    return re.sub(r"(?<=\d)(?:丁目|番地|番|号)(?=$|\D)", "", text)


def town_of(address: str, directory: Directory) -> Town | None:
    """The 町丁目 of an address; None where the pack has none such."""
    text, towns = flatten(within(address, directory)), Towns.of(directory)
    name = next((name for name in towns.longest_first if text.startswith(name)), None)
    if name is None:
        return None
    number = re.match(r"\d+", text[len(name) :])
    parts = towns.by_name[name]
    return parts.get(int(number[0]) if number else 0) or parts.get(0)


def is_inside(point: Point, directory: Directory) -> bool:
    """By the pack's box, and by its nearest 町丁目 where the pack has any."""
    if directory.box and not directory.box.holds(point):
        return False
    return not directory.towns or any(
        metres(point, one.point) <= directory.town_radius for one in directory.towns
    )


def misplaced(point: Point, address: str, directory: Directory) -> str:
    """Why a point cannot be the address's, for a person; "" where nothing speaks against it."""
    town = town_of(address, directory)
    if town:
        far = metres(point, town.point)
        if far <= directory.town_radius:
            return ""
        return f"座標が、住所の{town.name}から約{far / 1000:.1f}km離れています。"
    return "" if is_inside(point, directory) else f"座標が{directory.municipality}の外です。"
