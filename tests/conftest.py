"""A whole service on loopback: the real webhook over HTTP, a real database, and the simulator as LINE."""

import base64
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import databases
import pytest
from argon2 import PasswordHasher

import bot.program
from bot.program import Program
from bot.settings import Settings
from bot.worker import Worker
from console import passwords
from conversation.events import Event
from conversation.handling import handle
from conversation.model import Decision
from directory.hours import TOKYO
from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.server import serving
from storage import rulesets, staff
from storage.staff import Role
from storage.store import SqlStore

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
QUIETLY = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECRET, TOKEN = "channel-secret-of-the-tests", "access-token-of-the-tests"
RECORD = os.environ.get(
    "TSUNAGU_RECORD_LINE"
)  # a file: every request to LINE's API, for an independent judge


class Clock:
    """The one clock of a test: LINE's, the bot's and the console's."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def set(self, text: str) -> None:
        """Tokyo time: "2026-11-24 10:00"."""
        self.at = datetime.fromisoformat(text).replace(tzinfo=TOKYO).astimezone(UTC)

    def forward(self, **time: float) -> None:
        self.at += timedelta(**time)


class Service:
    """What a test drives: phones on one side, counselors on the other."""

    def __init__(self, program: Program, platform: Platform, clock: Clock, worker: Worker) -> None:
        self.program, self.platform, self.clock, self.worker = program, platform, clock, worker

    def phone(self, name: str = "保護者A") -> Phone:
        return self.platform.phone(name)

    def settle(self) -> None:
        """Until nothing is left to do at this moment."""
        while any(step.step() for step in self.worker.steps.values()):
            pass

    def conversation_id(self, pseudonym_order: int = 0) -> str:
        from sqlmodel import col, select

        from storage.tables import ConversationRow

        with self.program.database.read() as session:
            rows = session.exec(select(ConversationRow).order_by(col(ConversationRow.created_at))).all()
            return rows[pseudonym_order].id

    def happen(self, event: Event, conversation_id: str | None = None) -> Decision:
        """A counselor's act, on the path that the console takes."""
        with self.program.database.write() as session:
            return handle(
                conversation_id or self.conversation_id(),
                event,
                store=SqlStore(session),
                rules=self.program.rules(),
                directory=self.program.directory,
                now=self.clock(),
            )


def settings_for(database_url: str, line_host: str) -> Settings:
    return Settings(
        database_url=database_url,
        line_channel_secret=SECRET,
        line_channel_access_token=TOKEN,
        line_api_host=line_host,
        secret_key="a-secret-key-for-the-tests",
        encryption_keys=(base64.b64decode("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),),
        municipality="nakano",
        consult_channel="line",
    )


@pytest.fixture
def clock() -> Clock:
    clock = Clock(datetime(2026, 11, 24, tzinfo=UTC))
    clock.set("2026-11-24 10:00")  # a Tuesday, the desk is open
    return clock


@pytest.fixture
def platform(clock: Clock) -> Iterator[Platform]:
    platform = Platform(
        channel_secret=SECRET, access_token=TOKEN, clock=clock, record_to=Path(RECORD) if RECORD else None
    )
    yield platform
    platform.close()


@pytest.fixture
def line_host(platform: Platform) -> Iterator[str]:
    with serving(create_simulator(platform, parents=())) as url:
        yield url + API_PREFIX


database_url = databases.database_url

# Pure, and a second's work for each of the many services that the tests start.
bot.program.load = cache(bot.program.load)
rulesets.parse = cache(rulesets.parse)  # type: ignore[assignment]

# Slow on purpose, to who guesses passwords and to who tests.
SHIPPED_HASHER = passwords._HASHER
passwords._HASHER = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A file that says ON_BOTH has its tests run on both databases."""
    if "database_url" in metafunc.fixturenames and getattr(metafunc.module, "ON_BOTH", False):
        metafunc.parametrize("database_url", databases.KINDS, indirect=True)


@pytest.fixture(scope="session", autouse=True)
def _postgresql() -> Iterator[None]:
    yield
    databases.clean_up()


@pytest.fixture
def program(database_url: str, clock: Clock, line_host: str) -> Iterator[Program]:
    program = Program(settings_for(database_url, line_host), clock)
    program.prepare()
    with program.database.write() as session:
        for account in ("sato", "mori"):
            staff.add(session, account, f"相談員 {account}", Role.COUNSELOR, "not a hash", clock())
    yield program
    program.close()


@pytest.fixture
def service(program: Program, platform: Platform, clock: Clock) -> Iterator[Service]:
    worker = program.worker()
    with serving(program.webhook_app()) as url:
        platform.webhook_url = url + "/line/webhook"
        yield Service(program, platform, clock, worker)
    worker.close()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium. Where it is absent the tests that need it say so; in CI they fail."""
    if CHROMIUM is None:
        absent = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        absent("Chromium is missing: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        yield chromium
        chromium.close()
