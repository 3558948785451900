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
