"""Finding consultations again: filters, words, who may see what, and what the audit says of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from console_harness import NOW, Browser, Clock, World, new_database, said
from sqlmodel import col, select
from werkzeug.test import TestResponse

from console import finding
from conversation.model import Consultation, EntryKind, Outcome, Status
from storage.tables import AuditRow, ConsultationRow
from storage.views import search

ON_BOTH = True


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def find(browser: Browser, **asked: str) -> TestResponse:
    answer = browser.post("/find", **asked)
    assert answer.status_code == 303
    return browser.get(answer.location)


def done(world: World, pseudonym: str, outcome: Outcome, desk: str = "desk", **consultation: object) -> str:
    closed = Consultation(
        1, NOW, desk, topic="parent_distress", resolved_at=NOW, outcome=outcome, **consultation
    )  # type: ignore[arg-type]
    return world.conversation(pseudonym, status=Status.BOT, closed=closed, consultations=1)


def audited(world: World) -> list[tuple[str, str, int | None, int | None]]:
    with world.database.read() as session:
        lines = session.exec(select(AuditRow).where(AuditRow.act == "found").order_by(col(AuditRow.id)))
        return [(line.actor, line.pseudonym, line.first_entry, line.last_entry) for line in lines]


def test_two_characters_are_found_with_their_thread(world: World) -> None:
    conversation_id = world.waiting("みどり-482", said("来週の予約はとれますか"))

    page = find(world.browser("sato"), words="予約").text

    assert "来週の<mark>予約</mark>はとれますか" in page
    assert f"/threads/{conversation_id}#entry-" in page
    assert "これで全部です" in page


def test_what_is_looked_for_is_in_no_address(world: World) -> None:
    answer = world.browser("sato").post("/find", words="ひみつ", pseudonym="みどり")

    assert "sealed=" in answer.location
    assert "%E3%81%B2" not in answer.location


def test_nobody_else_opens_the_address_of_a_search(world: World) -> None:
    address = world.browser("sato").post("/find", words="予約").location

    answer = world.browser("mori").get(address)

    assert answer.status_code == 422
    assert finding.BAD_WORDS in answer.text


def test_each_entry_that_was_shown_is_in_the_audit(world: World) -> None:
    world.waiting("みどり-482", said("予約したい"), said("ありがとう", message_id="m2"))
    world.waiting("あおい-1", said("予約できた", message_id="m3"))

    find(world.browser("sato"), words="予約")

    assert audited(world) == [("sato", "あおい-1", 3, 3), ("sato", "みどり-482", 1, 1)]


def test_nothing_found_is_said_with_what_to_do_and_leaves_no_line(world: World) -> None:
    world.waiting()

    page = find(world.browser("sato"), words="でんしゃ").text

    assert "「でんしゃ」は見つかりません" in page
    assert audited(world) == []


def test_talk_with_the_bot_alone_is_not_found(world: World) -> None:
    world.conversation("みどり-482", said("予約したい"))

    assert "見つかりません" in find(world.browser("sato"), words="予約").text


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["みどり-482", "あおい-1", "しろ-2", "きいろ-3"]),
        ({"pseudonym": "482"}, ["みどり-482"]),
        ({"pseudonym": "%"}, []),
        ({"topic": "temporary_care"}, ["みどり-482", "あおい-1"]),
        ({"outcome": "answered"}, ["しろ-2"]),
        ({"outcome": "open"}, ["みどり-482", "あおい-1"]),
        ({"desk": "nogata"}, ["きいろ-3"]),
        ({"owner": "sato"}, ["あおい-1"]),
        ({"topic": "temporary_care", "owner": "sato"}, ["あおい-1"]),
        ({"since": "2026-11-24"}, ["みどり-482", "あおい-1", "しろ-2", "きいろ-3"]),
        ({"until": "2026-11-23"}, []),
    ],
)
def test_what_is_known_narrows_the_list_and_the_words(
    world: World, asked: dict[str, str], names: list[str]
) -> None:
    world.waiting("みどり-482")
    world.held("sato", "あおい-1")
    done(world, "しろ-2", Outcome.ANSWERED)
    done(world, "きいろ-3", Outcome.REFERRED, desk="nogata", assignee="mori")
    browser = world.browser("sato")

    listed, found = find(browser, **asked).text, find(browser, words="一時保育", **asked).text

    everybody = ["みどり-482", "あおい-1", "しろ-2", "きいろ-3"]
    assert [name for name in everybody if f">{name}</a>" in listed] == names
    assert [name for name in everybody if f"<strong>{name}</strong>" in found] == names


def test_a_day_is_tokyos_and_its_end_is_included(world: World) -> None:
    late = NOW.replace(hour=14, minute=59)  # 23:59 in Tokyo
    world.waiting("みどり-482", said("予約の前日", late - timedelta(days=1)), said("予約の当日", late, "m2"))

    page = find(world.browser("sato"), words="予約", since="2026-11-24", until="2026-11-24").text

    assert "<mark>予約</mark>の当日" in page
    assert "<mark>予約</mark>の前日" not in page


def test_what_was_said_to_the_bot_before_counts_with_the_consultation(world: World) -> None:
    conversation_id = world.conversation("みどり-482", said("予約したい"))
    with world.database.write() as session:
        session.add(
            ConsultationRow(
                id="later.1", conversation_id=conversation_id, number=1, desk="desk", topic="events",
                urgency="normal", opened_at=NOW,
            )
        )  # fmt: skip
    browser = world.browser("sato")

    assert "みどり-482" in find(browser, words="予約", topic="events").text
    assert "みどり-482" not in find(browser, words="予約", topic="allowance").text


def test_desk_staff_find_only_what_is_their_desks(world: World) -> None:
    world.waiting("みどり-482")
    done(world, "きいろ-3", Outcome.REFERRED, desk="nogata")
    browser = world.browser("desk")

    listed, found = find(browser).text, find(browser, words="一時保育", desk="desk").text
    theirs = find(browser, words="一時保育").text

    assert "きいろ-3" in listed
    assert "みどり-482" not in listed
    assert "/threads/" not in listed
    assert "見つかりません" in found
    assert "<strong>きいろ-3</strong>" in theirs
    assert "みどり-482" not in theirs


def test_desk_staff_without_a_desk_find_nothing(world: World) -> None:
    done(world, "きいろ-3", Outcome.REFERRED, desk="nogata")
    with world.database.write() as session:
        from storage import staff
        from storage.staff import Role

        staff.change(session, "desk", name="窓口", role=Role.DESK, desks=[])

    assert "きいろ-3" not in find(world.browser("desk")).text


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"since": "きのう"}, finding.BAD_DATE),
        ({"since": "0001-01-01"}, finding.BAD_DATE),
        ({"words": "あ" * 101}, finding.TOO_LONG),
        ({"words": "。 。"}, ""),
        ({"words": "😀"}, finding.NOTHING_TO_SEEK),
    ],
)
def test_what_cannot_be_looked_for_is_explained(world: World, asked: dict[str, str], problem: str) -> None:
    answer = find(world.browser("sato"), **asked)

    assert (answer.status_code, problem in answer.text) == (422 if problem else 200, True)


def test_a_spoilt_address_is_explained(world: World) -> None:
    answer = world.browser("sato").get("/find?sealed=x&page=-1")

    assert (answer.status_code, finding.BAD_WORDS in answer.text) == (422, True)


def test_a_search_that_takes_long_can_be_gone_on_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "WINDOW", 1)
    monkeypatch.setattr(finding, "PATIENCE", 0)
    world.waiting("みどり-482", said("予約したい"), said("ありがとう", message_id="m2"))
    browser = world.browser("sato")

    first = find(browser, words="予約").text
    address = first.partition("続きをさがす</a>")[0].rpartition('href="')[2].partition('"')[0]
    second = browser.get(address.replace("&amp;", "&")).text

    assert "ここまでには見つかりません" in first
    assert "<mark>予約</mark>したい" in second


def test_an_old_entry_is_opened_on_its_page_of_the_thread(world: World) -> None:
    entries = [said("予約したい"), *(said(f"そのあと{n}", message_id=f"n{n}") for n in range(150))]
    world.waiting("みどり-482", *entries)
    browser = world.browser("sato")

    page = find(browser, words="予約").text
    address = page.partition('<a href="/threads/')[2].partition('"')[0]
    thread = browser.get(f"/threads/{address}".replace("&amp;", "&")).text

    assert "before=22" in address
    assert 'id="entry-1"' in thread


def test_words_from_a_parent_are_only_words(world: World) -> None:
    world.waiting("みどり-482", said("<b>予約</b><script>alert(1)</script>"))

    page = find(world.browser("sato"), words="予約").text

    assert "&lt;b&gt;<mark>予約</mark>&lt;/b&gt;&lt;script&gt;" in page


def test_more_than_a_page_of_consultations_is_paged(world: World) -> None:
    for number in range(52):
        world.waiting(f"みどり-{number:03}", said(message_id=f"m{number}"), minutes=number)
    browser = world.browser("sato")

    first, second = browser.get("/find").text, browser.get("/find?page=2").text

    assert ("次の50件" in first, "前の50件" in first) == (True, False)
    assert ("次の50件" in second, "前の50件" in second) == (False, True)
    assert "みどり-051" in second


def test_notes_are_found_too(world: World) -> None:
    from conversation.model import Entry

    world.held("sato", "みどり-482", Entry(EntryKind.NOTE, "折り返し予定", NOW, author="sato"))

    assert "内部メモ" in find(world.browser("sato"), words="折り返し").text
