"""Single cells as offices write them: widths, dashes, brackets, dates of three kinds, swapped coordinates."""

import re
import unicodedata
from datetime import date, timedelta
from typing import Final, NamedTuple

from directory.model import Phone, Point
from directory.spelling import straighten

_NO_VALUE: Final = re.compile(r"[-ー―*×/.・]*|なし|無し|不明|未定|n/?a|null", re.IGNORECASE)
_ONE_WAVE: Final = str.maketrans("～", "〜")  # CP932 has only one of the two
_JAPAN: Final = ((20.0, 46.0), (122.0, 154.0))  # degrees north, east
_ERAS: Final = {
    "明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019,
    "M": 1868, "T": 1912, "S": 1926, "H": 1989, "R": 2019,
}  # fmt: skip
_ERA_DATE: Final = re.compile(
    r"([MTSHR]|明治|大正|昭和|平成|令和)\.?(\d{1,2}|元)[年./-](\d{1,2})[月./-](\d{1,2})日?"
)
_DATE: Final = re.compile(r"(\d{4})[年./-](\d{1,2})[月./-](\d{1,2})日?(?:[T ].*)?|(\d{4})(\d\d)(\d\d)")
_EXCEL_BEGINS: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(1, 80_000)
_DEGREES: Final = re.compile(r"-?\d{1,3}(?:\.\d+)?")
_PHONE: Final = re.compile(r"0\d{9,10}")
_PREFECTURES: Final = range(1, 48)


class Located(NamedTuple):
    point: Point | None
    swapped: bool = False
    problem: str = ""


def plain(text: str) -> str:
    """In one spelling of widths, dashes and blanks; "" for what only says that there is nothing."""
    if not text:  # most cells are
        return ""
    straight = straighten(text.translate(_ONE_WAVE))
    return "" if _NO_VALUE.fullmatch(straight) else straight


def lines(text: str) -> str:
    """As `plain`, with a cell's line breaks as the ends of sentences."""
    pieces = [piece for piece in map(plain, re.split(r"[\r\n]+", text)) if piece]
    ended = [piece if piece.endswith(("。", "、", "・")) else f"{piece}。" for piece in pieces[:-1]]
    return "".join([*ended, *pieces[-1:]])


def code(text: str) -> str:
    """Six digits, also where a spreadsheet dropped the first 0 or the check digit was left out; "" for none."""
    digits = plain(text).replace(" ", "").removesuffix(".0")
    if not digits.isdecimal():
        return ""
    for whole in (digits, f"0{digits}", _with_check_digit(digits), _with_check_digit(f"0{digits}")):
        if len(whole) == 6 and int(whole[:2]) in _PREFECTURES and _with_check_digit(whole[:5]) == whole:
            return whole
    return ""


def _with_check_digit(five: str) -> str:
    """総務省 全国地方公共団体コード: 11 less the weighted sum's remainder, its last digit."""
    if len(five) != 5:
        return ""
    total = sum(int(digit) * weight for digit, weight in zip(five, range(6, 1, -1), strict=True))
    return f"{five}{(11 - total % 11) % 10}"


def phone(text: str, extension: str = "") -> Phone | None:
    """Raises ValueError for what is no telephone number; None where there is none."""
    written = plain(text)
    if not written:
        return None
    number, _, note = written.partition("(") if not written.startswith("(") else (written, "", "")
    if re.fullmatch(r"\d{2,5}", number) and note:  # 048(252)4384
        number, note = written, ""
    number = re.sub(r"[()\s-]+", "-", number).strip("-")
    digits = number.replace("-", "")
    if not digits.startswith("0") and _PHONE.fullmatch(f"0{digits}"):
        number, digits = f"0{number}", f"0{digits}"  # a spreadsheet dropped it
    if not _PHONE.fullmatch(digits):
        raise ValueError(written)
    notes = [note.rstrip(")"), f"内線{plain(extension)}" if plain(extension) else ""]
    return Phone(number, "、".join(one for one in notes if one))


def postal_code(text: str) -> str:
    digits = re.sub(r"\D", "", plain(text))
    return f"{digits[:3]}-{digits[3:]}" if len(digits) == 7 else ""


def point(latitude: str, longitude: str) -> Located:
    """Swapped ones are put right; there is no doubt in Japan, where no latitude can be a longitude."""
    lat, lon = plain(latitude).rstrip("度"), plain(longitude).rstrip("度")
    if not lat and not lon:
        return Located(None, problem="座標がありません。")
    if not (_DEGREES.fullmatch(lat) and _DEGREES.fullmatch(lon)):
        return Located(None, problem=f"座標を読めません(緯度「{lat[:20]}」、経度「{lon[:20]}」)。")
    found = Point(float(lat), float(lon))
    if _is_in_japan(found):
        return Located(found)
    if _is_in_japan(Point(found.lon, found.lat)):
        return Located(Point(found.lon, found.lat), swapped=True)
    return Located(None, problem=f"座標が日本の外です(緯度 {lat}、経度 {lon})。")


def _is_in_japan(found: Point) -> bool:
    (south, north), (west, east) = _JAPAN
    return south <= found.lat <= north and west <= found.lon <= east


def day(text: str) -> date | None:
    """1952/1/25, 令和3年4月1日, H27.4.1, 20150401, or a spreadsheet's 42095. Raises ValueError; None where there is none."""
    written = plain(text).replace(" ", "")
    if not written:
        return None
    if found := _ERA_DATE.fullmatch(written.upper()):
        year = _ERAS[found[1]] + (1 if found[2] == "元" else int(found[2])) - 1
        return date(year, int(found[3]), int(found[4]))
    if found := _DATE.fullmatch(written):
        year, month, number = (int(one) for one in found.groups() if one)
        return date(year, month, number)
    if written.isdecimal() and int(written) in _EXCEL_DAYS:
        return _EXCEL_BEGINS + timedelta(days=int(written))
    raise ValueError(written)


def kana(text: str) -> str:
    """In hiragana, as the packs have it."""
    return "".join(chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in plain(text))


def kind(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().replace(" ", "")
