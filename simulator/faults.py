"""What goes wrong at LINE, on demand."""

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

SENDING = frozenset({"reply", "push"})


class FaultKind(StrEnum):
    """The ways in which a request can go wrong."""

    SERVER_ERROR_BEFORE = "server_error_before"  # 500, nothing was sent
    SERVER_ERROR_AFTER = "server_error_after"  # sent, then 500
    TIMEOUT_BEFORE = "timeout_before"  # no answer in time, nothing was sent
    TIMEOUT_AFTER = "timeout_after"  # sent, no answer in time
    RATE_LIMITED = "rate_limited"  # 429, nothing was sent
    UNAUTHORIZED = "unauthorized"  # 401, nothing was sent
    MALFORMED_OK = "malformed_ok"  # sent, answered 200 with a body that says nothing
    NOT_READY = "not_ready"  # 202, of a content that is still being prepared
    GONE = "gone"  # 404, of a content that LINE has thrown away
    SLOW = "slow"  # sent and answered rightly, but late


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to go wrong.

    endpoint: an endpoint's name, or "any" for whichever of reply and push comes first.
    seconds: how long a late answer is late, in real time (a socket cannot wait on a pretended clock).
    """

    kind: FaultKind
    endpoint: str = "any"
    times: int = 1
    seconds: float = 30.0

    def strikes(self, endpoint: str) -> bool:
        return self.endpoint == endpoint or (self.endpoint == "any" and endpoint in SENDING)


class Faults:
    """The faults that are still to come, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._released = threading.Event()

    def add(
        self, kind: FaultKind | str, endpoint: str = "any", times: int = 1, *, seconds: float = 30.0
    ) -> None:
        """Let the next `times` requests to the endpoint go wrong. ValueError: there is no such kind."""
        fault = Fault(FaultKind(kind), endpoint, times, seconds)
        with self._lock:
            self._waiting.append(fault)

    def take(self, endpoint: str) -> Fault | None:
        """The fault that strikes this request, if any; it is used up by one."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if fault.strikes(endpoint):
                    left = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    self._waiting[place : place + 1] = left
                    return fault
        return None

    @property
    def waiting(self) -> tuple[Fault, ...]:
        with self._lock:
            return tuple(self._waiting)

    def clear(self) -> None:
        """Nothing more goes wrong."""
        with self._lock:
            self._waiting.clear()

    def wait(self, seconds: float) -> None:
        """Hold an answer back for so long, or until `let_go`."""
        self._released.wait(seconds)

    def let_go(self) -> None:
        """End every waiting of this moment: the server is closing."""
        held, self._released = self._released, threading.Event()
        held.set()
