"""The page for finding in a real browser: by keyboard alone, at both widths, and by axe-core."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from console_harness import PASSWORD, Clock, World, new_database, said
from playwright.sync_api import Browser, Page, expect

from simulator.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("width", [375, 1280])]
SHOTS = os.environ.get("TSUNAGU_SHOTS")  # a folder: every page that is judged is also drawn there


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def page(world: World, browser: Browser, width: int) -> Iterator[Page]:
    with serving(world.app()) as url:
        page = browser.new_context(viewport={"width": width, "height": 800}, base_url=url).new_page()
        page.goto("/login")
        page.get_by_label("ログイン名").fill("sato")
        page.get_by_label("パスワード").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_text("佐藤さん")).to_be_visible()
        yield page
        page.context.close()


def judge(page: Page, name: str) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"find-{name}-{width}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_words_are_found_by_keyboard_and_going_back_shows_them_again(world: World, page: Page) -> None:
    world.held("sato", "みどり-482", said("来週の予約はとれますか"))
    page.goto("/")
    page.get_by_role("link", name="さがす").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="相談をさがす")).to_be_visible()
    judge(page, "list")

    page.get_by_label("やりとりの中の言葉").focus()
    page.keyboard.type("予約")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("予約")
    judge(page, "words")

    page.get_by_role("link", name="みどり-482").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".entry:target")).to_contain_text("来週の予約")
    page.go_back()
    expect(page.locator("mark")).to_have_text("予約")
    assert page.get_by_label("やりとりの中の言葉").input_value() == "予約"


def test_nothing_and_mistakes_are_said_plainly(page: Page) -> None:
    page.goto("/find")
    expect(page.get_by_text("相談はまだありません")).to_be_visible()
    judge(page, "empty")

    page.get_by_label("やりとりの中の言葉").fill("でんしゃ")
    page.get_by_role("button", name="さがす").click()
    expect(page.get_by_text("「でんしゃ」は見つかりません")).to_be_visible()
    judge(page, "nowhere")

    page.goto("/find?since=x")
    expect(page.get_by_role("alert")).to_contain_text("日付は")
    judge(page, "mistake")
