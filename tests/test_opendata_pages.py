"""Open data in the console: put in, looked at, agreed to, taken back; by admins only."""

import io
import re
from collections.abc import Iterator

import pytest
from console_harness import NOW, Browser, Clock, World, new_database
from playwright.sync_api import Browser as Chromium
from test_opendata import HALL, NAKANO, REAL, table
from werkzeug.test import TestResponse

from bot.imports import Imports
from console import opendata as pages
from directory.opendata import writing
from simulator.server import serving
from storage import facilities
from storage.directories import LiveDirectory

ON_BOTH = True
FIELDS = {"note": "11月分", "source": "区のオープンデータ", "as_of": "2026-11-01"}
CHANGED = HALL | {"ID": "nogata", "名称": "野方児童館", "電話番号": "03-1234-5678", "所在地_連結表記": "東京都中野区新井2-48-10", "緯度": "", "経度": ""}  # fmt: skip


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def put(browser: Browser, data: bytes, name: str = "facilities.csv", **fields: str) -> TestResponse:
    sent = {"csrf_token": browser.token(), **FIELDS, **fields, "file": (io.BytesIO(data), name)}
    return browser.client.post("/opendata", data=sent)


def read(world: World) -> None:
    while Imports(world.database, lambda: NAKANO, world.clock).step():
        pass


def shown(world: World, browser: Browser, data: bytes) -> str:
    """Put in and read; the address of its page."""
    answer = put(browser, data)
    assert answer.status_code == 303
    read(world)
    return str(answer.location)


def history(world: World) -> list[facilities.Edition]:
    with world.database.read() as rows:
        return facilities.history(rows)


def test_a_file_is_shown_before_anything_is_written(world: World) -> None:
    browser = world.browser("admin")

    address = shown(world, browser, table(HALL, CHANGED, HALL | {"名称": "", "ID": "j9"}))

    page = browser.get(address).text
    assert "名称がありません。" in page
    assert "このとおりに取り込む(2件)" in page
    changed = browser.get(f"{address}?outcome=changed").text
    assert re.search("電話: <del>03-3387-8836</del> → <ins>03-1234-5678</ins>", changed)
    assert history(world) == []


def test_with_consent_it_is_in_force_and_in_the_history_and_can_be_undone(world: World) -> None:
    browser, live = world.browser("admin"), LiveDirectory(world.database, NAKANO)
    address = shown(world, browser, table(HALL, CHANGED))

    agreed = browser.post(f"{address}/agree")
    live.look()

    assert agreed.status_code == 303
    assert live().facility("nogata").phones[0].number == "03-1234-5678"
    (edition,) = history(world)
    assert (edition.by, edition.note, edition.source, edition.changes) == (
        "admin",
        "11月分",
        "区のオープンデータ",
        2,
    )
    assert "第1版" in browser.get("/opendata").text

    assert browser.post("/opendata/editions/1/undo", note="まちがい").status_code == 303
    live.look()
    assert live().facilities == NAKANO.facilities
    live.close()


def test_while_it_is_read_the_page_tells_how_far(world: World) -> None:
    browser = world.browser("admin")
    address = put(browser, table(HALL)).location

    assert "順番を待っています" in browser.get(f"{address}/progress").text
    assert "data-progress=" in browser.get(str(address)).text
    assert "このとおりに取り込む" not in browser.get(str(address)).text
    assert browser.post(f"{address}/agree").status_code == 303
    assert history(world) == []


def test_a_change_in_between_has_it_compared_again(world: World) -> None:
    browser = world.browser("admin")
    address = shown(world, browser, table(HALL))
    with world.database.write() as rows:
        facilities.edit(rows, [NAKANO.facility("kitahara")], facilities.Why("mori", "別件"), NOW)

    answer = browser.post(f"{address}/agree")

    assert (answer.status_code, answer.location) == (303, address)
    assert pages.CHANGED_MEANWHILE in browser.get(address).text
    assert [one.by for one in history(world)] == ["mori"]
    read(world)
    browser.post(f"{address}/agree")
    assert [one.by for one in history(world)] == ["admin", "mori"]


