"""Load on LINE's webhook: requests signed beforehand, sent by wrk, which takes little of the processors it shares."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SECRET = "channel-secret-of-the-benchmark"
HOW_TO_GET_IT = "wrk is missing: apt install wrk"
FASTEST = 8000  # requests a second that no server here reaches
BODY = json.dumps(
    {
        "destination": "U" + "0" * 32,
        "events": [
            {
                "type": "message",
                "message": {
                    "type": "text",
                    "id": "468789577898262530",
                    "quoteToken": "q" * 40,
                    "text": "THE-TEXT",
                },
                "webhookEventId": "THE-ID",
                "deliveryContext": {"isRedelivery": False},
                "timestamp": 1795600000000,
                "source": {"type": "user", "userId": "THE-USER"},
                "replyToken": "THE-TOKEN",
                "mode": "active",
            }
        ],
    },
    ensure_ascii=False,
).encode()


@dataclass(frozen=True, slots=True)
class Result:
    answered: int
    seconds: float
    refused: int  # not 200
    lost: int  # no answer
    p50: float  # milliseconds
    p99: float

    @property
    def throughput(self) -> float:
        return (self.answered - self.refused) / self.seconds


_numbers = itertools.count()
_run = os.urandom(6).hex().upper()


def signed(
    text: str = "一時保育のことで相談したいです", user: str = "U" + "a" * 32, token: str = "t" * 30
) -> bytes:
    """The next event, as LINE would send it."""
    body = BODY
    for name, value in (
        ("THE-ID", f"01{_run}{next(_numbers):012}"),
        ("THE-TEXT", text),
        ("THE-USER", user),
        ("THE-TOKEN", token),
        ("1795600000000", str(time.time_ns() // 1_000_000)),
    ):
        body = body.replace(name.encode(), value.encode())
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    head = (
        "POST /line/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"User-Agent: LineBotWebhook/2.0\r\nX-Line-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(ports: Sequence[int], connections: int, seconds: float) -> Result:
    """So many keep-alive connections, spread over the ports; each sends its next request when the answer is here."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit(HOW_TO_GET_IT)
    with tempfile.NamedTemporaryFile(prefix="tsunagu-requests-") as file:
        length = _write(file.name, int(FASTEST * (seconds + 0.5)))
        environment = {"REQUESTS": file.name, "LENGTH": str(length), "PORTS": " ".join(map(str, ports))}
        threads, connections = len(ports), max(connections, len(ports))
        command = [wrk, f"-t{threads}", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
        command += ["-s", HERE / "requests.lua", f"http://127.0.0.1:{ports[0]}/line/webhook"]
        ran = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=True
        )
    return Result(**json.loads(ran.stderr))


def _write(file: str, count: int) -> int:
    requests = [signed() for _ in range(count)]
    Path(file).write_bytes(b"".join(requests))
    return len(requests[0])
