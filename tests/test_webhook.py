"""LINE's door: what is let in, what is kept, and what is answered."""

import base64
import hashlib
import hmac
import json
import socket
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import unsealed
from conftest import SECRET, Clock, Service
from databases import KEYS, NOW
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, create_engine, delete, text
from sqlmodel import select

from bot.app import create_app
from bot.line.webhook import LARGEST, is_signed
from simulator.signing import signature
from storage import heartbeats, migrations
from storage.database import Database
from storage.dialect import insert_new
from storage.tables import InboxRow, RulesetRow

ON_BOTH = True
OFFICIAL_SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
OFFICIAL_BODY = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
OFFICIAL_SIGNATURE = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="
MILLISECONDS = int(NOW.timestamp() * 1000)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
EVENT_LIKE = st.dictionaries(
    st.sampled_from(["webhookEventId", "timestamp", "source", "type", "message", "replyToken", "mode"]), JSON
) | st.fixed_dictionaries(
    {
        "webhookEventId": st.text(st.characters(categories=None)),
        "source": st.fixed_dictionaries({"userId": st.text(st.characters(categories=None))}),
        "timestamp": st.integers() | st.floats(),
    }
)


class Door:
    """The app, in front of a database of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        app = create_app(database, channel_secret=SECRET, digest_key=b"key", clock=clock)
        self.client: FlaskClient = app.test_client()

    def post(self, body: Any, **headers: str) -> int:
        """`body` as bytes or as what becomes JSON; rightly signed if `headers` does not say otherwise."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"X-Line-Signature": signature(SECRET, raw)} | headers
        return self.client.post("/line/webhook", data=raw, headers=sent).status_code

    def rows(self) -> list[Any]:
        return unsealed.rows(self.database, InboxRow)

    def ids(self) -> list[str]:
        return [row.id for row in self.rows()]


@pytest.fixture
def door(database_url: str, clock: Clock) -> Iterator[Door]:
    database = Database(database_url, KEYS)
    yield Door(database, clock)
    if not database.sqlite:  # its tables are shared with the tests to come
        with database.write() as session:
            session.execute(text("ALTER TABLE inbox DROP CONSTRAINT IF EXISTS refuses"))
    database.close()


def event(event_id: str, user: str = "U-a", **more: Any) -> dict[str, Any]:
    known = {
        "webhookEventId": event_id,
        "timestamp": MILLISECONDS,
        "source": {"type": "user", "userId": user},
    }
    return {"type": "message", "message": {"type": "text", "id": "1", "text": "こんにちは"}} | known | more


# ---- signatures


def test_the_signature_of_lines_own_example_is_right() -> None:
    assert is_signed(OFFICIAL_BODY, OFFICIAL_SIGNATURE, OFFICIAL_SECRET)


def test_one_other_byte_and_the_signature_is_wrong() -> None:
    assert not is_signed(OFFICIAL_BODY + b" ", OFFICIAL_SIGNATURE, OFFICIAL_SECRET)


@pytest.mark.parametrize(
    "bad",
    ["", "bad", OFFICIAL_SIGNATURE, "署名", "\xff\xfe", "=" * 5000],
    ids=["empty", "short", "of another body", "Japanese", "not ASCII", "long"],
)
def test_a_bad_signature_is_401_and_nothing_is_kept(door: Door, bad: str) -> None:
    assert not is_signed(b"{}", bad, SECRET)

    status = door.post({"events": [event("01")]}, **{"X-Line-Signature": bad.encode().decode("latin-1")})

    assert status == 401
    assert door.rows() == []


def test_a_missing_signature_is_401(door: Door) -> None:
    assert door.client.post("/line/webhook", data=b'{"events":[]}').status_code == 401


def test_the_signature_is_over_the_bytes_as_they_came(door: Door) -> None:
    spaced = b'{ "events" : [] }'
    tight = json.dumps(json.loads(spaced), separators=(",", ":")).encode()

    assert door.post(spaced) == 200
    assert door.post(spaced, **{"X-Line-Signature": signature(SECRET, tight)}) == 401


