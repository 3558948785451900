"""No log line, at any level and of any library, holds what somebody wrote, a token or a user id."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
from conftest import SECRET, TOKEN, Service

from bot import logs
from conversation.events import CounselorNoted, CounselorReplied, CounselorTook

SAID = (
    "一時保育どこ",
    "もう死にたい",
    "若宮3丁目",
    "ひみつの相談です",
    "人と話したい",
    "はい",
    "合い言葉はれんげ",
)
WRITTEN = ("相談員からのひみつの返事", "内部のひみつのメモ")


@pytest.fixture(params=[logs.Formatter, logs.JsonFormatter])
def output(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Everything that any logger says at any level, in both of our formats."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


def test_a_whole_day_leaves_no_words_in_the_log(
    service: Service, output: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = service.phone()
    phone.follow()
    service.settle()
    for text in SAID:
        service.clock.forward(seconds=5)
        phone.say(text)
        service.settle()
    service.happen(CounselorTook("sato"))
    service.happen(CounselorReplied("sato", WRITTEN[0]))
    service.happen(CounselorNoted("sato", WRITTEN[1]))
    service.platform.faults.add("server_error_after", "push")
    service.clock.forward(minutes=2)
    phone.share_location(35.720442, 139.643524)
    service.settle()
    _fail_on_every_message(monkeypatch)
    phone.say("これは処理に失敗するひみつの言葉")
    service.settle()

    log = output.getvalue()

    assert "event handled" in log
    assert "delivery" in log
    assert "event put off" in log
    secrets = (
        *SAID,
        *WRITTEN,
        "処理に失敗する",
        phone.user_id,
        SECRET,
        TOKEN,
        "35.720442",
        *_tokens(service),
    )
    assert [secret for secret in secrets if len(secret) > 2 and secret in log] == []


@pytest.mark.parametrize("formatter", [logs.Formatter(), logs.JsonFormatter()])
def test_an_exception_shows_its_type_and_place_and_not_its_words(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("ひみつの言葉")
    except ValueError:
        record = logging.LogRecord("bot", logging.ERROR, __file__, 1, "it failed", None, None)
        record.exc_info = sys.exc_info()

    line = formatter.format(record)

    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "ひみつの言葉" not in line


def _fail_on_every_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(utterance: str, _rules: object) -> None:
        raise ValueError(utterance)

    monkeypatch.setattr("conversation.talk.classify", fail)


def _tokens(service: Service) -> list[str]:
    return [
        str(request.body["replyToken"])
        for request in service.platform.requests
        if "replyToken" in request.body
    ]
