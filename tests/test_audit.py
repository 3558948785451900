"""Who read and changed what: always recorded, never changed."""

import typing
from collections.abc import Iterator
from datetime import timedelta

import databases
import pytest
from console_harness import NOW, Clock, World, new_database, said
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from conversation import events
from conversation.auditing import ACTS
from conversation.model import Act, Audit
from storage import audit, keys, retention, sealing
from storage.audit import AccountAct, Audited, Wanted
from storage.database import Database
from storage.retention import Policy
from storage.sealing import Keyring

database = databases.on_both
postgresql = databases.on_postgresql
PERSON = "みどり-482"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def lines(world: World, **wanted: object) -> list[Audited]:
    with world.database.read() as session:
        return audit.page(session, Wanted(**{"about": PERSON, **wanted}))  # type: ignore[arg-type]


def acts(world: World) -> list[tuple[str, str]]:
    return [(line.actor, line.act) for line in lines(world)]


# ---- reading


def test_opening_a_conversation_is_recorded_with_who_when_and_which_entries(world: World) -> None:
    conversation_id = world.waiting(PERSON, said("ひとつめ"), said("ふたつめ", message_id="m2"))

    world.browser("sato").get(f"/threads/{conversation_id}")

    (line,) = lines(world)
    assert (line.actor, line.act, line.pseudonym, line.at) == ("sato", "read", PERSON, NOW)
    assert (line.first_entry, line.last_entry) == (1, 2)


def test_every_opening_is_recorded(world: World) -> None:
    conversation_id = world.waiting()

    for name in ("sato", "sato", "mori"):
        world.browser(name).get(f"/threads/{conversation_id}")

    assert acts(world) == [("mori", "read"), ("sato", "read"), ("sato", "read")]


def test_a_page_that_shows_again_what_was_just_read_is_the_same_reading(world: World) -> None:
    conversation_id = world.waiting()
    browser = world.browser("sato")
    browser.get(f"/threads/{conversation_id}")

    shown = browser.get(f"/threads/{conversation_id}/entries?after=an-old-mark").status_code
    world.clock.advance(minutes=11)
    browser.get(f"/threads/{conversation_id}/entries?after=an-old-mark")

    assert shown == 200
    assert acts(world) == [("sato", "read"), ("sato", "read")]


def test_a_new_message_that_a_page_fetches_by_itself_is_a_reading(world: World) -> None:
    conversation_id = world.held("sato")
    browser = world.browser("sato")
    browser.get(f"/threads/{conversation_id}")
    world.bot_says(conversation_id, "つづき")

    browser.get(f"/threads/{conversation_id}/entries?after=an-old-mark&hidden=1")

    assert [(line.act, line.last_entry) for line in lines(world)] == [("read", 2), ("read", 1)]


def test_a_page_that_has_no_news_is_no_reading(world: World) -> None:
    conversation_id = world.waiting()
    browser = world.browser("sato")
    browser.get("/")
    browser.get("/queue/fragment")

    assert browser.get("/threads/nothing/entries").status_code == 404
    assert acts(world) == []
    assert conversation_id


def test_a_conversation_shown_again_with_a_problem_is_a_reading(world: World) -> None:
    conversation_id = world.held("sato")

    world.browser("mori").post(f"/threads/{conversation_id}/write", text="", mode="note")

    assert acts(world) == [("mori", "read")]


def test_what_cannot_be_recorded_is_not_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation_id = world.waiting(PERSON, said("ひみつの言葉"))
    with world.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO elsewhere"))
    browser = world.browser("sato")
    browser.client.application.config["PROPAGATE_EXCEPTIONS"] = False

    answer = browser.get(f"/threads/{conversation_id}")

    assert answer.status_code == 500
    assert "ひみつ" not in answer.text


# ---- changes


def test_everything_a_counselor_does_is_recorded_with_the_entry_it_left(world: World) -> None:
    conversation_id = world.waiting()
    browser = world.browser("sato")

    browser.post(f"/threads/{conversation_id}/take")
    browser.post(f"/threads/{conversation_id}/write", text="ひみつのメモ", mode="note")
    browser.post(f"/threads/{conversation_id}/write", text="ひみつの返事", mode="reply")
    browser.post(f"/threads/{conversation_id}/resolve", outcome="answered")

    assert [line.act for line in reversed(lines(world))] == ["took", "noted", "replied", "resolved"]
    assert all(line.actor == "sato" and line.first_entry for line in lines(world))
    assert not any(line.reason for line in lines(world))


def test_what_was_refused_changed_nothing_and_is_no_line_but_the_reading(world: World) -> None:
    conversation_id = world.held("sato")

    world.browser("mori").post(f"/threads/{conversation_id}/take")

    assert acts(world) == [("mori", "read")]


def test_every_event_by_staff_has_an_act_of_its_own() -> None:
    by_staff = {event for event in typing.get_args(events.Event) if "staff" in event.__dataclass_fields__}
    with_a_reason = {event for event in by_staff if "reason" in event.__dataclass_fields__}

    assert by_staff - with_a_reason == ACTS.keys()


# ---- only added to


