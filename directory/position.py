"""Where a point lies, for whoever types it in: in the municipality, and how far from its address."""

from dataclasses import dataclass
from typing import Final

from directory.locating import is_inside, town_of
from directory.model import Directory, Point, Town
from directory.nearest import metres

NEIGHBOURS: Final = 8


@dataclass(frozen=True, slots=True)
class Standing:
    point: Point
    inside: bool
    town: Town | None  # of the address
    far: float | None  # metres from the middle of that 町丁目
    neighbours: tuple[tuple[Town, float], ...]  # the nearest 町丁目
    doubts: tuple[str, ...]  # what speaks against it, with the figure


def standing(point: Point, address: str, directory: Directory) -> Standing:
    town, inside = town_of(address, directory), is_inside(point, directory)
    far = metres(point, town.point) if town else None
    near = sorted(((one, metres(point, one.point)) for one in directory.towns), key=lambda each: each[1])
    doubts = []
    if not inside:
        doubts.append(f"座標が{directory.municipality}の外です({_nearest(near)})。")
    if town and far is not None and far > directory.town_radius:
        doubts.append(
            f"座標が、住所の{town.name}の真ん中から{in_words(far)}離れています(ふつうは{directory.town_radius}mまで)。"
        )
    return Standing(point, inside, town, far, tuple(near[:NEIGHBOURS]), tuple(doubts))


def in_words(far: float) -> str:
    return f"約{far / 1000:.1f}km" if far >= 1000 else f"約{round(far, -1):.0f}m"


def _nearest(near: list[tuple[Town, float]]) -> str:
    return (
        f"いちばん近い{near[0][0].name}の真ん中まで{in_words(near[0][1])}"
        if near
        else "町丁目のデータがありません"
    )
