"""A facility as a text that a database keeps, and back. Hours are in the small language of `directory.hours`."""

import json
from typing import Any

from directory import hours
from directory.days import WEEKDAYS as _WEEKDAYS
from directory.days import DayOfMonth, Days, Holiday, NthWeekday, Weekday, Yearly
from directory.hours import Group, Span
from directory.model import Facility, Phone, Point

_NAMES = tuple(_WEEKDAYS)
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def written(facility: Facility) -> str:
    cells: dict[str, Any] = {
        "id": facility.id,
        "name": facility.name,
        "kana": facility.kana,
        "types": sorted(facility.types),
        "address": facility.address,
        "postal_code": facility.postal_code,
        "point": list(facility.point) if facility.point else None,
        "approximate": facility.approximate,
        "phones": [[phone.number, phone.note] for phone in facility.phones],
        "hours": "; ".join(map(_group, facility.hours.groups)),
        "closed": _days(facility.hours.closed),
        "hours_remark": facility.hours.remark,
        "access": facility.access,
        "url": facility.url,
        "source": facility.source,
        "as_of": facility.as_of,
        "note": facility.note,
        "uncertain": sorted(facility.uncertain),
        "external_id": facility.external_id,
    }
    return json.dumps(cells, ensure_ascii=False)


def read(text: str) -> Facility:
    """Raises ValueError, KeyError or TypeError for what `written` has not made."""
    cells = json.loads(text)
    return Facility(
        id=cells["id"],
        name=cells["name"],
        kana=cells["kana"],
        types=frozenset(cells["types"]),
        address=cells["address"],
        postal_code=cells["postal_code"],
        point=Point(*cells["point"]) if cells["point"] else None,
        approximate=cells["approximate"],
        phones=tuple(Phone(number, note) for number, note in cells["phones"]),
        hours=hours.parse(cells["hours"], cells["closed"], cells["hours_remark"]),
        access=cells["access"],
        url=cells["url"],
        source=cells["source"],
        as_of=cells["as_of"],
        note=cells["note"],
        uncertain=frozenset(cells["uncertain"]),
        external_id=cells["external_id"],
    )


def _group(group: Group) -> str:
    return f"{_days(group.days)} {','.join(map(_span, group.spans))}"


def _span(span: Span) -> str:
    return f"{_clock(span.start)}-{_clock(span.end if span.end <= 24 * 60 else span.end - 24 * 60)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _days(days: tuple[Days, ...]) -> str:
    return ",".join(map(_one, days))


def _one(days: Days) -> str:
    match days:
        case Weekday(number):
            return _NAMES[number]
        case NthWeekday(nth, number):
            return f"{nth}{_ORDINALS.get(nth, 'th')}-{_NAMES[number]}"
        case DayOfMonth(number):
            return f"{number}th"
        case Holiday():
            return "holiday"
        case Yearly(first, last):
            return f"{first[0]:02}-{first[1]:02}..{last[0]:02}-{last[1]:02}"
        case _:
            return f"{days.first}..{days.last}"
