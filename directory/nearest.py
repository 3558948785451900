"""The nearest facilities, as the crow flies."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from directory.model import Facility, Point

_EARTH_RADIUS = 6_371_008.8  # metres, mean (IUGG)


class Near(NamedTuple):
    facility: Facility
    metres: float


def nearest(point: Point, facilities: Iterable[Facility], count: int = 2) -> tuple[Near, ...]:
    """The nearest first; those equally far by id. A facility whose point is not known is left out."""
    near = [Near(facility, metres(point, facility.point)) for facility in facilities if facility.point]
    return tuple(sorted(near, key=lambda found: (found.metres, found.facility.id))[:count])


def metres(one: Point, other: Point) -> float:
    """The great-circle distance (haversine)."""
    lat_one, lat_other = math.radians(one.lat), math.radians(other.lat)
    half_lat = math.sin((lat_other - lat_one) / 2)
    half_lon = math.sin(math.radians(other.lon - one.lon) / 2)
    chord = half_lat**2 + math.cos(lat_one) * math.cos(lat_other) * half_lon**2
    return 2 * _EARTH_RADIUS * math.asin(math.sqrt(chord))


def about(metres: float) -> str:
    """For a person: "約50m" at least, then whole hundreds of metres, then tenths of kilometres."""
    if metres < 75:
        return "約50m"
    hundreds = round(metres / 100)
    return f"約{hundreds}00m" if hundreds < 10 else f"約{metres / 1000:.1f}km"
