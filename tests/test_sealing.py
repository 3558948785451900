"""Words at rest: what a keyring can open, what it cannot, and what people then see."""

from datetime import UTC, datetime

import databases
import pytest
import unsealed
from alembic import command
from conftest import Service
from console_harness import Browser, logged_in
from databases import NOW, family
from dumps import dumped, found
from sqlalchemy import MetaData, text, update
from sqlmodel import SQLModel, col, select

from conversation.events import CounselorTook
from conversation.messages import Outgoing, Text
from storage import migrations, outbox, sealing
from storage.database import Database
from storage.sealing import ENTRY_TEXT, OUTBOX_BODY, Field, Keyring, NoKeys, UnknownKey, Unreadable
from storage.store import SqlStore
from storage.tables import ContactRow, ConversationRow, EntryRow, InboxRow, OutboxRow

database = databases.on_both
OLD, NEW = bytes([1]) * 32, bytes([2]) * 32
SECRET = "夫のことで、ひみつの相談です"


# ---- the keyring


def test_what_is_sealed_opens_and_shows_nothing() -> None:
    keyring = Keyring([NEW])

    sealed = keyring.seal(ENTRY_TEXT, 7, SECRET)

    assert keyring.open(ENTRY_TEXT, 7, sealed) == SECRET
    assert SECRET.encode() not in sealed


def test_the_same_words_never_look_the_same() -> None:
    keyring = Keyring([NEW])

    assert keyring.seal(ENTRY_TEXT, 7, SECRET) != keyring.seal(ENTRY_TEXT, 7, SECRET)


@pytest.mark.parametrize(
    ("field", "row"),
    [(ENTRY_TEXT, 8), (OUTBOX_BODY, 7), (Field("entry", "matched"), 7), (Field("entr", "ytext"), 7)],
)
def test_words_that_were_moved_do_not_open(field: Field, row: int) -> None:
    keyring = Keyring([NEW])

    with pytest.raises(Unreadable):
        keyring.open(field, row, keyring.seal(ENTRY_TEXT, 7, SECRET))


@pytest.mark.parametrize("at", [0, 1, 4, 5, 16, 17, -1])
def test_words_of_which_one_bit_was_changed_do_not_open(at: int) -> None:
    keyring = Keyring([NEW])
    sealed = bytearray(keyring.seal(ENTRY_TEXT, 7, SECRET))
    sealed[at] ^= 1

    with pytest.raises(Unreadable):
        keyring.open(ENTRY_TEXT, 7, bytes(sealed))


@pytest.mark.parametrize("kept", [1, 5, 16, 17, 32])
def test_words_that_were_cut_do_not_open(kept: int) -> None:
    keyring = Keyring([NEW])

    with pytest.raises(Unreadable):
        keyring.open(ENTRY_TEXT, 7, keyring.seal(ENTRY_TEXT, 7, SECRET)[:kept])


def test_plain_words_in_the_place_of_sealed_ones_are_not_believed() -> None:
    with pytest.raises(Unreadable):
        Keyring([NEW]).open(ENTRY_TEXT, 7, SECRET.encode())


def test_older_keys_open_and_the_newest_seals() -> None:
    before = Keyring([OLD]).seal(ENTRY_TEXT, 7, SECRET)

    both = Keyring([NEW, OLD])

    assert both.open(ENTRY_TEXT, 7, before) == SECRET
    assert Keyring([NEW]).open(ENTRY_TEXT, 7, both.seal(ENTRY_TEXT, 7, SECRET)) == SECRET


def test_without_the_old_key_old_words_say_which_field_and_not_what() -> None:
    before = Keyring([OLD]).seal(ENTRY_TEXT, 7, SECRET)

    with pytest.raises(UnknownKey) as caught:
        Keyring([NEW]).open(ENTRY_TEXT, 7, before)

    assert str(caught.value) == "entry.text"


def test_a_database_opened_without_keys_takes_no_words(database: Database) -> None:
    bare = Database(database.engine.url.render_as_string(hide_password=False))

    with pytest.raises(NoKeys):
        family(bare)
    bare.close()


