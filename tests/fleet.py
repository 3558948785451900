"""Real processes of `tsunagu` on a real database, each to be killed at will, and parents who never stop writing.

The processes are forked from one that has everything imported: a new one is there at once.
"""

import json
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import crashing
import urllib3
from databases import KEYS
from ports import free_port
from sqlmodel import col, select

from simulator.phone import Phone
from simulator.platform import Platform
from storage.database import Database
from storage.tables import InboxRow, OutboxRow

PATIENCE = 150.0  # seconds: an answer of unknown outcome is looked after for 50 and leased for 20 more, and machines are busy
SECRET, TOKEN = "channel-secret-of-the-tests", "access-token-of-the-tests"
SECRET_KEY = "a-secret-key-for-the-tests"
TEXTS = ("一時保育どこ", "病児保育を使いたい", "児童手当の手続き", "夜泣きがつらい", "保育園の申込")
FAULTS = (
    "server_error_before",
    "server_error_after",
    "timeout_before",
    "timeout_after",
    "rate_limited",
    "unauthorized",
    "malformed_ok",
    "slow",
)

_context = get_context("forkserver")
_context.set_forkserver_preload(
    [
        "warm",
        "bot.cli",
        "bot.program",
        "bot.commands.serving",
        "bot.commands.database",
        "bot.delivery",
        "bot.intake",
        "bot.jobs",
        "bot.line.client",
        "bot.scheduler",
        "console.app",
    ]
)


def wait_until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


@dataclass
class Member:
    """One process. `port` is 0 for a worker."""

    command: tuple[str, ...]
    port: int
    process: ForkServerProcess

    @property
    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)


