"""Whoever gets hold of a dump of the database reads nothing that anybody wrote, and finds nobody."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import databases
import pytest
from conftest import Clock, Service, settings_for
from dumps import dumped, found

from bot.program import Program
from conversation.events import CounselorHandedBack, CounselorNoted, CounselorReplied, CounselorTook
from storage import staff
from storage.staff import Role

WORDS = (
    "一時保育をさがしています、上の子は五さいです",
    "松が丘2丁目",
    "今日こそ人と話したいです",
    "もう死にたい、消えてしまいたい",
    "じつは夫のことで悩んでいます",
    "合い言葉はれんげ",
    "やっぱり引っこめたい言葉",
    "これは処理に失敗する言葉",
)
WRITTEN = ("相談員からのひみつの返事", "届かなかった返事", "内部のひみつのメモ")
PARTS = (
    "松が丘",
    "五さい",
    "今日こそ",
    "もう死にたい、",
    "夫のことで",
    "れんげ",
    "引っこめ",
    "処理に失敗",
    "届かなかった",
)
POSITION = ("35.720442", "139.643524", "1丁目99番")


@pytest.fixture(params=["sqlite", "postgresql"])
def program(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, line_host: str
) -> Iterator[Program]:
    sqlite = nullcontext(f"sqlite:///{tmp_path}/tsunagu.db")
    with sqlite if request.param == "sqlite" else databases.empty_schema() as url:
        program = Program(settings_for(url, line_host), clock)
        program.prepare()
        with program.database.write() as session:
            staff.add(session, "sato", "相談員", Role.COUNSELOR, "not a hash", clock())
        yield program
        program.close()


def test_a_dump_holds_no_words_no_user_id_no_token_and_no_position(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dumped(service.program.database)

    dumps = list(_story(service, monkeypatch))

    secrets = [*WORDS, *WRITTEN, *PARTS, *POSITION, *_users(service), *_tokens(service)]
    assert found(secrets, before) == []  # the rules say none of this
    assert [found(secrets, dump) for dump in dumps] == [[]] * len(dumps)
    assert found(["not a hash"], dumps[-1]) == ["not a hash"]  # what is plain would have been found
    assert len(_tokens(service)) > 3


def _story(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """A day with everything in it, and a dump at each turn."""
    database, phone = service.program.database, service.phone()
    phone.follow()
    for text in WORDS[:3]:
        phone.say(text)
        yield dumped(database)  # received, not handled
        service.settle()
        service.clock.forward(seconds=5)
    phone.share_location(35.720442, 139.643524, address="中野区野方1丁目99番")
    yield dumped(database)
    service.settle()
    phone.say("はい")
    service.settle()
    phone.say(WORDS[3])
    service.settle()
    service.happen(CounselorTook("sato"))
    service.happen(CounselorReplied("sato", WRITTEN[0]))
    yield dumped(database)  # decided, not sent
    service.happen(CounselorNoted("sato", WRITTEN[2]))
    service.clock.forward(minutes=2)
    service.settle()
    service.platform.faults.add("server_error_before", "push", times=1)
    service.happen(CounselorReplied("sato", WRITTEN[1]))
    service.settle()  # waits for its next try
    for text in WORDS[4:6]:
        phone.say(text)
    service.settle()
    phone.unsend(phone.say(WORDS[6]))
    service.settle()
    service.happen(CounselorHandedBack("sato"))
    _fail_on_every_message(monkeypatch)
    phone.say(WORDS[7])
    for _ in range(6):
        service.settle()
        service.clock.forward(seconds=10)
    yield dumped(database)  # parked


def _users(service: Service) -> list[str]:
    return [service.phone().user_id]


def _tokens(service: Service) -> list[str]:
    return [
        str(request.body["replyToken"])
        for request in service.platform.requests
        if "replyToken" in request.body
    ]


def _fail_on_every_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(utterance: str, _rules: object) -> None:
        raise ValueError(utterance)

    monkeypatch.setattr("conversation.talk.classify", fail)
