"""Where a text names a place, and whether the person means to be there.

Wrong guesses hurt more than missed ones: inside a sentence a name counts only with a word beside it that makes it
a place (丁目, 駅, に住んで, の近く …); one that is left behind (から引っ越して), denied (ではなく) or another's
(友達が) does not count.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from directory import cues
from directory.counting import counts
from directory.gazetteer import Gazetteer, Match
from directory.model import Place
from directory.names import Name, Sort
from directory.spelling import Spelt
from directory.spots import Spot, spot_of

_LONGEST_LINE = 20  # characters: 東京メトロ丸ノ内線の


class Rank(IntEnum):
    """How exactly a mention says the place."""

    NAME = 1  # a town, station or facility
    POSTAL_CODE = 2  # also a part of another municipality, which says less than the municipality
    CHOME = 3  # also another municipality: as sure as a 丁目 within
    ADDRESS = 4  # a 丁目 and more numbers


@dataclass(frozen=True, slots=True)
class Mention:
    choices: tuple[Place, ...]  # one: sure; several: ask
    rank: Rank
    home: bool  # the person says that this is where they are
    mistaken: bool = (
        False  # spelt wrongly, or half of a 丁目 that does not exist: ask even if there is one choice
    )
    nearest: bool = False  # a station that is only said to be the nearest


def mentions(text: Spelt, gazetteer: Gazetteer) -> Iterator[Mention]:
    """In the order of the text, those that count."""
    yield from _postal_codes(text.flat, gazetteer)
    matches = [
        _station_on_a_line(match, text.flat, gazetteer)
        for match in _own(gazetteer.search(text.flat), text.flat)
    ]
    taken = -1
    for index, match in enumerate(matches):
        if index <= taken:
            continue
        following = matches[index + 1] if index + 1 < len(matches) else None
        if following and (pair := _either(match, following, text, gazetteer)):
            taken = index + 1
            yield pair
        elif mention := _mention(match.name, spot_of(match, text, gazetteer), gazetteer):
            yield mention


def meant(match: Match, text: Spelt, gazetteer: Gazetteer) -> Mention | None:
    """What a name is taken for that stands at a place of a text where its spelling is not found."""
    return _mention(match.name, spot_of(match, text, gazetteer), gazetteer)


def _own(matches: Iterator[Match], flat: str) -> Iterator[Match]:
    """Without the parts of another municipality: 杉並区中央, 練馬区の江古田."""
    elsewhere_until = -1
    for match in matches:
        within = elsewhere_until >= 0 and cues.PART_ONLY.fullmatch(flat[elsewhere_until : match.start])
        if match.name.sort is Sort.ELSEWHERE:
            elsewhere_until = match.end
        if not within:
            yield match


def _station_on_a_line(match: Match, flat: str, gazetteer: Gazetteer) -> Match:
    """西武池袋線の江古田 is the station, and not the town of its name."""
    station = gazetteer.names.get(f"{flat[match.start : match.end]}駅")
    if (
        match.name.sort is Sort.STATION
        or station is None
        or not gazetteer.on_a_line.search(flat[max(0, match.start - _LONGEST_LINE) : match.start])
    ):
        return match
    return match._replace(name=station)


def _either(one: Match, other: Match, text: Spelt, gazetteer: Gazetteer) -> Mention | None:
    """若宮と白鷺の間, 野方か沼袋: both."""
    between, after = text.flat[one.end : other.start], text.flat[other.end :]
    sorts = {one.name.sort, other.name.sort} - {Sort.TOWN, Sort.STATION, Sort.STATION_NAME}
    if sorts or not cues.BETWEEN.fullmatch(between):
        return None
    chosen = between.strip() in ("か", "または", "もしくは", "それとも") and cues.ALONE_AFTER.fullmatch(after)
    spot = spot_of(one, text, gazetteer)
    if not (chosen or cues.EITHER.match(after)) or spot.anothers or spot.in_a_word:
        return None
    choices = (*one.name.choices, *other.name.choices)
    return Mention(tuple(dict.fromkeys(choices)), Rank.NAME, home=True)


def _mention(name: Name, spot: Spot, gazetteer: Gazetteer) -> Mention | None:
    if spot.in_a_word or (name.ordinary and spot.in_kana) or spot.anothers:
        return None
    if name.sort is Sort.TOWN and (two := cues.TWO_CHOME.match(spot.after)):
        return _two_chome(two, gazetteer.chome[name.town])
    number = _number(name, spot)
    after = spot.after[number.end() :] if number else spot.after
    if number and not name.town:
        after = cues.REST_OF_ADDRESS.sub("", after, count=1)
    if cues.NOT_THERE.match(after):
        return None
    if number and name.town:
        told = cues.ALONE_BEFORE.fullmatch(spot.before) and cues.SAID.match(after)
        home = bool(told or cues.LIVING.match(after) or cues.AT_HOME.search(spot.before))
        mention = _chome(number, gazetteer.chome[name.town], home=home)
        return replace(mention, mistaken=name.mistaken)
    if number and _is_told(spot, after):
        return Mention((_part_elsewhere(name),), Rank.POSTAL_CODE, home=True)
    if not counts(name, spot):
        return None
    rank = Rank.CHOME if name.sort is Sort.ELSEWHERE else Rank.NAME
    home = spot.alone or spot.living or spot.home or name.sort is Sort.ELSEWHERE
    nearest = name.sort in (Sort.STATION, Sort.STATION_NAME) and spot.nearest
    return Mention(name.choices, rank, home, mistaken=name.mistaken, nearest=nearest)


def _number(name: Name, spot: Spot) -> re.Match[str] | None:
    """The 丁目 of a town; elsewhere 高円寺南2丁目 and 笹塚2-3-4, where the bare word may be a family or a station."""
    if name.town:
        return cues.CHOME.match(spot.after) or cues.NUMBER.match(spot.after)
    if name.sort not in (Sort.ELSEWHERE, Sort.STATION_NAME) or name.choices[0].inside:
        return None
    number = cues.NUMBER.match(spot.after)
    return cues.CHOME.match(spot.after) or (number if number and number["banchi"] else None)


def _is_told(spot: Spot, after: str) -> bool:
    """An address elsewhere may be an errand's, unless it stands for itself."""
    apart = cues.PAUSE.search(spot.before) or cues.AT_HOME.search(spot.before)
    stated = (apart and cues.STATED.match(after)) or cues.LIVING.match(after)
    return bool(stated or cues.ITS_DESK.match(after) or cues.MAY_I.match(after))


