"""Every request has an id: in its answer's header, in its lines of the log, and in what follows from it."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from storage import trace

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER: Final = "X-Request-Id"
# 32 hex digits, with or without a UUID's hyphens, as proxies make them. Nobody's words, telephone or LINE user id
# looks like that: whatever else is sent must not come into the log.
WELL_FORMED: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def with_request_id(app: "WSGIApplication") -> "WSGIApplication":
    """The proxy's id if it is well-formed, else a new one."""

    def traced(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if WELL_FORMED.fullmatch(given) else uuid4().hex

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*headers, (HEADER, request_id)], *error)

        with trace.following(request_id):
            return app(environ, start)

    return traced
