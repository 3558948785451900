"""What a parent sent beside words, from LINE's content API: as a stream, so that nothing too large is ever held."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from bot.settings import LINE_HOST

DATA_HOST: Final = "https://api-data.line.me"
TIMEOUT: Final = Timeout(connect=3.05, read=10.0)  # seconds, for each piece that is read
LONGEST: Final = 60.0  # seconds for the whole, however slowly it drips
CHUNK: Final = 64 * 1024
MOST_JSON: Final = 10_000  # bytes


class Verdict(Enum):
    HERE = "here"
    NOT_READY = "not ready"  # LINE is still preparing it
    GONE = "gone"  # unsent, too old, or never there
    BROKEN = "broken"  # LINE could not prepare it, and will not
    TOO_LARGE = "too large"
    UNAUTHORIZED = "unauthorized"  # our access token is bad
    TRY_LATER = "try later"


@dataclass(frozen=True, slots=True)
class Fetched:
    verdict: Verdict
    data: bytes = b""
    problem: str = ""  # a status or the name of an error


def data_host(host: str) -> str:
    """Photos and pictures lie on a host of their own; a stand-in for LINE has one for all."""
    return DATA_HOST if host == LINE_HOST else host


class ContentClient:
    """One per process. LINE's SDK would hold the whole body, however long it is."""

    def __init__(
        self, host: str, access_token: str, *, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        """`host` is the API's."""
        self._host = data_host(host)
        self._headers = {"Authorization": f"Bearer {access_token}", "Accept-Encoding": "identity"}
        self._pool = PoolManager(num_pools=1)
        self._elapsed = elapsed

    def fetch(self, message_id: str, most: int) -> Fetched:
        """`most` in bytes."""
        ends = self._elapsed() + LONGEST
        path = f"/v2/bot/message/{quote(message_id, safe='')}/content"
        try:
            response = self._get(path)
            try:
                fetched = self._read(response, most, ends)
            finally:
                response.close()  # what was not read is not waited for
            if fetched.verdict is Verdict.NOT_READY:
                return self._prepared(path)
        except HTTPError as error:
            return Fetched(Verdict.TRY_LATER, problem=type(error).__name__)
        return fetched

    def close(self) -> None:
        self._pool.clear()

    def _get(self, path: str) -> BaseHTTPResponse:
        return self._pool.request(
            "GET",
            self._host + path,
            headers=self._headers,
            timeout=TIMEOUT,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )

    def _read(self, response: BaseHTTPResponse, most: int, ends: float) -> Fetched:
        if response.status != HTTPStatus.OK:
            return _refused(response.status)
        if _announced(response) > most:
            return Fetched(Verdict.TOO_LARGE)
        data = bytearray()
        while chunk := response.read1(CHUNK):  # `read` would wait for a whole CHUNK, however slowly it drips
            data += chunk
            if len(data) > most:
                return Fetched(Verdict.TOO_LARGE)
            if self._elapsed() > ends:
                return Fetched(Verdict.TRY_LATER, problem="too slow")
        return Fetched(Verdict.HERE, bytes(data))

    def _prepared(self, path: str) -> Fetched:
        """A long film is prepared before it is given; LINE says here whether that can be expected."""
        response = self._get(f"{path}/transcoding")
        try:
            body = response.read(MOST_JSON) if response.status == HTTPStatus.OK else b""
        finally:
            response.close()
        failed = _status(body) == "failed"
        return Fetched(Verdict.BROKEN if failed else Verdict.NOT_READY, problem="202")


def _refused(status: int) -> Fetched:
    match status:
        case HTTPStatus.ACCEPTED:
            verdict = Verdict.NOT_READY
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            verdict = Verdict.GONE
        case HTTPStatus.UNAUTHORIZED:
            verdict = Verdict.UNAUTHORIZED
        case _:
            verdict = Verdict.TRY_LATER
    return Fetched(verdict, problem=str(status))


def _announced(response: BaseHTTPResponse) -> int:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _status(body: bytes) -> object:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer.get("status") if isinstance(answer, dict) else None
