"""Databases of any size for the benchmarks: rows as the program writes them, sealed, but written in bulk.

Every other conversation went to people; twenty of these are open, however many there are, as at a real desk.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Table, text

from storage import sealing
from storage.database import Database
from storage.sealing import Keyring
from storage.tables import ConsultationRow, ConversationRow, EntryRow, OutboxRow, StaffRow

PER_CONVERSATION = 5  # entries, three of the parent, two of ours
CONSULTED = 2  # every other
OPEN = 20
AT_ONCE = 20_000  # rows
STAFF = "sato"
BEGIN = datetime(2026, 4, 1, tzinfo=UTC)
PARENT = "こどもが夜なかなか寝なくて困っています。相談できるところはありますか"
BOT = "育児の相談は、すこやか福祉センターで受け付けています。いま開いています。"

Rows = Iterator[tuple[Table, dict[str, Any]]]


def fill(database: Database, entries: int) -> None:
    """`entries` in all, in entries / PER_CONVERSATION conversations."""
    keyring = sealing.given(database.keyring)
    rows = _rows(keyring, entries // PER_CONVERSATION)
    database.append(StaffRow.__table__, [_staff()])
    while some := list(islice(rows, AT_ONCE)):
        for table in (ConversationRow, ConsultationRow, EntryRow, OutboxRow):
            mine = [row for owner, row in some if owner is table.__table__]
            database.append(table.__table__, mine)
    if not database.sqlite:  # as its autovacuum would; SQLite's own statistics are never made
        with database.engine.begin() as connection:
            for table in ("entry", "outbox"):  # the next row's id is a new one
                newest = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                connection.execute(text(newest))
        # Otherwise it would do so some time later, in the middle of a measurement.
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _rows(keyring: Keyring, conversations: int) -> Rows:
    chance = random.Random(1)
    memory = keyring.seal(sealing.CONVERSATION_MEMORY, "c0", "{}")
    for number in range(conversations):
        yield from _conversation(keyring, number, conversations, chance, memory)


def _conversation(keyring: Keyring, number: int, of: int, chance: random.Random, memory: bytes) -> Rows:
    name, began = f"c{number:09}", BEGIN + timedelta(seconds=chance.randrange(20_000_000))
    consulted = number % CONSULTED == 0
    is_open = consulted and number >= of - OPEN * CONSULTED
    waits = is_open and number % (2 * CONSULTED) == 0
    last = began + timedelta(minutes=PER_CONVERSATION)
    words = keyring.seal(sealing.CONVERSATION_LAST_WORDS, name, PARENT)
    yield ConversationRow.__table__, {
        "id": name, "version": 5, "pseudonym": f"みどり-{number}", "created_at": began,
        "status": "waiting" if waits else "assigned" if is_open else "bot",
        "reachable": True, "memory": memory, "last_words": words, "last_kind": "utterance",
        "consultation_id": f"{name}.1" if is_open else None,
        "assignee": STAFF if is_open and not waits else None,
        "urgency": "normal" if is_open else None, "topic": "sleep" if is_open else None,
        "waiting_since": last if waits else None, "last_entry_at": last,
        "unread": 1 if waits else 0, "legal_hold": False,
    }  # fmt: skip
    if consulted:
        yield ConsultationRow.__table__, {
            "id": f"{name}.1", "conversation_id": name, "number": 1, "desk": "desk", "topic": "sleep",
            "urgency": "normal", "opened_at": began, "waiting_since": last if waits else None,
            "assignee": None if waits else STAFF, "resolved_at": None if is_open else last,
            "outcome": None if is_open else "answered",
        }  # fmt: skip
    for turn in range(PER_CONVERSATION):
        entry_id = number * PER_CONVERSATION + turn + 1
        said, at = (PARENT, BOT)[turn % 2], began + timedelta(minutes=turn)
        yield EntryRow.__table__, {
            "id": entry_id, "conversation_id": name, "consultation_id": f"{name}.1" if consulted else None,
            "kind": ("utterance", "bot")[turn % 2], "channel": "line",
            "text": keyring.seal(sealing.ENTRY_TEXT, entry_id, said), "at": at,
            "message_id": str(entry_id), "matched": b"",
        }  # fmt: skip
        if turn % 2:
            yield OutboxRow.__table__, {
                "id": entry_id, "conversation_id": name, "entry_id": entry_id, "channel": "line", "body": b"",
                "speaker": "bot", "retry_key": f"{entry_id:032x}", "state": "sent", "created_at": at,
                "attempts": 1, "reply_token": b"", "sent_at": at, "via": "reply", "problem": "",
            }  # fmt: skip


def _staff() -> dict[str, Any]:
    return {"id": STAFF, "name": "佐藤", "role": "counselor", "password_hash": "", "created_at": BEGIN}
