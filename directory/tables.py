"""A line of each table as a value."""

from directory.model import HOTLINE_KINDS, Box, Facility, Hotline, Resource, Station, Town
from directory.rows import Row, Sources


def facility(row: Row, *, box: Box, sources: Sources) -> Facility:
    return Facility(
        id=row.id(),
        name=row.required("name"),
        kana=row.text("kana"),
        types=frozenset(row.several("types", "|")),
        address=row.text("address"),
        postal_code=row.postal_code(),
        point=row.point(box),
        approximate=row.yes("approximate"),
        phones=row.phones(),
        hours=row.hours(),
        access=row.text("access"),
        url=row.text("url"),
        source=row.source(sources),
        as_of=row.as_of(),
        note=row.text("note"),
        uncertain=row.uncertain(),
    )


def resource(row: Row, *, sources: Sources) -> Resource:
    return Resource(
        id=row.id(),
        title=row.required("title"),
        audience=row.text("audience"),
        summary=row.required("summary"),
        contact=row.text("contact"),
        phones=row.phones(),
        facilities=row.several("facilities"),
        hours=row.hours(),
        url=row.text("url"),
        source=row.source(sources),
        as_of=row.as_of(),
        note=row.text("note"),
        uncertain=row.uncertain(),
    )


def hotline(row: Row, *, sources: Sources) -> Hotline:
    kinds = frozenset(row.several("kinds"))
    if unknown := kinds - HOTLINE_KINDS:
        row.note(f"kinds: {', '.join(sorted(unknown))}. Known are: {', '.join(sorted(HOTLINE_KINDS))}")
    return Hotline(
        id=row.id(),
        name=row.required("name"),
        phones=row.phones(),
        channel=row.required("channel"),
        kinds=kinds,
        audience=row.text("audience"),
        what=row.required("what"),
        hours=row.hours(),
        free=row.yes_or_no("free"),
        url=row.text("url"),
        source=row.source(sources),
        as_of=row.as_of(),
        note=row.text("note"),
        uncertain=row.uncertain(),
    )


def town(row: Row, *, box: Box) -> Town | None:
    point = row.point(box)
    chome = row.text("chome")
    if point is None or not chome.isdecimal():
        row.note("a 町丁目 needs its number and its point")
        return None
    return Town(row.required("town"), int(chome), row.required("kana"), row.postal_code(), point)


def station(row: Row, *, box: Box) -> Station | None:
    point = row.point(box)
    if point is None:
        row.note("a station needs its point")
        return None
    return Station(
        name=row.required("name"),
        kana=row.required("kana"),
        lines=row.several("lines", "|"),
        inside=row.yes("inside"),
        address=row.text("address"),
        point=point,
    )
