"""Serving an app from a thread, for tests and benchmarks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from simulator.platform import Platform


@contextmanager
def serving(app: Flask, host: str = "127.0.0.1", port: int = 0, *, threads: int = 8) -> Iterator[str]:
    """Serve the app while the block runs; gives its address (`http://127.0.0.1:49152`). Port 0: any free one."""
    sockets: dict[int, Any] = {}
    server: Any = create_server(  # the type stubs do not know its port
        app, map=sockets, host=host, port=port, threads=threads
    )
    stopping = threading.Event()
    loop = threading.Thread(target=_serve, args=(sockets, stopping), name="simulator-server")
    loop.start()
    try:
        yield f"http://{host}:{server.effective_port}"
    finally:
        _let_go(app)
        server.task_dispatcher.shutdown()
        stopping.set()
        server.pull_trigger()
        loop.join()
        wasyncore.close_all(sockets, ignore_all=True)  # only now: nobody else looks at them any more


def _serve(sockets: dict[int, Any], stopping: threading.Event) -> None:
    while not stopping.is_set():
        wasyncore.loop(timeout=1, map=sockets, count=1, use_poll=True)


def _let_go(app: Flask) -> None:
    """End what a fault holds back, so that stopping need not wait for it."""
    platform = app.extensions.get("platform")
    if isinstance(platform, Platform):
        platform.close()
