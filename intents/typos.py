"""Slips of the thumb in the rules' longer names: 一時保青 for 一時保育. Never used to choose a topic by likeness alone."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

_SHORTEST: Final = 4  # characters with a kanji among them; in shorter names one slip is already another word
_SHORTEST_KANA: Final = 6  # kana say less each: トイレを is no slip of トイトレ
_ALIKE: Final = 75  # of 100: one wrong character in four
_HIRAGANA: Final = re.compile("[ぁ-ん]")
_PARTICLE: Final = re.compile("[をがにの]")
_KANA_ONLY: Final = re.compile("[ぁ-んー]+")


class Names:
    """Long names such as 一時預かり; built once, only read afterwards."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """From each name as it is written to its folded form."""
        self._with: defaultdict[str, list[str]] = defaultdict(list)  # pair of characters → names
        for name, folded in names.items():
            if _can_be_mistyped(name, folded):
                for pair in _pairs(folded):
                    self._with[pair].append(folded)

    def mistyped(self, text: str) -> Iterator[str]:
        """The names (folded) that a part of the folded text is but for one character."""
        for name in self._near(text):
            # partial_ratio is symmetric: い would be found in 死にたい, so the text must be as long as the name.
            if len(name) <= len(text) and _is_slip(name, text):
                yield name

    def _near(self, text: str) -> Iterator[str]:
        """One wrong character breaks two pairs at most: the other pairs of the name must be there."""
        shared = Counter(name for pair in _pairs(text) for name in self._with.get(pair, ()))
        return (name for name, pairs in shared.items() if pairs >= len(_pairs(name)) - 2)


def _pairs(text: str) -> set[str]:
    return set(map("".join, pairwise(text)))


def _is_slip(name: str, text: str) -> bool:
    best = fuzz.partial_ratio_alignment(name, text, score_cutoff=_ALIKE)
    return best is not None and Levenshtein.distance(name, text[best.dest_start : best.dest_end]) == 1


def _can_be_mistyped(keyword: str, folded: str) -> bool:
    """No turn of phrase such as 離婚したい, whose ending is like a hundred others."""
    a_phrase = _PARTICLE.search(keyword) or len(_HIRAGANA.findall(keyword)) * 2 >= len(keyword)
    shortest = _SHORTEST_KANA if _KANA_ONLY.fullmatch(folded) else _SHORTEST
    return not a_phrase and len(folded) >= shortest
