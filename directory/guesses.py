"""Names that are nearly right: わかみあ, 江古多. Only where the words look like the answer to 「どこ?」, and never taken silently."""

import re
from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import OSA

from directory import cues
from directory.gazetteer import Gazetteer, Match
from directory.mentions import Mention, Rank, meant
from directory.model import Place
from directory.names import Name, Sort
from directory.spelling import KANJI, Spelt, sound

_MOST = 2  # likely ones to ask about
_SHORTEST_KANJI, _SHORTEST_KANA = 3, 4  # of a name; one slip in less says too little
_LONG = 6  # letters of a name in which two slips are still the same name
_NO_TOWN = tuple("学校園館院署局店寺社")  # 東中学 is a school
_WORD = re.compile(rf"[{KANJI}ぁ-んー]{{2,}}$")
_PLACE_FOLLOWS = re.compile(
    rf"(?<=[{KANJI}ぁ-んー])(?={cues.CHOME.pattern}|{cues.LIVING.pattern}|{cues.NEAR.pattern})"
)
_TWO_KANJI = re.compile(rf"[{KANJI}]{{2}}(?={cues.CHOME.pattern})")
_SAYS_NO_MORE = re.compile(rf"(?:{cues.ALONE_AFTER.pattern})\Z")
_SHORT = 30  # characters of an answer that is hardly more than a name
_LONGEST = 12  # of a word that may be a name
_STATION = re.compile(rf"(?:[{KANJI}]{{1,7}}|[ぁ-んー]{{2,10}})(?:駅|えき)")
_NO_STATION = re.compile(
    r"(?:最寄|もより|各|この|その|どの|あの|隣|となり|乗|同じ|終|始|近く|近い|一番|いちばん|の|主要|無人|大き|職場|地元|実家|通勤|新しい|どこ|何|なん|ちかく)"
)


def likely(text: Spelt, gazetteer: Gazetteer) -> tuple[Mention, ...]:
    """At most two, the nearest spelling first."""
    near = [(span, _near(text.flat[slice(*span)], gazetteer)) for span in _candidates(text.flat, gazetteer)]
    near += [(found.span(), _parts_of(found[0], gazetteer)) for found in _stations(text.flat)]
    near += _one_kanji_off(text.flat, gazetteer)
    if not any(names for _, names in near):
        return ()
    known = [match for match in gazetteer.search(text.flat) if not match.name.mistaken]
    found: dict[tuple[Place, ...], tuple[int, Mention]] = {}
    for (start, end), names in near:
        if any(_is_that(match, start, end) for match in known):
            continue
        for distance, name in names:
            mention = meant(Match(start, end, name), text, gazetteer)
            if mention and (mention.choices not in found or distance < found[mention.choices][0]):
                found[mention.choices] = (distance, mention)
    best = sorted(found.values(), key=lambda one: one[0])
    return tuple(mention for distance, mention in best if distance == best[0][0])[:_MOST]


def unknown_station(text: Spelt, gazetteer: Gazetteer) -> Mention | None:
    """Every station of the ward and around it is known: another one lies outside."""
    for found in _stations(text.flat):
        name = found[0].rpartition("線")[2].removesuffix("えき").removesuffix("駅") + "駅"  # 東横線綱島駅
        if _NO_STATION.match(name) or name in gazetteer.names:
            continue
        place = Place("outside", name, None, inside=False)
        match = Match(found.start(), found.end(), Name(Sort.STATION, (place,)))
        if mention := meant(match, text, gazetteer):
            return Mention(mention.choices, Rank.NAME, mention.home)
    return None


def _stations(flat: str) -> Iterator[re.Match[str]]:
    return _STATION.finditer(flat) if "駅" in flat or "えき" in flat else iter(())


def _parts_of(station: str, gazetteer: Gazetteer) -> list[tuple[int, Name]]:
    """東中野坂上駅 is none, but holds two that are: no reason to say that it lies elsewhere."""
    return [
        (len(station) - len(spelling), name)
        for spelling, name in gazetteer.guessable.items()
        if spelling in station
        and len(spelling) > 2
        and name.sort is Sort.STATION_NAME
        and spelling != station
    ]


def _one_kanji_off(flat: str, gazetteer: Gazetteer) -> list[tuple[tuple[int, int], list[tuple[int, Name]]]]:
    """沼黒1丁目: two letters say little, so a 丁目 that the town has must follow."""
    return [
        (found.span(), list(_like_two(found, gazetteer)))
        for found in _TWO_KANJI.finditer(flat)
        if _may_begin(flat, found.start(), gazetteer)
    ]


def _like_two(found: re.Match[str], gazetteer: Gazetteer) -> Iterator[tuple[int, Name]]:
    """大野3丁目 may be anywhere: an everyday name needs the municipality's before it."""
    word, chome = found[0], cues.NUMBERS.get(found["number"]) or int(found["number"])
    here = found.string[: found.start()].endswith(gazetteer.here)
    for town, parts in gazetteer.chome.items():
        if chome in parts and len(town) == 2 and (town[0] == word[0]) != (town[1] == word[1]):
            name = gazetteer.names[town]
            if here or not name.ordinary:
                yield 1, replace(name, mistaken=True)


def _candidates(flat: str, gazetteer: Gazetteer) -> Iterator[tuple[int, int]]:
    """The ends of words before に住んで or 3丁目, and a word that is all there is."""
    for found in _PLACE_FOLLOWS.finditer(flat):
        yield from ((start, found.start()) for start in _starts(flat, found.start(), gazetteer))
    last = _SAYS_NO_MORE.search(flat)
    for end in {last.start(), len(flat)} if last and len(flat) <= _SHORT else ():
        yield from ((start, end) for start in _starts(flat, end, gazetteer))


def _starts(flat: str, end: int, gazetteer: Gazetteer) -> Iterator[int]:
    run = _WORD.search(flat, max(0, end - _LONGEST), end)
    return (
        (start for start in range(run.start(), end - 1) if _may_begin(flat, start, gazetteer))
        if run
        else iter(())
    )


def _is_that(match: Match, start: int, end: int) -> bool:
    """The word is a name already, ends in one (が鷺宮), or begins within the municipality's own."""
    if match.name.sort is Sort.HERE:
        return match.start < end and start < match.end
    return match.end == end and match.start >= start


def _may_begin(flat: str, start: int, gazetteer: Gazetteer) -> bool:
    """Not in the middle of a word, as far as one can tell."""
    before = flat[:start]
    return (
        not before
        or before.endswith(gazetteer.here)
        or not re.search(f"[{KANJI}]$", before)
        or bool(cues.APART.search(before))
    )


def _near(word: str, gazetteer: Gazetteer) -> list[tuple[int, Name]]:
    """Each name that sounds alike or is one slip away, with the number of slips."""
    alike = gazetteer.sounds.get(sound(word))
    names = [(0, alike[1])] if alike and len(word) > 2 else []
    bare = word.removesuffix("駅")
    shortest = _SHORTEST_KANJI if re.search(f"[{KANJI}]", word) else _SHORTEST_KANA
    if len(bare) < shortest or bare.endswith(_NO_TOWN):
        return names
    for spelling, distance, _ in process.extract(
        word, gazetteer.guessable.keys(), scorer=OSA.distance, score_cutoff=2, limit=None
    ):
        long_enough = len(spelling.removesuffix("駅")) >= shortest and (distance < 2 or len(spelling) > _LONG)
        if long_enough and not word.endswith(spelling):  # の江古田 is no slip of 江古田
            names.append((int(distance), gazetteer.guessable[spelling]))
    return names
