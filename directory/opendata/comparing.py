"""Every record of a file beside what is known: new, changed, unchanged or refused, with a reason each.

A cell that is empty, or says what our own export says, changes nothing: what we know better stays.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from directory.hours import OpeningHours
from directory.locating import within
from directory.model import Directory, Facility, Phone, Point
from directory.nearest import metres
from directory.opendata import writing
from directory.opendata.reading import PREFIX, Candidate, Origin, candidate
from directory.opendata.sheet import Sheet
from directory.spelling import flatten, straighten

_SAME_POINT: Final = 5.0  # metres
_LABELS: Final = {
    "name": "名称", "kana": "読み", "types": "種別", "address": "所在地", "postal_code": "郵便番号", "point": "場所",
    "phones": "電話", "hours": "時間", "access": "行き方", "url": "URL", "note": "説明",
}  # fmt: skip


_RETIRED: Final = "使うのをやめた施設です。また使うときは、「データ」のその施設で「また使う」を押してから取り込んでください。"


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Difference:
    what: str  # for a person: "電話"
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Compared:
    line: int
    name: str
    outcome: Outcome
    reasons: tuple[str, ...] = ()  # why it is refused, or what was mended and left out
    facility: Facility | None = None  # as it would be; None where refused or unchanged
    facility_id: str = ""  # of ours, where it is one
    differences: tuple[Difference, ...] = ()


def compare(
    sheet: Sheet, directory: Directory, origin: Origin, retired: Iterable[Facility] = ()
) -> Iterator[Compared]:
    """In the file's order, one by one: 50,000 take a while. `retired`: what the ward uses no more."""
    known = _Known(directory, retired)
    for record in sheet.records():
        yield known.compared(candidate(record, directory, origin))


def count(rows: Iterable[Compared]) -> dict[Outcome, int]:
    found = Counter(row.outcome for row in rows)
    return {outcome: found[outcome] for outcome in Outcome}


class _Known:
    """Our facilities by what a row can be recognised by, and what the file has said of them so far."""

    def __init__(self, directory: Directory, retired: Iterable[Facility]) -> None:
        self._directory = directory
        self._retired = {
            name for one in retired for name in (one.id, one.external_id, self._name(one)) if name
        }
        self._by_id: dict[str, Facility] = {}
        self._by_name: dict[str, list[Facility]] = defaultdict(list)
        self._seen: dict[str, int] = {}  # what this file has named already → its line
        for one in directory.facilities:
            self._by_id[one.id] = one
            self._by_name[self._name(one)].append(one)
            if one.external_id:
                self._by_id[one.external_id] = one

    def compared(self, row: Candidate) -> Compared:
        facility = row.facility
        if facility is None:
            return Compared(row.line, row.name, Outcome.REFUSED, tuple(row.reasons))
        ours, problem = self._ours(facility)
        if ours is None and self._retired & {facility.id, facility.external_id, self._name(facility)}:
            problem = _RETIRED
        problem = problem or self._double(row.line, facility, ours)
        if problem:
            return Compared(row.line, row.name, Outcome.REFUSED, (problem,))
        remarks = tuple(row.remarks)
        if ours is None:
            return Compared(row.line, row.name, Outcome.NEW, remarks, facility, facility.id)
        merged = _merged(ours, facility, self._directory)
        differences = tuple(_differences(ours, merged))
        if not differences:
            return Compared(row.line, row.name, Outcome.UNCHANGED, remarks, None, ours.id)
        return Compared(row.line, row.name, Outcome.CHANGED, remarks, merged, ours.id, differences)

    def _ours(self, facility: Facility) -> tuple[Facility | None, str]:
        """The one it is, or why that cannot be told."""
        by_id = self._by_id.get(facility.external_id) or self._by_id.get(facility.id)
        if by_id:
            if self._name(by_id) == self._name(facility) or self._address(by_id) == self._address(facility):
                return by_id, ""
            return (
                None,
                f"ID「{facility.external_id}」は「{by_id.name}」のものです。名称も所在地もちがいます。",
            )
        called = self._by_name.get(self._name(facility), [])
        there = [one for one in called if self._address(one) == self._address(facility)] or called
        if len(there) > 1:
            return None, f"同じ名称の施設が{len(there)}つあり、どれか分かりません。"
        return (there[0], "") if there else (None, "")

    def _double(self, line: int, facility: Facility, ours: Facility | None) -> str:
        keys = {
            f"id {ours.id if ours else facility.id}": "同じ施設です",
            f"at {self._name(facility)} {self._address(facility)}": "名称も所在地も同じです",
        }
        for key, problem in keys.items():
            if key in self._seen:
                return f"{self._seen[key]}行目と{problem}。どちらが正しいか、元のデータを確かめてください。"
        self._seen |= dict.fromkeys(keys, line)
        return ""

    def _name(self, facility: Facility) -> str:
        bare = re.sub(r"\s", "", flatten(straighten(facility.name)))
        return re.sub(f"^{re.escape(flatten(self._directory.municipality))}立?", "", bare)

    def _address(self, facility: Facility) -> str:
        return flatten(within(facility.address, self._directory)).split(" ")[0]


