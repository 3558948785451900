"""The desk in a real browser: a day's work by keyboard, two people at one thread, a cry on every page, help."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import unsealed
from axe_playwright_python.sync_playwright import Axe
from console_harness import NOW, Clock, World, logged_in, new_database, said
from fleet import wait_until
from playwright.sync_api import Browser, Locator, Page, expect
from short_rules import short_rules

from conversation.model import Urgency
from simulator.server import serving
from storage import rulesets, staff
from storage.staff import Switch
from storage.tables import ConsultationRow, ConversationRow, EntryRow

pytestmark = pytest.mark.browser
WIDTHS = pytest.mark.parametrize("width", [375, 1280])
SHOTS = os.environ.get("TSUNAGU_SHOTS")  # a folder: every page that is judged is also drawn there
Opens = Callable[..., Page]


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def opens(world: World, browser: Browser) -> Iterator[Opens]:
    """A window of somebody's own."""
    expect.set_options(timeout=15_000)  # what comes by the page's own asking takes seconds
    app, contexts = world.app(), []
    with serving(app) as url:
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]

        def new(name: str = "sato", width: int = 1280, **options: object) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 812},
                base_url=url,
                **options,  # type: ignore[arg-type]
            )
            contexts.append(context)
            cookie = signer.dumps(logged_in(name, world.clock()))
            context.add_cookies([{"name": "tsunagu_console", "value": cookie, "url": url}])
            context.set_default_timeout(30_000)
            return context.new_page()

        yield new
        for context in contexts:
            context.close()
    expect.set_options(timeout=5_000)


def judge(page: Page, name: str) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def words(world: World, kind: str) -> list[str]:
    """Without the role that a counselor's first reply begins with."""
    said = [row.text for row in unsealed.rows(world.database, EntryRow) if row.kind == kind]
    return [text.removeprefix("相談員です。\n") for text in said]


def where(page: Page) -> str:
    """What has the keyboard's focus: its id."""
    return str(page.evaluate("document.activeElement.id"))


def shows(page: Page, what: Locator) -> None:
    """The next page, with its scripts."""
    expect(what).to_be_visible()
    page.wait_for_load_state("domcontentloaded")


def test_a_days_work_by_keyboard_alone(world: World, opens: Opens) -> None:
    first = world.waiting("さきに-1", said(), minutes=50)
    second = world.waiting("あとから-2", said("病児保育は?", message_id="m2"), minutes=5)
    page, complaints = opens(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    keyboard = page.keyboard
    page.goto("/")

    keyboard.press("j")
    keyboard.press("j")
    assert where(page) == f"row-{second}"
    keyboard.press("k")
    assert where(page) == f"row-{first}"
    keyboard.press("Enter")
    page.wait_for_url(f"**/threads/{first}?**")
    keyboard.press("t")
    shows(page, page.get_by_role("status").filter(has_text="対応を始めました"))
    keyboard.press("r")
    assert where(page) == "text"
    keyboard.type("jtsen? はい")  # no letter of a text does anything else
    expect(page.locator("#text")).to_have_value("jtsen? はい")
    keyboard.press("Control+Enter")
    shows(page, page.locator(".entry.counselor").filter(has_text="jtsen? はい"))
    keyboard.press("n")
    assert where(page) == "note"
    keyboard.type("電話すみ")
    keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.scroll')")
    keyboard.press("n")
    keyboard.press("Control+Enter")
    shows(page, page.locator(".entry.note").filter(has_text="電話すみ"))
    keyboard.press("s")
    assert page.evaluate("document.activeElement.value") == "hour"
    keyboard.press("Enter")
    shows(page, page.get_by_role("status").filter(has_text="保留にしました"))
    keyboard.press("d")
    assert where(page) == "outcome"
    keyboard.press("ArrowDown")
    keyboard.press("Control+Enter")
    page.wait_for_url(f"**/threads/{second}?**")

    assert words(world, "counselor") == ["jtsen? はい"]
    assert words(world, "note") == ["電話すみ"]
    resolved = {row.conversation_id: row.outcome for row in unsealed.rows(world.database, ConsultationRow)}
    assert resolved == {first: "answered", second: None}
    assert complaints == []


def test_tabs_search_and_the_list_are_a_key_away(world: World, opens: Opens) -> None:
    world.held("sato", "わたし-1")
    page = opens()
    page.goto("/")

    page.keyboard.press("1")
    page.wait_for_url("**/?tab=mine")
    expect(page.locator(".row")).to_contain_text("わたし-1")
    page.keyboard.press("o")
    page.wait_for_url("**/threads/**")
    page.keyboard.press("/")
    page.wait_for_url("**/find")
    page.keyboard.press("/")
    assert where(page) == "words"
    page.keyboard.type("q/")
    expect(page.locator("#words")).to_have_value("q/")
    page.locator("h1").click()
    page.keyboard.press("q")
    page.wait_for_url(lambda url: url.endswith("/"))


def test_keys_do_nothing_with_a_modifier_or_while_kana_are_converted(world: World, opens: Opens) -> None:
    world.waiting("まつ-1")
    page = opens()
    page.goto("/")

    for key in ("Control+j", "Alt+j", "Shift+J"):
        page.keyboard.press(key)
    page.evaluate(
        """() => {
          for (const how of [{ isComposing: true }, { keyCode: 229 }])
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true, ...how }));
        }"""
    )

    assert where(page) == ""


def test_escape_while_kana_are_converted_stays_in_the_text(world: World, opens: Opens) -> None:
    page = opens()
    page.goto(f"/threads/{world.held('sato')}")
    page.locator("#text").focus()

    page.locator("#text").dispatch_event("keydown", {"key": "Escape", "isComposing": True, "bubbles": True})

    assert where(page) == "text"


def test_whoever_switches_the_keys_off_has_none(world: World, opens: Opens) -> None:
    world.waiting("まつ-1")
    page = opens()
    page.goto("/account")
    page.get_by_label("1文字のキーで操作する").uncheck()
    page.get_by_role("button", name="設定を保存する").click()
    expect(page.get_by_role("status").filter(has_text="設定を保存しました")).to_be_visible()
    page.goto("/")

    page.keyboard.press("j")
    page.keyboard.press("?")
    page.wait_for_timeout(300)

    assert where(page) == ""
    expect(page.locator("dialog")).to_have_count(0)
    page.get_by_role("link", name="使い方").click()
    expect(page.get_by_role("dialog")).to_contain_text("ショートカットは、いま切ってあります")


@WIDTHS
def test_a_question_mark_unfolds_help_and_gives_the_focus_back(
    world: World, opens: Opens, width: int
) -> None:
    conversation_id = world.waiting("まつ-1", said())
    page = opens(width=width)
    page.goto("/")
    row = page.locator(f"#row-{conversation_id}")
    row.focus()

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="使い方: 相談一覧")
    expect(dialog).to_contain_text("一覧で次の相談へ")
    judge(page, "help-dialog")
    page.keyboard.press("Escape")

    expect(page.locator("dialog")).to_have_count(0)
    expect(row).to_be_focused()
    page.goto("/help?about=threads")
    judge(page, "help")
    page.goto("/account")
    judge(page, "account")


