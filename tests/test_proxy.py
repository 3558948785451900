"""Where a request came from, behind a proxy and without one."""

import threading
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest
from ports import free_port

from bot.commands.serving import listening

SAID = "203.0.113.7"


def came_from(trusted_proxy: str | None) -> str:
    """What the program is told of a request with an X-Forwarded-For of its own."""

    def tell(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [environ["REMOTE_ADDR"].encode()]

    port = free_port()
    server = listening(tell, "127.0.0.1", port, 1, trusted_proxy)

    def serve() -> None:
        with suppress(OSError):  # its socket is closed under it
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-For": SAID})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return str(answer.read().decode())
    finally:
        server.close()
        thread.join(10)


@pytest.mark.parametrize("proxy", ["127.0.0.1", "*"])
def test_a_trusted_proxy_tells_where_a_request_came_from(proxy: str) -> None:
    assert came_from(proxy) == SAID


@pytest.mark.parametrize("proxy", [None, "192.0.2.1"])
def test_nobody_else_is_believed(proxy: str | None) -> None:
    assert came_from(proxy) == "127.0.0.1"
