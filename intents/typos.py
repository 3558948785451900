"""Slips of the thumb in the rules' longer names: 一時保行 for 一時保育. Never used to choose a topic by likeness alone."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from rapidfuzz import fuzz, process

SHORTEST: Final = 4  # characters; in shorter words one slip is already another word
_ALIKE: Final = 75  # of 100: one wrong character in four
_HIRAGANA: Final = re.compile("[ぁ-ん]")


def is_name(keyword: str) -> bool:
    """A name such as 一時預かり, not a turn of phrase such as 離婚したい, whose ending is like a hundred others."""
    return len(_HIRAGANA.findall(keyword)) * 2 < len(keyword)


def mistyped(sentence: str, words: Iterable[str]) -> Iterator[str]:
    """The names (normalised, SHORTEST or longer) that a part of the normalised sentence nearly is."""
    # partial_ratio is symmetric: い would be found in 死にたい, so the sentence must be as long as the word.
    fitting = [word for word in words if len(word) <= len(sentence)]
    for word, _, _ in process.extract_iter(sentence, fitting, scorer=fuzz.partial_ratio, score_cutoff=_ALIKE):
        yield word