def _merged(ours: Facility, theirs: Facility, directory: Directory) -> Facility:
    exported = writing.exported(ours)
    same_point = ours.point and theirs.point and metres(ours.point, theirs.point) <= _SAME_POINT
    from_them = ours.id.startswith(PREFIX)
    merged = replace(
        ours,
        name=ours.name if _spelt_alike(ours.name, theirs.name) else theirs.name,
        kana=theirs.kana if theirs.kana and theirs.kana != exported.kana else ours.kana,
        types=_types(ours, theirs, exported.types),
        address=ours.address if _same_place(ours, theirs, directory) else theirs.address,
        postal_code=ours.postal_code or theirs.postal_code,
        phones=ours.phones if not theirs.phones or _has(ours, theirs.phones[0]) else theirs.phones,
        hours=_hours(ours.hours, theirs.hours, exported.hours),
        access=theirs.access if from_them and theirs.access else ours.access or theirs.access,
        url=theirs.url or ours.url,
        note=theirs.note if from_them and theirs.note else ours.note or theirs.note,
        external_id=theirs.external_id or ours.external_id,
    )
    if theirs.point and not theirs.approximate and (not same_point or ours.approximate):
        merged = replace(merged, point=theirs.point, approximate=False)
    elif theirs.point and ours.point is None:
        merged = replace(merged, point=theirs.point, approximate=True)
    if merged.hours != ours.hours:
        merged = replace(merged, uncertain=(ours.uncertain - {"hours"}) | theirs.uncertain)
    return replace(merged, source=theirs.source, as_of=theirs.as_of)


def _types(ours: Facility, theirs: Facility, exported: str) -> frozenset[str]:
    return ours.types if {exported} & theirs.types else ours.types | theirs.types


def _hours(ours: OpeningHours, theirs: OpeningHours, exported: OpeningHours) -> OpeningHours:
    """Theirs, if they say something, and something else than what we would export. Closures by date are not in a file."""
    says_nothing = not theirs.known and not theirs.remark
    same = says_nothing or theirs == exported or theirs.describe() == ours.describe()
    return ours if same else replace(theirs, special=ours.special)


def _has(ours: Facility, phone: Phone) -> bool:
    digits = {one.number.replace("-", "") for one in ours.phones}
    return phone.number.replace("-", "") in digits


def _spelt_alike(one: str, other: str) -> bool:
    return straighten(one).replace(" ", "") == straighten(other).replace(" ", "")


def _same_place(ours: Facility, theirs: Facility, directory: Directory) -> bool:
    return flatten(within(ours.address, directory)) == flatten(within(theirs.address, directory))


def _differences(before: Facility, after: Facility) -> Iterator[Difference]:
    for name, label in _LABELS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Difference(label, _shown(old), _shown(new))


def _shown(value: object) -> str:
    match value:
        case OpeningHours():
            return value.describe()
        case Point():
            return f"{value.lat:.6f}, {value.lon:.6f}"
        case frozenset():
            return "・".join(sorted(map(str, value)))
        case tuple():
            return "、".join(f"{one.number}({one.note})" if one.note else one.number for one in value)
        case _:
            return str(value or "")
