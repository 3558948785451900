"""What facilities are called. Of two with one spelling at different points neither is certain."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from directory.model import Directory, Facility, Place, Point

_MOST_CHOICES = 4  # a word for more places than these is no name
_HALL = re.compile(r"(?:児童館|ふれあいの家|プレーパーク|福祉センター)$")


def landmarks(directory: Directory) -> Iterator[tuple[str, tuple[Place, ...], bool]]:
    """Spelling, places, and whether it is short: such a one counts only beside 近く and the like."""
    full, short = _called(directory, _spellings), _called(directory, _short_spellings)
    known = {part.town for part in directory.towns} | {one.name for one in directory.stations}
    for spelling, places in short.items():
        if spelling not in known and spelling not in directory.ordinary:
            yield spelling, places, True
    for spelling, places in full.items():
        if len(places) == 1:
            yield spelling, places, False


def _called(directory: Directory, spell: Callable[[Facility, str], set[str]]) -> dict[str, tuple[Place, ...]]:
    called: dict[str, dict[Point, Place]] = defaultdict(dict)
    for facility in directory.facilities:
        if facility.point:
            for spelling in spell(facility, directory.municipality):
                called[spelling].setdefault(facility.point, Place("facility", facility.name, facility.point))
    return {spelling: tuple(at.values()) for spelling, at in called.items() if len(at) <= _MOST_CHOICES}


def _spellings(facility: Facility, municipality: str) -> set[str]:
    """The kana belong to the whole name only where it is one word."""
    name = re.sub(r"\(.*\)", "", facility.name)
    spellings = {name, name.split(" ")[0], name.replace("すこやか福祉センター", "すこやか")}
    if " " not in name and name == facility.name:
        spellings |= {facility.kana, facility.kana.replace("すこやかふくしせんたー", "すこやか")}
    hall = f"{municipality[-1]}役所"
    return {spelling for spelling in spellings if len(spelling) > 4} | ({hall} if hall in name else set())


def _short_spellings(facility: Facility, municipality: str) -> set[str]:
    """みずの塔, 城山, アポロ園, いちごルーム; すこやか for any of the four."""
    name = re.sub(r"\(.*\)| ?病児.*$", "", facility.name)
    words = {name, name.split(" ")[-1], name.removeprefix(municipality), name.split("センター")[-1]}
    words |= {_HALL.sub("", word) for word in words}
    words |= {re.sub("(?:じどうかん|ふれあいのいえ)$", "", facility.kana)}
    if name.endswith("すこやか福祉センター"):
        words |= {"すこやか", "すこやか福祉センター"}
    return {
        word for word in words if len(word) > 3 or re.fullmatch("[一-龥の々]{2,3}|[一-龥ァ-ヴー]{4}", word)
    }
