"""Where a text names a place, and whether the person means to be there.

Wrong guesses hurt more than missed ones: inside a sentence a name counts only with a word beside it that makes it
a place (丁目, 駅, に住んで, の近く …); one that is left behind (から引っ越して) or denied (ではなく) does not count.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from directory import cues
from directory.gazetteer import Gazetteer, Name, Sort
from directory.model import Place
from directory.spelling import KANJI, KATAKANA, flatten, straighten


class Rank(IntEnum):
    """How exactly a mention says the place."""

    NAME = 1  # a town, station or facility
    POSTAL_CODE = 2
    CHOME = 3  # also another municipality: as sure as a 丁目 within
    ADDRESS = 4  # a 丁目 and more numbers


@dataclass(frozen=True, slots=True)
class Mention:
    choices: tuple[Place, ...]  # one: sure; several: ask
    rank: Rank
    home: bool  # the person says that this is where they are


@dataclass(frozen=True, slots=True)
class _Spot:
    """A name and what surrounds it, flattened; the municipality's own name before it counts as a gap."""

    before: str
    spelling: str
    after: str
    last: str  # the character before, as it was written: コーポ ends in katakana

    @property
    def alone(self) -> bool:
        return bool(cues.ALONE_BEFORE.fullmatch(self.before) and cues.ALONE_AFTER.fullmatch(self.after))

    @property
    def living(self) -> bool:
        return bool(cues.LIVING.match(self.after))

    @property
    def near(self) -> bool:
        return bool(cues.NEAR.match(self.after))

    @property
    def in_a_word(self) -> bool:
        """コーポ江古田 and 仙台市中央 are other places; 今若宮 and 自宅若宮 are not."""
        return bool(re.fullmatch(f"[{KANJI}{KATAKANA}]", self.last)) and self.last not in "今在宅所家寄"

    @property
    def in_kana(self) -> bool:
        """あらい may be any part of any word, unless it stands apart."""
        apart = not self.before or re.search(r"[\s、。,.!?はが]$", self.before)
        return "ぁ" <= self.spelling[0] <= "ん" and not apart


def mentions(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """In the order of the text, those that count."""
    straight = straighten(text)
    flat = flatten(straight)
    yield from _postal_codes(flat, gazetteer)
    elsewhere_until = -1
    for found in gazetteer.pattern.finditer(flat):
        name = gazetteer.names[found[0]]
        if name.sort is Sort.ELSEWHERE:
            elsewhere_until = found.end()
        elif elsewhere_until >= 0 and re.fullmatch(f"[{KANJI}]*", flat[elsewhere_until : found.start()]):
            continue  # 杉並区中央: another municipality's 中央
        if mention := _mention(name, _spot(found, straight, gazetteer), gazetteer):
            yield mention


def _spot(found: re.Match[str], straight: str, gazetteer: Gazetteer) -> _Spot:
    before = found.string[: found.start()].replace(gazetteer.here, " ")
    after_municipality = before.endswith(" ") or found[0].startswith(gazetteer.here)
    last = " " if after_municipality else straight[: found.start()][-1:]
    return _Spot(before, found[0], found.string[found.end() :], last)


def _mention(name: Name, spot: _Spot, gazetteer: Gazetteer) -> Mention | None:
    if (spot.in_a_word and name.sort is not Sort.STATION) or (name.ordinary and spot.in_kana):
        return None
    number = _number(name, spot)
    after = spot.after[number.end() :] if number else spot.after
    if cues.FORMER.search(spot.before) or cues.LEFT_BEHIND.match(after):
        return None
    if number:
        return _chome(number, gazetteer.chome[name.town], home=bool(cues.LIVING.match(after)))
    if not _counts(name, spot):
        return None
    rank = Rank.CHOME if name.sort is Sort.ELSEWHERE else Rank.NAME
    return Mention(name.choices, rank, home=spot.alone or spot.living)


def _number(name: Name, spot: _Spot) -> re.Match[str] | None:
    if name.sort is not Sort.TOWN:
        return None
    return cues.CHOME.match(spot.after) or cues.NUMBER.match(spot.after)


def _chome(number: re.Match[str], parts: dict[int, Place], *, home: bool) -> Mention:
    """A 丁目 that does not exist asks back with those that do."""
    chome = cues.NUMBERS.get(number["number"]) or int(number["number"])
    choices = (parts[chome],) if chome in parts else tuple(parts.values())
    return Mention(choices, Rank.ADDRESS if number["banchi"] else Rank.CHOME, home)


def _counts(name: Name, spot: _Spot) -> bool:
    match name.sort:
        case Sort.HERE:
            return False
        case Sort.STATION:
            return True
        case Sort.FACILITY:
            return spot.alone or spot.near or spot.living
        case Sort.ELSEWHERE:
            return spot.alone or spot.living or bool(cues.AN_ADDRESS.match(spot.after))
        case Sort.TOWN | Sort.STATION_NAME:
            return spot.alone or spot.near or spot.living or _is_there(name, spot)


def _is_there(name: Name, spot: _Spot) -> bool:
    """A name that means nothing else needs little beside it: a word like で, or a gap on both sides."""
    if name.ordinary:
        return False
    gap_before = not spot.before or cues.GAP.match(spot.before[-1])
    gap_after = not spot.after or cues.GAP.match(spot.after)
    return bool(cues.THERE.match(spot.after) or (gap_before and gap_after))


def _postal_codes(flat: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Seven digits without 〒 or hyphen count only alone, other municipalities' only with 〒 or alone."""
    for found in cues.POSTAL_CODE.finditer(flat):
        code = f"{found[2]}-{found[4]}"
        marked = found["mark"] or not flat.replace(found[0], "", 1).strip(" 。です")
        place = gazetteer.postal_codes.get(code)
        if place and (marked or found["dash"]):
            yield Mention((place,), Rank.POSTAL_CODE, home=False)
        elif marked:
            yield Mention((Place("outside", f"〒{code}", None, inside=False),), Rank.POSTAL_CODE, home=False)
