"""Photos and files that parents send, from LINE to the database, on both databases."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import pytest
import unsealed
from conftest import Service
from dumps import dumped
from samples import M4A, MP4, PDF, bomb, photo, photo_that_tells
from sqlalchemy import update
from sqlmodel import col, select

from bot.fetching import Fetching
from bot.line import content
from conversation.events import StaffErased
from simulator.faults import FaultKind
from simulator.phone import Phone
from storage import enclosures, keys, retention, sealing
from storage.database import Database
from storage.enclosures import Claimed, Found, State
from storage.retention import Policy
from storage.sealing import Keyring
from storage.tables import EnclosureRow, EntryRow

ON_BOTH = True
PHOTO = photo(size=(1200, 900))


def rows(service: Service) -> list[EnclosureRow]:
    with service.program.database.read() as session:
        return list(session.exec(select(EnclosureRow).order_by(col(EnclosureRow.id))))


def states(service: Service) -> list[tuple[str, str]]:
    return [(row.state, row.problem) for row in rows(service)]


def opened(service: Service, row: EnclosureRow) -> enclosures.Opened | None:
    with service.program.database.read() as session:
        return enclosures.opened(session, row.conversation_id, row.id or 0)


def claim(service: Service) -> Claimed:
    with service.program.database.write() as session:
        claimed = enclosures.claim(session, service.clock())
    assert claimed
    return claimed


def intake(service: Service) -> None:
    while service.worker.steps["intake"].step():
        pass


@pytest.fixture
def phone(service: Service) -> Phone:
    return service.phone()


# ---- what is kept


def test_a_photo_is_fetched_at_once_and_kept_with_the_conversation(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    service.settle()

    (row,) = rows(service)
    kept = opened(service, row)
    assert (row.state, row.media_type, row.width, row.height) == ("kept", "image/jpeg", 1200, 900)
    assert kept
    assert kept.content.startswith(b"\xff\xd8\xff")
    assert row.size == len(kept.content)


def test_neither_the_photo_nor_a_files_name_can_be_read_in_a_dump(service: Service, phone: Phone) -> None:
    name = "田中はなの診断書.pdf"
    phone.send_file(name, PDF)
    phone.send_image(photo_that_tells())
    service.settle()

    dump = dumped(service.program.database)

    assert states(service) == [("kept", "")] * 2
    for secret in (PDF, b"%PDF", name.encode(), b"JFIF", b"Exif"):
        assert secret not in dump
        assert secret.hex().encode() not in dump


@pytest.mark.parametrize(
    ("send", "media_type"),
    [
        (lambda phone: phone.send_file("手紙.pdf", PDF), "application/pdf"),
        (lambda phone: phone.send_video(MP4), "video/mp4"),
        (lambda phone: phone.send_audio(M4A), "audio/mp4"),
    ],
)
def test_a_pdf_a_film_and_a_recording_are_kept_as_they_came(
    send: Any, media_type: str, service: Service, phone: Phone
) -> None:
    send(phone)
    service.settle()

    (row,) = rows(service)
    kept = opened(service, row)
    assert kept
    assert (row.state, kept.media_type) == ("kept", media_type)
    assert kept.content in (PDF, MP4, M4A)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"MZ\x90\0 a program", "kind"),
        (b"<html><script>alert(1)</script>", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
        (bomb(), "broken"),
        (PHOTO[:300], "broken"),
        (PDF + bytes(11 * 1024 * 1024), "too_large"),
    ],
    ids=["program", "page", "svg", "bomb", "cut off", "too large"],
)
def test_what_is_not_kept_says_why(data: bytes, problem: str, service: Service, phone: Phone) -> None:
    phone.send_file("写真.jpg", data, "image/jpeg")  # whatever its name and LINE say
    service.settle()

    (row,) = rows(service)
    assert (row.state, row.problem, row.content, row.thumbnail) == ("failed", problem, b"", b"")


def test_what_lies_elsewhere_is_never_fetched(service: Service, phone: Phone) -> None:
    phone.send_image_from_elsewhere("http://127.0.0.1:1/inside")
    service.settle()

    assert states(service) == [("failed", "elsewhere")]
    assert not [one for one in service.platform.requests if "content" in one.path]


def test_a_sticker_is_nothing_to_fetch(service: Service, phone: Phone) -> None:
    phone.send_sticker()
    service.settle()

    assert rows(service) == []


# ---- LINE does not give it


def test_what_is_not_ready_is_asked_for_again(service: Service, phone: Phone) -> None:
    service.platform.faults.add(FaultKind.NOT_READY, "content", times=2)
    phone.send_video(MP4)
    service.settle()
    first = states(service)

    for _ in range(2):
        service.clock.forward(seconds=3)
        service.settle()

    assert (first, states(service)) == ([("wanted", "")], [("kept", "")])


def test_what_line_cannot_prepare_is_given_up(
    service: Service, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "_status", lambda _: "failed")
    service.platform.faults.add(FaultKind.NOT_READY, "content")
    phone.send_video(MP4)
    service.settle()

    assert states(service) == [("failed", "unreached")]


@pytest.mark.parametrize(
    "fault", [FaultKind.SERVER_ERROR_BEFORE, FaultKind.RATE_LIMITED, FaultKind.TIMEOUT_BEFORE]
)
def test_a_failure_of_lines_is_tried_again(
    fault: FaultKind, service: Service, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "TIMEOUT", content.Timeout(connect=0.3, read=0.3))
    service.platform.faults.add(fault, "content", seconds=5)
    phone.send_image(PHOTO)
    service.settle()
    first = states(service)
    service.platform.close()  # whoever waits there is let go

    service.clock.forward(seconds=2)
    service.settle()

    assert (first, states(service)) == ([("wanted", "")], [("kept", "")])


def test_a_bad_access_token_pauses_and_loses_nothing(service: Service, phone: Phone) -> None:
    service.platform.faults.add(FaultKind.UNAUTHORIZED, "content")
    phone.send_image(PHOTO)
    service.settle()
    service.clock.forward(seconds=10)
    service.settle()
    asked = len([one for one in service.platform.requests if "content" in one.path])

    service.clock.forward(seconds=25)
    service.settle()

    assert (asked, states(service)) == (1, [("kept", "")])


def test_what_is_gone_at_lines_is_not_asked_for_again(service: Service, phone: Phone) -> None:
    service.platform.faults.add(FaultKind.GONE, "content")
    phone.send_image(PHOTO)
    service.settle()
    service.clock.forward(hours=1)
    service.settle()

    assert states(service) == [("failed", "gone")]


def test_after_a_day_it_is_given_up(service: Service, phone: Phone) -> None:
    service.platform.faults.add(FaultKind.SERVER_ERROR_BEFORE, "content", times=9)
    phone.send_image(PHOTO)
    service.settle()
    service.clock.forward(hours=25)
    service.settle()

    assert states(service) == [("failed", "unreached")]


def test_what_drips_too_slowly_is_left(service: Service, phone: Phone) -> None:
    moments = iter([0.0, 61.0])
    slow = content.ContentClient(
        service.program.settings.line_api_host,
        service.program.settings.line_channel_access_token,
        elapsed=lambda: next(moments),
    )

    fetched = slow.fetch(phone.send_image(PHOTO), 10**7)
    slow.close()

    assert fetched == content.Fetched(content.Verdict.TRY_LATER, problem="too slow")


def test_each_drop_is_looked_at_by_the_clock() -> None:
    """A server that drips would be waited for as long as it likes, if only whole chunks were counted."""
    with drip(b"%PDF-" + b"x" * 50) as host:
        moments = count()
        impatient = content.ContentClient(host, "token", elapsed=lambda: next(moments) * 10.0)

        fetched = impatient.fetch("1", 10**7)
        impatient.close()

    assert fetched.problem == "too slow"


@contextmanager
def drip(data: bytes) -> Iterator[str]:
    """One byte at a time: its address."""

    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with suppress(OSError):  # whoever asked has gone
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.01)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_lines_content_lies_on_a_host_of_its_own() -> None:
    client = content.ContentClient("https://api.line.me", "token")

    assert client._host == "https://api-data.line.me"


# ---- several workers, and dead ones


def test_two_workers_do_not_fetch_the_same_photo(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    intake(service)

    claim(service)
    with service.program.database.write() as session:
        second = enclosures.claim(session, service.clock())

    assert second is None


def test_a_worker_that_was_overtaken_changes_nothing(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    intake(service)
    slow = claim(service)
    service.clock.forward(minutes=3)
    service.settle()
    kept = rows(service)

    done = enclosures.keep(service.program.database, slow, Found("application/pdf", PDF))

    assert not done
    assert [(row.state, row.media_type) for row in rows(service)] == [("kept", "image/jpeg")]
    assert rows(service)[0].content == kept[0].content


def test_a_worker_that_died_between_fetching_and_keeping_is_followed(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    intake(service)
    claim(service)  # and then it was killed

    service.settle()
    waiting = states(service)
    service.clock.forward(minutes=3)
    service.settle()

    assert (waiting, states(service)) == ([("wanted", "")], [("kept", "")])


def test_a_file_that_kills_whoever_looks_at_it_is_given_up(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    intake(service)
    for _ in range(enclosures.MOST_ABANDONED):
        claim(service)
        service.clock.forward(minutes=3)

    service.settle()

    assert states(service) == [("failed", "broken")]


def test_a_photo_whose_decoder_breaks_down_stops_nobody_elses(
    service: Service, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import fetching

    def breaks(data: bytes) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "redrawn", breaks)
        phone.send_image(PHOTO)
        service.settle()
    phone.send_image(PHOTO)
    service.settle()

    assert states(service) == [("failed", "broken"), ("kept", "")]


def test_the_only_worker_there_is_takes_over_at_its_start(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    intake(service)
    claim(service)

    with service.program.database.write() as session:
        enclosures.release(session)
    service.settle()

    assert states(service) == [("kept", "")]


# ---- it goes with the words


def test_an_unsend_takes_the_photo_and_leaves_a_mark(service: Service, phone: Phone) -> None:
    message_id = phone.send_image(PHOTO)
    service.settle()

    phone.unsend(message_id)
    service.settle()

    (entry,) = [one for one in unsealed.rows(service.program.database, EntryRow) if one.kind == "utterance"]
    assert rows(service) == []
    assert (entry.text, entry.erased_at is not None) == ("", True)


def test_an_unsend_before_the_photo_was_fetched_is_the_end_of_it(service: Service, phone: Phone) -> None:
    message_id = phone.send_image(PHOTO)
    intake(service)

    phone.unsend(message_id)
    service.settle()

    assert rows(service) == []
    assert not [one for one in service.platform.requests if "content" in one.path]


def test_an_unsend_while_the_photo_is_fetched_leaves_nothing(service: Service, phone: Phone) -> None:
    message_id = phone.send_image(PHOTO)
    intake(service)
    claimed = claim(service)

    phone.unsend(message_id)
    intake(service)
    done = enclosures.keep(service.program.database, claimed, Found("image/jpeg", PHOTO))

    assert (done, rows(service)) == (False, [])


def test_an_unsend_of_another_message_leaves_the_photo(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    other = phone.say("こんにちは")
    service.settle()

    phone.unsend(other)
    service.settle()

    assert states(service) == [("kept", "")]


def test_erasing_takes_photos_too(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    service.settle()

    service.happen(StaffErased("sato", "ご本人の希望"))

    assert rows(service) == []


def test_photos_go_with_the_talk_that_they_belong_to(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    service.settle()
    now = service.clock()

    retention.sweep(service.program.database, now + timedelta(days=89), Policy())
    before = states(service)
    retention.sweep(service.program.database, now + timedelta(days=91), Policy())

    assert (before, rows(service)) == ([("kept", "")], [])


def test_a_program_from_before_takes_the_photo_along_with_its_entry(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    intake(service)

    with service.program.database.write() as session:  # it knows nothing of enclosures
        for entry in session.exec(select(EntryRow).where(EntryRow.kind == "utterance")):
            session.delete(entry)

    assert rows(service) == []


# ---- keys


def test_photos_are_sealed_anew_with_a_new_key(service: Service, phone: Phone) -> None:
    for _ in range(keys.LARGE_BATCH + 1):
        phone.send_image(PHOTO)
    service.settle()
    old = service.program.database.keyring
    assert old
    both = Keyring([b"n" * 32, bytes(32)])
    rotating = Database(service.program.settings.database_url, both)

    rotated = keys.rotate(rotating)
    rotating.close()

    alone = Keyring([b"n" * 32])
    assert rotated.unreadable == 0
    assert len(rows(service)) == keys.LARGE_BATCH + 1
    for row in rows(service):
        assert alone.open_bytes(sealing.ENCLOSURE_CONTENT, row.id or 0, row.content)
        assert alone.open_bytes(sealing.ENCLOSURE_THUMBNAIL, row.id or 0, row.thumbnail)


def test_a_photo_that_was_moved_to_anothers_row_is_seen(service: Service, phone: Phone) -> None:
    phone.send_image(PHOTO)
    service.phone("保護者B").send_image(photo("PNG"))
    service.settle()
    first, second = rows(service)

    with service.program.database.write() as session:
        session.execute(
            update(EnclosureRow).where(col(EnclosureRow.id) == first.id).values(content=second.content)
        )

    with pytest.raises(sealing.Unreadable):
        opened(service, first)


# ---- what the parent hears


@pytest.mark.parametrize(
    ("send", "hears"),
    [
        (Phone.send_image, "写真をありがとうございます"),
        (Phone.send_video, "動画をありがとうございます"),
        (Phone.send_audio, "音声をありがとうございます"),
        (Phone.send_file, "ファイルをありがとうございます"),
        (Phone.send_sticker, "スタンプをありがとうございます"),
    ],
)
def test_the_bot_says_kindly_that_it_cannot_read(
    send: Any, hears: str, service: Service, phone: Phone
) -> None:
    send(phone)
    service.settle()

    assert phone.texts()[-1].startswith(hears)


@pytest.mark.parametrize(
    "send", [Phone.send_video, lambda phone: phone.send_image_from_elsewhere("https://example.com/a.jpg")]
)
def test_nothing_is_promised_that_may_not_be_kept(send: Any, service: Service, phone: Phone) -> None:
    send(phone)
    service.settle()

    assert "残します" not in phone.texts()[-1]


def test_several_photos_sent_together_are_answered_once(service: Service, phone: Phone) -> None:
    for index in (1, 2, 3):
        phone._send(
            {"type": "image", "contentProvider": {"type": "line"}}
            | {"imageSet": {"id": "E005", "index": index, "total": 3}}
        )
    service.settle()

    assert len(phone.texts()) == 1
    assert [state for state, _ in states(service)] == [State.KEPT] * 3


def test_who_waits_for_a_counselor_hears_that_the_photo_has_come_in(service: Service, phone: Phone) -> None:
    phone.say("人と話したい")
    service.settle()
    phone.tap("同意して相談する")
    service.settle()

    phone.send_image(PHOTO)
    service.settle()

    assert phone.texts()[-1] == "写真が届きました。相談員が確かめます。"


def test_logs_tell_nothing_of_what_was_sent(
    service: Service, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    phone.send_file("田中はなの診断書.pdf", PDF)
    service.settle()

    assert isinstance(service.worker.steps["fetching"], Fetching)
    assert "enclosure" in caplog.text
    assert not any("田中" in str(record.__dict__) for record in caplog.records)
