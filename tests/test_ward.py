"""The ward's own changes of every kind of row: composed with the pack, told from a newer one, and never to anybody's danger."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import databases
import pytest
from databases import NOW

from conversation.emergency import _first_lines
from conversation.scene import Scene
from directory.composing import composed
from directory.facts import confirmable
from directory.hours import TOKYO, Span, Special, parse
from directory.model import Directory, Happening, Hotline, Phone, SpecialDays, SupportGroup
from directory.pack import load
from directory.safety import dangers
from directory.stored import Kept, Row, key_of, plain, read_kept, written
from intents.rules import Rules
from storage import audit, confirmations, facilities, ward
from storage.audit import DataAct
from storage.database import Database
from storage.directories import LiveDirectory
from storage.facilities import NothingToUndo, Outdated, Why
from storage.ward import Book, Unsafe

database = databases.on_both
PACK = load("nakano")
WHY = Why("admin", "電話で確かめた")
NOGATA = PACK.facility("nogata")
CLOSED = Special(date(2026, 12, 3), date(2026, 12, 3), (), "設備の点検")
GROUP = SupportGroup(
    "ward-1", "ひだまりの会", "親子で集まります。", ("江古田4丁目",), "集会室", "0〜2歳", "第2木曜", (Phone("03-0000-0000"),),
    "", "", date(2027, 3, 31), "団体からの届け出", "2026-11-24",
)  # fmt: skip
EVENT = Happening(
    "e-1", "nogata", "冬のおたのしみ会", date(2026, 12, 5), date(2026, 12, 5), None, None, "", "当日", ""
)


@pytest.fixture
def live(database: Database) -> Iterator[LiveDirectory]:
    live = LiveDirectory(database, PACK)
    yield live
    live.close()


def save(
    database: Database,
    *rows: Row,
    retired: bool = False,
    seen: dict[str, int] | None = None,
    pack: Directory = PACK,
) -> int:
    kept = {key_of(row): Kept(row, retired) for row in rows}
    with database.write() as session:
        return ward.save(session, pack, kept, seen or {}, WHY, NOW)


def book(database: Database, pack: Directory = PACK) -> Book:
    with database.read() as session:
        return ward.read(session, pack)


@pytest.mark.parametrize(
    "row",
    [*PACK.resources, *PACK.hotlines, GROUP, EVENT, SpecialDays("nogata", (CLOSED,))],
    ids=lambda row: key_of(row),
)
def test_every_kind_of_row_is_kept_whole(row: Row) -> None:
    kept = read_kept(key_of(row), written(row, retired=True))

    assert kept.retired
    assert plain(kept.row) == kept.row
    assert composed(PACK, {}, {}) is PACK
    assert replace(kept.row) == kept.row


def test_every_kind_can_be_changed_and_added(database: Database, live: LiveDirectory) -> None:
    resource, hotline = PACK.resource("dantai"), PACK.hotline("yorisoi")

    save(
        database,
        replace(NOGATA, note="二階です。"),
        replace(resource, contact="係"),
        replace(hotline, note="夜も"),
        GROUP,
        EVENT,
    )
    live.look()

    now = live()
    assert now.facility("nogata").note == "二階です。"
    assert (now.resource("dantai").contact, now.hotline("yorisoi").note) == ("係", "夜も")
    assert (now.groups, now.happenings) == ((GROUP,), (EVENT,))
    assert [one.id for one in now.hotlines] == [one.id for one in PACK.hotlines]


def test_a_closure_closes_at_once_and_leaves_the_rest_as_it_was(
    database: Database, live: LiveDirectory
) -> None:
    save(database, SpecialDays("nogata", (CLOSED,)))
    live.look()

    hours = live().facility("nogata").hours
    noon = datetime(2026, 12, 3, 12, tzinfo=TOKYO)
    assert hours.is_open(noon) is False
    assert hours.state(noon) == "閉まっています(12/3は臨時休館。次は12/4(金) 10:00から)"
    assert hours.announced(NOW) == ("12/3(木)は臨時休館(設備の点検)",)
    assert hours.is_open(noon + timedelta(days=1)) is True
    assert hours.describe() == NOGATA.hours.describe()


def test_a_resource_keeps_the_hours_of_its_desk_as_they_are_now(
    database: Database, live: LiveDirectory
) -> None:
    of_one = next(one for one in PACK.resources if one.hours_of_desks and len(one.facilities) == 1)
    desk = PACK.facility(of_one.facilities[0])

    save(database, replace(desk, hours=parse("mon 09:00-10:00")))
    live.look()

    assert live().resource(of_one.id).hours.describe() == "月 9:00〜10:00"


def test_two_editors_at_once_the_second_is_told(database: Database) -> None:
    first = save(database, replace(NOGATA, note="一"), seen={"nogata": 0})

    with pytest.raises(Outdated):
        save(database, replace(NOGATA, note="二"), seen={"nogata": 0})
    assert book(database).kept("nogata") == Kept(replace(NOGATA, note="一"))

    save(database, replace(NOGATA, note="二"), seen={"nogata": first})
    assert book(database).kept("nogata") == Kept(replace(NOGATA, note="二"))


def at_once(*deeds: Callable[[], object]) -> list[str]:
    """What came of each, in threads of their own."""
    came: list[str] = []

    def do(deed: Callable[[], object]) -> None:
        try:
            deed()
            came.append("saved")
        except (Outdated, Unsafe) as refused:
            came.append(type(refused).__name__)

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(came)


def test_of_two_who_save_at_the_same_moment_one_is_told(database: Database) -> None:
    came = at_once(
        lambda: save(database, replace(NOGATA, note="一"), seen={"nogata": 0}),
        lambda: save(database, replace(NOGATA, note="二"), seen={"nogata": 0}),
    )

    assert came == ["Outdated", "saved"]
    assert book(database).edition == 1


def test_two_admins_cannot_each_take_away_one_of_the_last_two_lines(database: Database) -> None:
    last = [one for one in dict(PACK.lines)["waiting.usual"] if PACK.hotline(one).hours.always]
    assert len(last) == 2

    came = at_once(*(partial(save, database, PACK.hotline(one), retired=True) for one in last))

    assert came.count("saved") <= 1
    assert not list(dangers(PACK, book(database).directory))


def test_a_retired_row_is_not_shown_and_comes_back(database: Database, live: LiveDirectory) -> None:
    save(database, NOGATA, retired=True)
    live.look()
    assert all(one.id != "nogata" for one in live().facilities)
    assert book(database).kept("nogata") == Kept(NOGATA, True)

    save(database, NOGATA)
    live.look()
    assert live().facility("nogata") == NOGATA


def test_one_change_of_one_row_is_taken_back(database: Database, live: LiveDirectory) -> None:
    number = save(database, replace(NOGATA, note="一"), replace(PACK.facility("kitahara"), note="一"))

    with database.write() as session:
        ward.undo(session, PACK, "nogata", number, Why("mori", "まちがい"), NOW)
    live.look()

    assert live().facility("nogata") == NOGATA
    assert live().facility("kitahara").note == "一"
    with pytest.raises(NothingToUndo), database.write() as session:
        ward.undo(session, PACK, "nogata", number, WHY, NOW)


def test_the_history_says_who_when_why_and_what(database: Database) -> None:
    save(database, replace(NOGATA, note="一"))
    save(database, replace(NOGATA, note="二"), retired=True)

    known = book(database)
    with database.read() as session:
        newest, first = ward.history(session, known, "nogata")

    assert (first.by, first.note, first.at) == ("admin", "電話で確かめた", NOW)
    assert (first.before, first.after) == (Kept(NOGATA), Kept(replace(NOGATA, note="一")))
    assert (newest.before, newest.after) == (first.after, Kept(replace(NOGATA, note="二"), True))


def test_every_change_is_in_the_audit(database: Database) -> None:
    number = save(database, replace(NOGATA, note="一"))
    with database.write() as session:
        ward.undo(session, PACK, "nogata", number, Why("mori", "まちがい"), NOW)

    with database.read() as session:
        lines = audit.page(session, audit.Wanted())
    assert [(one.act, one.actor) for one in lines] == [(DataAct.UNDONE, "mori"), (DataAct.EDITED, "admin")]
    assert "野方児童館(nogata)" in (lines[1].reason or "")


# A newer pack


def newer(**changes: object) -> Directory:
    rows = tuple(replace(one, **changes) if one.id == "nogata" else one for one in PACK.facilities)  # type: ignore[arg-type]
    return replace(PACK, facilities=rows)


def test_what_only_the_pack_changed_comes_through_beside_the_wards_change(database: Database) -> None:
    save(database, replace(NOGATA, note="区の説明"))

    known = book(database, newer(access="新しい道"))

    row = known.directory.facility("nogata")
    assert (row.note, row.access) == ("区の説明", "新しい道")
    assert known.disputed() == []
    settled = known.settled("nogata")
    assert settled
    assert settled.from_pack == ("access",)


def test_what_both_changed_stays_the_wards_and_is_pointed_out(database: Database) -> None:
    save(database, replace(NOGATA, note="区の説明"))

    known = book(database, newer(note="同梱の説明"))

    assert known.directory.facility("nogata").note == "区の説明"
    assert known.disputed() == ["nogata"]
    save(database, replace(NOGATA, note="区の説明"), pack=newer(note="同梱の説明"))  # looked at, and kept
    assert book(database, newer(note="同梱の説明")).disputed() == []


def test_the_packs_newer_row_can_be_taken(database: Database) -> None:
    number = save(database, replace(NOGATA, note="区の説明"))
    pack = newer(note="同梱の説明")

    with database.write() as session:
        ward.back_to_pack(session, pack, "nogata", number, WHY, NOW)

    assert book(database, pack).directory.facility("nogata").note == "同梱の説明"
    assert book(database, pack).disputed() == []


def test_a_row_that_the_pack_drops_stays_and_is_pointed_out(database: Database) -> None:
    save(database, replace(NOGATA, note="区の説明"))
    pack = replace(PACK, facilities=tuple(one for one in PACK.facilities if one.id != "nogata"))

    known = book(database, pack)

    assert known.directory.facility("nogata").note == "区の説明"
    assert known.disputed() == ["nogata"]


def test_an_edition_from_before_this_stays_as_it_was(database: Database) -> None:
    with database.write() as session:
        facilities.edit(session, [replace(NOGATA, note="取り込み")], WHY, NOW)

    known = book(database, newer(note="同梱の説明", access="新しい道"))

    assert known.directory.facility("nogata") == replace(NOGATA, note="取り込み")
    assert known.disputed() == []


# Confirmations


def test_a_confirmation_is_shown_until_the_facts_change(database: Database, live: LiveDirectory) -> None:
    with database.write() as session:
        confirmations.confirm(session, "facility:nogata", NOGATA, "佐藤", NOW)
    live.look()
    assert live().facility("nogata").confirmed == date(2026, 11, 24)
    assert live().facility("kitahara").confirmed is None

    save(database, SpecialDays("nogata", (CLOSED,)))
    live.look()
    assert live().facility("nogata").confirmed == date(2026, 11, 24)  # a closed day is no other fact

    save(database, replace(NOGATA, phones=(Phone("03-1111-1111"),)))
    live.look()
    assert live().facility("nogata").confirmed is None


def test_a_group_wants_confirming_too() -> None:
    assert "group:ward-1" in confirmable(replace(PACK, groups=(GROUP,)))


# Danger


def test_the_last_line_for_a_crisis_cannot_be_taken_away(database: Database, live: LiveDirectory) -> None:
    case = dict(PACK.lines)["crisis_dv.usual"]
    lines = [PACK.hotline(one) for one in case]

    with pytest.raises(Unsafe) as refused:
        save(database, *lines, retired=True)
    live.look()

    assert any("配偶者や恋人の暴力" in one for one in refused.value.problems)
    assert live().hotlines == PACK.hotlines


@pytest.mark.parametrize(
    "row",
    [
        replace(PACK.hotline("119"), phones=(Phone("118"),)),
        replace(PACK.hotline("110"), hours=parse("mon 09:00-10:00")),
    ],
)
def test_the_emergency_numbers_stay(row: Hotline, database: Database) -> None:
    with pytest.raises(Unsafe):
        save(database, row)


def test_the_counselors_desk_cannot_be_retired(database: Database) -> None:
    with pytest.raises(Unsafe):
        save(database, PACK.facility(PACK.consultation_desk), retired=True)


def test_taking_back_a_change_is_looked_at_as_well(database: Database) -> None:
    extra = replace(PACK.hotline("yorisoi"), note="一")
    first = save(database, extra)
    others = [
        one for one in PACK.hotlines if one.id in dict(PACK.lines)["waiting.usual"] and one.id != "yorisoi"
    ]
    save(database, *others, retired=True)
    with database.write() as session:  # as if a tampered database had it retired before
        facilities.stage(
            session, [facilities.change("x", "edited", "hotline:yorisoi", written(extra, retired=True))]
        )
        facilities.publish(session, "x", WHY, NOW)
        number = facilities.newest_edition(session)
    with database.write() as session:
        ward.undo(session, PACK, "hotline:yorisoi", number, WHY, NOW)
    assert first
    assert any(one.id == "yorisoi" for one in book(database).directory.hotlines)


def test_edits_at_random_leave_nobody_without_an_open_line(database: Database) -> None:
    dice, cases = random.Random(3), [case for case, _ in PACK.lines]
    refused = 0
    for _ in range(60):
        known = book(database)
        rows = [dice.choice(PACK.hotlines) for _ in range(dice.randint(1, 4))]
        kept = {key_of(row): Kept(_spoilt(row, dice), dice.random() < 0.5) for row in rows}
        try:
            with database.write() as session:
                ward.save(session, PACK, kept, {}, WHY, NOW)
        except Unsafe:
            refused += 1
            assert book(database).edition == known.edition
        _nobody_is_left_alone(book(database).directory, cases, dice)
    assert 0 < refused < 60


def test_whatever_a_database_holds_the_crisis_lines_stand() -> None:
    dice, cases = random.Random(5), [case for case, _ in PACK.lines]
    for _ in range(40):
        rows = {key_of(row): Kept(_spoilt(row, dice), dice.random() < 0.7) for row in PACK.hotlines}
        changes = {key: ward.Change(kept) for key, kept in rows.items()}

        _nobody_is_left_alone(composed(PACK, changes, {}), cases, dice)


def _spoilt(row: Hotline, dice: random.Random) -> Hotline:
    spoils: list[dict[str, object]] = [
        {"phones": (), "url": ""}, {"hours": parse("")}, {"hours": parse("sun 10:00-11:00")}, {"name": "別の名前"}, {},
    ]  # fmt: skip
    return replace(row, **dice.choice(spoils))  # type: ignore[arg-type]


def _nobody_is_left_alone(live: Directory, cases: list[str], dice: random.Random) -> None:
    assert not list(dangers(PACK, live))
    at = NOW + timedelta(minutes=dice.randint(0, 60 * 24 * 400))
    scene = Scene(Rules(version=1, rules=()), live, at)
    for case in cases:
        need, _, voice = case.partition(".")
        lines = _first_lines(live.lines_for(need, voice), scene)
        assert any(one.hours.is_open(at) and (one.phones or one.url) for one in lines), case


# Hours by date


def test_other_hours_by_date_go_before_everything_else() -> None:
    hours = replace(
        NOGATA.hours, special=(Special(date(2026, 11, 29), date(2026, 11, 29), (Span(600, 720),), "催し"),)
    )

    sunday = datetime(2026, 11, 29, 11, tzinfo=TOKYO)
    assert hours.is_open(sunday) is True
    assert hours.is_open(sunday + timedelta(hours=2)) is False
    assert hours.announced(NOW) == ("11/29(日)は10:00〜12:00(催し)",)


def test_unknown_hours_promise_nothing_beside_a_day_that_is_known() -> None:
    hours = replace(parse(""), special=(CLOSED,))

    assert hours.is_open(datetime(2026, 12, 3, 11, tzinfo=TOKYO)) is False
    assert hours.is_open(datetime(2026, 12, 4, 11, tzinfo=TOKYO)) is None
    assert hours.next_opening(NOW) is None
