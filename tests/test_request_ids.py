"""One message can be followed through the logs of every process, from the webhook to LINE."""

import io
import json
import logging
import re
import uuid
from collections.abc import Iterator

import pytest
import urllib3
from conftest import Service

from bot.logs import JsonFormatter
from conversation.events import CounselorReplied, CounselorTook
from storage import trace

ON_BOTH = True
GIVEN = "4bf92f3577b34da6a3ce929d0e0e4736"
FORGED = (
    "",
    "もう死にたい",
    "03-3389-1111",
    "sato",
    "U4bf92f3577b34da6a3ce929d0e0e4736",  # a LINE user id
    f"{GIVEN} {GIVEN}",
    "a" * 10_000,
)


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


def lines_of(output: io.StringIO, request_id: str) -> list[str]:
    """The messages of the log's lines that belong to a request."""
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    return [line["message"] for line in lines if request_id in line.get("request", "").split(",")]


def post(service: Service, *texts: str, request_id: str) -> urllib3.BaseHTTPResponse:
    """What the parents say reaches the webhook in one request of this id."""
    service.platform.hold()
    for number, text in enumerate(texts):
        service.phone(f"保護者{number}").say(text)
    body, headers = service.platform.signed(service.platform.held[-len(texts) :])
    url = service.platform.webhook_url
    return urllib3.request("POST", url, body=body, headers={**headers, "X-Request-Id": request_id})


def test_a_message_is_followed_from_the_webhook_to_line(service: Service, output: io.StringIO) -> None:
    answer = post(service, "一時保育どこ", request_id=GIVEN)
    service.settle()

    assert answer.headers["X-Request-Id"] == GIVEN
    assert lines_of(output, GIVEN) == ["webhook kept", "event handled", "delivery"]


def test_the_line_of_a_delivery_names_lines_own_request(service: Service, output: io.StringIO) -> None:
    post(service, "一時保育どこ", request_id=GIVEN)
    service.settle()

    (delivery,) = [json.loads(line) for line in output.getvalue().splitlines() if '"delivery"' in line]
    assert delivery["line_request"]


def test_requests_kept_by_one_transaction_stay_apart(service: Service, output: io.StringIO) -> None:
    other = uuid.uuid4().hex
    post(service, "一時保育どこ", request_id=GIVEN)
    post(service, "病児保育", request_id=other)
    service.settle()

    assert lines_of(output, GIVEN).count("event handled") == 1
    assert lines_of(output, other).count("event handled") == 1


def test_an_event_that_fails_is_found_by_its_request(
    service: Service, output: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_text: str, _rules: object) -> None:
        raise ValueError

    monkeypatch.setattr("conversation.talk.classify", fail)
    post(service, "一時保育どこ", request_id=GIVEN)
    service.settle()

    assert "event put off" in lines_of(output, GIVEN)


def test_what_a_counselor_writes_is_followed_too(service: Service, output: io.StringIO) -> None:
    post(service, "一時保育どこ", request_id=uuid.uuid4().hex)
    service.settle()
    with trace.following(GIVEN):  # as the console's requests do
        service.happen(CounselorTook("sato"))
        service.happen(CounselorReplied("sato", "こんにちは"))
    service.settle()

    assert "delivery" in lines_of(output, GIVEN)


@pytest.mark.parametrize("forged", FORGED)
def test_an_id_that_could_be_somebodys_words_is_not_taken(service: Service, forged: str) -> None:
    client = service.program.webhook_app().test_client()

    given = client.get("/healthz", headers={"X-Request-Id": forged} if forged else {}).headers["X-Request-Id"]

    assert re.fullmatch("[0-9a-f]{32}", given)


def test_the_console_gives_ids_too(service: Service) -> None:
    client = service.program.console_app().test_client()

    assert client.get("/login", headers={"X-Request-Id": GIVEN}).headers["X-Request-Id"] == GIVEN


def test_a_request_that_is_refused_leaves_a_line(service: Service, output: io.StringIO) -> None:
    client = service.program.webhook_app().test_client()

    client.post("/line/webhook", data=b"{}", headers={"X-Request-Id": GIVEN})

    assert lines_of(output, GIVEN) == ["webhook refused"]


def test_after_a_request_nothing_is_taken_for_it(service: Service) -> None:
    post(service, "一時保育どこ", request_id=GIVEN)

    assert trace.current() == ""
