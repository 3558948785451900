"""A row of the ward's data as a text that a database keeps, and back. Hours are in the small language of `directory.hours`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final, TypeVar

from directory import hours
from directory.days import WEEKDAYS as _WEEKDAYS
from directory.days import DayOfMonth, Days, Holiday, NthWeekday, Weekday, Yearly
from directory.hours import Group, OpeningHours, Span, Special
from directory.model import Facility, Happening, Hotline, Phone, Point, Resource, SpecialDays, SupportGroup

Row = Facility | Resource | Hotline | SupportGroup | Happening | SpecialDays
KINDS: Final[dict[type, str]] = {
    Facility: "facility",
    Resource: "resource",
    Hotline: "hotline",
    SupportGroup: "group",
    Happening: "event",
    SpecialDays: "special",
}
_Any = TypeVar("_Any")

_NAMES = tuple(_WEEKDAYS)
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A row, and whether it is out of use: it stays, and parents are not told of it."""

    row: Row
    retired: bool = False


def key_of(row: Row) -> str:
    """What a change of the row is filed under: "hotline:inochi-sos". A facility's is its bare id, as the first editions had
    it; an id may name a row of each kind."""
    kind = KINDS[type(row)]
    row_id = row.facility if isinstance(row, SpecialDays) else row.id
    return row_id if kind == "facility" else f"{kind}:{row_id}"


def kind_of(key: str) -> str:
    kind, colon, _ = key.partition(":")
    return kind if colon and kind in _READERS else "facility"


def key(kind: str, row_id: str) -> str:
    return row_id if kind == "facility" else f"{kind}:{row_id}"


def written(row: Row, *, retired: bool = False) -> str:
    cells = _WRITERS[type(row)](row)
    if retired:
        cells["retired"] = True
    return json.dumps(cells, ensure_ascii=False)


def read(text: str) -> Facility:
    """A facility. Raises ValueError, KeyError or TypeError for what `written` has not made."""
    return _facility(json.loads(text))


def read_kept(key: str, text: str) -> Kept:
    """Raises ValueError, KeyError or TypeError for what `written` has not made."""
    cells = json.loads(text)
    return Kept(_READERS[kind_of(key)](cells), bool(cells.get("retired", False)))


def plain(row: _Any) -> _Any:
    """As it comes back from a database: without what is only known of it in the living directory."""
    return read_kept(key_of(row), written(row)).row  # type: ignore[arg-type,return-value]


def hours_in_letters(opening: OpeningHours) -> tuple[str, str]:
    """The small language: hours and closed days."""
    return "; ".join(map(_group, opening.groups)), _days(opening.closed)


def spans_in_letters(spans: tuple[Span, ...]) -> str:
    return ",".join(map(_span, spans))


def _hours_cells(opening: OpeningHours) -> dict[str, Any]:
    groups, closed = hours_in_letters(opening)
    return {"hours": groups, "closed": closed, "hours_remark": opening.remark}


def _phone_cells(phones: tuple[Phone, ...]) -> list[list[str]]:
    return [[phone.number, phone.note] for phone in phones]


def _facility_cells(one: Facility) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "kana": one.kana,
        "types": sorted(one.types),
        "address": one.address,
        "postal_code": one.postal_code,
        "point": list(one.point) if one.point else None,
        "approximate": one.approximate,
        "phones": _phone_cells(one.phones),
        **_hours_cells(one.hours),
        "access": one.access,
        "url": one.url,
        "source": one.source,
        "as_of": one.as_of,
        "note": one.note,
        "uncertain": sorted(one.uncertain),
        "external_id": one.external_id,
    }


def _facility(cells: dict[str, Any]) -> Facility:
    return Facility(
        id=cells["id"],
        name=cells["name"],
        kana=cells["kana"],
        types=frozenset(cells["types"]),
        address=cells["address"],
        postal_code=cells["postal_code"],
        point=Point(*cells["point"]) if cells["point"] else None,
        approximate=cells["approximate"],
        phones=_phones(cells),
        hours=_hours(cells),
        access=cells["access"],
        url=cells["url"],
        source=cells["source"],
        as_of=cells["as_of"],
        note=cells["note"],
        uncertain=frozenset(cells["uncertain"]),
        external_id=cells["external_id"],
    )


def _resource_cells(one: Resource) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "audience": one.audience,
        "summary": one.summary,
        "contact": one.contact,
        "phones": _phone_cells(one.phones),
        "facilities": list(one.facilities),
        **_hours_cells(OpeningHours() if one.hours_of_desks else one.hours),
        "url": one.url,
        "source": one.source,
        "as_of": one.as_of,
        "note": one.note,
        "uncertain": sorted(one.uncertain),
        "hours_of_desks": one.hours_of_desks,
    }


