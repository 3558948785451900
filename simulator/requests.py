"""What the bot asked of the API, kept for tests and for an independent judge."""

import json
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

UNSAID = frozenset({"authorization", "cookie"})


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request and the status it got.

    path: below the API's prefix (`/v2/bot/message/push`).
    headers: names in small letters, without the access token.
    body: the parsed JSON; None when there was none.
    status: what was answered; None when the answer was made to come too late.
    sent: the ids of the messages that it brought, whatever was answered.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int | None
    at: datetime
    sent: tuple[str, ...] = ()


class Requests:
    """The requests so far; each is also appended to a file, where one is given."""

    def __init__(self, file: Path | None) -> None:
        self._lock = threading.Lock()
        self._file = file
        self._kept: list[RecordedRequest] = []

    def add(self, request: RecordedRequest) -> None:
        with self._lock:
            self._kept.append(request)
            if self._file:
                with self._file.open("a", encoding="utf-8") as lines:
                    lines.write(_line(request) + "\n")

    def all(self) -> tuple[RecordedRequest, ...]:
        with self._lock:
            return tuple(self._kept)


def _line(request: RecordedRequest) -> str:
    kept = {name: getattr(request, name) for name in ("method", "path", "headers", "body", "status")}
    return json.dumps(kept | {"at": request.at.isoformat()}, ensure_ascii=False)
