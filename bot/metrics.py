"""What /metrics shows, as Prometheus text.

Two kinds. What the database knows is read at each scrape and is the same whichever process is asked: take the largest, do
not add. What a process counts itself (PROCESS) begins at 0 with it: add over processes.
"""

from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from bot.gauges import Gauges
from conversation.ahead import Turn
from conversation.handling import Store
from conversation.model import Conversation, Decision
from storage.database import Database

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second number for each, which nobody asks for
PROCESS: Final = CollectorRegistry()
ProcessCollector(registry=PROCESS)  # memory, processor, open files; on Linux

WEBHOOK: Final = Counter(
    "tsunagu_webhook_requests",
    "Webhook requests by the status they were answered with.",
    ["status"],
    registry=PROCESS,
)
DECIDING: Final = Histogram(
    "tsunagu_decide_seconds",
    "Classifying a message and deciding what follows, without the database.",
    ["event"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
    registry=PROCESS,
)
WAITED: Final = Histogram(
    "tsunagu_event_wait_seconds",
    "From an event's arrival at the webhook to its handling.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300),
    registry=PROCESS,
)
HELPED: Final = Counter(
    "tsunagu_consultations_helped",
    "What parents say once a consultation has ended: yes, no (still in trouble), none (would rather not say).",
    ["answer"],
    registry=PROCESS,
)
DELIVERIES: Final = Counter(
    "tsunagu_deliveries", "Requests to LINE by what became of them.", ["state"], registry=PROCESS
)

ENCLOSURES: Final = Counter(
    "tsunagu_enclosures",
    "Photos and files that were asked for at LINE, by what became of them.",
    ["outcome"],
    registry=PROCESS,
)


def text(database: Database, clock: Callable[[], datetime]) -> bytes:
    """Everything: of the database, and of this process."""
    shared = CollectorRegistry()
    shared.register(Gauges(database, clock))
    return generate_latest(shared) + generate_latest(PROCESS)


class Timed:
    """A store that observes how long was decided between reading and writing."""

    def __init__(self, store: Store, event: str) -> None:
        self._store, self._event = store, event
        self._loaded = 0.0

    def load(self, conversation_id: str) -> tuple[Conversation, int]:
        loaded = self._store.load(conversation_id)
        self._loaded = perf_counter()
        return loaded

    def waiting(self, but: str, now: datetime) -> tuple[Turn, ...]:
        found = self._store.waiting(but, now)
        self._loaded = perf_counter()
        return found

    def save(self, decision: Decision, version: int, now: datetime) -> None:
        DECIDING.labels(self._event).observe(perf_counter() - self._loaded)
        self._store.save(decision, version, now)
