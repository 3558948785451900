"""Changes of the facilities in the database: in force within five seconds, in editions that can be taken back."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import databases
import pytest
from databases import NOW
from sqlalchemy import text as sql
from test_opendata import HALL, KAWAGUCHI, NAKANO, REAL, table

from bot.imports import Imports
from directory.model import Directory
from directory.places import find
from directory.stored import Kept, read, written
from storage import facilities, imports, ward
from storage.database import Database
from storage.directories import LiveDirectory
from storage.facilities import NoSuchEdition, NothingToUndo, Outdated, Why
from storage.imports import NotReady, State

database = databases.on_both
WHY = Why("sato", "年度替わり", "区のオープンデータ", "2026-11-01")
NOGATA = NAKANO.facility("nogata")
PROMISED = 5.0  # seconds


@pytest.fixture
def live(database: Database) -> Iterator[LiveDirectory]:
    live = LiveDirectory(database, NAKANO)
    yield live
    live.close()


def edit(database: Database, *names: str) -> int:
    with database.write() as session:
        return facilities.edit(session, [replace(NOGATA, name=name) for name in names], WHY, NOW)


def put(database: Database, data: bytes) -> str:
    with database.write() as session:
        return imports.add(session, "facilities.csv", data, WHY, NOW)


def step(database: Database, directory: Directory = NAKANO) -> None:
    while Imports(database, lambda: directory, lambda: NOW).step():
        pass


def found(database: Database, import_id: str) -> imports.Import:
    with database.read() as session:
        one = imports.find(session, import_id)
    assert one
    return one


def agree(database: Database, import_id: str) -> int:
    with database.write() as session:
        return imports.agree(session, import_id, "mori", NOW)


@pytest.mark.parametrize("facility", NAKANO.facilities, ids=lambda one: one.id)
def test_a_facility_is_kept_whole(facility: object) -> None:
    assert read(written(facility)) == facility  # type: ignore[arg-type]


def test_without_editions_there_is_the_pack(live: LiveDirectory) -> None:
    assert live() is NAKANO


def test_a_running_process_takes_up_an_edition_within_five_seconds(
    database: Database, live: LiveDirectory
) -> None:
    before = live().facility("nogata").name

    edit(database, "新野方児童館")

    until = time.monotonic() + PROMISED
    while live().facility("nogata").name == before and time.monotonic() < until:
        time.sleep(0.05)
    assert live().facility("nogata").name == "新野方児童館"
    assert [one.id for one in live().facilities] == [one.id for one in NAKANO.facilities]
    found = find("新野方児童館の近く", live()).place
    assert found
    assert found.name == "新野方児童館"


def test_an_edition_knows_who_when_why_and_from_where(database: Database) -> None:
    edit(database, "一")
    edit(database, "二")

    with database.read() as session:
        newest, first = facilities.history(session, facility_id="nogata")
        assert facilities.history(session, facility_id="kitahara") == []
    assert (newest.number, first.number) == (2, 1)
    assert (newest.by, newest.note, newest.source, newest.as_of, newest.at, newest.changes) == (
        "sato", "年度替わり", "区のオープンデータ", "2026-11-01", NOW, 1,
    )  # fmt: skip


def test_undoing_brings_back_what_was_before(database: Database, live: LiveDirectory) -> None:
    edit(database, "一")
    second = edit(database, "二")
    with database.write() as session:
        facilities.undo(session, second, Why("sato", "まちがい"), NOW)
    live.look()
    after_one = live().facility("nogata").name

    with database.write() as session:
        facilities.undo(session, 3, Why("sato", "やはり二"), NOW)
    live.look()

    assert (after_one, live().facility("nogata").name) == ("一", "二")


def test_undoing_the_first_edition_leads_back_to_the_pack(database: Database, live: LiveDirectory) -> None:
    with database.write() as session:
        facilities.edit(session, [replace(NOGATA, id="od-1", name="あたらしい館")], WHY, NOW)
    live.look()
    assert live().facility("od-1")

    with database.write() as session:
        facilities.undo(session, 1, Why("sato", "まちがい"), NOW)
    live.look()

    assert live().facilities == NAKANO.facilities


def test_what_a_later_edition_changed_is_not_taken_back(database: Database) -> None:
    edit(database, "一")
    edit(database, "二")

    with pytest.raises(NothingToUndo), database.write() as session:
        facilities.undo(session, 1, WHY, NOW)
    with pytest.raises(NoSuchEdition), database.write() as session:
        facilities.undo(session, 9, WHY, NOW)


def test_a_facility_that_cannot_be_read_stays_as_it_was(database: Database, live: LiveDirectory) -> None:
    edit(database, "一")
    live.look()
    edit(database, "二")
    with database.write() as session:
        session.connection().execute(sql("UPDATE facility_change SET body = '{}' WHERE name = '二'"))

    live.look()

    assert live().facility("nogata").name == "一"


def test_where_the_tables_are_missing_there_is_the_pack(tmp_path: object) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.db", databases.KEYS)
    live = LiveDirectory(empty, NAKANO)

    assert live() is NAKANO
    live.close()
    empty.close()


def test_two_who_publish_at_once_get_two_editions(database: Database) -> None:
    threads = [threading.Thread(target=edit, args=(database, f"{number}")) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.read() as session:
        assert [one.number for one in facilities.history(session)] == [4, 3, 2, 1]


def test_a_file_is_read_and_changes_nothing_before_somebody_agrees(
    database: Database, live: LiveDirectory
) -> None:
    import_id = put(database, table(HALL))
    step(database)

    one = found(database, import_id)
    live.look()
    assert (one.state, one.counts) == (State.READY, {"new": 1, "changed": 0, "unchanged": 0, "refused": 0})
    assert live().facilities == NAKANO.facilities

    agree(database, import_id)
    live.look()
    assert live().facility("od-131148-j1").name == "丸山児童館"
    assert live().facility("od-131148-j1").source == "区のオープンデータ"


def test_the_real_file_is_shown_row_by_row_with_reasons(database: Database) -> None:
    import_id = put(database, REAL)
    step(database, KAWAGUCHI)

    with database.read() as session:
        refused = imports.lines(session, import_id, "refused")
        new = imports.lines(session, import_id, "new", most=1000)
    assert (len(refused), len(new)) == (2, 300)
    assert "休所" in refused[0][1].reasons[0]


def test_what_is_no_table_says_why(database: Database) -> None:
    import_id = put(database, b"%PDF-1.7")
    step(database)

    assert (found(database, import_id).state, found(database, import_id).problem[:3]) == (
        State.FAILED,
        "PDF",
    )


def test_what_was_compared_with_older_data_is_not_put_in_force(database: Database) -> None:
    import_id = put(database, table(HALL))
    step(database)
    edit(database, "一")

    with pytest.raises(Outdated):
        agree(database, import_id)

    assert found(database, import_id).state == State.READY
    with database.write() as session:
        imports.read_again(session, import_id)
    step(database)
    assert agree(database, import_id) == 2


def test_a_file_is_taken_up_once(database: Database) -> None:
    import_id = put(database, table(HALL))
    step(database)
    agree(database, import_id)

    with pytest.raises(NotReady):
        agree(database, import_id)
    with database.write() as session:
        assert not imports.drop(session, import_id)


def test_a_dropped_file_leaves_nothing_behind(database: Database) -> None:
    import_id = put(database, table(HALL))
    step(database)
    with database.write() as session:
        assert imports.drop(session, import_id)

    with pytest.raises(NotReady):
        agree(database, import_id)
    with database.read() as session:
        left = session.connection().execute(sql("SELECT count(*) FROM facility_change")).scalar_one()
        kept = (
            session.connection().execute(sql("SELECT max(length(content)) FROM facility_import")).scalar_one()
        )
    assert (left, kept) == (0, 0)


def test_what_a_killed_reader_left_half_done_is_begun_anew(database: Database) -> None:
    import_id = put(database, table(HALL))
    with database.write() as session:
        assert imports.claim(session, import_id, NOW)
        assert not imports.claim(session, import_id, NOW)
        facilities.stage(session, [facilities.change(import_id, "new", "od-x", None)])

    step(database)
    assert found(database, import_id).state == State.READING  # somebody may still be at it

    later = NOW + imports.LEASE + timedelta(seconds=1)
    while Imports(database, lambda: NAKANO, lambda: later).step():
        pass
    with database.read() as session:
        assert [line.name for _, line in imports.lines(session, import_id, "new")] == ["丸山児童館"]


def test_a_file_that_is_dropped_while_it_is_read_stays_dropped(database: Database) -> None:
    import_id = put(database, table(HALL))

    def dropping() -> Directory:
        with database.write() as session:
            imports.drop(session, import_id)
        return NAKANO

    Imports(database, dropping, lambda: NOW).step()

    assert found(database, import_id).state == State.DROPPED


def test_what_nobody_agreed_to_is_dropped_after_two_weeks(database: Database) -> None:
    import_id = put(database, table(HALL))

    with database.write() as session:
        assert imports.drop_old(session, NOW + timedelta(days=13)) == 0
        assert imports.drop_old(session, NOW + timedelta(days=15)) == 1
    assert found(database, import_id).state == State.DROPPED


def test_a_file_does_not_bring_back_what_the_ward_uses_no_more(database: Database) -> None:
    with database.write() as session:
        ward.save(session, NAKANO, {"nogata": Kept(NOGATA, True)}, {}, WHY, NOW)
    import_id = put(database, table(HALL | {"ID": "j7", "名称": "野方児童館"}))

    Imports(database, lambda: ward_book(database).directory, lambda: NOW, NAKANO).step()

    with database.read() as session:
        ((_, line),) = imports.lines(session, import_id, "refused")
    assert "使うのをやめた施設です" in line.reasons[0]


def ward_book(database: Database) -> ward.Book:
    with database.read() as session:
        return ward.read(session, NAKANO)
