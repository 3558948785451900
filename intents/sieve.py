"""Whether a text may hold certain words once both are normalised: much quicker than normalising, and never wrongly no.

Every two neighbours in a normalised text were neighbours in the text, but for what normalising drops between them, or
one of them came out of a respelling, of what were such neighbours in their turn. Where that is not so for some two of the
words' characters, the text does not hold the words.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from itertools import chain, pairwise
from typing import Final

from intents.normalize import LENGTHENED_TO, VARIANTS, flatten_character, normalize

Sieve = Callable[[str], bool]
Search = Callable[[str], re.Match[str] | None]

PAIRS: Final = 8  # of long words, those with the fewest respellings
GAP: Final = (
    24  # characters that normalising drops in one place; where there are more, the text is let through
)
_BASIC: Final = (
    range(0x3400),
    range(0xA000, 0xAC00),
    range(0xF900, 0x10000),
)  # not kanji, hangul, private ones
_BEYOND: Final = range(0x10000, 0x30000)
_STAYS: Final = "、。「」?!,."  # never dropped, unlike most that is no letter
_DROPPED_AMONG_OTHERS: Final = "ーっw笑"  # letters that are dropped, or not, for what is around them


class _Need:
    """Two neighbours, or one character alone; respelt out of other needs, or as they are."""

    def __init__(self, part: str, above: frozenset[str] = frozenset()) -> None:
        self._part = part
        self._above = above | {part}  # what comes out of itself came from elsewhere first

    def met(self, text: str) -> bool:
        if self._quick(text) is None:
            return False
        return not self._respellings or self._direct(text) is not None or self._respelt(text)

    def _respelt(self, text: str) -> bool:
        return any(all(need.met(text) for need in one) for one in self._respellings)

    @cached_property
    def _quick(self) -> Search:
        """One look instead of one for each respelling."""
        return re.compile(_some_of(self.somewhere)).search

    @cached_property
    def _direct(self) -> Search:
        return re.compile(_some_of({self._part})).search

    @cached_property
    def somewhere(self) -> frozenset[str]:
        """Parts of which the text itself has one."""
        fewest = (min((need.somewhere for need in one), key=len) for one in self._respellings)
        return frozenset({self._part}).union(*fewest)

    @cached_property
    def _respellings(self) -> list[list["_Need"]]:
        return [
            [_Need(part, self._above) for part in parts]
            for parts in _respellings(self._part)
            if self._above.isdisjoint(parts)
        ]


def sieve(words: str) -> Sieve:
    """Admits every text in whose normalised form the normalised words are, and few others."""
    parts = sorted(
        {*_parts(normalize(words))}, key=lambda part: (len(_respellings(part)), _is_common(part), part)
    )
    if not parts:
        return lambda _: True
    rarest, *others = (_Need(part) for part in parts[:PAIRS])
    return lambda text: rarest.met(text) and all(need.met(text) for need in others)


def _parts(flat: str) -> Iterable[str]:
    """Each two neighbours. Single characters where there is one only, and in Hangul, which is composed of letters."""
    for two in pairwise(flat) if len(flat) > 1 else ():
        if any(_is_hangul(one) for one in two):
            yield from two
        else:
            yield "".join(two)
    if len(flat) == 1:
        yield flat


def _is_hangul(character: str) -> bool:
    return "HANGUL" in unicodedata.name(character, "")


def _is_common(part: str) -> int:
    return sum("ぁ" <= one <= "ん" for one in part)


def _some_of(parts: Iterable[str]) -> str:
    """Matches where one of them is, and, being a single look, where the first of one stands before the second of another."""
    alone, first, second = set[str](), set[str](), set[str]()
    for ends in ([*map(_origins, part)] for part in parts):
        if len(ends) == 1:
            alone |= ends[0]
            continue
        first |= ends[0]
        second |= ends[1]
        alone |= {one for one in ends[0] & ends[1] if len(_flat(one)) > 1}  # ㌔ holds き and ろ
    if not second:
        return _any_of(alone)
    gap, behind = _gap(), f"(?<={_any_of(alone)})|" if alone else ""
    return f"{_any_of(first | alone)}(?:{behind}{gap}{{{GAP + 1}}}|{gap}{{0,{GAP}}}{_any_of(second)})"


@cache
def _gap() -> str:
    """One character that may be dropped."""
    dropped = set(_DROPPED_AMONG_OTHERS).union(*map(_origins, _DROPPED_AMONG_OTHERS))
    dropped.update(one for one in _flattening()[""] if one.isalnum())  # voicing marks of half-width kana
    stays = frozenset[str]().union(*map(_origins, _STAYS))
    return rf"(?:(?!{_any_of(stays)})[\W{''.join(map(re.escape, sorted(dropped)))}])"


def _respellings(part: str) -> list[tuple[str, ...]]:
    """What the text had, all of it, where the part came out of a respelling by itself or together with what stood beside."""
    found = []
    for written, meant in VARIANTS.items():
        if part in meant and part not in written:
            found.append(written)
        if len(part) > 1 and meant.endswith(part[0]) and not written.endswith(part[0]):
            found.append(written + part[1])
        if len(part) > 1 and meant.startswith(part[1]) and not written.startswith(part[1]):
            found.append(part[0] + written)
    return [tuple(_parts(one)) for one in found]


@cache
def _origins(character: str) -> frozenset[str]:
    """The characters that flatten to it by themselves, or to what it is composed of."""
    composed_of = unicodedata.normalize("NFD", character)
    bases = {character, unicodedata.normalize("NFC", composed_of[:2])}  # 각 of 가 and what comes behind it
    bases.update(flatten_character(composed_of[0]) or "", "ー" if character in LENGTHENED_TO else "")
    return frozenset(bases).union(*map(_flattening().__getitem__, bases))


@cache
def _flattening() -> Mapping[str, set[str]]:
    """By character, those that flatten to it; by "", those that flatten to nothing."""
    by_result = defaultdict[str, set[str]](set)
    for character in _characters():
        for result in _flat(character) or [""]:
            by_result[result].add(character)
    return by_result


def _flat(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(flatten_character(one) or "" for one in folded)


def _characters() -> Iterable[str]:
    """Those that may flatten to something other than themselves."""
    return chain(map(chr, chain(*_BASIC)), filter(unicodedata.decomposition, map(chr, _BEYOND)))


def _any_of(characters: Iterable[str]) -> str:
    return f"[{''.join(map(re.escape, sorted(characters)))}]"
