"""What a durable acknowledgement costs: python benchmarks/webhook.py [--seconds 3] [--rounds 5] [--connections 1,16,64]

Contestants, all on waitress with the same threads, measured in turns within one run, on loopback:
- signature: a bare Flask app that checks the signature and answers 200; it keeps nothing
- sqlite, postgresql, postgresql×2: Tsunagu's webhook, which answers 200 after the commit (×2: two processes, one port each)
- echo: a bot in the shape of the SDK's examples: it parses, answers LINE (a stub 50 ms away), and then says 200

Machines differ and this one is busy: read the ratios, not the figures. PostgreSQL's disk is honest here (fsync on).
"""

import argparse
import asyncio
import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import logging
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SECRET = "channel-secret-of-the-benchmark"
LINE_AWAY = 0.05  # seconds
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
                    "text": "一時保育のことで相談したいです",
                },
                "webhookEventId": "WEBHOOK-EVENT-ID",
                "deliveryContext": {"isRedelivery": False},
                "timestamp": 1795600000000,
                "source": {"type": "user", "userId": "U" + "a" * 32},
                "replyToken": "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA",
                "mode": "active",
            }
        ],
    },
    ensure_ascii=False,
).encode()


# ---- contestants: each in a process of its own


def serve(kind: str, port: int, threads: int, database_url: str, line_port: int) -> None:
    from bot.commands.serving import run

    logging.disable(logging.CRITICAL)
    app = {"signature": _signature_only, "echo": lambda: _echo(line_port)}.get(
        kind, lambda: _tsunagu(database_url)
    )()
    run(app, "127.0.0.1", port, threads)


def _signature_only():
    from flask import Flask, Response, request

    app = Flask("signature")

    @app.post("/line/webhook")
    def webhook():
        signed = base64.b64encode(
            hmac.new(SECRET.encode(), request.get_data(), hashlib.sha256).digest()
        ).decode()
        return Response(
            status=200 if hmac.compare_digest(signed, request.headers["X-Line-Signature"]) else 401
        )

    return app


def _echo(line_port: int):
    from flask import Flask, request
    from linebot.v3 import WebhookHandler
    from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, ReplyMessageRequest, TextMessage
    from linebot.v3.webhooks import MessageEvent, TextMessageContent

    app = Flask("echo")
    handler = WebhookHandler(SECRET)
    configuration = Configuration(access_token="token", host=f"http://127.0.0.1:{line_port}")

    @app.post("/line/webhook")
    def webhook():
        handler.handle(request.get_data(as_text=True), request.headers["X-Line-Signature"])
        return "OK"

    @handler.add(MessageEvent, message=TextMessageContent)
    def echo(event):
        with ApiClient(configuration) as client:
            message = TextMessage(text=event.message.text)
            MessagingApi(client).reply_message(
                ReplyMessageRequest(reply_token=event.reply_token, messages=[message])
            )

    return app


def _tsunagu(database_url: str):
    from datetime import UTC, datetime

    from bot.app import create_app
    from storage.database import Database
    from storage.sealing import Keyring

    return create_app(
        Database(database_url, Keyring([bytes(32)])),
        channel_secret=SECRET,
        digest_key=b"benchmark",
        clock=lambda: datetime.now(UTC),
    )


async def line_stub(port: int) -> None:
    """LINE, a while away: answers every request rightly and late."""
    answer = json.dumps({"sentMessages": [{"id": "1", "quoteToken": "q"}]}).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
    )

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in request.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                )
                await reader.readexactly(length)
                await asyncio.sleep(LINE_AWAY)
                writer.write(head + answer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", port)
    await server.serve_forever()


# ---- the driver


@dataclass
class Result:
    seconds: float
    latencies: list[float]
    refused: int
    server_cpu: float  # seconds

    @property
    def throughput(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


_numbers = itertools.count()
_run = os.urandom(6).hex().upper()


def _request() -> bytes:
    body = BODY.replace(b"WEBHOOK-EVENT-ID", f"01{_run}{next(_numbers):012}".encode())
    signed = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    head = (
        "POST /line/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"User-Agent: LineBotWebhook/2.0\r\nX-Line-Signature: {signed}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """One keep-alive connection: the next request goes out when the answer is here."""

    def __init__(self, result: Result, until: float) -> None:
        self._result, self._until = result, until
        self.done = asyncio.get_running_loop().create_future()
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        request = _request()
        self._started = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if len(body) < length:
            return
        now = time.perf_counter()
        if head.startswith(b"HTTP/1.1 200"):
            self._result.latencies.append(now - self._started)
        else:
            self._result.refused += 1
        self._answer = b""
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def drive(ports: list[int], connections: int, seconds: float) -> Result:
    result = Result(0.0, [], 0, 0.0)
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    protocols = []
    for number in range(connections):
        _, protocol = await loop.create_connection(
            lambda: _Connection(result, started + seconds), "127.0.0.1", ports[number % len(ports)]
        )
        protocols.append(protocol)
    await asyncio.gather(*(protocol.done for protocol in protocols))
    result.seconds = time.perf_counter() - started
    return result


# ---- one run


@dataclass
class Contestant:
    name: str
    ports: list[int]
    processes: list[subprocess.Popen[bytes]]

    def cpu(self) -> float:
        ticks = 0
        for process in self.processes:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(
    name: str, kind: str, processes: int, threads: int, database_url: str, line_port: int
) -> Contestant:
    ports = [_free_port() for _ in range(processes)]
    shared = ["--threads", str(threads), "--database", database_url, "--line-port", str(line_port)]
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "--serve", kind, "--port", str(port), *shared],
            cwd=HERE.parent,
        )
        for port in ports
    ]
    for port in ports:
        _wait_for(port)
    return Contestant(name, ports, started)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("a contestant does not start")


