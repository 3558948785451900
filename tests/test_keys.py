"""Keys are changed while the service runs: old words stay readable, and the old key can go in the end."""

import base64
from copy import copy
from pathlib import Path

import databases
import pytest
import unsealed
from conftest import Service
from databases import NOW, family
from sqlmodel import col, select, update
from test_commands import environment, run

from conversation.events import CounselorTook
from conversation.messages import Outgoing, Text
from storage import keys, outbox, sealing
from storage.database import Database
from storage.sealing import Keyring
from storage.store import SqlStore
from storage.tables import ContactRow, ConversationRow, EntryRow, OutboxRow

__all__ = ["environment"]

database = databases.on_both
OLD, NEW = bytes(32), bytes([7]) * 32  # OLD is the tests' own


def with_keys(database: Database, *each: bytes) -> Database:
    """The same database as another process sees it, which has other keys."""
    other = copy(database)
    other.keyring = Keyring(each)
    return other


def send(database: Database, conversation: str, words: str) -> None:
    with database.write() as session:
        outbox.put(session, conversation, None, "line", Outgoing((Text(words),)), NOW)


def bodies(database: Database) -> list[str]:
    return [str(row.body) for row in unsealed.rows(database, OutboxRow)]


def test_after_a_rotation_the_new_key_alone_opens_everything(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BATCH", 2)
    conversation = family(database, "U-a")
    for number in range(5):
        send(database, conversation, f"言葉{number}")
    both = with_keys(database, NEW, OLD)

    rotated = keys.rotate(both)

    alone = with_keys(database, NEW)
    assert rotated == keys.Rotated(sealed_anew=5 + 1 + 1, unreadable=0)  # bodies, address, memory
    assert [f"言葉{number}" in body for number, body in enumerate(bodies(alone))] == [True] * 5
    assert [row.address for row in unsealed.rows(alone, ContactRow)] == ["U-a"]
    with alone.read() as session:
        assert SqlStore(session).load(conversation)[0].id == conversation


def test_a_second_rotation_has_nothing_to_do(database: Database) -> None:
    send(database, family(database), "言葉")
    both = with_keys(database, NEW, OLD)
    keys.rotate(both)

    assert keys.rotate(both).sealed_anew == 0


def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BATCH", 1)
    conversation = family(database)
    for number in range(4):
        send(database, conversation, f"言葉{number}")
    both = with_keys(database, NEW, OLD)
    whole, calls = keys._batch, 0

    def dying(*arguments: object) -> tuple[object, int, int]:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise KeyboardInterrupt
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(keys, "_batch", dying)
    with pytest.raises(KeyboardInterrupt):
        keys.rotate(both)
    assert len(bodies(both)) == 4  # half done is no harm: both keys are there

    monkeypatch.setattr(keys, "_batch", whole)
    rest = keys.rotate(both)

    assert 0 < rest.sealed_anew < 6
    assert len(bodies(with_keys(database, NEW))) == 4


def test_what_was_written_meanwhile_is_not_overwritten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the write another process has emptied the body: the words do not come back."""
    send(database, family(database), "言葉")
    both = with_keys(database, NEW, OLD)
    seal = Keyring.seal_bytes

    def emptied_meanwhile(self: Keyring, field: sealing.Field, row: str | int, content: bytes) -> bytes:
        if field == sealing.OUTBOX_BODY and self.newest == both.keyring.newest:  # type: ignore[union-attr]
            session_of_rotation.execute(update(OutboxRow).values(body=b""))
        return seal(self, field, row, content)

    monkeypatch.setattr(Keyring, "seal_bytes", emptied_meanwhile)
    with both.write() as session_of_rotation:
        keys._batch(session_of_rotation, sealing.OUTBOX_BODY, None)

    assert bodies(both) == [""]


def test_the_old_key_is_asked_for_until_nothing_needs_it(database: Database) -> None:
    with database.write() as session:
        keys.note(session, NOW)
    send(database, family(database), "言葉")

    with with_keys(database, NEW).read() as session:
        before = keys.missing(session)
    both = with_keys(database, NEW, OLD)
    with both.write() as session:
        keys.note(session, NOW)
    keys.rotate(both)

    with with_keys(database, NEW).read() as session:
        after = keys.missing(session)
    assert (before, after) == ([sealing.key_id(OLD).hex()], [])


def test_while_something_is_unreadable_the_old_key_is_still_asked_for(database: Database) -> None:
    with database.write() as session:
        keys.note(session, NOW)
    send(database, family(database), "言葉")
    with database.write() as session:
        session.execute(update(OutboxRow).where(col(OutboxRow.id) == 1).values(body=b"\x01" + b"x" * 60))
    both = with_keys(database, NEW, OLD)

    rotated = keys.rotate(both)

    assert (rotated.unreadable, rotated.sealed_anew) == (1, 2)
    with with_keys(database, NEW).read() as session:
        assert keys.missing(session) == [sealing.key_id(OLD).hex()]


def test_the_service_goes_on_while_keys_are_rotated(service: Service) -> None:
    """One process seals with the new key already; the other, which knows both, serves on."""
    phone = service.phone()
    phone.say("人と話したい")
    service.settle()
    phone.say("はい")
    service.settle()
    database = service.program.database
    database.keyring = Keyring([NEW, OLD])
    phone.say("あたらしい言葉")
    service.settle()

    keys.rotate(database)
    service.happen(CounselorTook("sato"))
    phone.say("そのあとの言葉")
    service.settle()

    texts = [row.text for row in unsealed.rows(with_keys(database, NEW), EntryRow)]
    assert ["あたらしい言葉" in texts, "そのあとの言葉" in texts, "人と話したい" in texts] == [True] * 3


# ---- the commands


def test_a_start_without_the_key_says_which_and_shows_no_words(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "upgrade")
    monkeypatch.setenv("ENCRYPTION_KEYS", base64.b64encode(NEW).decode())

    result = run("outbox", "list")

    assert result.exit_code == 1
    assert f"鍵 {sealing.key_id(OLD).hex()} がありません" in result.stderr
    assert "Traceback" not in result.output


def test_rotating_at_the_shell_frees_the_old_key(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    new, old = (base64.b64encode(key).decode() for key in (NEW, OLD))
    with_old = Database(f"sqlite:///{environment}/tsunagu.db", Keyring([OLD]))
    send(with_old, family(with_old), "言葉")
    with_old.close()
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{new},{old}")

    rotated = run("keys", "rotate")
    monkeypatch.setenv("ENCRYPTION_KEYS", new)
    alone = run("outbox", "list")

    assert (rotated.exit_code, alone.exit_code) == (0, 0)
    assert "前の鍵を ENCRYPTION_KEYS から外せます" in rotated.stdout


def test_a_value_that_cannot_be_read_keeps_the_old_key_needed(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "upgrade")
    with_old = Database(f"sqlite:///{environment}/tsunagu.db", Keyring([OLD]))
    send(with_old, family(with_old), "言葉")
    with with_old.write() as session:
        session.exec(select(ConversationRow)).one().memory = b"\x01 not ours"
    with_old.close()
    monkeypatch.setenv("ENCRYPTION_KEYS", ",".join(base64.b64encode(key).decode() for key in (NEW, OLD)))

    rotated = run("keys", "rotate")

    assert rotated.exit_code == 1
    assert "読めない値が1件" in rotated.stderr


def test_the_doctor_names_a_key_that_is_missing(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    monkeypatch.setenv("ENCRYPTION_KEYS", base64.b64encode(NEW).decode())

    result = run("doctor")

    assert f"鍵 {sealing.key_id(OLD).hex()} がありません" in result.stdout
