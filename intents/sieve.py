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
        return self._direct(text) is not None or any(
            all(need.met(text) for need in one) for one in self._respellings
        )

    @cached_property
    def _direct(self) -> Search:
        return re.compile(_direct(self._part)).search

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


def _direct(part: str) -> str:
    first, *rest = map(_origins, part)
    if not rest:
        return _any_of(first)
    gap, second = _gap(), _any_of(rest[0])
    pattern = f"{_any_of(first)}(?:{gap}{{{GAP + 1}}}|{gap}{{0,{GAP}}}{second})"
    both = {one for one in first & rest[0] if len(_flat(one)) > 1}  # ㌔ holds き and ろ
    return f"{pattern}|{_any_of(both)}" if both else pattern


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
    base = flatten_character(unicodedata.normalize("NFD", character)[0]) or ""
    marks = "ー" if character in LENGTHENED_TO else ""
    return frozenset({character}).union(*(_flattening()[one] for one in {character, *base, *marks}))


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