@WIDTHS
def test_two_people_at_one_thread_see_each_other(world: World, opens: Opens, width: int) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    sato, mori = opens("sato", width), opens("mori", width)
    sato.goto(f"/threads/{conversation_id}")
    mori.goto(f"/threads/{conversation_id}")

    expect(sato.locator("#company")).to_have_text("森さんも見ています")
    expect(sato.locator("#news")).to_have_text("森さんも見ています")
    expect(mori.locator("#company")).to_have_text("佐藤さんも見ています")
    sato.locator("#text").press_sequentially("こんにちは")
    expect(mori.locator("#company")).to_have_text("佐藤さんが書いています")
    judge(mori, "company")


@WIDTHS
def test_a_reply_from_another_window_stops_ours_and_loses_nothing(
    world: World, opens: Opens, width: int
) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    here, there = opens(width=width), opens(width=width)
    here.goto(f"/threads/{conversation_id}")
    there.goto(f"/threads/{conversation_id}")
    here.locator("#text").fill("こちらの返信")

    there.locator("#text").fill("先の返信")
    there.get_by_role("button", name="返信を送る").click()
    expect(here.locator(".entry.counselor")).to_contain_text("先の返信")
    here.locator("#text").press("Control+Enter")

    expect(here.locator("#problem")).to_contain_text("まだ送っていません")
    expect(here.locator("#text")).to_have_value("こちらの返信")
    judge(here, "overtaken")
    here.get_by_role("button", name="返信を送る").click()
    expect(here.locator(".entry.counselor")).to_have_count(2)
    assert words(world, "counselor") == ["先の返信", "こちらの返信"]


def test_what_came_before_the_first_letter_stops_nothing(world: World, opens: Opens) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    here, there = opens(), opens()
    here.goto(f"/threads/{conversation_id}")
    there.goto(f"/threads/{conversation_id}")
    there.locator("#text").fill("先の返信")
    there.get_by_role("button", name="返信を送る").click()
    expect(here.locator(".entry.counselor")).to_contain_text("先の返信")

    here.locator("#text").fill("続きの返信")
    here.get_by_role("button", name="返信を送る").click()

    expect(here.locator(".entry.counselor")).to_have_count(2)
    expect(here.locator("#problem")).to_have_count(0)