# ---- changed behind our back


def test_a_message_that_was_changed_is_shown_as_unreadable(service: Service) -> None:
    conversation_id = _consulted(service, SECRET)
    _spoil(service.program.database, EntryRow, "text")
    _spoil(service.program.database, EntryRow, "matched")
    _spoil(service.program.database, ConversationRow, "last_words")

    pages = [_console(service).get(path) for path in (f"/threads/{conversation_id}", "/?tab=mine")]

    assert [page.status_code for page in pages] == [200, 200]
    assert ["読めません" in page.text for page in pages] == [True, True]
    assert all(SECRET not in page.text for page in pages)


def test_a_conversation_whose_memory_was_changed_opens_and_every_act_says_why_not(service: Service) -> None:
    conversation_id = _consulted(service, SECRET)
    _spoil(service.program.database, ConversationRow, "memory")
    console = _console(service)

    page = console.get(f"/threads/{conversation_id}")
    answer = console.post(f"/threads/{conversation_id}/write", text="こんにちは", mode="reply")

    assert page.status_code == 200
    assert answer.status_code == 409
    assert "読めません" in answer.text


def test_what_cannot_be_read_is_not_sent_and_holds_up_nothing(database: Database) -> None:
    conversation = family(database)
    for words in ("1", "2"):
        with database.write() as session:
            outbox.put(session, conversation, None, "line", Outgoing((Text(words),)), NOW)
    with database.write() as session:
        session.execute(update(OutboxRow).where(col(OutboxRow.id) == 1).values(body=b"\x01nonsense"))

    with database.write() as session:
        claimed = outbox.claim(session, NOW)

    assert claimed is not None
    assert [one.plain for one in claimed.outgoing] == ["2"]
    with database.read() as session:
        assert [(row.id, row.problem) for row in outbox.problems(session)] == [(1, "unreadable")]


def test_an_address_that_was_changed_gets_no_message(database: Database) -> None:
    conversation = family(database)
    with database.write() as session:
        outbox.put(session, conversation, None, "line", Outgoing((Text("1"),)), NOW)
    _spoil(database, ContactRow, "address")

    with database.write() as session:
        assert outbox.claim(session, NOW) is None

    with database.read() as session:
        assert [row.state for row in outbox.problems(session)] == ["failed"]


def test_an_event_that_was_changed_is_parked_and_shown(service: Service) -> None:
    service.phone().say(SECRET)
    _spoil(service.program.database, InboxRow, "payload")
    for _ in range(6):
        service.settle()
        service.clock.forward(seconds=10)

    page = _console(service).get("/problems")

    assert page.status_code == 200
    assert "Unreadable" in page.text


# ---- from the schema in which words were plain


@pytest.fixture
def plain(database: Database) -> Database:
    """The database of a service that ran before words were sealed."""
    with database.engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        tables.drop_all(connection)
    with database.engine.begin() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in PLAIN_ROWS:
            connection.execute(text(statement), {"now": datetime(2026, 11, 1, tzinfo=UTC)})
    return database


