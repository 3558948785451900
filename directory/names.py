"""What the places of a pack are called. Of two names with one spelling the later one counts."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from directory.elsewhere import municipalities, neighbours
from directory.landmarks import landmarks
from directory.model import Directory, Place, Point, Station, Town
from directory.nearest import metres
from directory.railways import railways
from directory.writings import KANJI_ONLY, aligned, drawn_out, mistakes, mixtures

_SURE_ENDING = 3  # letters of a station's name: 富士見町駅 is one of ours, 新橋駅 may be another
_SAME_PLACE = 600  # metres: a town and the station of its name closer than this need no question


class Sort(StrEnum):
    HERE = "here"  # the municipality itself: no place, but what follows belongs to it
    TOWN = "town"
    STATION = "station"  # said with 駅
    STATION_NAME = "station_name"  # said without
    FACILITY = "facility"
    ELSEWHERE = "elsewhere"  # another municipality
    LINE = "line"  # a railway's: no place, but what follows is a station


@dataclass(frozen=True, slots=True)
class Name:
    sort: Sort
    choices: tuple[Place, ...]  # more than one: ask which is meant
    town: str = ""  # whose 丁目 may follow
    ordinary: bool = False  # also an everyday word: inside a sentence it needs more to count as a place
    mistaken: bool = False  # not its spelling: ask whether it is meant
    numbered: bool = False  # a place only with its 丁目 or に住んで beside it: 中村, 和泉


def names(directory: Directory) -> Iterator[tuple[str, Name]]:
    right = list(_right(directory))
    yield from _mistaken(right, directory)
    yield from right


def towns(directory: Directory) -> dict[str, list[Town]]:
    parts: dict[str, list[Town]] = defaultdict(list)
    for part in directory.towns:
        parts[part.town].append(part)
    return dict(parts)


def town_place(town: str, parts: list[Town]) -> Place:
    """In the middle of its 丁目."""
    lat = sum(part.point.lat for part in parts) / len(parts)
    lon = sum(part.point.lon for part in parts) / len(parts)
    return Place("town", town, Point(lat, lon))


def _right(directory: Directory) -> Iterator[tuple[str, Name]]:
    for spelling, place in neighbours(directory):
        numbered = spelling in directory.ordinary
        yield spelling, Name(Sort.ELSEWHERE, (place,), ordinary=True, numbered=numbered)
    for spelling, places, short in landmarks(directory):
        yield spelling, Name(Sort.FACILITY, places, ordinary=short)
    for station in directory.stations:
        yield from _station(station, directory)
    for town, parts in towns(directory).items():
        yield from _town(town, parts, directory)
    for spelling, place in municipalities(directory):
        yield spelling, Name(Sort.ELSEWHERE, (place,))
    for line in railways(directory):
        yield line, Name(Sort.LINE, ())
    for here in (directory.prefecture, directory.municipality):
        yield here, Name(Sort.HERE, ())


def _mistaken(right: list[tuple[str, Name]], directory: Directory) -> Iterator[tuple[str, Name]]:
    """Only of what lies within: elsewhere a wrong guess would be no help."""
    wrong = dict(directory.mistaken)
    for spelling, name in right:
        within = name.sort in (Sort.TOWN, Sort.STATION, Sort.STATION_NAME) and name.choices[0].inside
        if not within or spelling.endswith(("の駅", "の改札")) or spelling.startswith(directory.municipality):
            continue
        slips = set(mistakes(spelling, wrong)) if re.search("[一-龥]", spelling) else set()
        for slip in sorted(slips | _without_or_with_machi(spelling, name)):
            if len(slip) > 1:
                yield slip, replace(name, mistaken=True, ordinary=_may_be_a_word(slip, name, directory))


def _may_be_a_word(slip: str, name: Name, directory: Directory) -> bool:
    return slip in directory.ordinary or (name.ordinary and not slip.endswith("町"))


def _without_or_with_machi(spelling: str, name: Name) -> set[str]:
    """大和 for 大和町, 若宮町 for 若宮."""
    if name.sort is not Sort.TOWN or spelling.endswith(")"):
        return set()
    short = spelling.removesuffix("町").removesuffix("ちょう")
    return {short} if short != spelling else {f"{spelling}町"}


def _town(town: str, parts: list[Town], directory: Directory) -> Iterator[tuple[str, Name]]:
    place, kana = town_place(town, parts), parts[0].kana
    choices = _town_or_station(place, directory)
    ordinary = town in directory.ordinary
    mixed = set() if ordinary else set(mixtures(town, kana, dict(directory.readings)))
    for spelling in sorted(mixed | {town, kana, drawn_out(kana)}):
        if not _is_a_station_within(spelling, town, directory):
            word = spelling in directory.ordinary or (ordinary and "ー" in spelling)
            yield spelling, Name(Sort.TOWN, choices, town, word)
    if ordinary:
        yield f"{directory.municipality}{town}", Name(Sort.TOWN, (place,), town)
    if len(choices) > 1:
        yield choices[-1].name, Name(Sort.TOWN, (place,), town)


def _is_a_station_within(spelling: str, town: str, directory: Directory) -> bool:
    """鷺の宮 is the station 鷺ノ宮; 鷺宮 is the town."""
    return spelling != town and any(one.name.replace("ノ", "の") == spelling for one in directory.stations)


def _town_or_station(town: Place, directory: Directory) -> tuple[Place, ...]:
    """A town that bears the municipality's name may mean all of it, so that is asked too."""
    station = next((one for one in directory.stations if one.inside and one.name == town.name), None)
    if station is None or town.point is None:
        return (town,)
    the_whole = directory.municipality.startswith(town.name)
    if metres(town.point, station.point) < _SAME_PLACE and not the_whole:
        return (town,)
    return (_station_place(station), replace(town, name=f"{town.name}(町名)"))