def _resource(cells: dict[str, Any]) -> Resource:
    return Resource(
        id=cells["id"],
        title=cells["title"],
        audience=cells["audience"],
        summary=cells["summary"],
        contact=cells["contact"],
        phones=_phones(cells),
        facilities=tuple(cells["facilities"]),
        hours=_hours(cells),
        url=cells["url"],
        source=cells["source"],
        as_of=cells["as_of"],
        note=cells["note"],
        uncertain=frozenset(cells["uncertain"]),
        hours_of_desks=cells["hours_of_desks"],
    )


def _hotline_cells(one: Hotline) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "phones": _phone_cells(one.phones),
        "channel": one.channel,
        "kinds": sorted(one.kinds),
        "audience": one.audience,
        "what": one.what,
        **_hours_cells(one.hours),
        "free": one.free,
        "url": one.url,
        "source": one.source,
        "as_of": one.as_of,
        "note": one.note,
        "uncertain": sorted(one.uncertain),
    }


def _hotline(cells: dict[str, Any]) -> Hotline:
    return Hotline(
        id=cells["id"],
        name=cells["name"],
        phones=_phones(cells),
        channel=cells["channel"],
        kinds=frozenset(cells["kinds"]),
        audience=cells["audience"],
        what=cells["what"],
        hours=_hours(cells),
        free=cells["free"],
        url=cells["url"],
        source=cells["source"],
        as_of=cells["as_of"],
        note=cells["note"],
        uncertain=frozenset(cells["uncertain"]),
    )


def _support_group_cells(one: SupportGroup) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "what": one.what,
        "towns": list(one.towns),
        "area": one.area,
        "ages": one.ages,
        "days": one.days,
        "phones": _phone_cells(one.phones),
        "contact": one.contact,
        "url": one.url,
        "until": str(one.until),
        "source": one.source,
        "as_of": one.as_of,
        "note": one.note,
        "uncertain": sorted(one.uncertain),
    }


def _support_group(cells: dict[str, Any]) -> SupportGroup:
    return SupportGroup(
        id=cells["id"],
        name=cells["name"],
        what=cells["what"],
        towns=tuple(cells["towns"]),
        area=cells["area"],
        ages=cells["ages"],
        days=cells["days"],
        phones=_phones(cells),
        contact=cells["contact"],
        url=cells["url"],
        until=date.fromisoformat(cells["until"]),
        source=cells["source"],
        as_of=cells["as_of"],
        note=cells["note"],
        uncertain=frozenset(cells["uncertain"]),
    )


def _happening_cells(one: Happening) -> dict[str, Any]:
    return {
        "id": one.id,
        "facility": one.facility,
        "title": one.title,
        "first": str(one.first),
        "last": str(one.last),
        "begins": f"{one.begins:%H:%M}" if one.begins else "",
        "ends": f"{one.ends:%H:%M}" if one.ends else "",
        "ages": one.ages,
        "how": one.how,
        "url": one.url,
        "note": one.note,
    }


def _happening(cells: dict[str, Any]) -> Happening:
    return Happening(
        id=cells["id"],
        facility=cells["facility"],
        title=cells["title"],
        first=date.fromisoformat(cells["first"]),
        last=date.fromisoformat(cells["last"]),
        begins=time.fromisoformat(cells["begins"]) if cells["begins"] else None,
        ends=time.fromisoformat(cells["ends"]) if cells["ends"] else None,
        ages=cells["ages"],
        how=cells["how"],
        url=cells["url"],
        note=cells["note"],
    )


def _special_days_cells(one: SpecialDays) -> dict[str, Any]:
    days = [[str(day.first), str(day.last), spans_in_letters(day.spans), day.reason] for day in one.days]
    return {"facility": one.facility, "days": days}


def _special_days(cells: dict[str, Any]) -> SpecialDays:
    return SpecialDays(
        cells["facility"],
        tuple(
            Special(date.fromisoformat(first), date.fromisoformat(last), hours.parse_spans(spans), reason)
            for first, last, spans, reason in cells["days"]
        ),
    )


_WRITERS: Final[dict[type, Callable[[Any], dict[str, Any]]]] = {
    Facility: _facility_cells,
    Resource: _resource_cells,
    Hotline: _hotline_cells,
    SupportGroup: _support_group_cells,
    Happening: _happening_cells,
    SpecialDays: _special_days_cells,
}
_READERS: Final[dict[str, Callable[[dict[str, Any]], Row]]] = {
    "facility": _facility,
    "resource": _resource,
    "hotline": _hotline,
    "group": _support_group,
    "event": _happening,
    "special": _special_days,
}


def _hours(cells: dict[str, Any]) -> OpeningHours:
    return hours.parse(cells["hours"], cells["closed"], cells["hours_remark"])


def _phones(cells: dict[str, Any]) -> tuple[Phone, ...]:
    return tuple(Phone(number, note) for number, note in cells["phones"])


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
