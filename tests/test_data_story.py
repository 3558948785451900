"""From the console to the phone: what desk staff and admins change is what the bot says next."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from datetime import time as clock_time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Service
from console_harness import PASSWORD, Clock, World, _hash, new_database
from playwright.sync_api import Browser, Page, expect
from test_ward import CLOSED, GROUP, PACK, WHY

from directory.model import Happening, SpecialDays
from directory.stored import Kept, Row, key_of
from simulator.server import serving
from storage import confirmations, staff, ward
from storage.staff import Role

PROMISED = 5.0  # seconds
SHOTS = os.environ.get("TSUNAGU_SHOTS")  # a folder: every page that is judged is also drawn there
WIDTHS = pytest.mark.parametrize("width", [375, 1280])


def save(service: Service, *rows: Row, retired: bool = False) -> None:
    with service.program.database.write() as session:
        ward.save(session, PACK, {key_of(row): Kept(row, retired) for row in rows}, {}, WHY, service.clock())
    service.program.live_directory.look()


def said(service: Service, *texts: str) -> str:
    """Everything that the phone shows after the last of them."""
    phone = service.phone()
    for text in texts:
        before = len(phone.screen)
        phone.say(text)
        service.settle()
    return "\n".join(str(one) for one in phone.screen[before:])


EVENT = Happening(
    "e-1", "kitahara", "冬のおたのしみ会", date(2026, 12, 5), date(2026, 12, 5), clock_time(10), clock_time(11, 30),
    "0〜2歳と保護者", "当日、直接お越しください", "",
)  # fmt: skip


def test_the_bot_says_that_a_desk_is_closed_for_once(service: Service) -> None:
    save(
        service, SpecialDays("nogata", (replace(CLOSED, first=date(2026, 11, 24), last=date(2026, 11, 24)),))
    )

    answer = said(service, "近くの児童館", "新井2丁目")

    assert "閉まっています(11/24は臨時休館。次は11/25(水) 10:00から)" in answer
    assert "11/24(火)は臨時休館(設備の点検)" in answer


def test_the_bot_shows_a_confirmation_only_where_there_is_one(service: Service) -> None:
    with service.program.database.write() as session:
        confirmations.confirm(session, "facility:nogata", PACK.facility("nogata"), "佐藤", service.clock())
    service.program.live_directory.look()

    assert "最終確認 2026年11月24日" in said(service, "近くの児童館", "新井2丁目")


def test_events_are_shown_until_they_are_over_and_the_nearest_desk_first(service: Service) -> None:
    save(service, EVENT, replace(EVENT, id="e-2", facility="minaminakano", title="遠くの会"))

    answer = said(service, "今月のイベント", "野方6丁目")
    service.clock.set("2026-12-05 11:30")
    later = said(service, "今月のイベント")

    assert "12/5(土) 10:00〜11:30" in answer
    assert answer.index("冬のおたのしみ会") < answer.index("遠くの会")
    assert "冬のおたのしみ会" not in later


def test_groups_are_shown_near_and_not_when_their_day_is_over(service: Service) -> None:
    away = replace(GROUP, id="ward-2", name="南のはしの会", towns=("南台1丁目",))
    everywhere = replace(GROUP, id="ward-3", name="区ぜんたいの会", towns=(), area="")
    over = replace(GROUP, id="ward-4", name="去年の会", until=date(2026, 11, 23))
    save(service, GROUP, away, everywhere, over)

    answer = said(service, "江古田4丁目", "育児サークルを知りたい")

    assert "ひだまりの会" in answer
    assert "区ぜんたいの会" in answer
    assert "南のはしの会" not in answer
    assert "去年の会" not in answer


def test_without_groups_the_answer_names_none(service: Service) -> None:
    answer = said(service, "育児サークルを知りたい")

    assert "ボランティアセンター" in answer
    assert "子育て支援団体" not in answer


def test_a_retired_resource_that_older_rules_show_is_left_out(service: Service) -> None:
    save(service, PACK.resource("dantai"), retired=True)

    answer = said(service, "育児サークルを知りたい")

    assert "ボランティアセンター" in answer  # the rule's own words
    assert "まちなかサロン、子ども食堂のネットワーク" not in answer


def log_in(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")


@pytest.mark.browser
def test_desk_staff_close_their_desk_and_the_next_answer_says_so(service: Service, browser: Browser) -> None:
    with service.program.database.write() as session:
        staff.add(session, "desk", "窓口", Role.DESK, _hash(), service.clock(), desks=("nogata",))
    assert "開いています" in said(service, "近くの児童館", "新井2丁目")

    with serving(service.program.console_app(cookie_secure=False)) as url:
        page = browser.new_page()
        log_in(page, url, "desk")
        page.get_by_role("link", name="データ").click()
        page.get_by_role("link", name="野方児童館").click()
        page.get_by_role("link", name="臨時休館・特別な時間").click()
        page.get_by_label("はじめの日").fill("2026-11-24")
        page.get_by_label("わけ").fill("水道の工事")
        page.get_by_role("button", name="保存する").click()
        expect(page.locator(".strip.success")).to_contain_text("5秒以内に")
        saved = time.monotonic()
        page.context.close()

    directory = service.program.live_directory
    while not directory().facility("nogata").hours.special and time.monotonic() < saved + PROMISED:
        time.sleep(0.05)
    answer = said(service, "近くの児童館", "新井2丁目")
    assert "閉まっています(11/24は臨時休館" in answer
    assert "水道の工事" in answer


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.mark.browser
@WIDTHS
def test_what_is_wrong_or_dangerous_is_told_so_that_everybody_hears(
    world: World, browser: Browser, width: int
) -> None:
    with serving(world.app()) as url:
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        log_in(page, url, "admin")
        page.goto(f"{url}/data/edit/facility/nogata")
        page.fill("#name", "")
        page.fill("#lat", "35.6586")
        page.fill("#lon", "139.7454")
        page.get_by_role("button", name="保存する").click()
        judge(page, "errors", width)
        page.goto(f"{url}/data/edit/hotline/yorisoi")
        page.fill("#note", "通話は20分まで")
        page.fill("#why", "確かめた")
        page.get_by_role("button", name="保存する").click()
        judge(page, "second-look", width)
        page.get_by_label("もう一人と確かめました").check()
        page.get_by_role("button", name="保存する").click()
        expect(page.locator(".strip.success")).to_contain_text("保存しました")
        page.context.close()


def judge(page: Page, name: str, width: int) -> None:
    """axe-core finds nothing, and nothing is wider than the window."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
