"""The pages about people and rights in a real browser: a new colleague's first day."""

import os
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from console_harness import NOW, PASSWORD, Clock, World, new_database
from playwright.sync_api import Browser, Page, expect

from console.access import Access
from simulator.server import serving
from storage.staff import Role

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("width", [375, 1280])]

SHOTS = os.environ.get("TSUNAGU_SHOTS")  # a folder: every page that is judged is also drawn there
NEW_PASSWORD = "みかんと電車とうさぎの朝"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    access = Access(second_factor_for=frozenset({Role.COUNSELOR}))
    with serving(world.app(access=access)) as url:
        yield url


def opened(browser: Browser, width: int) -> Page:
    return browser.new_context(viewport={"width": width, "height": 800}).new_page()


def log_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("ログイン名").fill(name)
    page.get_by_label("パスワード").fill(password)
    page.get_by_role("button", name="ログイン", exact=True).click()


def judge(page: Page, name: str, heading: str = "") -> None:
    """axe-core finds nothing, and nothing is wider than the window."""
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    width = page.viewport_size["width"] if page.viewport_size else 0
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_new_colleague_gets_in_by_keyboard_and_app(
    world: World, address: str, browser: Browser, width: int
) -> None:
    admin, colleague = opened(browser, width), opened(browser, width)
    log_in(admin, address, "admin")
    admin.goto(f"{address}/new-account")
    admin.get_by_label("ログイン名").fill("hayashi")
    admin.get_by_label("名前").fill("林")
    admin.get_by_label("相談員相談を読み").check()
    admin.keyboard.press("Enter")
    password = admin.locator(".secret").inner_text()
    judge(admin, "temporary-password", "仮のパスワード")

    log_in(colleague, address, "hayashi", password)
    judge(colleague, "first-password", "パスワードを変える")
    for label in ("いまのパスワード", "新しいパスワード", "新しいパスワード(もう一度)"):
        colleague.get_by_label(label, exact=True).fill(password if label.startswith("いま") else NEW_PASSWORD)
    colleague.keyboard.press("Enter")
    judge(colleague, "second-factor-wanted", "確認アプリ")
    colleague.get_by_role("button", name="登録を始める").click()
    expect(colleague.get_by_text("1. アプリで読み取る")).to_be_visible()
    judge(colleague, "second-factor-drawn")
    phone = pyotp.TOTP(colleague.locator(".secret").inner_text().replace(" ", ""))
    colleague.get_by_label("アプリに出た6けたの数字").fill(phone.at(NOW))
    colleague.keyboard.press("Enter")
    judge(colleague, "recovery-codes", "予備のコード")
    colleague.get_by_role("link", name="控えました。画面へ進む").click()
    expect(colleague.get_by_text("林さん")).to_be_visible()

    colleague.get_by_role("button", name="ログアウト").click()
    world.clock.advance(minutes=2)
    log_in(colleague, address, "hayashi", NEW_PASSWORD)
    judge(colleague, "code", "確認コード")
    colleague.get_by_label("確認アプリの6けたの数字").fill("000000")
    colleague.keyboard.press("Enter")
    expect(colleague.get_by_role("alert")).to_contain_text("確認コードがちがいます")
    judge(colleague, "code-wrong")
    colleague.get_by_label("確認アプリの6けたの数字").fill(phone.at(world.clock()))
    colleague.keyboard.press("Enter")
    expect(colleague.get_by_text("林さん")).to_be_visible()
    for page in (admin, colleague):
        page.context.close()