def test_the_header_may_be_written_in_small_letters(door: Door) -> None:
    body = b'{"events":[]}'
    signed = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()

    answer = door.client.post("/line/webhook", data=body, headers={"x-line-signature": signed})

    assert answer.status_code == 200


def test_the_signature_is_looked_at_before_the_body(door: Door) -> None:
    assert door.post(b"not JSON", **{"X-Line-Signature": "bad"}) == 401


# ---- bodies


def test_a_connectivity_check_is_200(door: Door) -> None:
    assert door.post({"destination": "U1", "events": []}) == 200


def test_a_body_without_events_is_200(door: Door) -> None:
    assert door.post({"destination": "U1"}) == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="not JSON"),
        pytest.param(b"\xff\xfe\xfd", id="no text"),
        pytest.param(b'"events"', id="a string"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"events":{}}', id="events are an object"),
        pytest.param(b'{"events":null}', id="events are null"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b"9" * 10_000, id="too big a number"),
    ],
)
def test_what_is_no_webhook_is_400(door: Door, body: bytes) -> None:
    assert door.post(body) == 400


def test_get_is_405(door: Door) -> None:
    assert door.client.get("/line/webhook").status_code == 405


def test_a_mebibyte_is_let_in_and_one_byte_more_is_not(door: Door) -> None:
    rest = LARGEST - len(b'{"events":[],"x":""}')
    fits = b'{"events":[],"x":"' + b"x" * rest + b'"}'

    assert door.post(fits) == 200
    assert door.post(fits + b" ") == 413


def test_too_much_is_413_even_where_the_request_does_not_say_how_much(service: Service) -> None:
    body = json.dumps({"events": [event("01")], "x": "x" * LARGEST}).encode()

    assert post_in_chunks(service, body) == 413
    assert inbox_ids(service) == []


def test_a_request_in_chunks_is_kept(service: Service) -> None:
    assert post_in_chunks(service, json.dumps({"events": [event("01")]}).encode()) == 200
    assert inbox_ids(service) == ["01"]


def post_in_chunks(service: Service, body: bytes) -> int:
    """A request with `Transfer-Encoding: chunked`, over a socket."""
    address = urlsplit(service.platform.webhook_url or "")
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n"
        f"X-Line-Signature: {signature(SECRET, body)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(head.encode())
        for start in range(0, len(body), 65536):
            piece = body[start : start + 65536]
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.sendall(b"0\r\n\r\n")
        return int(connection.makefile("rb").readline().split()[1])


def inbox_ids(service: Service) -> list[str]:
    with service.program.database.read() as session:
        return sorted(session.exec(select(InboxRow.id)).all())


# ---- what is kept


def test_what_is_answered_with_200_is_committed(door: Door, database_url: str) -> None:
    door.post({"events": [event("01")]})

    other = create_engine(database_url, poolclass=NullPool)
    with other.connect() as connection:
        kept = connection.execute(text("SELECT id, channel, happened_at, closed_at FROM inbox")).all()
    assert [tuple(row) for row in kept] == [("01", "line", MILLISECONDS, None)]


def test_a_batch_may_hold_events_of_several_parents(door: Door) -> None:
    door.post({"events": [event("01", "U-a"), event("02", "U-b"), event("03", "U-a")]})

    first, second, third = door.rows()
    assert first.sender == third.sender != second.sender
    assert "U-a" not in first.sender


def test_the_same_event_twice_in_one_batch_is_kept_once(door: Door) -> None:
    assert door.post({"events": [event("01"), event("01"), event("02")]}) == 200
    assert door.ids() == ["01", "02"]


def test_a_redelivery_changes_nothing(door: Door) -> None:
    door.post({"events": [event("01")]})
    before = door.rows()[0].payload

    assert door.post({"events": [event("01", deliveryContext={"isRedelivery": True}), event("02")]}) == 200

    assert door.ids() == ["01", "02"]
    assert door.rows()[0].payload == before


