"""A municipality's pack: read its tables, check them whole, hand over one `Directory`."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from directory import tables
from directory.desk_hours import with_hours
from directory.model import Box, Directory, Phone
from directory.references import wrong_references
from directory.rows import parse_phone, read

_TABLES = ("facilities.csv", "resources.csv", "hotlines.csv", "towns.csv", "stations.csv")
_ABOUT = (
    "municipality",
    "municipality_kana",
    "code",
    "prefecture",
    "main_phone",
    "consultation_desk",
    "family_center",
    "box",
    "attribution",
    "elsewhere",
    "neighbourhoods",
    "railway_companies",
    "ordinary",
    "sources",
)


class BadPack(Exception):
    """`problems` lists each with file and line: "facilities.csv:12: hours: 'mno' is no day …"."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def load(municipality: str = "nakano") -> Directory:
    """The pack that ships under `directory/data/`, or that lies in a folder, read once. Raises BadPack with every
    problem found."""
    return _load(municipality)


@cache
def _load(municipality: str) -> Directory:
    return read_pack(folder(municipality))


def folder(municipality: str) -> Traversable:
    """Of a pack by its name, or by the path of its folder, which has a / in it. Raises BadPack where there is none."""
    if "/" in municipality and Path(municipality, "pack.toml").is_file():
        own: Traversable = Path(municipality)
        return own
    data = files("directory").joinpath("data")
    packs = sorted(folder.name for folder in data.iterdir() if folder.joinpath("pack.toml").is_file())
    if municipality not in packs:
        raise BadPack([f"{municipality}: no such pack. There is: {', '.join(packs)}"])
    return data.joinpath(municipality)


def rules_text(municipality: str) -> str | None:
    """The routing rules that the pack brings along; None where the usual ones are meant."""
    own = folder(municipality).joinpath("routing_rules.yaml")
    return own.read_text(encoding="utf-8") if own.is_file() else None


def read_pack(folder: Traversable) -> Directory:
    """Raises BadPack with every problem found."""
    about, lines = _toml(folder, "pack.toml"), _toml(folder, "crisis_lines.toml")
    spellings = _toml(folder, "spellings.toml")
    problems = [f"{name}: there is no such file" for name in _TABLES if not folder.joinpath(name).is_file()]
    problems += [f"pack.toml: {key} is missing" for key in _ABOUT if key not in about]
    if problems:
        raise BadPack(problems)
    problems += [
        f"spellings.toml: [{part}] is missing"
        for part in ("readings", "mistaken", "elsewhere")
        if part not in spellings
    ]
    if problems:
        raise BadPack(problems)
    directory = replace(
        _read_tables(folder, about, lines, problems),
        readings=_pieces(spellings["readings"]),
        mistaken=_pieces(spellings["mistaken"]),
        elsewhere_kana=tuple(spellings["elsewhere"].items()),
    )
    problems += wrong_references(directory)
    if problems:
        raise BadPack(problems)
    return directory


def _toml(folder: Traversable, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError) as problem:
        raise BadPack([f"{name}: {problem}"]) from problem


def _read_tables(
    folder: Traversable, about: dict[str, Any], lines: dict[str, dict[str, list[str]]], problems: list[str]
) -> Directory:
    box, sources = Box(*about["box"]), about["sources"]
    facilities = read(folder, "facilities.csv", problems, partial(tables.facility, box=box, sources=sources))
    resources = read(folder, "resources.csv", problems, partial(tables.resource, sources=sources))
    return Directory(
        municipality=about["municipality"],
        municipality_kana=about["municipality_kana"],
        main_phone=_main_phone(about, problems),
        facilities=facilities,
        resources=tuple(with_hours(resource, facilities) for resource in resources),
        hotlines=read(folder, "hotlines.csv", problems, partial(tables.hotline, sources=sources)),
        towns=tuple(filter(None, read(folder, "towns.csv", problems, partial(tables.town, box=box)))),
        stations=tuple(
            filter(None, read(folder, "stations.csv", problems, partial(tables.station, box=box)))
        ),
        attribution=tuple(about["attribution"]),
        code=about["code"],
        box=box,
        town_radius=about.get("town_radius", 500),
        prefecture=about["prefecture"],
        elsewhere=tuple(about["elsewhere"]),
        neighbourhoods=tuple(about["neighbourhoods"]),
        railway_companies=tuple(about["railway_companies"]),
        ordinary=frozenset(about["ordinary"]),
        consultation_desk=about["consultation_desk"],
        family_center=about["family_center"],
        counselors=tuple(about.get("counselors", {}).items()),
        lines=_lines(lines),
    )


def _pieces(table: dict[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((written, tuple(pieces.split())) for written, pieces in table.items())


def _lines(table: dict[str, dict[str, list[str]]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (f"{kind}.{case}", tuple(ids)) for kind, cases in table.items() for case, ids in cases.items()
    )


def _main_phone(about: dict[str, Any], problems: list[str]) -> Phone:
    phone = parse_phone(about["main_phone"])
    if phone is None:
        problems.append(f"pack.toml: main_phone {about['main_phone']!r} is no telephone number")
    return phone or Phone("")