PLAIN_ROWS = (
    """INSERT INTO conversation (id, version, pseudonym, created_at, status, reachable, memory, last_words, last_kind, unread)
       VALUES ('c1', 3, 'みどり-482', :now, 'bot', true,
               '{"id": "c1", "area": "若宮3丁目", "understood": {"action": "answer", "intent": "temporary_care",
                 "confidence": 0.9, "matched": ["一時保育"], "candidates": [["temporary_care", 0.9]], "ruleset": 1}}',
               'ひみつの相談', 'utterance', 1)""",
    "INSERT INTO contact (digest, conversation_id, channel, address) VALUES ('d1', 'c1', 'line', 'U0123456789')",
    """INSERT INTO inbox (id, channel, sender, payload, happened_at, received_at, parked, attempts, error)
       VALUES ('e1', 'line', 'd1', '{"message": {"text": "ひみつの相談"}}', 1, :now, false, 0, ''),
              ('e2', 'line', 'd1', '', 2, :now, false, 0, '')""",
    "INSERT INTO reply_token (inbox_id, conversation_id, token, received_at) VALUES ('e1', 'c1', 'token-1', :now)",
    """INSERT INTO entry (id, conversation_id, kind, channel, text, at, understanding)
       VALUES (5, 'c1', 'utterance', 'line', 'ひみつの相談', :now, '{"intent": null, "matched": ["ひみつ"]}'),
              (6, 'c1', 'note', 'line', 'ひみつのメモ', :now, NULL)""",
    """INSERT INTO outbox (id, conversation_id, channel, body, speaker, retry_key, state, created_at, attempts, via, problem, reply_token)
       VALUES (3, 'c1', 'line', '{"messages": [{"body": "ひみつの返事"}]}', 'bot', 'k', 'queued', :now, 0, '', '', 'token-2'),
              (4, 'c1', 'line', '{"messages": [{"body": "ひみつの返事"}]}', 'bot', 'k', 'queued', :now, 0, '', '', NULL)""",
)


def test_words_that_were_plain_are_sealed_and_read_as_before(plain: Database) -> None:
    migrations.upgrade(plain)

    opened = {row.id: row for row in unsealed.rows(plain, EntryRow)}
    assert [(row.text, row.matched) for row in opened.values()] == [
        ("ひみつの相談", '["ひみつ"]'),
        ("ひみつのメモ", ""),
    ]
    assert [row.understanding for row in opened.values()] == [{"intent": None}, None]
    assert [row.payload for row in unsealed.rows(plain, InboxRow)] == [
        '{"message": {"text": "ひみつの相談"}}',
        "",
    ]
    assert [row.address for row in unsealed.rows(plain, ContactRow)] == ["U0123456789"]
    with plain.read() as session:
        conversation, version = SqlStore(session).load("c1")
        claimed = session.get_one(OutboxRow, 3).reply_token
        assert sealing.of(session).open(sealing.OUTBOX_REPLY_TOKEN, 3, claimed) == "token-2"
    assert (conversation.area, version) == ("若宮3丁目", 3)
    assert conversation.understood is not None
    assert conversation.understood.matched == ("一時保育",)


def test_nothing_plain_is_left_in_the_file_afterwards(plain: Database) -> None:
    secrets = ["ひみつ", "若宮3丁目", "U0123456789", "token-1", "token-2", "一時保育"]
    assert found(secrets, dumped(plain)) == secrets

    migrations.upgrade(plain)

    dump = dumped(plain)
    assert found(secrets, dump) == []
    assert found(["みどり-482"], dump) == ["みどり-482"]


def test_words_are_not_sealed_without_keys_and_nothing_is_half_done(plain: Database) -> None:
    bare = Database(plain.engine.url.render_as_string(hide_password=False))

    with pytest.raises(NoKeys):
        migrations.upgrade(bare)

    migrations.upgrade(plain)
    assert len(unsealed.rows(plain, EntryRow)) == 2
    bare.close()


def _consulted(service: Service, words: str) -> str:
    """A conversation that sato holds, whose parent has said these words last."""
    phone = service.phone()
    phone.say("人と話したい")
    service.settle()
    phone.say("はい")
    service.settle()
    service.happen(CounselorTook("sato"))
    phone.say(words)
    service.settle()
    return service.conversation_id()


def _console(service: Service) -> Browser:
    browser = Browser(service.program.console_app(cookie_secure=False).test_client())
    with browser.client.session_transaction() as session:
        session.update(logged_in("sato", service.clock()))
    return browser


def _spoil(database: Database, table: type[SQLModel], column: str) -> None:
    """Change the last bit of every value."""
    with database.write() as session:
        for row in session.exec(select(table)):
            value = getattr(row, column)
            if value:
                setattr(row, column, value[:-1] + bytes([value[-1] ^ 1]))
                session.add(row)
