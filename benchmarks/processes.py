"""Servers to measure, each in processes of its own: ours as `tsunagu` runs them, and what they are compared with.

`python benchmarks/processes.py KIND` is one of them, told by its environment where to listen and what to use.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from driving import SECRET

HERE = Path(__file__).parent
PATIENCE = 60  # seconds
LINE_AWAY = 0.05  # seconds
KEYS = base64.b64encode(bytes(32)).decode()
SECRET_KEY = "a-secret-key-of-the-benchmark"
OURS = {"serve": ("serve", "--only", "webhook"), "everything": ("serve",), "worker": ("worker",)}


@dataclass(frozen=True, slots=True)
class Served:
    name: str
    ports: list[int]
    processes: list[subprocess.Popen[bytes]]

    @property
    def cpu(self) -> float:
        """Seconds so far."""
        ticks = 0
        for process in self.processes:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """MiB that are resident now, of all of them."""
        pages = sum(int(Path(f"/proc/{one.pid}/statm").read_text().split()[1]) for one in self.processes)
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def rest(self) -> None:
        """It does nothing, whatever it has to do, until it is `wake`d: it is somebody else's turn."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes:
            process.send_signal(number)


class Stage:
    """Where contestants are started. Everything is gone with it."""

    def __init__(self, threads: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tsunagu-benchmark-"))
        self.line_port = free_port()
        self._threads = threads
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, kinds: Sequence[str], database_url: str = "") -> Served:
        """A process of each kind. Those that serve listen on a port each."""
        ports, processes = [], []
        for kind in kinds:
            port = free_port()
            processes.append(self._run(kind, port, database_url))
            if kind != "worker":
                ports.append(port)
        for port in ports:
            self._wait_for(port)
        return Served(name, ports, processes)

    def start_line(self, away: float = LINE_AWAY) -> None:
        self._run("line", self.line_port, "", LINE_AWAY=str(away))
        self._wait_for(self.line_port)

    def migrate(self, database_url: str) -> None:
        command = [sys.executable, "-m", "bot", "db", "upgrade"]
        subprocess.run(
            command,
            env=self._environment(database_url),
            cwd=HERE.parent,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def close(self) -> None:
        for process in self._running:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGKILL)  # what waits to be handled is of no interest
            process.wait(PATIENCE)

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise SystemExit(f"a contestant does not start\n{(self.folder / 'log').read_text()[-3000:]}")

    def _run(self, kind: str, port: int, database_url: str, **more: str) -> subprocess.Popen[bytes]:
        environment = (
            self._environment(database_url) | {"PORT": str(port), "THREADS": str(self._threads)} | more
        )
        command = [sys.executable, __file__, kind]
        if kind in OURS:
            where = () if kind == "worker" else ("--port", str(port), "--threads", str(self._threads))
            command = [sys.executable, "-m", "bot", *OURS[kind], *where]
        with (self.folder / "log").open("ab") as log:  # ours write theirs, as they do in earnest
            process = subprocess.Popen(command, env=environment, cwd=HERE.parent, stdout=log, stderr=log)
        self._running.append(process)
        return process

    def _environment(self, database_url: str) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": database_url,
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": "token",
            "LINE_API_HOST": f"http://127.0.0.1:{self.line_port}",
            "SECRET_KEY": SECRET_KEY,
            "ENCRYPTION_KEYS": KEYS,
        }


@contextlib.contextmanager
def stage(threads: int = 16) -> Iterator[Stage]:
    ours = Stage(threads)
    try:
        yield ours
    finally:
        ours.close()
        subprocess.run(["rm", "-rf", ours.folder], check=True)


@contextlib.contextmanager
def postgresql() -> Iterator[str | None]:
    """The address of an empty database on a server of our own, whose disk is honest (fsync on). None without binaries."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    import postgres_server

    if postgres_server.binaries() is None:
        print(postgres_server.HOW_TO_GET_IT)
        yield None
        return
    server = postgres_server.Server(settings=())
    try:
        yield server.url
    finally:
        server.remove()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# ---- the contestants that are not `tsunagu` itself


def signature():
    """A bare Flask app that checks the signature and keeps nothing."""
    from flask import Flask, Response, request

    app = Flask("signature")

    @app.post("/line/webhook")
    def webhook():
        digest = hmac.new(SECRET.encode(), request.get_data(), hashlib.sha256).digest()
        right = hmac.compare_digest(base64.b64encode(digest).decode(), request.headers["X-Line-Signature"])
        return Response(status=200 if right else 401)

    return app


def echo():
    """A bot in the shape of the SDK's examples: it parses, answers LINE, and then says 200."""
    from flask import Flask, request
    from linebot.v3 import WebhookHandler
    from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, ReplyMessageRequest, TextMessage
    from linebot.v3.webhooks import MessageEvent, TextMessageContent

    app = Flask("echo")
    handler = WebhookHandler(SECRET)
    configuration = Configuration(access_token="token", host=os.environ["LINE_API_HOST"])

    @app.post("/line/webhook")
    def webhook():
        handler.handle(request.get_data(as_text=True), request.headers["X-Line-Signature"])
        return "OK"

    @handler.add(MessageEvent, message=TextMessageContent)
    def answer(event):
        with ApiClient(configuration) as client:
            message = TextMessage(text=event.message.text)
            MessagingApi(client).reply_message(
                ReplyMessageRequest(reply_token=event.reply_token, messages=[message])
            )

    return app


def webhook():
    """Ours, with nobody in the process who handles what was kept."""
    from bot import logs, settings
    from bot.program import Program

    known = settings.read()
    logs.set_up(known.log_format)
    return Program(known).webhook_app()


async def line() -> None:
    """LINE, a while away: takes every message."""
    answer = json.dumps({"sentMessages": [{"id": "1", "quoteToken": "q"}]}).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
    )
    away = float(os.environ["LINE_AWAY"])

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await read_request(reader)
                await asyncio.sleep(away)
                writer.write(head + answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """The body."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    ]
    return await reader.readexactly(int(lengths[0]) if lengths else 0)


def main(kind: str) -> None:
    if kind == "line":
        asyncio.run(line())
        return
    from bot.commands.serving import run

    app = {"signature": signature, "echo": echo, "webhook": webhook}[kind]()
    run(app, "127.0.0.1", int(os.environ["PORT"]), int(os.environ["THREADS"]))


if __name__ == "__main__":
    main(sys.argv[1])
