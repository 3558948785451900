"""How words sound: Sudachi with its small dictionary.

A morphological dictionary pays for what is written without kanji, and for names that were converted wrongly. As a second
look at every message, for the dictionary forms of its words, it cost more time than all else and told hardly more.
"""

import threading
import unicodedata
from functools import cache
from typing import Final

from sudachipy import Dictionary, MorphemeList, Tokenizer

_LONGEST: Final = 5000  # characters, as in one message of LINE; what stands behind is not read


def sounds(text: str) -> list[str]:
    """How each word is read, in katakana; a mark is its own sound."""
    return [word.reading_form() for word in _read(text)]


def named_spans(text: str) -> list[tuple[int, int, bool]]:
    """Where the names of people (True) and places (False) stand, as far as the dictionary knows them."""
    found = []
    for word in _tokenizer().tokenize(text[:_LONGEST]):
        kind = word.part_of_speech()
        if kind[1] == "固有名詞" and kind[2] in ("人名", "地名"):
            found.append((word.begin(), word.end(), kind[2] == "人名"))
    return found


def _read(text: str) -> MorphemeList:
    return _tokenizer().tokenize(unicodedata.normalize("NFKC", text[:_LONGEST]).lower())


_own: Final = threading.local()  # a tokenizer serves one thread at a time; the dictionary serves them all


def _tokenizer() -> Tokenizer:
    if not hasattr(_own, "tokenizer"):
        _own.tokenizer = _dictionary().tokenizer()
    return _own.tokenizer


@cache
def _dictionary() -> Dictionary:
    return Dictionary(dict="small")