def test_event_types_that_nobody_knows_yet_are_kept(door: Door) -> None:
    assert door.post({"events": [event("01", type="teleported"), event("02", type=None)]}) == 200
    assert [json.loads(row.payload)["type"] for row in door.rows()] == ["teleported", None]


def test_an_event_that_is_no_object_does_not_lose_its_neighbours(door: Door) -> None:
    assert door.post({"events": [None, 1, "x", [], {}, event("01")]}) == 200
    assert len(door.rows()) == 6
    assert "01" in door.ids()


def test_an_event_without_an_id_is_known_by_its_content(door: Door) -> None:
    nameless = {"type": "message", "timestamp": 1}

    door.post({"events": [nameless, nameless | {"timestamp": 2}]})
    door.post({"events": [nameless]})

    assert len(door.rows()) == 2


@pytest.mark.parametrize("odd", ["", 7, None, ["01"], "0" * 5000, "a\x00b", "a\ud800b", "番号"], ids=range(8))
def test_an_odd_id_is_replaced_by_a_digest(door: Door, odd: Any) -> None:
    assert door.post({"events": [event("01", webhookEventId=odd), event("02")]}) == 200

    digests = [row.id for row in door.rows() if row.id != "02"]
    assert [len(digest) for digest in digests] == [64]


@pytest.mark.parametrize("source", [None, 1, "U-a", {}, {"type": "user"}, {"userId": 5}, {"userId": ""}])
def test_an_event_that_names_nobody_has_no_sender(door: Door, source: Any) -> None:
    assert door.post({"events": [event("01", source=source)]}) == 200
    assert [row.sender for row in door.rows()] == [""]


@pytest.mark.parametrize(
    "absurd", [None, "soon", -1, True, 1.5, 10**30, 9_999_999_999_999, float("nan"), float("inf")]
)
def test_an_absurd_timestamp_is_replaced_by_the_time_of_arrival(door: Door, absurd: Any) -> None:
    assert door.post({"events": [event("01", timestamp=absurd)]}) == 200
    assert [row.happened_at for row in door.rows()] == [MILLISECONDS]


def test_broken_unicode_does_not_lose_its_neighbours(door: Door) -> None:
    broken = event("01", "U-\ud800", message={"type": "text", "id": "1", "text": "\ud83c\x00"})

    assert door.post({"events": [broken, event("02")]}) == 200

    assert door.ids() == ["01", "02"]


# ---- when they cannot be kept


def test_a_locked_database_is_503_and_nothing_is_half_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: Clock
) -> None:
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.05)
    database = Database(f"sqlite:///{tmp_path}/test.db", KEYS)
    migrations.upgrade(database)
    door = Door(database, clock)
    other = sqlite3.connect(tmp_path / "test.db")
    other.execute("BEGIN IMMEDIATE")

    refused = door.post({"events": [event("01"), event("02")]})
    other.rollback()
    other.close()

    assert refused == 503
    assert door.rows() == []
    assert door.post({"events": [event("01"), event("02")]}) == 200
    assert door.ids() == ["01", "02"]
    database.close()


def test_a_database_without_tables_is_503(tmp_path: Path, clock: Clock) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db", KEYS)

    assert Door(database, clock).post({"events": [event("01")]}) == 503
    database.close()


def test_a_database_that_fails_in_the_middle_keeps_nothing(door: Door) -> None:
    refuse(door.database, "02")

    assert door.post({"events": [event("01"), event("02"), event("03")]}) == 503
    assert door.rows() == []


def test_a_database_that_went_away_is_503(clock: Clock) -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing", KEYS)
    door = Door(database, clock)

    assert door.post({"events": [event("01")]}) == 503
    assert door.post({"events": []}) == 200
    assert door.client.get("/readyz").json == {"status": "not ready", "problems": ["database"]}
    database.close()


