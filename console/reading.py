"""What a request's values are like before any view sees them: without NUL, which nobody types and PostgreSQL refuses."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import BaseConverter


class _Values(ImmutableMultiDict[str, Any]):
    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__([(name, _without_nul(value)) for name, value in pairs])


class _Request(Request):
    parameter_storage_class = _Values


class _Id(BaseConverter):
    regex = "[^/\0]+"
    part_isolating = True  # never spans a slash


def read_carefully(app: Flask) -> None:
    """To be called before any route is added. An id with NUL in it is an address that is not there."""
    app.request_class = _Request
    app.url_map.converters["default"] = _Id
    app.url_map.merge_slashes = False  # no redirection is made from the Host that a request claims


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value
