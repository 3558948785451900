"""Reading a pack's tables cell by cell, noting every problem with its file and line."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import TypeVar

from directory import hours
from directory.hours import OpeningHours
from directory.model import Box, Phone, Point

Sources = dict[str, dict[str, str]]  # id → title, url
_Value = TypeVar("_Value")

_PHONE = re.compile(r"([#0-9][0-9-]*[0-9])(?:\((.+)\))?")
_POSTAL_CODE = re.compile(r"\d{3}-\d{4}")
_AS_OF = re.compile(r"\d{4}(-\d\d){0,2}")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. A bad cell is noted in `problems` and read as empty."""

    place: str  # "facilities.csv:12"
    cells: dict[str, str]
    problems: list[str]

    def note(self, problem: str) -> None:
        self.problems.append(f"{self.place}: {problem}")

    def text(self, column: str) -> str:
        if column not in self.cells:
            self.note(f"the table has no column {column}")
        return self.cells.get(column, "").strip()

    def required(self, column: str) -> str:
        if not self.text(column):
            self.note(f"{column} is empty")
        return self.text(column)

    def matching(self, column: str, pattern: re.Pattern[str], form: str) -> str:
        """A cell that is empty or has the form."""
        text = self.text(column)
        if text and not pattern.fullmatch(text):
            self.note(f"{column} {text!r}: write it as {form}")
            return ""
        return text

    def id(self) -> str:
        self.required("id")
        return self.matching("id", _ID, "kodomo-sogo-madoguchi")

    def postal_code(self) -> str:
        return self.matching("postal_code", _POSTAL_CODE, "164-0001")

    def as_of(self) -> str:
        return self.matching("as_of", _AS_OF, "2026, 2026-01 or 2026-01-15")

    def several(self, column: str, separator: str = ";") -> tuple[str, ...]:
        return tuple(piece.strip() for piece in self.text(column).split(separator) if piece.strip())

    def yes(self, column: str) -> bool:
        """`yes` or an empty cell."""
        return self.yes_or_no(column) or False

    def yes_or_no(self, column: str) -> bool | None:
        """None where the cell is empty: not known."""
        text = self.text(column)
        if text not in ("", "yes", "no"):
            self.note(f"{column} {text!r}: write yes, no or nothing")
        return {"yes": True, "no": False}.get(text)

    def phones(self) -> tuple[Phone, ...]:
        found = []
        for piece in self.several("phone"):
            if phone := parse_phone(piece):
                found.append(phone)
            else:
                self.note(f"phone {piece!r}: write 03-3389-1111 or 03-3389-1111(17:30以降)")
        return tuple(found)

    def hours(self) -> OpeningHours:
        remark = self.cells.get("hours_remark", "")
        try:
            return hours.parse(self.text("hours"), self.text("closed"), remark)
        except ValueError as problem:
            self.note(f"hours: {problem}")
            return OpeningHours()

    def point(self, box: Box) -> Point | None:
        """None where both cells are empty."""
        if not self.text("lat") and not self.text("lon"):
            return None
        try:
            point = Point(float(self.text("lat")), float(self.text("lon")))
        except ValueError:
            self.note("lat and lon: write two numbers, or leave both empty")
            return None
        if not box.holds(point):
            self.note(f"{point.lat}, {point.lon} lies outside of the pack's box")
        return point

    def source(self, sources: Sources) -> str:
        """Titles and addresses of what the row cites, for a person."""
        self.required("source")
        return "; ".join(self._cited(citation, sources) for citation in self.several("source"))

    def uncertain(self) -> frozenset[str]:
        columns = frozenset(self.several("uncertain"))
        for unknown in sorted(columns - set(self.cells)):
            self.note(f"uncertain names no column: {unknown!r}")
        return columns

    def _cited(self, citation: str, sources: Sources) -> str:
        if citation.startswith(("http://", "https://")):
            return citation
        source_id, _, part = citation.partition("#")
        if source_id not in sources:
            self.note(f"source {source_id!r} is not in pack.toml")
            return citation
        source = sources[source_id]
        where = f"#{part}" if part else ""
        return f"{source['title']} {source.get('url', '')}{where}".strip()


def parse_phone(text: str) -> Phone | None:
    """`03-3382-9991(17:30以降)`: a number as one dials it and, if need be, when or for what it is."""
    found = _PHONE.fullmatch(text)
    return Phone(found[1], found[2] or "") if found else None


def read(
    folder: Traversable, name: str, problems: list[str], make: Callable[[Row], _Value]
) -> tuple[_Value, ...]:
    """Every line of a table, made into a value."""
    return tuple(make(row) for row in _lines(folder, name, problems))


def _lines(folder: Traversable, name: str, problems: list[str]) -> Iterator[Row]:
    table = io.StringIO(folder.joinpath(name).read_text(encoding="utf-8"), newline="")
    reader = csv.DictReader(table)
    for cells in reader:
        row = Row(f"{name}:{reader.line_num}", cells, problems)
        if None in cells or None in cells.values():
            row.note("the line has more or fewer cells than the heading")
        else:
            yield row
