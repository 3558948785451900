"""One record as a facility, or why it cannot be one."""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

from directory.locating import is_inside, misplaced, town_of
from directory.model import Directory, Facility, Phone, Point
from directory.opendata import cells
from directory.opendata.sheet import Record
from directory.opendata.week import week

PREFIX: Final = "od-"  # of the ids of facilities that only open data know
_STOPPED: Final = re.compile("(?:休[所園館室業]|閉[所園館室鎖]|廃[止園所])(?![日時])")
_A_PAGE: Final = re.compile(r"https?://\S+")
_MOST_OF_A_REASON: Final = 40  # characters that are quoted


@dataclass(slots=True)
class Candidate:
    """What a record says. `reasons` are why it is refused; `remarks` what was mended or left out."""

    line: int
    name: str
    facility: Facility | None = None
    reasons: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose data it is, and from when."""

    source: str
    as_of: str = ""


def candidate(record: Record, directory: Directory, origin: Origin) -> Candidate:
    found = Candidate(record.line, cells.plain(record.cells.get("名称", "")))
    if record.problem:
        found.reasons.append(record.problem)
        return found
    address = _address(record.cells)
    found.reasons += _refusals(record.cells, found.name, address, directory)
    if not found.reasons:
        found.facility = _facility(record.cells, address, directory, origin, found)
    return found


def _refusals(row: dict[str, str], name: str, address: str, directory: Directory) -> list[str]:
    reasons = []
    if not name:
        reasons.append("名称がありません。")
    if not address and not cells.plain(row.get("電話番号", "")):
        reasons.append("所在地も電話番号もありません。")
    if address and (elsewhere := _elsewhere(row, address, directory)):
        reasons.append(elsewhere)
    note = cells.plain(row.get("備考", ""))
    if _STOPPED.search(note):
        reasons.append(f"備考に「{note[:_MOST_OF_A_REASON]}」とあります。使えない施設のようです。")
    return reasons


def _elsewhere(row: dict[str, str], address: str, directory: Directory) -> str:
    written = row.get("所在地_全国地方公共団体コード") or row.get("全国地方公共団体コード") or ""
    code = cells.code(written)
    if directory.code and code and code != directory.code and not code.endswith("0000"):
        whose = cells.plain(row.get("地方公共団体名", "")) or cells.plain(row.get("所在地_市区町村", ""))
        return f"ほかの自治体の施設です({whose[:_MOST_OF_A_REASON]}、コード {code})。"
    bare = address.removeprefix(directory.prefecture)
    other = re.match(r"[^0-9]{1,5}?[区市](?![場域画切間内分別])", bare)
    if directory.municipality not in address and other:
        return f"所在地が{directory.municipality}の外です({address[:_MOST_OF_A_REASON]})。"
    return ""


def _address(row: dict[str, str]) -> str:
    """The whole one, wherever its parts were put, with the building behind it."""
    whole = cells.plain(row.get("所在地_連結表記", ""))
    if not whole:
        parts = ("所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下")
        whole = "".join(cells.plain(row.get(part, "")) for part in parts)
    building = cells.plain(row.get("建物名等(方書)", ""))
    return f"{whole} {building}" if whole and building and building not in whole else whole


def _facility(
    row: dict[str, str], address: str, directory: Directory, origin: Origin, found: Candidate
) -> Facility:
    point, approximate = _point(row, address, directory, found)
    times = week(
        *(row.get(name, "") for name in ("利用可能曜日", "開始時間", "終了時間", "利用可能日時特記事項"))
    )
    found.remarks += times.remarks
    _look_at_date(row, found)
    their_id = cells.plain(row.get("ID", ""))
    kind = cells.kind(row.get("種別", ""))
    return Facility(
        id=_id(their_id, found.name, address, directory),
        name=found.name,
        kana=cells.kana(row.get("名称_カナ", "")),
        types=frozenset([kind] if kind else []),
        address=f"{directory.prefecture}{address}" if _lacks_prefecture(address, directory) else address,
        postal_code=cells.postal_code(row.get("郵便番号", "")) or _postal_code_of(address, directory),
        point=point,
        approximate=approximate,
        phones=_phones(row, found),
        hours=times.hours,
        access=_sentences(row.get("アクセス方法", ""), row.get("駐車場情報", "")),
        url=_url(row, found),
        source=origin.source,
        as_of=origin.as_of,
        note=_note(row),
        uncertain=frozenset(["hours"] if times.uncertain else []),
        external_id=their_id,
    )


def _lacks_prefecture(address: str, directory: Directory) -> bool:
    return bool(address) and not address.startswith(directory.prefecture)


def _id(their_id: str, name: str, address: str, directory: Directory) -> str:
    """Ours: small letters, digits and hyphens; without an ID of theirs, of the name and the address."""
    bare = re.sub("[^a-z0-9]+", "-", their_id.lower()).strip("-")
    if not bare or not their_id.isascii():
        bare = hashlib.sha256(f"{their_id}|{name}|{address}".encode()).hexdigest()[:12]
    return f"{PREFIX}{directory.code}-{bare}"


def _point(
    row: dict[str, str], address: str, directory: Directory, found: Candidate
) -> tuple[Point | None, bool]:
    """And whether it only stands for the neighbourhood. Coordinates that the address speaks against are not used."""
    located = cells.point(row.get("緯度", ""), row.get("経度", ""))
    if located.swapped:
        found.remarks.append("緯度と経度が逆でした。入れかえました。")
    problem = located.problem
    if located.point:
        problem = misplaced(located.point, address, directory)
        if not problem and not is_inside(located.point, directory):
            problem = f"座標が{directory.municipality}の外です。"
    if not problem:
        return located.point, False
    town = town_of(address, directory)
    instead = f"{town.name}の真ん中を使います。" if town else "近い順の案内には出ません。"
    found.remarks.append(f"{problem}{instead}")
    return (town.point, True) if town else (None, False)


def _postal_code_of(address: str, directory: Directory) -> str:
    town = town_of(address, directory)
    return town.postal_code if town else ""


def _phones(row: dict[str, str], found: Candidate) -> tuple[Phone, ...]:
    try:
        phone = cells.phone(row.get("電話番号", ""), row.get("内線番号", ""))
    except ValueError as wrong:
        found.remarks.append(f"電話番号を読めません(「{str(wrong)[:_MOST_OF_A_REASON]}」)。使いません。")
        return ()
    return (phone,) if phone else ()


def _url(row: dict[str, str], found: Candidate) -> str:
    url = cells.plain(row.get("URL", ""))
    if url and not _A_PAGE.fullmatch(url):
        found.remarks.append(f"URLを読めません(「{url[:_MOST_OF_A_REASON]}」)。使いません。")
        return ""
    return url


def _look_at_date(row: dict[str, str], found: Candidate) -> None:
    try:
        cells.day(row.get("認可等年月日", ""))
    except ValueError:
        found.remarks.append(
            f"認可等年月日を読めません(「{row['認可等年月日'].strip()[:_MOST_OF_A_REASON]}」)。"
        )


def _note(row: dict[str, str]) -> str:
    ages = cells.plain(row.get("受入年齢", ""))
    parts = [f"対象は{ages}" if ages else ""]
    parts += ["一時預かりがあります"] if cells.plain(row.get("一時預かりの有無", "")) == "有" else []
    return _sentences(*parts, row.get("備考", ""))


def _sentences(*texts: str) -> str:
    return "".join(f"{text.rstrip('。')}。" for text in map(cells.lines, texts) if text)
