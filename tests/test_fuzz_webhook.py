"""Whatever LINE may send by its own description, and what is nearly that: kept, and handled without a fault."""

import json
import os
from typing import Any

import pytest
from conftest import SECRET, Clock, Service
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from line_events import JUNK, event_of, events, spoilt, types
from sqlmodel import select

from simulator.signing import signature
from storage.tables import InboxRow

ON_BOTH = True
QUIETLY = settings(
    max_examples=8 * int(os.environ.get("TSUNAGU_FUZZ", "1")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def door(service: Service) -> Any:
    return service.program.webhook_app().test_client()


def send(door: Any, happened: list[Any]) -> int:
    body = json.dumps({"destination": "U" + "0" * 32, "events": happened}).encode()
    return int(
        door.post(
            "/line/webhook", data=body, headers={"X-Line-Signature": signature(SECRET, body)}
        ).status_code
    )


def handled(service: Service, clock: Clock) -> None:
    """Every event is done with, at the first go."""
    intake = service.worker.steps["intake"]
    while intake.step():
        pass
    with service.program.database.read() as session:
        assert session.exec(select(InboxRow.error).where(InboxRow.error != "")).all() == []
        assert session.exec(select(InboxRow.id).where(InboxRow.closed_at == None)).all() == []  # noqa: E711


@pytest.mark.parametrize("kind", types())
@QUIETLY
@given(data=st.data())
def test_every_event_that_line_describes_is_kept_and_handled(
    service: Service, door: Any, clock: Clock, kind: str, data: st.DataObject
) -> None:
    assert send(door, [data.draw(event_of(kind))]) == 200

    handled(service, clock)


@QUIETLY
@given(batch=st.lists(events(), max_size=5))
def test_a_batch_of_anything_that_line_describes_is_handled(
    service: Service, door: Any, clock: Clock, batch: list[Any]
) -> None:
    assert send(door, batch) == 200

    handled(service, clock)


@settings(QUIETLY, max_examples=6 * QUIETLY.max_examples)
@given(event=spoilt(events()))
def test_an_event_with_one_thing_wrong_is_handled(
    service: Service, door: Any, clock: Clock, event: Any
) -> None:
    assert send(door, [event]) == 200

    handled(service, clock)


@settings(QUIETLY, max_examples=2 * QUIETLY.max_examples)
@given(batch=st.lists(JUNK | spoilt(events()), max_size=4))
def test_junk_among_events_is_handled(service: Service, door: Any, clock: Clock, batch: list[Any]) -> None:
    assert send(door, batch) == 200

    handled(service, clock)
