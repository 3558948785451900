"""`tsunagu serve` and `tsunagu worker`"""

import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

import click
from flask import Flask
from waitress.server import create_server
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bot.commands.starting import PROBLEMS_FOUND, program
from bot.program import Program

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LARGEST_REQUEST = 2 * 1024 * 1024  # bytes; the apps have tighter limits of their own


@click.command()
@click.option("--only", type=click.Choice(["webhook", "console"]), help="The other one runs elsewhere.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=8, show_default=True)
def serve(only: str | None, host: str, port: int, threads: int) -> None:
    """Serve LINE's webhook and the console. With SQLite the worker runs inside."""
    started = program()
    worker = started.worker() if started.settings.sqlite else None
    try:
        if worker:
            worker.start()
        run(_mounted(started, only), host, port, threads)
    finally:
        if worker:
            worker.stop()
        started.close()


@click.command()
def worker() -> None:
    """Handle events and send answers, beside `serve`. With PostgreSQL, as many as wanted."""
    started = program()
    if started.settings.sqlite:
        click.echo("✗ SQLiteでは「tsunagu serve」の中で動きます。別に起動する必要はありません。", err=True)
        sys.exit(PROBLEMS_FOUND)
    loops = started.worker()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    loops.start()
    stopping.wait()
    loops.stop()
    started.close()


def run(application: "WSGIApplication", host: str, port: int, threads: int) -> None:
    """Until SIGTERM or SIGINT. Requests in hand are answered."""
    try:
        server = create_server(
            application,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_body_size=LARGEST_REQUEST,
        )
    except OSError as error:
        click.echo(
            f"✗ {host}:{port} で待ち受けできません({error.strerror})。--port で別の番号にしてください。",
            err=True,
        )
        sys.exit(PROBLEMS_FOUND)
    signal.signal(signal.SIGTERM, _exit)
    try:
        server.run()  # ends at SystemExit and KeyboardInterrupt
    finally:
        server.close()


def _exit(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


def _mounted(started: Program, only: str | None) -> "WSGIApplication":
    if only == "console":
        return DispatcherMiddleware(Flask("nothing_else"), {"/console": started.console_app()})
    webhook = started.webhook_app()
    return (
        webhook if only == "webhook" else DispatcherMiddleware(webhook, {"/console": started.console_app()})
    )
