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
    server: Any = create_server(  # the type stubs do not know its port and trigger
        app, map=sockets, host=host, port=port, threads=threads
    )
    thread = threading.Thread(target=server.run, name="simulator-server")
    thread.start()
    try:
        yield f"http://{host}:{server.effective_port}"
    finally:
        _let_go(app)
        server.task_dispatcher.shutdown()
        # The sockets belong to the loop's thread: it closes them itself, then has nothing left to watch and ends.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets, ignore_all=True))
        thread.join()


def _let_go(app: Flask) -> None:
    platform = app.extensions.get("platform")
    if isinstance(platform, Platform):
        platform.close()
