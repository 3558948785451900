"""Every name under which a pack's places can be called, and where a text has one."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from directory import latin
from directory.model import Directory, Place, Town
from directory.names import Name, Sort, names, town_place, towns
from directory.spelling import KANJI, Spelt, flatten, sound, straighten

# Any other municipality, by its form. 市場 and 地区 are none.
_MUNICIPALITY = re.compile(
    rf"(?:(?<![{KANJI}])|(?<=[都道府県]))[{KANJI}]{{1,4}}?[市区](?![場域画切間内分別])"
)
_NO_MUNICIPALITY = re.compile(
    r"[地学校市各全他当本同隣近別町両何]区|[都同当本各他全隣別両]市|.*(?:都市|地区|学区|校区)$"
)
_GUESSED = (Sort.TOWN, Sort.STATION_NAME, Sort.STATION)


class Match(NamedTuple):
    start: int
    end: int
    name: Name


@dataclass(frozen=True, slots=True)
class Gazetteer:
    names: dict[str, Name]  # by flattened spelling
    lengths: dict[str, tuple[int, ...]]  # first character → of the names that begin with it, longest first
    chome: dict[str, dict[int, Place]]  # town → number → place
    postal_codes: dict[str, Place]
    here: str  # the municipality's own name, flattened
    guessable: dict[str, Name]  # with which a wrong spelling is compared
    sounds: dict[str, tuple[str, Name]]  # without marks of voice: のかた → のがた
    latin: latin.Names
    on_a_line: re.Pattern[str]  # 西武線の, right before a station's name

    @classmethod
    def of(cls, directory: Directory) -> "Gazetteer":
        return _gazetteer(directory)

    def spelt(self, text: str) -> Spelt:
        return Spelt.of(latin.in_kana(text, self.latin, self.here))

    def search(self, flat: str) -> Iterator[Match]:
        """From left to right, the longest at each place."""
        others = {other.start: other for other in self._municipalities(flat)}
        at = 0
        while at < len(flat):
            match = self._known(flat, at)
            other = others.get(at)
            if other and (match is None or (other.end > match.end and not flat[: match.end].endswith("駅"))):
                match = other  # 中野市 and 大和市 are not 中野 and 大和
            if match:
                yield match
            at = match.end if match else at + 1

    def _known(self, flat: str, at: int) -> Match | None:
        for length in self.lengths.get(flat[at], ()):
            if name := self.names.get(flat[at : at + length]):
                return Match(at, min(at + length, len(flat)), name)
        return None

    def _municipalities(self, flat: str) -> Iterator[Match]:
        """Those that no table knows; none in the middle of a word, or behind another one: 今中野区."""
        for found in _MUNICIPALITY.finditer(flat) if "市" in flat or "区" in flat else ():
            known = any(found[0][cut:] in self.names for cut in range(len(found[0]) - 1))
            if not known and not _NO_MUNICIPALITY.fullmatch(found[0]):
                place = Place("outside", found[0], None, inside=False)
                yield Match(found.start(), found.end(), Name(Sort.ELSEWHERE, (place,)))


@lru_cache(maxsize=8)
def _gazetteer(directory: Directory) -> Gazetteer:
    called = {flatten(straighten(spelling)): name for spelling, name in names(directory)}
    parts, within = towns(directory), dict(_within(called))
    return Gazetteer(
        names=called,
        lengths=_lengths(called),
        chome={
            town: {one.chome: Place("chome", one.name, one.point) for one in ones}
            for town, ones in parts.items()
        },
        postal_codes=dict(_postal_codes(directory, parts)),
        here=flatten(straighten(directory.municipality)),
        guessable={one: name for one, name in within.items() if _in_one_script(one) and not name.ordinary},
        sounds={sound(spelling): (spelling, name) for spelling, name in within.items()},
        latin=latin.names_of(directory),
        on_a_line=_on_a_line(called),
    )


def _on_a_line(called: dict[str, Name]) -> re.Pattern[str]:
    lines = (spelling for spelling, name in called.items() if name.sort is Sort.LINE)
    longest_first = sorted(map(re.escape, lines), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(longest_first) or '(?!)'})[のは・、\s]*$")


def _within(called: dict[str, Name]) -> Iterator[tuple[str, Name]]:
    """Towns and stations of the municipality, rightly spelt."""
    for spelling, name in called.items():
        place = name.choices[0] if name.choices else None
        if name.sort in _GUESSED and place and place.inside and not name.mistaken:
            yield spelling, replace(name, mistaken=True)


def _in_one_script(spelling: str) -> bool:
    """A slip in a mixture of kanji and kana is too far to guess."""
    return len({"ぁ" <= letter <= "ん" for letter in spelling if letter != "が"}) == 1


def _lengths(called: dict[str, Name]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = defaultdict(set)
    for spelling in called:
        lengths[spelling[0]].add(len(spelling))
    return {first: tuple(sorted(some, reverse=True)) for first, some in lengths.items()}


def _postal_codes(directory: Directory, parts: dict[str, list[Town]]) -> Iterator[tuple[str, Place]]:
    """A large office has a code of its own."""
    for facility in directory.facilities:
        if facility.postal_code:
            yield facility.postal_code, Place("postal_code", facility.name, facility.point)
    for town, ones in parts.items():
        code = ones[0].postal_code
        yield code, Place("postal_code", f"{town}(〒{code})", town_place(town, ones).point)
