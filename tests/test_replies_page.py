"""Writing a reply in a real browser: two texts, drafts, canned replies by 「/」, cards, the preview, an input method."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import unsealed
from axe_playwright_python.sync_playwright import Axe
from console_harness import NOW, Clock, World, logged_in, new_database, said
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from simulator.server import serving
from storage import canned_replies, quotas, reply_drafts
from storage.tables import EntryRow, OutboxRow

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("width", [375, 1280])]
SHOTS = os.environ.get("TSUNAGU_SHOTS")  # a folder: every page that is judged is also drawn there


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    with database.write() as session:
        for title, shortcut, text in (
            ("はじめのあいさつ", "あいさつ", "こんにちは。{窓口}の相談員です。"),
            ("次の開庁日", "次", "次は{次の開庁}から読みます。"),
        ):
            canned_replies.add(session, None, title, shortcut, text, by="admin", now=NOW)
        quotas.note(session, "line", 172, 200, NOW)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def page(world: World, browser: Browser, width: int) -> Iterator[Page]:
    app = world.app()
    with serving(app) as url:
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        context = browser.new_context(viewport={"width": width, "height": 812}, base_url=url)
        cookie = signer.dumps(logged_in("sato", world.clock()))
        context.add_cookies([{"name": "tsunagu_console", "value": cookie, "url": url}])
        context.set_default_timeout(8000)
        yield context.new_page()
        context.close()


def judge(page: Page, name: str) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def sent(world: World) -> list[str]:
    return [row.text for row in unsealed.rows(world.database, EntryRow) if row.kind == "counselor"]


def test_a_day_of_replies_by_keyboard(world: World, page: Page, width: int) -> None:
    conversation_id = world.held("sato", "みどり-482", said())
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/threads/{conversation_id}")
    text = page.locator("#text")

    text.press_sequentially("/あい")
    expect(page.locator("#choices [aria-selected=true]")).to_contain_text("はじめのあいさつ")
    judge(page, "canned-menu")
    text.press("Enter")
    expect(text).to_have_value("こんにちは。desk".replace("desk", _desk_name()) + "の相談員です。")
    page.get_by_text("場所・サービスを入れる").click()
    page.locator("#find").press_sequentially("のがた")
    page.locator("#found").get_by_role("button").first.click()
    expect(page.locator(".attached")).to_contain_text("野方児童館")
    page.get_by_role("button", name="プレビュー").click()
    expect(page.locator("#preview")).to_contain_text("地図をひらく")
    judge(page, "preview")
    text.press("Control+Enter")
    expect(page.locator(".entry.counselor")).to_contain_text("野方児童館")

    assert len(sent(world)) == 1
    assert complaints == []


def _desk_name() -> str:
    from directory import pack

    directory = pack.load()
    return directory.facility(directory.consultation_desk).name


def test_enter_neither_sends_nor_chooses_while_kana_are_converted(
    world: World, page: Page, width: int
) -> None:
    conversation_id = world.held("sato")
    page.goto(f"/threads/{conversation_id}")
    page.locator("#text").focus()
    keyboard = page.context.new_cdp_session(page)

    keyboard.send("Input.imeSetComposition", {"text": "/あい", "selectionStart": 3, "selectionEnd": 3})
    expect(page.locator("#choices li")).not_to_have_count(0)
    for control in (False, True):
        page.locator("#text").dispatch_event(
            "keydown", {"key": "Enter", "isComposing": True, "ctrlKey": control}
        )
    keyboard.send("Input.insertText", {"text": "/あい"})
    page.locator("#text").press("Escape")
    page.locator("#text").press("Enter")

    expect(page.locator("#text")).to_have_value("/あい\n")
    assert sent(world) == []


def test_reply_and_note_keep_their_own_words_and_come_back(world: World, page: Page, width: int) -> None:
    conversation_id = world.held("sato")
    page.goto(f"/threads/{conversation_id}")
    page.locator("#text").press_sequentially("返信の途中")
    expect(page.locator("#draft-state")).to_have_text("下書きを保存しました。")
    page.get_by_role("radio", name="内部メモ").check()
    expect(page.locator("#text")).to_be_hidden()
    page.locator("#note").press_sequentially("母に電話すみ")
    judge(page, "note")

    page.goto("/canned")
    judge(page, "canned")
    page.goto(f"/threads/{conversation_id}")

    expect(page.get_by_role("radio", name="内部メモ")).to_be_checked()
    expect(page.locator("#note")).to_have_value("母に電話すみ")
    page.get_by_role("button", name="内部メモを残す").click()
    expect(page.locator(".entry.note")).to_contain_text("母に電話すみ")
    page.get_by_role("radio", name="返信").check()
    expect(page.locator("#text")).to_have_value("返信の途中")
    judge(page, "reply")
    with world.database.read() as session:
        assert reply_drafts.of(session, conversation_id, "sato").note == ""
    assert sent(world) == []


def test_a_reply_that_could_not_be_sent_shows_its_ways_out(world: World, page: Page, width: int) -> None:
    conversation_id = world.held("sato")
    page.goto(f"/threads/{conversation_id}")
    page.locator("#text").fill("届かない文")
    page.get_by_role("button", name="返信を送る").click()
    expect(page.locator(".entry.counselor")).to_be_visible()
    with world.database.write() as session:
        row = session.exec(select(OutboxRow)).one()
        row.state, row.problem = "failed", "400"
    page.reload()

    judge(page, "failed")
    page.get_by_role("button", name="書き直す").click()

    expect(page.locator("#text")).to_have_value("相談員です。\n届かない文")
    expect(page.locator(".given-up")).to_contain_text("佐藤さん")
    judge(page, "given-up")


def test_a_canned_reply_is_added_after_its_problems_are_told(world: World, page: Page, width: int) -> None:
    page.goto("/canned/new")
    page.get_by_role("button", name="加える").click()
    judge(page, "canned-problems")
    page.get_by_label("見出し").fill("お礼")
    page.locator("#text").fill("ありがとうございます")
    page.get_by_role("button", name="加える").click()

    expect(page.locator(".canned-one").first).to_contain_text("ありがとうございます")
