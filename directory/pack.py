"""A municipality's pack: read its tables, check them whole, hand over one `Directory`."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from directory.hours import OpeningHours
from directory.model import (
    HOTLINE_KINDS,
    Directory,
    Facility,
    Hotline,
    Phone,
    Resource,
    Station,
    Town,
)
from directory.references import wrong_references
from directory.rows import Box, Row, Sources, parse_phone, read

_BY_DESK = OpeningHours(remark="窓口によって違います")


class BadPack(Exception):
    """`problems` lists each with file and line: "facilities.csv:12: hours: 'mno' is no day …"."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@cache
def load(municipality: str = "nakano") -> Directory:
    """The pack that ships under `directory/data/`. Raises BadPack with every problem found."""
    data = files("directory").joinpath("data")
    packs = sorted(folder.name for folder in data.iterdir() if folder.joinpath("pack.toml").is_file())
    if municipality not in packs:
        raise BadPack([f"{municipality}: no such pack. There is: {', '.join(packs)}"])
    return read_pack(data.joinpath(municipality))


def read_pack(folder: Traversable) -> Directory:
    """Raises BadPack with every problem found."""
    problems: list[str] = []
    about = tomllib.loads(folder.joinpath("pack.toml").read_text(encoding="utf-8"))
    directory = _read_tables(folder, about, problems)
    problems += wrong_references(directory)
    if problems:
        raise BadPack(problems)
    return directory


def _read_tables(folder: Traversable, about: dict[str, Any], problems: list[str]) -> Directory:
    box, sources = Box(*about["box"]), about["sources"]
    facilities = read(folder, "facilities.csv", problems, partial(_facility, box=box, sources=sources))
    resources = read(folder, "resources.csv", problems, partial(_resource, sources=sources))
    return Directory(
        municipality=about["municipality"],
        main_phone=_main_phone(about, problems),
        facilities=facilities,
        resources=tuple(_with_hours(resource, facilities) for resource in resources),
        hotlines=read(folder, "hotlines.csv", problems, partial(_hotline, sources=sources)),
        towns=tuple(filter(None, read(folder, "towns.csv", problems, partial(_town, box=box)))),
        stations=tuple(filter(None, read(folder, "stations.csv", problems, partial(_station, box=box)))),
        attribution=tuple(about["attribution"]),
        elsewhere=tuple(about["elsewhere"]),
        ordinary=frozenset(about["ordinary"]),
        consultation_desk=about["consultation_desk"],
        lines=_lines(folder),
    )


def _lines(folder: Traversable) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = tomllib.loads(folder.joinpath("crisis_lines.toml").read_text(encoding="utf-8"))
    return tuple(
        (f"{kind}.{case}", tuple(ids)) for kind, cases in table.items() for case, ids in cases.items()
    )


def _main_phone(about: dict[str, Any], problems: list[str]) -> Phone:
    phone = parse_phone(about["main_phone"])
    if phone is None:
        problems.append(f"pack.toml: main_phone {about['main_phone']!r} is no telephone number")
    return phone or Phone("")


def _facility(row: Row, *, box: Box, sources: Sources) -> Facility:
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


def _resource(row: Row, *, sources: Sources) -> Resource:
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


def _hotline(row: Row, *, sources: Sources) -> Hotline:
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


def _town(row: Row, *, box: Box) -> Town | None:
    point = row.point(box)
    chome = row.text("chome")
    if point is None or not chome.isdecimal():
        row.note("a 町丁目 needs its number and its point")
        return None
    return Town(row.required("town"), int(chome), row.required("kana"), row.postal_code(), point)


def _station(row: Row, *, box: Box) -> Station | None:
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


def _with_hours(resource: Resource, facilities: tuple[Facility, ...]) -> Resource:
    """Where a resource has no hours of its own, those of the desks that serve it, if they agree."""
    desks = {facility.hours for facility in facilities if facility.id in resource.facilities}
    if resource.hours.known or not desks:
        return resource
    return replace(resource, hours=desks.pop() if len(desks) == 1 else _BY_DESK)
