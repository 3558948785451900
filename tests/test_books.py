"""The drills' books tell an answer that nobody could know to have come from one that was sent twice by mistake."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from books import Arrival, arrived, was_pushed_blindly

from simulator.requests import RecordedRequest

RECEIVED = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY, TOKEN = "5b3c1f8e-0d2a-4b7c-9e61-2f40c8a7d913", "token"
NOTES = [
    {"rows": [1, 2], "name": TOKEN, "token_at": RECEIVED.isoformat()},
    {"rows": [1, 2], "name": KEY, "token_at": None},
]


def reply(after: float, *, sent: tuple[str, ...] = ("m1", "m2")) -> RecordedRequest:
    return _request("reply", after, {}, {"replyToken": TOKEN}, sent)


def push(after: float, *, sent: tuple[str, ...] = ("m3", "m4")) -> RecordedRequest:
    return _request("push", after, {"x-line-retry-key": KEY}, {}, sent)


def _request(
    path: str, after: float, headers: dict[str, str], body: Any, sent: tuple[str, ...]
) -> RecordedRequest:
    return RecordedRequest("POST", path, headers, body, 500, RECEIVED + timedelta(seconds=after), sent)


def test_a_request_has_arrived_that_brought_messages_whatever_was_answered() -> None:
    arrivals = arrived([reply(1, sent=()), reply(2), push(3, sent=())], NOTES)

    assert arrivals == {row: [Arrival("reply", RECEIVED + timedelta(seconds=2), RECEIVED)] for row in (1, 2)}


def test_past_the_token_s_minute_a_reply_and_a_push_cannot_be_told_apart() -> None:
    arrivals = arrived([reply(49), push(56)], NOTES)

    assert was_pushed_blindly(arrivals[1])


@pytest.mark.parametrize(
    "requests",
    [
        pytest.param([reply(3)], id="once"),
        pytest.param([reply(3), push(54)], id="within the minute LINE tells"),
        pytest.param([push(56), push(70)], id="a retry key is accepted once"),
        pytest.param([reply(3), reply(70)], id="a token works once"),
        pytest.param([push(56), reply(58)], id="a push is never followed by a reply"),
        pytest.param([reply(3), push(70), push(90)], id="thrice"),
    ],
)
def test_everything_else_is_a_mistake(requests: list[RecordedRequest]) -> None:
    assert not was_pushed_blindly(arrived(requests, NOTES)[1])
