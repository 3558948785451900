"""How the API answers any call: token, faults, limits, size; then the work; then the record."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

from simulator.faults import Fault, FaultKind
from simulator.platform import Platform
from simulator.refusals import Refused
from simulator.requests import UNSAID, RecordedRequest

MOST_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: JSON, or bytes with their own Content-Type among the headers."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A request, once it was let in."""

    request_id: str
    retry_key: str | None
    raw: bytes
    is_json: bool
    media_type: str
    path: dict[str, str]  # what the address carries: a user id, a message id

    def json(self) -> dict[str, Any]:
        """The body as an object. Refused: not JSON (415, 400)."""
        if not self.is_json:
            raise Refused(415, "Unsupported media type")
        try:
            body = json.loads(self.raw)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(400, "The request body could not be parsed as JSON")
        return body


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of the API. `name` is what faults and limits call it."""

    method: str
    rule: str
    name: str
    work: Callable[[Platform, Call], Answer]


def refusal(refused: Refused) -> Answer:
    return Answer(refused.body, refused.status, refused.headers)


TOO_MANY = refusal(Refused(429, "The API rate limit has been exceeded. Try again later."))
NO_TOKEN = refusal(Refused(401, "Authentication failed. Confirm that the access token is valid."))
TOO_LARGE = refusal(Refused(413, "Request body is too large"))
BROKEN = refusal(Refused(500, "Internal server error"))

INSTEAD = {
    FaultKind.SERVER_ERROR_BEFORE: BROKEN,
    FaultKind.TIMEOUT_BEFORE: BROKEN,
    FaultKind.RATE_LIMITED: TOO_MANY,
    FaultKind.UNAUTHORIZED: NO_TOKEN,
    FaultKind.NOT_READY: Answer(status=202),
    FaultKind.GONE: refusal(Refused(404, "Not found")),
}
AFTERWARDS = {FaultKind.SERVER_ERROR_AFTER: BROKEN, FaultKind.MALFORMED_OK: Answer()}
NEVER_IN_TIME = frozenset({FaultKind.TIMEOUT_BEFORE, FaultKind.TIMEOUT_AFTER})
LATE = NEVER_IN_TIME | {FaultKind.SLOW}


def respond(platform: Platform, endpoint: Endpoint, path: dict[str, str]) -> Response:
    """Answer the current request, and put it on record before any waiting."""
    key = request.headers.get("X-Line-Retry-Key")
    call = Call(str(uuid.uuid4()), key, request.get_data(), request.is_json, request.mimetype, path)
    fault = platform.faults.take(endpoint.name) if _has_token(platform) else None
    done = _do(platform, endpoint, call, fault)
    answer = AFTERWARDS.get(fault.kind, done) if fault and done.status < 300 else done
    platform.record(_recorded(platform, call, done, answer, fault))
    if fault and fault.kind in LATE:
        platform.faults.wait(fault.seconds)
    return _response(call, answer)


def _do(platform: Platform, endpoint: Endpoint, call: Call, fault: Fault | None) -> Answer:
    if not _has_token(platform):
        return NO_TOKEN
    if fault and fault.kind in INSTEAD:
        return INSTEAD[fault.kind]
    if not platform.admits(endpoint.name):
        return TOO_MANY
    if len(call.raw) > MOST_BYTES:
        return TOO_LARGE
    try:
        return endpoint.work(platform, call)
    except Refused as refused:
        return refusal(refused)


def _has_token(platform: Platform) -> bool:
    return request.headers.get("Authorization") == f"Bearer {platform.access_token}"


def _recorded(
    platform: Platform, call: Call, done: Answer, answer: Answer, fault: Fault | None
) -> RecordedRequest:
    headers = {name.lower(): value for name, value in request.headers if name.lower() not in UNSAID}
    status = None if fault and fault.kind in NEVER_IN_TIME else answer.status
    path = request.path[request.path.index("/v2/") :] if "/v2/" in request.path else request.path
    return RecordedRequest(
        request.method, path, headers, _parsed(call.raw), status, platform.now(), _sent(done)
    )


def _sent(done: Answer) -> tuple[str, ...]:
    if done.status >= 300 or not isinstance(done.body, dict):
        return ()
    return tuple(one["id"] for one in done.body.get("sentMessages", ()))


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _response(call: Call, answer: Answer) -> Response:
    if isinstance(answer.body, bytes):
        response = Response(answer.body, answer.status)
    else:
        response = Response(json.dumps(answer.body), answer.status, mimetype="application/json")
    response.headers.update(answer.headers | {"X-Line-Request-Id": call.request_id})
    return response
