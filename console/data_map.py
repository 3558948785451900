"""A small drawing of where a point lies among the 町丁目: no tiles from elsewhere, and the same said in words."""

import math
from dataclasses import dataclass
from typing import Final

from directory.model import Directory, Point, Town
from directory.nearest import metres
from directory.position import Standing, in_words, standing

SIZE: Final = 320  # of the drawing's own units
LEAST: Final = 600.0  # metres from the middle to the rim
MOST: Final = 5000.0
SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Dot:
    x: int
    y: int
    name: str
    of_address: bool


@dataclass(frozen=True, slots=True)
class Map:
    standing: Standing
    dots: tuple[Dot, ...]
    metres: int  # from the middle to the rim
    words: str
    size: int = SIZE


def drawn(point: Point, address: str, directory: Directory) -> Map:
    found = standing(point, address, directory)
    towns = [town for town, _ in found.neighbours]
    if found.town and found.town not in towns:
        towns.append(found.town)
    radius = min(MOST, max(LEAST, *(metres(point, one.point) * 1.15 for one in towns), LEAST))
    dots = tuple(
        _dot(town, point, radius, town == found.town) for town in towns if metres(point, town.point) <= radius
    )
    return Map(found, dots, round(radius), _in_words(found))


def _dot(town: Town, middle: Point, radius: float, of_address: bool) -> Dot:
    metres_a_degree = 111_195.0
    east = (town.point.lon - middle.lon) * metres_a_degree * math.cos(math.radians(middle.lat))
    north = (town.point.lat - middle.lat) * metres_a_degree
    scale = SIZE / 2 / radius
    return Dot(round(SIZE / 2 + east * scale), round(SIZE / 2 - north * scale), town.name, of_address)


def _in_words(found: Standing) -> str:
    near = "、".join(f"{town.name} {in_words(far)}" for town, far in found.neighbours[:4])
    of_address = (
        f"住所の{found.town.name}の真ん中から{in_words(found.far)}。"
        if found.town and found.far is not None
        else ""
    )
    return f"{of_address}近い町丁目の真ん中まで: {near}。" if near else of_address
