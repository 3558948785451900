"""What a parent agreed to, in which words and when, can be shown later."""

import hashlib

import pytest
import unsealed
from conftest import Service

from conversation import handover
from conversation.handover import CONSENT_VERSION, consent_text
from storage import consents
from storage.store import SqlStore
from storage.tables import EntryRow

VERSIONS = {"2026-11": "697463b18300278962a70cd09c4728237e8bfc41dd9732e654746e2674988f07"}


def agree(service: Service) -> None:
    for text in ("人と話したい", "はい"):
        service.phone().say(text)
        service.settle()


def test_a_new_text_gets_a_new_version() -> None:
    """Changed the words of `consent`? Give CONSENT_VERSION a new name, and add its digest here."""
    assert VERSIONS[CONSENT_VERSION] == hashlib.sha256(consent_text().encode()).hexdigest()


def test_version_and_moment_are_kept_with_the_conversation_and_in_the_timeline(service: Service) -> None:
    agree(service)

    with service.program.database.read() as session:
        conversation, _ = SqlStore(session).load(service.conversation_id())
    assert (conversation.consent, conversation.consented_at) == (CONSENT_VERSION, service.clock())
    system = [row for row in unsealed.rows(service.program.database, EntryRow) if row.kind == "system"]
    assert [row.text for row in system] == [f"相談員に引きつぐことに同意(説明の版 {CONSENT_VERSION})"]


def test_the_text_of_each_version_is_kept(service: Service) -> None:
    with service.program.database.write() as session:
        consents.record(session, CONSENT_VERSION, "あとから変えた文", service.clock())

    with service.program.database.read() as session:
        assert consents.text_of(session, CONSENT_VERSION) == consent_text()
        assert consents.text_of(session, "2019-01") is None


def test_who_agreed_to_an_older_text_is_asked_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(service)
    service.phone().say("相談をやめる")
    service.settle()
    monkeypatch.setattr(handover, "CONSENT_VERSION", "2027-04")

    service.phone().say("人と話したい")
    service.settle()

    assert any("相談員に引きつぐ前に" in text for text in service.phone().texts()[-2:])


def test_who_agreed_to_todays_text_is_not_asked_again(service: Service) -> None:
    agree(service)
    service.phone().say("相談をやめる")
    service.settle()
    before = len(service.phone().texts())

    service.phone().say("人と話したい")
    service.settle()

    assert all("相談員に引きつぐ前に" not in text for text in service.phone().texts()[before:])
