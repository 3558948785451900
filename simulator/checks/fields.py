"""Checks of single fields. Each yields a problem with its place, or nothing."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from simulator.checks.counting import utf16
from simulator.refusals import Problem

Json = dict[str, Any]
Problems = Iterator[Problem]

SCHEMES = frozenset({"http", "https", "line", "tel"})
PERCENT_ENCODED = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
COLOR = re.compile(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")


def place(at: str, name: str) -> str:
    """Where a field is: `messages[0].text`."""
    return f"{at}.{name}" if at else name


def text(
    holder: Json,
    name: str,
    at: str,
    most: int,
    *,
    required: bool = True,
    least: int = 1,
    count: Callable[[str], int] = utf16,
) -> Problems:
    """A string of `least` to `most` characters."""
    value = holder.get(name)
    here = place(at, name)
    if value is None:
        if required:
            yield Problem("May not be empty", here)
    elif not isinstance(value, str):
        yield Problem("Must be a string", here)
    elif value == "" and least:
        yield Problem("May not be empty", here)
    elif count(value) > most:
        yield Problem(f"Length must be between {least} and {most}", here)


def choice(holder: Json, name: str, at: str, allowed: Collection[str], *, required: bool = False) -> Problems:
    """One of the words."""
    value = holder.get(name)
    if (value is None and required) or (value is not None and value not in allowed):
        yield Problem(f"Must be one of the following values: {sorted(allowed)}", place(at, name))


def number(holder: Json, name: str, at: str, least: float, most: float) -> Problems:
    """A number between two bounds."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        yield Problem(f"Must be a number between {least} and {most}", place(at, name))


def integer(holder: Json, name: str, at: str) -> Problems:
    """A whole number not below zero, if there is one."""
    value = holder.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        yield Problem("Must be a whole number", place(at, name))


def boolean(holder: Json, name: str, at: str) -> Problems:
    """True or false, if it is there."""
    if not isinstance(holder.get(name, False), bool):
        yield Problem("Must be true or false", place(at, name))


def color(holder: Json, name: str, at: str) -> Problems:
    """`#RRGGBB` or `#RRGGBBAA`, if it is there."""
    value = holder.get(name)
    if value is not None and not (isinstance(value, str) and COLOR.fullmatch(value)):
        yield Problem("Invalid color", place(at, name))


def link(holder: Json, name: str, at: str, most: int = 10_000) -> Problems:
    """A percent-encoded address of a scheme that LINE opens."""
    found = list(text(holder, name, at, most))
    yield from found
    if not found and not _opens(holder[name], SCHEMES):
        yield Problem("Invalid URI: use http, https, line or tel, percent-encoded", place(at, name))


def https(holder: Json, name: str, at: str, *, required: bool = True) -> Problems:
    """A percent-encoded https address of at most 2,000 characters."""
    if holder.get(name) is None and not required:
        return
    found = list(text(holder, name, at, 2000))
    yield from found
    if not found and not _opens(holder[name], {"https"}):
        yield Problem("Invalid URI: use https, percent-encoded", place(at, name))


def items(holder: Json, name: str, at: str, least: int, most: int) -> tuple[list[Any], list[Problem]]:
    """The list under this name, and what is wrong with its size; an empty list where it is no list."""
    value = holder.get(name)
    if isinstance(value, list) and least <= len(value) <= most:
        return value, []
    return [], [Problem(f"Size must be between {least} and {most}", place(at, name))]


def is_object(value: object, at: str) -> Problems:
    """A JSON object."""
    if not isinstance(value, dict):
        yield Problem("Must be an object", at)


def _opens(address: str, schemes: Collection[str]) -> bool:
    return bool(PERCENT_ENCODED.fullmatch(address)) and address.partition(":")[0].lower() in schemes