def test_agreeing_or_dropping_twice_does_it_once(world: World) -> None:
    browser = world.browser("admin")
    address = shown(world, browser, table(HALL))

    for deed in ("agree", "agree", "drop"):
        assert browser.post(f"{address}/{deed}").status_code == 303

    assert len(history(world)) == 1
    assert "取り込みました" in browser.get(address).text


def test_a_dropped_file_changes_nothing(world: World) -> None:
    browser = world.browser("admin")
    address = shown(world, browser, table(HALL))

    browser.post(f"{address}/drop")

    assert history(world) == []
    assert "やめました" in browser.get(address).text


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("facilities.xlsx", b"PK", "CSVのファイル"),
        ("", b"", "CSVのファイル"),
        ("facilities.csv", b"", "空です"),
    ],
)
def test_what_cannot_be_a_table_is_refused_at_once(name: str, data: bytes, told: str, world: World) -> None:
    answer = put(world.browser("admin"), data, name)

    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.parametrize("fields", [{"note": " "}, {"source": ""}, {"as_of": "昨日"}, {"note": "長" * 201}])
def test_what_is_missing_is_asked_for_and_what_was_typed_stays(fields: dict[str, str], world: World) -> None:
    answer = put(world.browser("admin"), table(HALL), **fields)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_web_page_named_csv_is_told_when_it_is_read(world: World) -> None:
    browser = world.browser("admin")

    address = shown(world, browser, b"<!DOCTYPE html><script>alert(1)</script>")

    assert "ウェブページが保存されたもの" in browser.get(address).text


def test_a_file_above_the_cap_is_refused_without_being_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.imports.LARGEST", 1000)
    monkeypatch.setattr(pages, "FORM_BESIDE_FILE", 100_000)
    browser = world.browser("admin")

    assert put(browser, table(HALL) * 2).status_code == 422
    assert put(browser, b"x" * 200_000).status_code == 413


def test_whoever_may_not_cannot_send_a_large_file(world: World) -> None:
    assert put(world.browser("sato"), b"x" * 300_000).status_code in {403, 413}
    assert put(world.browser("sato"), table(HALL)).status_code == 403


def test_markup_in_a_file_is_only_words(world: World) -> None:
    browser = world.browser("admin")
    address = shown(world, browser, table(HALL | {"名称": "<script>alert(1)</script>"}))

    page = browser.get(f"{address}?outcome=new").text

    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_undoing_needs_a_reason_and_something_to_undo(world: World) -> None:
    browser = world.browser("admin")

    assert browser.post("/opendata/editions/1/undo", note="").status_code == 422
    assert browser.post("/opendata/editions/1/undo", note="x").status_code == 404
    assert browser.post(f"/opendata/editions/{10**20}/undo", note="x").status_code == 404
    assert browser.get("/opendata/imports/nothing").status_code == 404


def test_the_rows_are_turned_over_page_by_page(world: World) -> None:
    browser = world.browser("admin")
    address = shown(world, browser, REAL)

    first = browser.get(f"{address}?outcome=refused").text
    further = re.search(r'href="([^"]+after=\d+)"', first)

    assert first.count("ほかの自治体の施設です") == pages.ROWS
    assert further
    second = browser.get(further[1].replace("&amp;", "&")).text
    assert second.count("ほかの自治体の施設です") == pages.ROWS
    assert "このとおりに取り込む" not in first


def test_the_export_is_the_standards_file(world: World) -> None:
    answer = world.browser("admin").get("/opendata/facilities.csv")

    assert answer.data == writing.table(NAKANO).encode("utf-8-sig")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="131148_preschool.csv"'


@pytest.mark.browser
def test_an_officer_puts_a_file_in_sees_it_read_and_agrees(world: World, browser: Chromium) -> None:
    with serving(world.app()) as url:
        tab = browser.new_page()
        tab.goto(f"{url}/login")
        tab.fill("[name=name]", "admin")
        tab.fill("[name=password]", "ひみつの合言葉")
        tab.click("main button")
        tab.goto(f"{url}/opendata")
        tab.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": table(HALL)})
        tab.fill("#note", "11月分")
        tab.click("text=くらべる")
        tab.wait_for_selector("text=順番を待っています")
        read(world)
        tab.click("text=このとおりに取り込む(1件)")
        tab.wait_for_selector("text=第1版として取り込みました")
        tab.close()

    assert len(history(world)) == 1