@WIDTHS
def test_a_cry_is_on_every_page_until_somebody_takes_it(world: World, opens: Opens, width: int) -> None:
    with world.database.write() as session:
        rulesets.publish(session, short_rules(), by="tsunagu", note="はじめのルール", now=NOW)
    admin, mori = opens("admin", width), opens("mori", width)
    admin.goto("/rules")
    conversation_id = world.waiting("きけん-3", said("つらい"), urgency=Urgency.CRISIS)

    expect(admin.locator(".strip.crisis")).to_contain_text("緊急の相談が1件")
    expect(admin).to_have_title(re.compile(r"^\(1\) ルール"))
    judge(admin, "cry")
    mori.goto(f"/threads/{conversation_id}")
    mori.get_by_role("button", name="対応する").click()

    expect(admin.locator(".strip.crisis")).to_have_count(0)
    expect(admin).to_have_title(re.compile("^ルール"))


def test_a_lost_connection_is_said_on_every_page_and_taken_back(world: World, opens: Opens) -> None:
    page = opens()
    page.goto("/canned")
    page.route("**/queue/news**", lambda route: route.abort())
    expect(page.locator("#offline")).to_contain_text("つながりにくくなっています")

    page.unroute("**/queue/news**")

    expect(page.locator("#offline")).to_be_hidden()


def test_the_focus_stays_where_it_is_while_the_list_renews_itself(world: World, opens: Opens) -> None:
    second = world.waiting("まつ-2", said(), minutes=5)
    page = opens()
    page.goto("/")
    page.locator(f"#row-{second}").focus()

    world.waiting("さきに-1", said(message_id="m2"), minutes=50)
    expect(page.locator(".row")).to_have_count(2)

    assert where(page) == f"row-{second}"


def test_what_is_unfolded_stays_so_when_the_thread_renews_itself(world: World, opens: Opens) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    page = opens()
    page.goto(f"/threads/{conversation_id}")
    page.get_by_text("保留・引きつぎ").click()
    page.get_by_text("保留・引きつぎ").focus()

    world.bot_says(conversation_id, "新しい言葉")
    with world.database.write() as session:
        row = session.get_one(ConversationRow, conversation_id)
        row.urgency, row.version = "distress", row.version + 1
    expect(page.locator("#heading")).to_contain_text("つらい")

    assert page.locator("#later").get_attribute("open") is not None
    assert where(page) == "later-summary"


ALERTS = """
window.told = []; window.heard = 0;
window.Notification = class { constructor(title, options) { window.told.push(`${title}|${options.body}`); }
  addEventListener() {} static permission = "granted"; };
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.heard += 1; return start.apply(this, at); };
"""


def test_sound_and_notification_say_that_and_not_what(world: World, opens: Opens) -> None:
    with world.database.write() as session:
        staff.set_switches(session, "sato", [Switch.SOUND, Switch.NOTIFICATIONS])
    page = opens()
    page.add_init_script(ALERTS)
    page.goto("/canned")
    page.locator("h1").click()  # browsers let nothing sound before the first press

    world.held("sato", "みどり-1", said("ひみつの言葉"))
    wait_until(lambda: page.evaluate("window.told.length === 1 && window.heard > 0"))
    world.waiting("きけん-3", said("つらい", message_id="m2"), urgency=Urgency.CRISIS)
    wait_until(lambda: page.evaluate("window.told.length === 2"))

    assert page.evaluate("window.told") == [
        "つなぐ窓口|担当の相談に新しいメッセージがあります",
        "つなぐ窓口|緊急の相談があります",
    ]


def test_whoever_switched_nothing_on_hears_nothing(world: World, opens: Opens) -> None:
    page = opens()
    page.add_init_script(ALERTS)
    page.goto("/canned")
    world.waiting("きけん-3", said("つらい"), urgency=Urgency.CRISIS)
    expect(page.locator(".strip.crisis")).to_be_visible()

    assert page.evaluate("[window.told.length, window.heard]") == [0, 0]


def test_without_javascript_the_day_goes_on(world: World, opens: Opens) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    page, there = opens(java_script_enabled=False), opens("mori", java_script_enabled=False)
    there.goto(f"/threads/{conversation_id}")
    page.goto(f"/threads/{conversation_id}")
    expect(page.locator("#company")).to_have_text("森さんも見ています")
    second = opens(java_script_enabled=False)
    second.goto(f"/threads/{conversation_id}")
    second.locator("#text").fill("先の返信")
    second.get_by_role("button", name="返信を送る").click()

    page.locator("#text").fill("こちらの返信")
    page.get_by_role("button", name="返信を送る").click()
    expect(page.locator("#problem")).to_contain_text("まだ送っていません")
    page.get_by_role("button", name="返信を送る").click()
    expect(page.locator(".entry.counselor")).to_have_count(2)

    page.get_by_role("link", name="使い方").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("使い方: やりとり")
    page.get_by_role("link", name="佐藤さん").click()
    page.get_by_label("1文字のキーで操作する").uncheck()
    page.get_by_role("button", name="設定を保存する").click()
    expect(page.get_by_label("1文字のキーで操作する")).not_to_be_checked()
    expect(page.locator("#try-sound")).to_be_hidden()
