"""What could tell who somebody is, taken out of a sentence before people who edit rules see it, or it is kept.

Names of people and places by the dictionary, names before さん and the like, numbers, addresses in the net. Rather too much
than too little: 「さくら」 may be a tree.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from intents.words import named_spans

PERSON: Final = "〔名前〕"
PLACE: Final = "〔地名〕"
NUMBER: Final = "〔番号〕"
ADDRESS: Final = "〔アドレス〕"
_NOBODY: Final = (  # stands before さん and is no name
    *("お母", "お父", "お姉", "お兄", "お爺", "お婆", "おかあ", "おとう", "おねえ", "おにい", "おじい", "おばあ"),
    *("赤", "あか", "お子", "おこ", "子ども", "母", "父", "姉", "兄", "娘", "息子", "奥", "旦那", "嫁", "婿", "孫", "皆", "みな", "親御", "じじ", "ばば"),
    *("相談員", "保健師", "助産師", "看護師", "保育士", "栄養士", "医者", "お医者", "先", "担任", "園長", "校長", "職員", "係"),
    *("わん", "にゃん", "ママ", "パパ", "たく", "いっぱい", "大家", "妊婦", "産婦", "助産婦", "お客", "客", "業者", "店員", "妹", "弟", "双子", "ベビー", "シッター"),
)  # fmt: skip
_TITLED: Final = re.compile(
    r"(?P<name>[一-龥々]{1,4}|[ァ-ヶー]{2,8}|[ぁ-んー]{2,4}|[A-Za-z]{2,15})(?=(?:さん|ちゃん|くん|君|様(?![子々])|さま|氏|先生)(?![ぁ-ん]?たい))"
)
_SCHOOL: Final = re.compile(
    r"(?<![一-龥々ァ-ヶ])(?P<name>[一-龥々ァ-ヶー]{1,8}(?:第[一二三四五六七八九十0-9]+)?)"
    r"(?=(?:小学校|中学校|高校|保育園|幼稚園|こども園|学園|医院|病院|クリニック))"
)
_ANY_SCHOOL: Final = re.compile(
    r"^(?:区立|市立|都立|公立|私立|国立|認可|無認可|認可外|認証|企業主導型|小規模|近所|休日|夜間|総合|大学|大|小児|産|産科|小|隣|他|別|一時|病児|定員|新|来年度?|今|転|付属|専門)+$"
)
_AFTER: Final = ("と申します", "といいます", "と言います", "という者")
_SELF: Final = re.compile(rf"(?P<name>[^\s、。,.は]{{1,10}})(?={'|'.join(_AFTER)})")
_EMAIL: Final = re.compile(r"https?://[!-~]+|[\w.+-]+@[\w-]+\.[\w.-]+|@[A-Za-z0-9_.-]{3,}", re.ASCII)
_PHONE: Final = re.compile(r"(?:\+?\d[\d\s()・ー‐−–—-]{7,}\d)|\d{5,}")
_BLOCK: Final = re.compile(
    r"[ぁ-んァ-ヶー一-龥]{0,6}[0-9〇一二三四五六七八九十]+丁目[0-9ー‐−–—の番地号-]*"
    r"|(?:[0-9〇一二三四五六七八九十]+(?:番地|番|号室?|条))+(?:[0-9]+(?:[-‐−–—ーの][0-9]+)*)?"
    r"|[0-9]+(?:[-‐−–—ー][0-9]+){1,3}(?![0-9]|歳|才|か月|ヶ月|カ月|ケ月|人|時|回|日|年|月|度|分|週)"
)
_POSTCODE: Final = re.compile(r"〒?\s*\d{3}[-‐−–—ー]\d{4}(?!\d)")
_BIRTHDAY: Final = re.compile(
    r"(?:(?:19|20)\d{2}|(?:昭和|平成|令和|[SHR])\s*\d{1,2})\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*日?"
)
_LATIN_NAME: Final = re.compile(
    r"\b(?i:my name is|i am|i'm|this is)\s+(?P<name>[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)*)"
)
_SENSE: Final = {
    _EMAIL: ADDRESS,
    _BIRTHDAY: NUMBER,
    _PHONE: NUMBER,
    _POSTCODE: NUMBER,
}
_TELLING: Final = re.compile(
    r"[一-龥々ァ-ヶA-Za-z]"
)  # in kana, what the dictionary takes for a name is seldom one
_MARKED: Final = re.compile("〔[^〕]*〕")


def mask(text: str, *, places: Iterable[str] = (), known: frozenset[str] = frozenset()) -> str:
    """With marks for what was taken out. `places` are names of small places; `known` names say nothing about anybody.

    What is masked already stays as it is.
    """
    text = unicodedata.normalize("NFKC", text).replace("[", "〔").replace("]", "〕")
    for pattern, mark in _SENSE.items():
        text = pattern.sub(mark, text)
    spans = [*_spans(text, known), *_small_places(text, places)]
    return _without(text, spans)


def _spans(text: str, known: frozenset[str]) -> Iterator[tuple[int, int, str]]:
    taken = [found.span() for found in _MARKED.finditer(text)]
    for start, end, is_person in named_spans(text):
        word = text[start:end]
        if word in known or not _TELLING.search(word) or any(a <= start < b for a, b in taken):
            continue
        if len(word) > 1 or not is_person:
            yield start, end, PERSON if is_person else PLACE
    for found in _TITLED.finditer(text):
        if not found["name"].endswith(_NOBODY):
            yield *found.span("name"), PERSON
    for pattern in (_SELF, _LATIN_NAME):
        yield from ((*found.span("name"), PERSON) for found in pattern.finditer(text))
    for found in _SCHOOL.finditer(text):
        if not _ANY_SCHOOL.match(found["name"]):
            yield *found.span("name"), PLACE
    yield from ((*found.span(), PLACE) for found in _BLOCK.finditer(text))


def _small_places(text: str, places: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    for place in places:
        if (start := text.find(place)) >= 0:
            yield start, start + len(place), PLACE


def _without(text: str, spans: list[tuple[int, int, str]]) -> str:
    """What overlaps or touches is one mark, that of the first."""
    out, upto, last = [], 0, ""
    for start, end, mark in sorted(spans):
        if start > upto or (start == upto and mark != last):
            out += [text[upto:start], mark]
        elif end > upto and not out:
            out.append(mark)
        last = mark
        upto = max(upto, end)
    return _MARKS_IN_MARKS.sub(r"\1", "".join([*out, text[upto:]]))


_MARKS_IN_MARKS: Final = re.compile(r"(〔[^〔〕]*〕)(?:\s*\1)+")
