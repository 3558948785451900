"""Slips of the thumb in the rules' longer names: 一次保育 for 一時保育. Never used to choose a topic by likeness alone."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

_SHORTEST: Final = 4  # characters with a kanji among them; in shorter names one slip is already another word
_SHORTEST_KANA: Final = 6  # kana say less each: トイレを is no slip of トイトレ
_ALIKE: Final = 75  # of 100: one wrong character in four
_HIRAGANA: Final = re.compile("[ぁ-ん]")
_PARTICLE: Final = re.compile("[をがにの]")
_KANA_ONLY: Final = re.compile("[ぁ-んー]+")


def can_be_mistyped(keyword: str, normalized: str) -> bool:
    """A long name such as 一時預かり; no turn of phrase such as 離婚したい, whose ending is like a hundred others."""
    a_phrase = _PARTICLE.search(keyword) or len(_HIRAGANA.findall(keyword)) * 2 >= len(keyword)
    shortest = _SHORTEST_KANA if _KANA_ONLY.fullmatch(normalized) else _SHORTEST
    return not a_phrase and len(normalized) >= shortest


def mistyped(sentence: str, names: Iterable[str]) -> Iterator[str]:
    """The names that a part of the sentence is but for one character; both are normalised."""
    # partial_ratio is symmetric: い would be found in 死にたい, so the sentence must be as long as the name.
    fitting = [name for name in names if len(name) <= len(sentence)]
    for name, _, _ in process.extract_iter(sentence, fitting, scorer=fuzz.partial_ratio, score_cutoff=_ALIKE):
        best = fuzz.partial_ratio_alignment(name, sentence)
        if best and Levenshtein.distance(name, sentence[best.dest_start : best.dest_end]) == 1:
            yield name
