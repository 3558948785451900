"""What facilities are called. Of two with one spelling at different points neither is certain."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from directory.model import Directory, Facility, Place, Point
from directory.spelling import flatten
from directory.writings import mixtures

_MOST_CHOICES = 4  # a word for more places than these is no name
_CENTER = re.compile("すこやか(?:福祉センター|ふくしせんたー|福祉せんたー)$")
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


def _called(
    directory: Directory, spell: Callable[[Facility, Directory], set[str]]
) -> dict[str, tuple[Place, ...]]:
    called: dict[str, dict[Point, Place]] = defaultdict(dict)
    for facility in directory.facilities:
        if facility.point:
            for spelling in spell(facility, directory):
                called[spelling].setdefault(facility.point, Place("facility", facility.name, facility.point))
    return {spelling: tuple(at.values()) for spelling, at in called.items() if len(at) <= _MOST_CHOICES}


def _spellings(facility: Facility, directory: Directory) -> set[str]:
    """The kana belong to the whole name only where it is one word: then 北原じどうかん and きたはら児童館 are it, too."""
    name = re.sub(r"\(.*\)", "", facility.name)
    spellings = {name, name.split(" ")[0]} | set(_with_towns_in_kanji(name, directory))
    if " " not in name and name == facility.name:
        spellings |= {facility.kana, *mixtures(flatten(name), facility.kana, dict(directory.readings))}
    spellings |= {_CENTER.sub("すこやか", spelling) for spelling in spellings}
    hall = f"{directory.municipality[-1]}役所"
    return {spelling for spelling in spellings if len(spelling) > 4} | ({hall} if hall in name else set())


def _with_towns_in_kanji(name: str, directory: Directory) -> Iterator[str]:
    """江古田の森 for えごたの森."""
    return (name.replace(part.kana, part.town) for part in directory.towns if part.kana in name)


def _short_spellings(facility: Facility, directory: Directory) -> set[str]:
    """みずの塔, 城山, アポロ園, いちごルーム; すこやか for any of the four."""
    name = re.sub(r"\(.*\)| ?病後?児.*$", "", facility.name)
    own = re.sub(f"^{directory.municipality}立?", "", name)
    words = {name, own, name.split(" ")[-1], name.split("センター")[-1], *_homes(own), *_hospitals(own)}
    words |= {_HALL.sub("", word) for word in words}
    words |= {re.sub("(?:じどうかん|ふれあいのいえ)$", "", facility.kana)}
    if name.endswith("すこやか福祉センター"):
        words |= {"すこやか", "すこやか福祉センター"}
    return {
        word for word in words if len(word) > 3 or re.fullmatch("[一-龥の々]{2,3}|[一-龥ァ-ヴー]{4}", word)
    }


def _homes(name: str) -> set[str]:
    """聖オディリアホーム, オディリアホーム for 聖オディリアホーム乳児院."""
    bare = re.sub("(?<=ホーム)乳児院$", "", name)
    return {bare, bare.removeprefix("聖")}


def _hospitals(name: str) -> set[str]:
    """新渡戸記念病院, 中野総合病院 for 新渡戸記念中野総合病院."""
    whole = re.fullmatch("(?P<named_after>.+記念)(?P<usual>.+)病院", name)
    return {f"{whole['named_after']}病院", f"{whole['usual']}病院"} if whole else set()