def _part_elsewhere(name: Name) -> Place:
    part = name.choices[0].name
    town = part.removesuffix("駅") if name.sort is Sort.STATION_NAME else part
    return Place("outside", town, None, inside=False)


def _chome(number: re.Match[str], parts: dict[int, Place], *, home: bool) -> Mention:
    """A 丁目 that does not exist asks back with those that do."""
    groups = number.groupdict()
    chome = _value(groups["number"] or groups["kanji"])
    choices = (parts[chome],) if chome in parts else tuple(parts.values())
    exact = groups["banchi"] or groups.get("kanji")
    return Mention(choices, Rank.ADDRESS if exact else Rank.CHOME, home)


def _two_chome(two: re.Match[str], parts: dict[int, Place]) -> Mention:
    named = tuple(parts[chome] for chome in (_value(two["one"]), _value(two["two"])) if chome in parts)
    return Mention(named or tuple(parts.values()), Rank.ADDRESS, home=True, mistaken=len(named) == 1)


def _value(number: str) -> int:
    return cues.NUMBERS.get(number) or int(number)


def _postal_codes(flat: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Seven digits without 〒 or hyphen count only alone, other municipalities' only with 〒 or alone."""
    for found in cues.POSTAL_CODE.finditer(flat):
        code = f"{found[2]}-{found[4]}"
        marked = found["mark"] or not flat.replace(found[0], "", 1).strip(" 。です")
        if found["dash"] == " " and not found["mark"]:
            continue
        place = gazetteer.postal_codes.get(code)
        if place and (marked or found["dash"]):
            yield Mention((place,), Rank.POSTAL_CODE, home=False)
        elif marked:
            yield Mention((Place("outside", f"〒{code}", None, inside=False),), Rank.POSTAL_CODE, home=False)
