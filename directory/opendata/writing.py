"""Our facilities as 子育て施設一覧 of 自治体標準オープンデータセット: 53 columns, UTF-8 with BOM, CRLF.

Only what we know is written. Coordinates that stand for a neighbourhood are left out: others would take them for the building.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from directory.days import Days, Holiday, Weekday, Yearly
from directory.hours import Group, OpeningHours, Span
from directory.model import Directory, Facility
from directory.opendata.cells import kana
from directory.opendata.columns import KINDS, NEW
from directory.opendata.week import week

_DAYS: Final = "月火水木金土日"
_OTHER: Final = "その他"
_OF_OURS: Final = frozenset({"基本型", "こども家庭センター型", "特定型"})  # how 利用者支援事業 divides desks
_FORMULA: Final = tuple("=+-@")  # what a spreadsheet would calculate


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file of ours says of a facility, as it is read back."""

    kana: str
    types: str
    hours: OpeningHours


def exported(facility: Facility) -> Exported:
    return Exported(kana(_katakana(facility.kana)), _kind(facility), week(*_times(facility.hours)).hours)


def table(directory: Directory, facilities: Iterable[Facility] | None = None) -> str:
    """The whole file, without BOM."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, NEW, lineterminator="\r\n")
    writer.writeheader()
    for one in directory.facilities if facilities is None else facilities:
        writer.writerow({name: _safe(value) for name, value in row(one, directory).items()})
    return text.getvalue()


def row(facility: Facility, directory: Directory) -> dict[str, str]:
    days, opens, closes, sentence = _times(facility.hours)
    exact = facility.point if not facility.approximate else None
    phone = facility.phones[0] if facility.phones else None
    address = facility.address.removeprefix(directory.prefecture).removeprefix(directory.municipality)
    return dict.fromkeys(NEW, "") | {
        "全国地方公共団体コード": directory.code,
        "ID": facility.external_id or facility.id,
        "地方公共団体名": f"{directory.prefecture}{directory.municipality}",
        "名称": facility.name,
        "名称_カナ": _katakana(facility.kana),
        "種別": _kind(facility),
        "所在地_全国地方公共団体コード": directory.code if facility.address else "",
        "所在地_連結表記": facility.address,
        "所在地_都道府県": directory.prefecture if facility.address else "",
        "所在地_市区町村": directory.municipality if facility.address else "",
        "所在地_町字": address,
        "緯度": f"{exact.lat:.6f}" if exact else "",
        "経度": f"{exact.lon:.6f}" if exact else "",
        "アクセス方法": facility.access,
        "電話番号": phone.number if phone else "",
        "郵便番号": facility.postal_code.replace("-", ""),
        "利用可能曜日": days,
        "開始時間": opens,
        "終了時間": closes,
        "利用可能日時特記事項": sentence,
        "URL": facility.url,
        "備考": facility.note,
    }


def _kind(facility: Facility) -> str:
    """One of the standard's, else the first of ours that is no type of desk."""
    named = sorted(facility.types - _OF_OURS)
    return next((kind for kind in KINDS if kind in facility.types), named[0] if named else _OTHER)


def _times(hours: OpeningHours) -> tuple[str, str, str, str]:
    """Days, begin, end and the sentence: where one begin and one end do not say it all, the sentence does."""
    if not hours.known:
        return "", "", "", hours.remark
    numbers = {days.number for group in hours.groups for days in group.days if isinstance(days, Weekday)}
    days = "".join(_DAYS[number] for number in sorted(numbers))
    span, closed = _only_span(hours.groups), _closed_days(hours)
    if span is None or closed is None:
        return days, "", "", hours.describe()
    return days, _clock(span.start), _clock(span.end), closed


def _only_span(groups: tuple[Group, ...]) -> Span | None:
    """Of hours that are the same on all their weekdays, and end by midnight."""
    spans = [span for group in groups for span in group.spans]
    weekdays = all(isinstance(each, Weekday) for group in groups for each in group.days)
    return spans[0] if len(spans) == 1 and weekdays and spans[0].end <= 24 * 60 else None


def _closed_days(hours: OpeningHours) -> str | None:
    """休館日は日曜日、祝日、12/29から1/3まで; None where there is more to say, or nothing about holidays."""
    if hours.remark or not any(isinstance(days, Holiday) for days in hours.closed):
        return None
    words = [_closed_in_words(days) for days in hours.closed]
    return f"休館日は{'、'.join(words)}" if all(words) else None


def _closed_in_words(days: Days) -> str:
    match days:
        case Weekday():
            return f"{days.in_words()}曜日"
        case Holiday():
            return "祝日"
        case Yearly(first, last):
            return f"{first[0]}/{first[1]}から{last[0]}/{last[1]}まで"
        case _:
            return ""


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _katakana(text: str) -> str:
    return "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in text)


def _safe(value: str) -> str:
    """With a blank before what a spreadsheet would calculate."""
    return f" {value}" if value.startswith(_FORMULA) else value