def refuse(database: Database, event_id: str) -> None:
    """From now on the database does not take this event."""
    with database.write() as session:
        statement = f"CREATE TRIGGER refuses BEFORE INSERT ON inbox WHEN NEW.id = '{event_id}' BEGIN SELECT RAISE(ABORT, 'no'); END"
        if not database.sqlite:
            statement = f"ALTER TABLE inbox ADD CONSTRAINT refuses CHECK (id <> '{event_id}')"
        session.execute(text(statement))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON | st.fixed_dictionaries({"events": JSON | st.lists(EVENT_LIKE | JSON, max_size=4)}))
def test_whatever_is_rightly_signed_is_kept_or_refused_but_never_breaks(door: Door, body: Any) -> None:
    assert door.post(body) in (200, 400)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary())
def test_rightly_signed_noise_is_refused(door: Door, body: bytes) -> None:
    assert door.post(body) in (200, 400)


# ---- health


def test_the_process_says_that_it_lives(door: Door) -> None:
    assert door.client.get("/healthz").json == {"status": "ok"}


def test_it_is_ready_when_both_loops_beat_and_no_event_waits(door: Door, clock: Clock) -> None:
    beat(door, clock())

    answer = door.client.get("/readyz")

    assert (answer.status_code, answer.json) == (200, {"status": "ready", "problems": []})


def test_it_is_not_ready_while_the_loops_are_silent(door: Door, clock: Clock) -> None:
    beat(door, clock())
    clock.forward(seconds=61)

    answer = door.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "problems": ["intake-loop", "delivery-loop"]}


def test_it_is_not_ready_while_an_event_lies_there(door: Door, clock: Clock) -> None:
    door.post({"events": [event("01")]})
    clock.forward(seconds=90)
    beat(door, clock())

    assert door.client.get("/readyz").json == {
        "status": "not ready",
        "problems": ["oldest event waits 90 s"],
    }


def test_an_event_of_days_ago_is_told_by_all_of_its_age(door: Door, clock: Clock) -> None:
    door.post({"events": [event("01")]})
    clock.forward(days=2)
    beat(door, clock())

    assert door.client.get("/readyz").json["problems"] == ["oldest event waits 172800 s"]


def test_it_is_not_ready_without_rules(door: Door, clock: Clock) -> None:
    beat(door, clock())
    with door.database.write() as session:
        session.execute(delete(RulesetRow))

    assert door.client.get("/readyz").json["problems"] == ["rules"]


@pytest.mark.parametrize(("revision", "says"), [("0001", "older"), ("9999", "too new")])
def test_it_is_not_ready_on_a_schema_that_it_cannot_use(
    revision: str, says: str, door: Door, clock: Clock
) -> None:
    beat(door, clock())
    with door.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": revision})
        session.execute(text("UPDATE schema_floor SET revision = '9999'"))

    try:
        assert door.client.get("/readyz").json["problems"] == [f"schema is {says}"]
    finally:  # the tests share one PostgreSQL schema
        put_back(door.database)


def put_back(database: Database) -> None:
    (*_, (_, newest, _)) = migrations.steps()
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": newest})
        session.execute(text("UPDATE schema_floor SET revision = '0002_words_sealed'"))


def test_it_is_not_ready_while_line_refuses_our_token(door: Door, clock: Clock) -> None:
    beat(door, clock())
    with door.database.write() as session:
        heartbeats.beat(session, "delivery", clock(), stopped_by="line_401")

    assert door.client.get("/readyz").json == {"status": "not ready", "problems": ["delivery: line_401"]}


def beat(door: Door, now: datetime) -> None:
    with door.database.write() as session:
        heartbeats.beat(session, "intake-loop", now)
        heartbeats.beat(session, "delivery-loop", now)
        row = {"version": 1, "text": "", "published_at": now, "published_by": "sato", "note": ""}
        insert_new(session, RulesetRow, [row])
