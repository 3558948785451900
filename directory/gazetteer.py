"""Every name under which a pack's places can be called."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from directory.model import Directory, Facility, Place, Point, Station, Town
from directory.nearest import metres
from directory.spelling import flatten, straighten

_SAME_PLACE = 600  # metres: a town and the station of its name closer than this need no question


class Sort(StrEnum):
    HERE = "here"  # the municipality itself: no place, but what follows belongs to it
    TOWN = "town"
    STATION = "station"  # said with 駅
    STATION_NAME = "station_name"  # said without
    FACILITY = "facility"
    ELSEWHERE = "elsewhere"  # another municipality


@dataclass(frozen=True, slots=True)
class Name:
    sort: Sort
    choices: tuple[Place, ...]  # more than one: ask which is meant
    town: str = ""
    ordinary: bool = False  # also an everyday word: inside a sentence it needs more to count as a place


@dataclass(frozen=True, slots=True)
class Gazetteer:
    names: dict[str, Name]  # by flattened spelling
    pattern: re.Pattern[str]  # any of them, the longest first
    chome: dict[str, dict[int, Place]]  # town → number → place
    postal_codes: dict[str, Place]
    here: str  # the municipality's own name, flattened

    @classmethod
    def of(cls, directory: Directory) -> "Gazetteer":
        return _gazetteer(directory)


@lru_cache(maxsize=8)
def _gazetteer(directory: Directory) -> Gazetteer:
    towns = _towns(directory)
    names = {flatten(straighten(spelling)): name for spelling, name in _names(directory, towns)}
    longest_first = sorted(names, key=lambda spelling: (-len(spelling), spelling))
    return Gazetteer(
        names=names,
        pattern=re.compile("|".join(map(re.escape, longest_first))),
        chome={
            town: {one.chome: Place("chome", one.name, one.point) for one in parts}
            for town, parts in towns.items()
        },
        postal_codes=dict(_postal_codes(directory, towns)),
        here=flatten(straighten(directory.municipality)),
    )


def _towns(directory: Directory) -> dict[str, list[Town]]:
    towns: dict[str, list[Town]] = defaultdict(list)
    for part in directory.towns:
        towns[part.town].append(part)
    return dict(towns)


def _names(directory: Directory, towns: dict[str, list[Town]]) -> Iterator[tuple[str, Name]]:
    """Later names replace earlier ones of the same spelling."""
    yield from ((spelling, Name(Sort.FACILITY, (place,))) for spelling, place in _facilities(directory))
    yield from _stations(directory)
    for town, parts in towns.items():
        yield from _town(town, parts, directory)
    for other in directory.elsewhere:
        yield other, Name(Sort.ELSEWHERE, (Place("outside", other, None, inside=False),))
    yield directory.municipality, Name(Sort.HERE, ())


def _town(town: str, parts: list[Town], directory: Directory) -> Iterator[tuple[str, Name]]:
    place = _town_place(town, parts)
    choices = _town_or_station(place, directory)
    for spelling in (town, parts[0].kana):
        yield spelling, Name(Sort.TOWN, choices, town, spelling in directory.ordinary)
    if town in directory.ordinary:
        yield f"{directory.municipality}{town}", Name(Sort.TOWN, (place,), town)
    if len(choices) > 1:
        yield choices[-1].name, Name(Sort.TOWN, (place,), town)


def _town_place(town: str, parts: list[Town]) -> Place:
    lat = sum(part.point.lat for part in parts) / len(parts)
    lon = sum(part.point.lon for part in parts) / len(parts)
    return Place("town", town, Point(lat, lon))


def _town_or_station(town: Place, directory: Directory) -> tuple[Place, ...]:
    """A town that bears the municipality's name may mean all of it, so that is asked too."""
    station = next((one for one in directory.stations if one.inside and one.name == town.name), None)
    if station is None or town.point is None:
        return (town,)
    the_whole = directory.municipality.startswith(town.name)
    if metres(town.point, station.point) < _SAME_PLACE and not the_whole:
        return (town,)
    return (_station_place(station), replace(town, name=f"{town.name}(町名)"))


def _stations(directory: Directory) -> Iterator[tuple[str, Name]]:
    for station in directory.stations:
        place = _station_place(station)
        kanji = {station.name, station.name.removesuffix("前"), re.sub("[ノのヶケ]", "", station.name)}
        for spelling in sorted(kanji | {station.kana}):
            yield f"{spelling}駅", Name(Sort.STATION, (place,))
            yield (
                spelling,
                Name(
                    Sort.STATION_NAME, _station_choices(station, spelling, directory), "", not station.inside
                ),
            )
        yield f"{station.kana}えき", Name(Sort.STATION, (place,))


def _station_choices(station: Station, spelling: str, directory: Directory) -> tuple[Place, ...]:
    """えこだ is the station outside; but who writes it may mean the town 江古田, read えごた."""
    namesakes = [part for part in directory.towns if part.town == station.name]
    if namesakes and spelling == station.kana:
        return (_town_place(station.name, namesakes), _station_place(station))
    return (_station_place(station),)


def _station_place(station: Station) -> Place:
    return Place("station", f"{station.name}駅", station.point, station.inside)


def _facilities(directory: Directory) -> Iterator[tuple[str, Place]]:
    """A spelling that several facilities share counts only if they stand at one point."""
    called: dict[str, list[Place]] = defaultdict(list)
    for facility in directory.facilities:
        if facility.point:
            for spelling in _spellings(facility, directory.municipality):
                called[spelling].append(Place("facility", facility.name, facility.point))
    for spelling, places in called.items():
        if len({place.point for place in places}) == 1:
            yield spelling, places[0]


def _spellings(facility: Facility, municipality: str) -> set[str]:
    """The kana belong to the whole name only where it is one word."""
    name = re.sub(r"\(.*\)", "", facility.name)
    spellings = {name, name.split(" ")[0], name.replace("すこやか福祉センター", "すこやか")}
    if " " not in name and name == facility.name:
        spellings.add(facility.kana)
    hall = f"{municipality[-1]}役所"
    return {spelling for spelling in spellings if len(spelling) > 4} | ({hall} if hall in name else set())


def _postal_codes(directory: Directory, towns: dict[str, list[Town]]) -> Iterator[tuple[str, Place]]:
    """A large office has a code of its own."""
    for facility in directory.facilities:
        if facility.postal_code:
            yield facility.postal_code, Place("postal_code", facility.name, facility.point)
    for town, parts in towns.items():
        code = parts[0].postal_code
        yield code, Place("postal_code", f"{town}(〒{code})", _town_place(town, parts).point)
