"""The request that everything done now is for.

Its id goes with an event through the inbox, and with what was decided through the outbox, so that the log's lines of one
message can be found together in every process. It says nothing about anybody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request: ContextVar[str] = ContextVar("request", default="")


def current() -> str:
    """An empty one where nobody asked: what is done by the clock, or at the shell."""
    return _request.get()


@contextmanager
def following(request_id: str) -> Iterator[None]:
    """For this thread, until the end of the block."""
    token = _request.set(request_id)
    try:
        yield
    finally:
        _request.reset(token)
