"""How else a name may be written: in any mixture of kanji and kana, or by mistake."""

import re
from collections.abc import Iterator
from itertools import product

from directory.spelling import KANJI

KANJI_ONLY = re.compile(f"[{KANJI}]+")
_E, _O, _U = "えけせてねへめれげぜでべぺ", "おこそとのほもよろごぞどぼぽょ", "うくすつぬふむゆるぐずづぶぷゅ"
_LONG_VOWEL = re.compile(f"(?<=[{_E}])い|(?<=[{_O}])[うお]|(?<=[{_U}])う")
_MOST_PARTS = 7  # in kanji: 2^7 mixtures of one name are enough

Table = dict[str, tuple[str, ...]]


def mixtures(name: str, kana: str, readings: Table) -> Iterator[str]:
    """わか宮, 江ごた, 上さぎのみや; with 鷺の宮 for 鷺宮. Nothing where a character's reading is not known."""
    parts = aligned(name, kana, readings)
    if parts and sum(character != read for character, read in parts) <= _MOST_PARTS:
        for writing in product(*(_written(character, read) for character, read in parts)):
            yield "".join(writing)


def aligned(name: str, kana: str, readings: Table) -> tuple[tuple[str, str], ...] | None:
    """The characters of a name, each with its part of the kana; () for two empty texts."""
    if not name or not kana:
        return None if name or kana else ()
    for read in (*readings.get(name[0], ()), name[0]):
        if kana.startswith(read):
            rest = aligned(name[1:], kana[len(read) :], readings)
            if rest is not None:
                return ((name[0], read), *rest)
    return None


def drawn_out(kana: str) -> str:
    """とりつかせー, ちゅーおー: long vowels as they sound."""
    return _LONG_VOWEL.sub("ー", kana)


def mistakes(name: str, mistaken: Table) -> Iterator[str]:
    """One wrong word, one character twice, two neighbours the other way round, or a の too many."""
    for right, wrongs in mistaken.items():
        if right in name:
            yield from (name.replace(right, wrong, 1) for wrong in wrongs)
    if not KANJI_ONLY.fullmatch(name):
        return
    if len(name) == 2:
        yield f"{name[0]}の{name[1]}"
    for at in range(len(name)):
        yield name[: at + 1] + name[at:]
        yield name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


def _written(character: str, read: str) -> tuple[str, ...]:
    if character == read:
        return (character,)
    if read.endswith("の") and len(read) > 1:
        return (character, f"{character}の", read, read[:-1])
    return (character, read)