def filled(database: Database) -> None:
    with database.write() as session:
        audit.add(session, PERSON, Audit(Act.ERASED, "sato", "理由"), NOW - timedelta(days=9))
        audit.add(session, PERSON, Audit(Act.READ, "sato"), NOW, [3, 5])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'mori'",
        "UPDATE audit SET pseudonym = ''",
        "UPDATE audit SET last_entry = NULL",
        "UPDATE audit SET reason = :nothing",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE act = 'read'",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_a_line(database: Database, statement: str) -> None:
    filled(database)

    with pytest.raises(DBAPIError, match="the audit is only added to"), database.engine.begin() as connection:
        connection.execute(text(statement), {"nothing": b""} if ":nothing" in statement else {})

    with database.read() as session:
        kept = [(line.actor, line.reason) for line in audit.page(session, Wanted())]
    assert kept == [("sato", ""), ("sato", "理由")]


def test_replacing_a_line_is_refused_too(database: Database) -> None:
    filled(database)
    replacing = "INSERT OR REPLACE" if database.sqlite else "INSERT"

    with pytest.raises(DBAPIError), database.engine.begin() as connection:
        connection.execute(
            text(
                f"{replacing} INTO audit (id, at, actor, act, pseudonym, account, reason)"
                " VALUES (1, :now, 'x', 'read', '', '', :nothing)"
            ),
            {"now": NOW, "nothing": b""},
        )

    with database.read() as session:
        assert [line.actor for line in audit.page(session, Wanted())] == ["sato", "sato"]


def test_postgresql_refuses_to_empty_the_table(postgresql: Database) -> None:
    filled(postgresql)

    with pytest.raises(DBAPIError, match="only added to"), postgresql.engine.begin() as connection:
        connection.execute(text("TRUNCATE audit"))


def test_retention_deletes_what_is_too_old_and_leaves_no_way_open(database: Database) -> None:
    filled(database)

    swept = retention.sweep(database, NOW, Policy(audit=7))

    with database.read() as session:
        assert [line.act for line in audit.page(session, Wanted())] == ["read"]
        assert session.execute(text("SELECT count(*) FROM audit_sweep")).scalar_one() == 0
    assert swept.audit == 1
    with pytest.raises(DBAPIError), database.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit"))


def test_reasons_are_sealed_anew_when_the_key_is_changed(database: Database) -> None:
    filled(database)
    both = Keyring([bytes([1]) * 32, bytes(32)])
    database.keyring = both

    rotated = keys.rotate(database)

    assert (rotated.sealed_anew, rotated.unreadable) == (1, 0)
    database.keyring = Keyring([bytes([1]) * 32])
    with database.read() as session:
        assert [line.reason for line in audit.page(session, Wanted())] == ["", "理由"]
        assert sealing.of(session).ids == database.keyring.ids


# ---- looking at it


def test_admins_and_managers_look_at_it_with_filters(world: World) -> None:
    conversation_id = world.waiting(PERSON, said("ひみつの言葉"))
    world.browser("sato").get(f"/threads/{conversation_id}")
    world.browser("mori").post(f"/threads/{conversation_id}/take")
    browser = world.browser("leader")

    everything = browser.get("/audit").text
    by_mori = browser.get("/audit?actor=mori").text
    readings = browser.get(f"/audit?act=read&about={PERSON}&since=2026-11-24&until=2026-11-24").text
    yesterday = browser.get("/audit?until=2026-11-23").text

    assert rows_of(everything) == 2
    assert (rows_of(by_mori), rows_of(readings)) == (1, 1)
    assert "当てはまる記録はありません" in yesterday
    assert "ひみつ" not in everything


def test_a_date_that_is_none_is_said(world: World) -> None:
    answer = world.browser("admin").get("/audit?since=きのう")

    assert answer.status_code == 422
    assert "の形で入れてください" in answer.text


def test_longer_ones_go_on_on_the_next_page(world: World) -> None:
    with world.database.write() as session:
        for number in range(audit.PAGE + 3):
            audit.add(session, PERSON, Audit(Act.READ, "sato"), NOW, [number + 1])
    browser = world.browser("admin")

    first = browser.get("/audit?actor=sato").text
    rest = browser.get("/audit?actor=sato&before=4").text

    assert rows_of(first) == audit.PAGE
    assert "before=4&amp;actor=sato" in first
    assert (rows_of(rest), "これより前" in rest) == (3, False)


def rows_of(page: str) -> int:
    return page.count('<td data-label="だれが">')


def test_the_erasures_page_shows_what_was_decided_and_no_readings(world: World) -> None:
    conversation_id = world.waiting()
    with world.database.write() as session:
        audit.add(session, PERSON, Audit(Act.EXPORTED, "sato", "本人の求め"), NOW)
    browser = world.browser("sato")
    browser.get(f"/threads/{conversation_id}")

    page = browser.get("/erasures").text

    assert "本人の求め" in page
    assert "相談を読んだ" not in page


def test_logging_in_is_recorded(world: World) -> None:
    world.browser().log_in("sato")
    world.browser().log_in("mori", "ちがう")

    with world.database.read() as session:
        recorded = audit.page(session, Wanted())
    assert [(line.act, line.account) for line in recorded] == [(AccountAct.LOGGED_IN, "sato")]
