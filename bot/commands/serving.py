"""`tsunagu serve` and `tsunagu worker`"""

import gc
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, NoReturn

import click
from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server
from waitress.task import ThreadedTaskDispatcher
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bot.commands.starting import PROBLEMS_FOUND, program
from bot.program import Program
from bot.stopping import when_asked
from storage import imports

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LARGEST_REQUEST: Final = 2 * 1024 * 1024  # bytes; the apps have tighter limits of their own
LARGEST_UPLOAD: Final = (
    imports.LARGEST + LARGEST_REQUEST
)  # the console takes a file of open data, within its form
QUEUED_ANSWERED_WITHIN: Final = 5.0  # seconds


@click.command()
@click.option("--only", type=click.Choice(["webhook", "console"]), help="The other one runs elsewhere.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=8, show_default=True)
@click.option(
    "--trusted-proxy",
    metavar="ADDRESS",
    help="Whose X-Forwarded-For tells where a request came from; * where nobody but the proxy can reach this port.",
)
def serve(only: str | None, host: str, port: int, threads: int, trusted_proxy: str | None) -> None:
    """Serve LINE's webhook and the console. With SQLite the worker runs inside."""
    started = program(serving=True)
    worker = started.worker() if started.settings.sqlite else None
    try:
        if worker:
            worker.start()
        _stays()
        largest = LARGEST_REQUEST if only == "webhook" else LARGEST_UPLOAD
        run(_mounted(started, only), host, port, threads, trusted_proxy, largest)
    finally:
        if worker:
            worker.stop()
        started.close()


@click.command()
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="With METRICS=1, what this process counts is shown on /metrics here.",
)
@click.option("--metrics-host", default="127.0.0.1", show_default=True)
def worker(metrics_port: int | None, metrics_host: str) -> None:
    """Handle events and send answers, beside `serve`. With PostgreSQL, as many as wanted."""
    started = program(serving=True)
    if started.settings.sqlite:
        click.echo("✗ SQLiteでは「tsunagu serve」の中で動きます。別に起動する必要はありません。", err=True)
        sys.exit(PROBLEMS_FOUND)
    loops = started.worker()
    stopping = threading.Event()
    when_asked(stopping.set)
    if metrics_port and started.settings.metrics:
        _show_metrics(metrics_host, metrics_port)
    loops.start()
    _stays()
    stopping.wait()
    loops.stop()
    started.close()


def _stays() -> None:
    """What is here by now, rules and libraries, is not garbage: the collector need not stop everybody for 0.2 s to see so."""
    gc.collect()
    gc.freeze()


def run(
    application: "WSGIApplication",
    host: str,
    port: int,
    threads: int,
    trusted_proxy: str | None = None,
    largest_request: int = LARGEST_REQUEST,
) -> None:
    """Until SIGTERM or SIGINT. Requests that have come in are answered."""
    try:
        server = listening(application, host, port, threads, trusted_proxy, largest_request)
    except OSError as error:
        _cannot_listen(host, port, error)
    when_asked(lambda: _answer_and_exit(server.task_dispatcher))
    try:
        server.run()  # ends at SystemExit and KeyboardInterrupt
    finally:
        server.close()


def listening(
    application: "WSGIApplication",
    host: str,
    port: int,
    threads: int,
    trusted_proxy: str | None = None,
    largest_request: int = LARGEST_REQUEST,
) -> BaseWSGIServer | MultiSocketServer:
    """A server that has its port. What anybody but the proxy says of where a request came from is thrown away."""
    return create_server(
        application,
        host=host,
        port=port,
        threads=threads,
        ident=None,
        max_request_body_size=largest_request,
        trusted_proxy=trusted_proxy,
        trusted_proxy_headers={"x-forwarded-for"} if trusted_proxy else set(),
        clear_untrusted_proxy_headers=True,
    )


def _answer_and_exit(dispatcher: ThreadedTaskDispatcher) -> NoReturn:
    """The main thread is here, so nothing more comes in. waitress waits for what its threads work on; what still
    queues for a thread it would drop."""
    until = time.monotonic() + QUEUED_ANSWERED_WITHIN
    while dispatcher.queue and time.monotonic() < until:
        time.sleep(0.01)
    raise SystemExit


def _show_metrics(host: str, port: int) -> None:
    from prometheus_client import start_http_server

    from bot.metrics import PROCESS

    try:
        start_http_server(port, host, PROCESS)
    except OSError as error:
        _cannot_listen(host, port, error)


def _cannot_listen(host: str, port: int, error: OSError) -> NoReturn:
    click.echo(
        f"✗ {host}:{port} で待ち受けできません({error.strerror})。別の番号にしてください。",
        err=True,
    )
    sys.exit(PROBLEMS_FOUND)


def _mounted(started: Program, only: str | None) -> "WSGIApplication":
    if only == "console":
        return DispatcherMiddleware(Flask("nothing_else"), {"/console": started.console_app()})
    webhook = started.webhook_app()
    return (
        webhook if only == "webhook" else DispatcherMiddleware(webhook, {"/console": started.console_app()})
    )
