"""Places in Latin letters, as foreign parents write them: "I live near Nogata Sta." is のがた駅に住んでいます.

In a Japanese sentence the name alone is put into kana, and the words beside it decide as ever. Of English and
romanised Japanese only what states where somebody is is taken over; all else stays as it is, and names no place.
"""

import re
import unicodedata

import jaconv

from directory.english import NAMED, in_japanese, stated
from directory.model import Directory

Names = dict[str, str]  # folded Latin letters → kana; of a municipality elsewhere its name

_MOST_WORDS = 3  # nakano fujimi cho
_WORD = re.compile(r"[a-z]+")
_JAPANESE = re.compile("[ぁ-んァ-ヴ一-龥]")
_KANA = re.compile("[ぁ-んー]+")
_WRITTEN = str.maketrans("āīūēōâîûêô’<>", "aiueoaiueo'  ")
_ONE_NAME = re.compile(r"[a-z]+(?:[-' ][a-z]+)*")
_KINDS = {"ward": ("ku",), "city": ("ku", "shi")}
# However the sounds are spelt: Shimbashi, Sinbasi; Koenji, Kouenji.
_FOLDS = [
    (re.compile(spelt), to)
    for spelt, to in (
        ("[^a-z]", ""),
        ("o[ou]", "o"),
        ("uu", "u"),
        ("m(?=[bp])", "n"),
        ("s[iy]", "shi"),
        ("shi(?=[aiueo])", "sh"),
        ("ti", "chi"),
        ("tu", "tsu"),
        ("(?<![cs])hu", "fu"),
        ("z[iy]", "ji"),
        ("ji(?=[auo])", "j"),
    )
]


def names_of(directory: Directory) -> Names:
    """Every name of which the pack has the kana."""
    ours = {one.kana for one in directory.stations} | {one.kana for one in directory.towns}
    kana = {read: read for read in ours}
    for read, name in directory.elsewhere_kana:
        if name.endswith("区"):
            kana[read.removesuffix("く")] = name[:-1]
        kana[read] = name
    if directory.municipality_kana:
        kana[directory.municipality_kana] = directory.municipality
    return {_folded(jaconv.kana2alphabet(read)): name for read, name in kana.items() if _KANA.fullmatch(read)}


def in_kana(text: str, names: Names, here: str) -> str:
    """The text itself, if it names nothing in Latin letters. `here` is the municipality's name."""
    lowered = unicodedata.normalize("NFKC", text).lower().translate(_WRITTEN)
    marked = _marked(lowered, names) if _WORD.search(lowered) else ""
    if "<" not in marked:
        return text
    if _JAPANESE.search(NAMED.sub("", marked)):
        return NAMED.sub(in_japanese, marked)
    return "。".join(stated(marked, here)) or text


def _marked(text: str, names: Names) -> str:
    """Known names between < and >, the longest first."""
    words, parts, at, index = list(_WORD.finditer(text)), [], 0, 0
    while index < len(words):
        name, count = _longest(words[index : index + _MOST_WORDS], text, names)
        if name:
            parts.append(f"{text[at : words[index].start()]}<{name}>")
            at = words[index + count - 1].end()
        index += count
    return "".join(parts) + text[at:]


def _longest(words: list[re.Match[str]], text: str, names: Names) -> tuple[str, int]:
    """The name that these words begin with, and how many of them it takes."""
    for count in range(len(words), 0, -1):
        written = text[words[0].start() : words[count - 1].end()]
        if _ONE_NAME.fullmatch(written):
            for kind in _KINDS.get(words[count - 1][0], ("",)):
                whole = written.removesuffix(words[count - 1][0]) + kind if kind else written
                if name := names.get(_folded(whole)):
                    return name, count
    return "", 1


def _folded(latin: str) -> str:
    for spelt, to in _FOLDS:
        latin = spelt.sub(to, latin)
    return latin
