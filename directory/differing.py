"""What differs between two rows, for a person."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, time
from typing import Final

from directory.hours import OpeningHours, Special
from directory.model import Phone, Point
from directory.opendata.comparing import Difference
from directory.stored import Kept, Row

LABELS: Final = {
    "name": "名前", "title": "名前", "kana": "読み", "types": "種類", "address": "住所", "postal_code": "郵便番号",
    "point": "場所(緯度・経度)", "approximate": "場所はおおよそ", "phones": "電話", "hours": "時間", "access": "行き方", "url": "ページ",
    "source": "出典", "as_of": "いつの内容か", "note": "説明", "uncertain": "要確認の欄", "external_id": "オープンデータのID",
    "audience": "対象", "summary": "内容", "contact": "問い合わせ先", "facilities": "窓口", "hours_of_desks": "時間は窓口と同じ",
    "channel": "つながりかた", "kinds": "使う場面", "what": "内容", "free": "無料", "towns": "町丁目", "area": "場所の説明", "ages": "対象年齢",
    "days": "日時", "until": "いつまで載せるか", "facility": "施設", "first": "はじまりの日", "last": "終わりの日", "begins": "はじまりの時刻",
    "ends": "終わりの時刻", "how": "参加のしかた",
}  # fmt: skip
KIND_NAMES: Final = {
    "crisis_suicide": "死にたい・消えたい", "crisis_abuse": "虐待・子どもの安全", "crisis_dv": "配偶者や恋人の暴力",
    "crisis_medical": "急な病気・大けが", "poison": "誤飲・中毒", "sexual": "性の被害", "night": "夜の相談", "child": "子ども自身の相談",
    "parenting": "子育ての相談", "pregnancy": "妊娠の相談", "foreign": "外国語",
}  # fmt: skip
UNCERTAIN_NAMES: Final = {
    "phone": "電話", "hours": "時間", "address": "住所", "access": "行き方", "contact": "問い合わせ先", "summary": "内容",
}  # fmt: skip
_HIDDEN: Final = frozenset({"id", "confirmed", "facility"})
Called = Callable[[str], str]
_CODES: Final = KIND_NAMES | UNCERTAIN_NAMES
_NOTHING: Final = "(なし)"


def differences(before: Kept | None, after: Kept | None, called: Called = str) -> Iterator[Difference]:
    """`called`: the name of the facility with an id."""
    if before and after and type(before.row) is type(after.row):
        if before.retired != after.retired:
            yield Difference("使うか", _in_use(before), _in_use(after))
        for field in fields(after.row):
            old, new = (_field(one.row, field.name, called) for one in (before, after))
            if field.name not in _HIDDEN and old != new:
                yield Difference(LABELS.get(field.name, field.name), old, new)
    elif after:
        yield from (Difference(label, _NOTHING, value) for label, value in told(after.row, called))
    elif before:
        yield from (Difference(label, value, _NOTHING) for label, value in told(before.row, called))


def told(row: Row, called: Called = str) -> Iterator[tuple[str, str]]:
    """What the row says, field by field; what is empty is left out."""
    for field in fields(row):
        value = _field(row, field.name, called)
        if field.name not in _HIDDEN and value != _NOTHING:
            yield LABELS.get(field.name, field.name), value


def _field(row: Row, name: str, called: Called) -> str:
    value = getattr(row, name)
    return shown(tuple(map(called, value)) if name == "facilities" else value)


def shown(value: object) -> str:
    match value:
        case OpeningHours():
            text = value.describe()
        case Point():
            text = f"{value.lat:.6f}, {value.lon:.6f}"
        case bool():
            text = "はい" if value else "いいえ"
        case date():
            text = f"{value.year}/{value.month}/{value.day}"
        case time():
            text = f"{value.hour}:{value.minute:02}"
        case frozenset():
            text = "、".join(sorted(_CODES.get(str(one), str(one)) for one in value))
        case tuple():
            text = "、".join(map(_one, value))
        case _:
            text = str(value or "")
    return text or _NOTHING


def _one(value: object) -> str:
    match value:
        case Phone():
            return f"{value.number}({value.note})" if value.note else value.number
        case Special():
            return value.in_words()
        case _:
            return str(value)


def _in_use(kept: Kept) -> str:
    return "使うのをやめた" if kept.retired else "使っている"
