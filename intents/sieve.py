"""Whether a text may hold certain words once both are normalised: much quicker than normalising, and never wrongly no.

Every character of a normalised text came from some character of the text: from one that flattens to it, from a long
mark, or out of a respelling. So the text has one of these for each character looked for, or does not hold the words.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final

from intents.normalize import LENGTHENED_TO, LONG_MARKS, VARIANTS, flatten_character, normalize

Sieve = Callable[[str], bool]
Search = Callable[[str], re.Match[str] | None]

_SAME: Final = (range(0x3400, 0xA000), range(0xAC00, 0xD7A4))  # kanji and hangul: they flatten to themselves
_BASIC: Final = 0x10000
_LAST_THAT_FLATTENS: Final = 0x30000  # beyond are private characters and unassigned ones


def sieve(words: str) -> Sieve:
    """Admits every text in whose normalised form the normalised words are, and few others."""
    rarest_first = sorted(set(normalize(words)), key=lambda character: len(_origins(character)))
    needed = [(_any_of(_origins(one)), _respellings(one)) for one in rarest_first]

    def may_hold(text: str) -> bool:
        for direct, respellings in needed:
            if direct(text) is None and not any(all(part(text) for part in one) for one in respellings):
                return False
        return True

    return may_hold


@cache
def _respellings(character: str) -> tuple[tuple[Search, ...], ...]:
    """What a text has where the character came out of a respelling: something for each character that was respelt."""
    return tuple(
        tuple(_any_of(_distant_origins(one)) for one in sorted(set(written)))
        for written, meant in VARIANTS.items()
        if character in meant and character not in written
    )


def _distant_origins(character: str) -> frozenset[str]:
    """Also through respellings that lead to one another."""
    met, to_do = {character}, [character]
    while to_do:
        meant = to_do.pop()
        firsts = {written[0] for written, respelt in VARIANTS.items() if meant in respelt}
        to_do += firsts - met
        met |= firsts
    return frozenset[str]().union(*map(_origins, met))


@cache
def _origins(character: str) -> frozenset[str]:
    """The characters that flatten to it by themselves, or to what it is composed of."""
    base = flatten_character(unicodedata.normalize("NFD", character)[0]) or ""
    marks = LONG_MARKS if character in LENGTHENED_TO else ""
    return frozenset({character, *marks}).union(*(_flattening()[one] for one in {character, *base}))


@cache
def _flattening() -> Mapping[str, set[str]]:
    """By character, those that flatten to it."""
    by_result = defaultdict[str, set[str]](set)
    for character in _characters():
        for folded in unicodedata.normalize("NFKC", character).casefold():
            for result in flatten_character(folded) or "":
                by_result[result].add(character)
    return by_result


def _characters() -> Iterable[str]:
    for codepoint in range(_LAST_THAT_FLATTENS):
        if any(codepoint in same for same in _SAME):
            continue
        character = chr(codepoint)
        if codepoint < _BASIC or unicodedata.decomposition(character):
            yield character


def _any_of(characters: Iterable[str]) -> Search:
    return re.compile(f"[{''.join(map(re.escape, sorted(characters)))}]").search
