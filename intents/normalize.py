"""The one place where text is flattened, for utterances and for keywords alike.

What people type on a phone and what an admin wrote as a keyword meet here: width, case, kana, long vowels, spaces,
repeated marks, emoji and the commonest spellings of the ward's words no longer differ. The result is for matching,
not for reading.
"""

import re
import unicodedata
from typing import Final

# Spellings of one word. Only words whose reading is never in doubt; the left side is what is replaced.
VARIANTS: Final = {
    "子供": "こども", "子ども": "こども", "小供": "こども", "こ供": "こども",
    "赤ちゃん": "あかちゃん", "赤ん坊": "あかちゃん", "お母さん": "おかあさん", "お父さん": "おとうさん",
    "預り": "預かり", "預って": "預かって", "預る": "預かる", "あずか": "預か", "あずけ": "預け", "あづけ": "預け",
    "いちじほいく": "一時保育", "いちじ預": "一時預", "ほいく": "保育", "ほいくえん": "保育園", "ほいくしょ": "保育所", "ようちえん": "幼稚園", "ようち園": "幼稚園",
    "がくどう": "学童", "じどうかん": "児童館", "びょうじ": "病児", "ぼしてちょう": "母子手帳", "にんしん": "妊娠",
    "りにゅうしょく": "離乳食", "よぼうせっしゅ": "予防接種", "検診": "健診", "けんしん": "健診", "よなき": "夜泣き", "夜なき": "夜泣き",
    "辛い": "つらい", "辛く": "つらく", "辛か": "つらか", "怖": "こわ", "恐い": "こわい", "疲れ": "つかれ", "悩": "なや",
    "淋し": "さびし", "寂し": "さびし", "さみし": "さびし", "下さい": "ください", "欲し": "ほし", "出来": "でき", "何処": "どこ",
    "分から": "わから", "分かり": "わかり", "分かる": "わかる", "解ら": "わから", "判ら": "わから", "教え": "おしえ", "居ない": "いない",
    "け月": "か月", "箇月": "か月", "け所": "か所", "無い": "ない", "貰": "もら", "頂": "いただ", "宜しく": "よろしく", "有難う": "ありがとう", "有り難う": "ありがとう",
}  # fmt: skip

# What a long mark stands for after each kana, as hiragana spells it: おかーさん, ちーさい, せんせー, がっこー.
_LONG_VOWELS: Final = {
    kana: vowel
    for kanas, vowel in (
        ("あかさたなはまやらわがざだばぱゃ", "あ"),
        ("いきしちにひみりぎじぢびぴ", "い"),
        ("うくすつぬふむゆるぐずづぶぷゅゔ", "う"),
        ("えけせてねへめれげぜでべぺ", "い"),
        ("おこそとのほもよろをごぞどぼぽょ", "う"),
    )
    for kana in kanas
}
_DROPPED_CATEGORIES: Final = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Sk", "So", "Zl", "Zp", "Zs"}
)
LONG_MARKS: Final = "ー~〜∼〰―—─━"
LENGTHENED_TO: Final = frozenset({*_LONG_VOWELS.values(), "-"})  # what a long mark may become


class _Flattened(dict[int, str | None]):
    """A table for str.translate that works out a character when it first meets it."""

    def __missing__(self, codepoint: int) -> str | None:
        flat = flatten_character(chr(codepoint))
        if codepoint < 0x10000:  # a bound on memory, whatever is typed
            self[codepoint] = flat
        return flat


def flatten_character(character: str) -> str | None:
    """One that NFKC and case folding have been over. None where it is dropped."""
    if "ァ" <= character <= "ヶ" or character in "ヽヾ":
        character = chr(ord(character) - 0x60)
    if character in "ゕゖ":  # 3ヶ月, 3ヵ月
        return "か"
    if character in "ぁぃぅぇぉ":
        return chr(ord(character) + 1)
    if character in LONG_MARKS:
        return "ー"
    if character == "・" or unicodedata.category(character) in _DROPPED_CATEGORIES:
        return None
    return character


_TABLE: Final = _Flattened()
_BETWEEN_NUMBERS: Final = re.compile(r"(?<=\d)ー+(?=\d)")
_EMPHATIC: Final = re.compile("ー+(?=[いっ])")  # つらーい, めーっちゃ
_LENGTHENED: Final = re.compile("(.?)ー+")
_LAUGHTER: Final = re.compile(r"(?<![a-z])w+(?![a-z])|\(笑\)")
_EMPHASIS: Final = re.compile(r"っ+(?=[^\w]|$)|(?<=っ)っ+")
_TWICE: Final = re.compile(r"(.)\1")  # a cheap look before the dear one
_REPEATED: Final = re.compile(r"([^\w])\1+|([a-zぁ-ゖ])\2{2,}")
_SPELLINGS: Final = re.compile("|".join(sorted(map(re.escape, VARIANTS), key=len, reverse=True)))


def normalize(text: str) -> str:
    """The text as it is matched. Normalising twice changes nothing; any text is accepted."""
    flat = _flatten(text)
    while (
        again := _flatten(flat)
    ) != flat:  # dropping a character can join its neighbours into something new
        flat = again
    return flat


def normalize_lines(text: str) -> list[str]:
    """Each line by itself: the end of a line may end a sentence, and is gone once it is normalised."""
    return [normalize(line) for line in text.splitlines()]


def _flatten(text: str) -> str:
    flat = unicodedata.normalize("NFKC", text).casefold().translate(_TABLE)
    if "ー" in flat:
        flat = _LENGTHENED.sub(_spell_out, _EMPHATIC.sub("", _BETWEEN_NUMBERS.sub("-", flat)))
    if "w" in flat or "(笑)" in flat:
        flat = _LAUGHTER.sub("", flat)
    flat = _SPELLINGS.sub(_respell, flat)
    if "っ" in flat:
        flat = _EMPHASIS.sub("", flat)
    return _REPEATED.sub(r"\1\2", flat) if _TWICE.search(flat) else flat


def _spell_out(match: re.Match[str]) -> str:
    return match[1] + _LONG_VOWELS.get(match[1], "")


def _respell(match: re.Match[str]) -> str:
    return VARIANTS[match[0]]
