"""`tsunagu demo`: everything on one address, with a simulated LINE. Makes what it needs under var/demo/."""

import base64
import json
import logging
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from flask import Flask, Response, render_template
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bot import line_setup, logs
from bot.commands.serving import LARGEST_UPLOAD, run
from bot.program import Program
from bot.settings import KEY_BYTES, Settings
from bot.sign_in_settings import SignIn
from console.passwords import hashed
from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.platform import Platform
from storage import staff
from storage.staff import Role

FOLDER: Final = Path("var/demo")
LARGEST_PHOTO: Final = 30 * 1024 * 1024  # bytes: what a phone of the practice page may send, as base64
THREADS: Final = 16
ACCOUNTS: Final = (
    ("soudan1", "相談員1", Role.COUNSELOR, ()),
    ("soudan2", "相談員2", Role.COUNSELOR, ()),
    ("kanri", "管理者", Role.ADMIN, ()),
    ("jidokan", "野方児童館の担当", Role.DESK, ("nogata",)),
    ("sekinin", "責任者", Role.MANAGER, ()),
)
SERVED_WITHIN: Final = 600  # seconds
NAMED_PLACES: Final = ("若宮3丁目", "江古田4丁目", "中野5丁目", "南台2丁目", "上鷺宮3丁目")


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Made once for this folder; they guard nothing but a demo on this machine."""

    channel_secret: str
    access_token: str
    secret_key: str
    encryption_key: str
    password: str


@click.command()
@click.option("--port", default=8000, show_default=True)
def demo(port: int) -> None:
    """Serve a phone, a console and the bot on http://127.0.0.1:8000."""
    logs.set_up()
    FOLDER.mkdir(parents=True, exist_ok=True)
    known = _secrets(FOLDER / "secrets.json")
    address = f"http://127.0.0.1:{port}"
    started = Program(_settings(known, address))
    started.prepare()
    _add_accounts(started, known.password)
    platform = Platform(
        channel_secret=known.channel_secret,
        access_token=known.access_token,
        clock=started.clock,
        webhook_url=f"{address}/line/webhook",
    )
    worker = started.worker()
    worker.start()
    menus = threading.Thread(target=_set_up_menus, args=(started,), name="menus", daemon=True)
    menus.start()
    _welcome(address, known.password)
    try:
        everything = _everything(started, platform, known.password)
        run(everything, "127.0.0.1", port, THREADS, largest_request=max(LARGEST_PHOTO, LARGEST_UPLOAD))
    finally:
        worker.stop()
        platform.close()
        started.close()


def _everything(started: Program, platform: Platform, password: str) -> DispatcherMiddleware:
    front = started.webhook_app()
    _add_start_page(front, password)
    phones = create_simulator(platform, places=_places(started))
    return DispatcherMiddleware(
        front, {"/console": started.console_app(cookie_secure=False), "/simulator": phones}
    )


def _set_up_menus(started: Program) -> None:
    """As an operator does; as soon as the simulated LINE, which is served by this very process, answers."""
    from bot.line.account import Account

    account = Account(started.settings.line_api_host, started.settings.line_channel_access_token)
    try:
        for _ in range(SERVED_WITHIN):
            found = list(
                line_setup.told(lambda: line_setup.set_up_menus(account, started.database, started.clock))
            )
            if all(good for good, _ in found):
                return
            time.sleep(1)
        log.warning("no menus")
    finally:
        account.close()


def _add_start_page(front: Flask, password: str) -> None:
    @front.get("/")
    def start() -> Response:
        page = Response(render_template("start.html", accounts=ACCOUNTS, password=password))
        page.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
        page.headers["Cache-Control"] = "no-store"
        return page


def _places(started: Program) -> list[tuple[str, float, float]]:
    """What the phone's location picker offers."""
    towns = [
        (town.name, town.point.lat, town.point.lon)
        for town in started.directory.towns
        if town.name in NAMED_PLACES
    ]
    stations = [(f"{one.name}駅", one.point.lat, one.point.lon) for one in started.directory.stations]
    return towns + stations


def _secrets(file: Path) -> Secrets:
    if file.exists():
        return Secrets(**json.loads(file.read_text(encoding="utf-8")))
    made = {
        "channel_secret": secrets.token_hex(16),
        "access_token": secrets.token_urlsafe(32),
        "secret_key": secrets.token_hex(32),
        "encryption_key": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
        "password": "-".join(secrets.token_hex(2) for _ in range(4)),
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(made), encoding="utf-8")
    return Secrets(**made)


def _settings(known: Secrets, address: str) -> Settings:
    return Settings(
        database_url=f"sqlite:///{FOLDER}/tsunagu.db",
        line_channel_secret=known.channel_secret,
        line_channel_access_token=known.access_token,
        line_api_host=f"{address}/simulator{API_PREFIX}",
        secret_key=known.secret_key,
        encryption_keys=(base64.b64decode(known.encryption_key),),
        municipality="nakano",
        consult_channel="line",
        sign_in=SignIn(second_factor_for=frozenset()),  # the log-ins stand on the start page
        demo=True,
    )


def _add_accounts(started: Program, password: str) -> None:
    with started.database.write() as session:
        for login, name, role, desks in ACCOUNTS:
            if staff.find(session, login) is None:
                staff.add(session, login, name, role, hashed(password), started.clock(), desks=desks)


def _welcome(address: str, password: str) -> None:
    logins = "・".join(login for login, *_ in ACCOUNTS)
    click.echo(
        f"\nつなぐ窓口のデモ  {address}\n"
        f"  保護者のスマートフォン  {address}/simulator/\n"
        f"  相談員の画面          {address}/console/  ログイン名: {logins}  パスワード: {password}\n"
        "止めるには Ctrl-C を押してください。\n"
    )