@contextlib.contextmanager
def contestants(threads: int, folder: Path) -> Iterator[list[Contestant]]:
    from storage import migrations
    from storage.database import Database

    sys.path.insert(0, str(HERE.parent / "tests"))
    import postgres_server

    line_port = _free_port()
    stub = subprocess.Popen([sys.executable, __file__, "--serve", "line", "--port", str(line_port)])
    _wait_for(line_port)
    wanted = [("signature", "signature", 1, ""), ("sqlite", "tsunagu", 1, f"sqlite:///{folder}/benchmark.db")]
    server = postgres_server.Server(settings=()) if postgres_server.binaries() else None
    if server:
        wanted += [("postgresql", "tsunagu", 1, server.url), ("postgresql×2", "tsunagu", 2, server.url)]
    else:
        print(postgres_server.HOW_TO_GET_IT)
    for url in {url for _, _, _, url in wanted if url}:
        database = Database(url)
        migrations.upgrade(database)
        database.close()
    wanted.append(("echo", "echo", 1, ""))
    running = []
    try:
        for name, kind, processes, url in wanted:
            running.append(_start(name, kind, processes, threads, url, line_port))
        yield running
    finally:
        for process in [stub, *(process for one in running for process in one.processes)]:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        if server:
            server.remove()


def measure(connections: list[int], seconds: float, rounds: int, threads: int) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="tsunagu-benchmark-") as folder,
        contestants(threads, Path(folder)) as running,
    ):
        for one in running:
            asyncio.run(drive(one.ports, 4, 0.5))  # warm
        for number in connections:
            results: dict[str, list[Result]] = {one.name: [] for one in running}
            for turn in range(rounds):
                for one in running if turn % 2 else running[::-1]:
                    before = one.cpu()
                    result = asyncio.run(drive(one.ports, number, seconds))
                    result.server_cpu = one.cpu() - before
                    results[one.name].append(result)
            _report(number, results)


def _report(connections: int, results: dict[str, list[Result]]) -> None:
    print(
        f"\n{connections} connections      requests/s   p50 ms   p99 ms   CPU µs/request   ÷ signature   p99 ÷   ÷ echo   refused"
    )
    for name, rounds in results.items():
        throughput = _middle([one.throughput for one in rounds])
        latencies = [_middle([one.percentile(share) for one in rounds]) * 1000 for share in (0.5, 0.99)]
        cpu = _middle([one.server_cpu / max(1, len(one.latencies)) for one in rounds]) * 1e6
        pairs = list(zip(rounds, results["signature"], results["echo"], strict=True))
        to_signature = _middle([mine.throughput / bare.throughput for mine, bare, _ in pairs])
        tail = _middle([mine.percentile(0.99) / bare.percentile(0.99) for mine, bare, _ in pairs])
        to_echo = _middle([mine.throughput / echo.throughput for mine, _, echo in pairs])
        refused = sum(one.refused for one in rounds)
        print(
            f"{name:20} {throughput:10.0f} {latencies[0]:9.1f} {latencies[1]:8.1f} {cpu:12.0f}"
            f" {to_signature:14.2f} {tail:9.2f} {to_echo:8.1f} {refused:8}"
        )


def _middle(values: list[float]) -> float:
    return statistics.median(values)


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--seconds", type=float, default=3)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--connections", default="1,16,64")
    arguments.add_argument("--threads", type=int, default=16)
    arguments.add_argument("--serve", help=argparse.SUPPRESS)
    arguments.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments.add_argument("--database", default="", help=argparse.SUPPRESS)
    arguments.add_argument("--line-port", type=int, default=0, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve == "line":
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(line_stub(given.port))
    elif given.serve:
        serve(given.serve, given.port, given.threads, given.database, given.line_port)
    else:
        measure(
            [int(part) for part in given.connections.split(",")], given.seconds, given.rounds, given.threads
        )


if __name__ == "__main__":
    main()