def _station(station: Station, directory: Directory) -> Iterator[tuple[str, Name]]:
    place, readings = _station_place(station), dict(directory.readings)
    short, short_kana = station.name.removesuffix("前"), station.kana.removesuffix("まえ")
    plain = re.sub("[ノのヶケ]", "", station.name)
    kana = {station.kana, short_kana, drawn_out(station.kana)}
    spellings = {station.name, short, plain, *kana}
    if station.inside:
        spellings |= set(mixtures(station.name, station.kana, readings))
        spellings |= set(mixtures(short, short_kana, readings))
    town = plain if any(part.town == plain for part in directory.towns) else ""
    for spelling in sorted(spellings):
        choices = _station_choices(station, spelling, directory)
        sort = Sort.TOWN if town and spelling != plain and station.inside else Sort.STATION_NAME
        yield spelling, Name(sort, choices, town, not station.inside)
        for said in ("駅", "えき", "の駅", "の改札"):
            yield f"{spelling}{said}", Name(Sort.STATION, (place,))
    if station.inside:
        yield from _shortened(station, place, directory)
    for namesake in _called_like_the_town(station, directory):
        yield namesake, Name(Sort.STATION, _sharing_the_town(station, directory))


def _shortened(station: Station, place: Place, directory: Directory) -> Iterator[tuple[str, Name]]:
    """富士見町駅 for 中野富士見町駅; 坂上駅 is too little to be sure, so it is asked."""
    known = {one.name for one in directory.stations} | {part.town for part in directory.towns}
    parts = aligned(station.name, station.kana, dict(directory.readings)) or ()
    for cut in range(1, len(station.name) - 1):
        rest = station.name[cut:]
        if rest in known or not KANJI_ONLY.fullmatch(rest):
            continue
        unsure = len(rest) < _SURE_ENDING
        for spelling in {rest, "".join(read for _, read in parts[cut:]) or rest}:
            for said in ("駅", "えき", "の駅"):
                yield f"{spelling}{said}", Name(Sort.STATION, (place,), mistaken=unsure)


def _called_like_the_town(station: Station, directory: Directory) -> set[str]:
    """えごた駅: the town's reading, of a station that is read えこだ."""
    return {
        f"{part.kana}{said}"
        for part in directory.towns
        for said in ("駅", "えき")
        if part.town == station.name and part.kana != station.kana
    }


def _sharing_the_town(station: Station, directory: Directory) -> tuple[Place, ...]:
    return tuple(
        _station_place(one) for one in reversed(directory.stations) if one.name.endswith(station.name)
    )


def _station_choices(station: Station, spelling: str, directory: Directory) -> tuple[Place, ...]:
    """えこだ is the station outside; but who writes it may mean the town 江古田, read えごた."""
    namesakes = [part for part in directory.towns if part.town == station.name]
    if namesakes and spelling == station.kana:
        return (town_place(station.name, namesakes), _station_place(station))
    return (_station_place(station),)


def _station_place(station: Station) -> Place:
    return Place("station", f"{station.name}駅", station.point, station.inside)
