"""One spelling for place names, so that 鷺ノ宮, 鷺之宮 and 鷺の宮 or ４ー１ and 4-1 compare equal.

Apart from the width of characters every letter keeps its position: `straighten` and `flatten` of one text have the same length.
"""

import re
import unicodedata
from typing import NamedTuple

KANJI = "一-龥々"
KATAKANA = "ァ-ヴー"

_DASHES = re.compile(r"(?<=\d)[‐‑‒–—―−ー](?=\d)")
_BETWEEN_KANJI = rf"(?<=[{KANJI}]){{}}(?=[{KANJI}])"
_NO = re.compile(_BETWEEN_KANJI.format("[ノ之]"))
_GA = re.compile(_BETWEEN_KANJI.format("[ヶケヵカ]"))
_OLD_FORMS = str.maketrans("彌髙臺濱澤", "弥高台浜沢")
_KATAKANA = re.compile("[ァ-ヶ]")
_VOICED = str.maketrans(
    "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽゃゅょ",
    "かきくけこさしすせそたちつてとはひふへほはひふへほやゆよ",
    "っー",
)
_TO_HIRAGANA = ord("ァ") - ord("ぁ")


class Spelt(NamedTuple):
    """A text in both forms, letter by letter at the same places."""

    straight: str
    flat: str

    @classmethod
    def of(cls, text: str) -> "Spelt":
        straight = straighten(text)
        return cls(straight, flatten(straight))


def straighten(text: str) -> str:
    """Half-width letters and digits, full-width kana, one kind of dash, single spaces."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    return _DASHES.sub("-", text).translate(_OLD_FORMS)


def flatten(straight: str) -> str:
    """A straightened text in hiragana, with ノ・之 and ヶ between kanji as の and が."""
    text = _GA.sub("が", _NO.sub("の", straight))
    return _KATAKANA.sub(lambda found: chr(ord(found[0]) - _TO_HIRAGANA), text)


def sound(flat: str) -> str:
    """What is left of a flattened name when marks of voice, small letters and long vowels are forgotten."""
    return flat.translate(_VOICED)