class Fleet:
    """The processes that share one database and one LINE."""

    def __init__(self, folder: Path, database_url: str, line_host: str) -> None:
        self.environment = {
            "DATABASE_URL": database_url,
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "LINE_API_HOST": line_host,
            "SECRET_KEY": SECRET_KEY,
            "ENCRYPTION_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        }
        self._log = folder / "log"
        upgrade = self._run("nowhere", "db", "upgrade")
        upgrade.join(PATIENCE)
        assert upgrade.exitcode == 0, self.log
        self.database = Database(database_url, KEYS)
        self.members: list[Member] = []

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What the members have noted before they asked LINE: see `crashing`."""
        noted = self._log.with_name(crashing.REQUESTS).read_text(encoding="utf-8")
        return [json.loads(line) for line in noted.splitlines()]

    @property
    def webs(self) -> list[Member]:
        return [member for member in self.members if member.port]

    def web(self, point: str = "nowhere", *, port: int = 0) -> Member:
        """With SQLite the worker runs inside."""
        port = port or free_port()
        only = () if self.database.sqlite else ("--only", "webhook")
        member = self._start(point, ("serve", "--port", str(port), *only), port)
        wait_until(lambda: member.answers or not member.process.is_alive())
        return member

    def worker(self, point: str = "nowhere", *, metrics_port: int = 0) -> Member:
        metrics = ("--metrics-port", str(metrics_port)) if metrics_port else ()
        return self._start(point, ("worker", *metrics), metrics_port)

    def replace(self, member: Member) -> None:
        """`kill -9`, and another one in its place."""
        member.kill()
        member.process = self._run("nowhere", *member.command)

    def stop(self) -> None:
        for member in self.members:
            if member.process.is_alive() and member.process.pid:
                os.kill(member.process.pid, signal.SIGTERM)
        for member in self.members:
            member.process.join(PATIENCE)
        self.members.clear()

    def close(self) -> None:
        self.stop()
        self.database.close()

    def settled(self) -> bool:
        """Nothing is left to do by itself."""
        with self.database.read() as session:
            open_ = session.exec(
                select(InboxRow.id).where(col(InboxRow.closed_at).is_(None)).limit(1)
            ).first()
            unsent = select(OutboxRow.id).where(col(OutboxRow.state).in_(("queued", "sending"))).limit(1)
            return open_ is None and session.exec(unsent).first() is None

    def _start(self, point: str, command: tuple[str, ...], port: int) -> Member:
        member = Member(command, port, self._run(point, *command))
        self.members.append(member)
        return member

    def _run(self, point: str, *command: str) -> ForkServerProcess:
        arguments = (point, list(command), self.environment, str(self._log))
        process = _context.Process(target=crashing.run, args=arguments, daemon=True)
        process.start()
        return process


class Parents:
    """Each writes, waits until some web process has accepted it, and writes again. Some words come twice."""

    def __init__(
        self, platform: Platform, ports: Callable[[], Sequence[int]], *, names: int = 8, pace: float = 0.3
    ) -> None:
        platform.hold()  # we carry the events ourselves: to whichever web process is up
        self.platform = platform
        self.phones = [platform.phone(f"保護者{number}") for number in range(names)]
        self.said: dict[str, list[str]] = {
            phone.user_id: [] for phone in self.phones
        }  # message ids, as accepted
        self.accepted, self.again = 0, 0
        self._ports = ports
        self._pace = pace  # seconds between two messages of a parent, at most
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._talk, args=(phone,)) for phone in self.phones]

    @contextmanager
    def writing(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join()

    def post(self, *events: dict[str, Any], port: int) -> bool:
        body, headers = self.platform.signed(events)
        for event in events:  # with each delivery its minute begins
            self.platform.channel.reply_tokens.delivered(event["replyToken"], self.platform.now())
        with urllib3.PoolManager(retries=False, timeout=5) as pool:
            try:
                return (
                    pool.request(
                        "POST", f"http://127.0.0.1:{port}/line/webhook", body=body, headers=headers
                    ).status
                    == 200
                )
            except urllib3.exceptions.HTTPError:
                return False

    def _talk(self, phone: Phone) -> None:
        chance = random.Random(phone.user_id)
        while not self._stopping.is_set():
            phone.say(chance.choice(TEXTS))
            event = next(
                one for one in reversed(self.platform.held) if one["source"]["userId"] == phone.user_id
            )
            self._deliver(event, chance)
            self._stopping.wait(chance.uniform(0, self._pace))

    def _deliver(self, event: dict[str, Any], chance: random.Random) -> None:
        """As LINE with redelivery on: again until it is accepted, and sometimes once more."""
        while not self.post(event, port=chance.choice(self._ports())):
            event = event | {"deliveryContext": {"isRedelivery": True}}
            with self._lock:
                self.again += 1
            time.sleep(0.1)
        with self._lock:
            self.accepted += 1
            self.said[event["source"]["userId"]].append(event["message"]["id"])
        if chance.random() < 0.2:
            self.post(event, port=chance.choice(self._ports()))


class Trouble:
    """One process of the fleet is killed again and again, and LINE goes wrong in between."""

    def __init__(
        self, fleet: Fleet, platform: Platform, *, kill_every: float, fault_every: float = 0.4
    ) -> None:
        self._fleet, self._platform = fleet, platform
        self._kill_every, self._fault_every = kill_every, fault_every
        self._chance = random.Random(1)
        self.counted: Counter[str] = Counter()

    def make(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        next_kill = time.monotonic() + self._kill_every
        turn = 0
        while time.monotonic() < until:
            time.sleep(self._fault_every)
            kind = self._chance.choice(FAULTS)
            self._platform.faults.add(kind, "any", seconds=1.5)
            self.counted[kind] += 1
            if time.monotonic() >= next_kill:
                next_kill += self._kill_every
                self._fleet.replace(self._fleet.members[turn % len(self._fleet.members)])
                self.counted["kill -9"] += 1
                turn += 1
        self.counted.subtract(Counter(fault.kind.value for fault in self._platform.faults.waiting))
        self._platform.faults.clear()
