"""The rules' pages in a real browser: an officer's Tuesday afternoon, from an unanswered sentence to the way back."""

import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Service
from console_harness import PASSWORD, WITHOUT_SECOND_FACTOR
from playwright.sync_api import Browser, Page, expect
from rules_world import RulesWorld, better_rules, new_world
from short_rules import short_rules

from console import create_app, passwords
from simulator.server import serving
from storage import drafts, rulesets, staff
from storage.staff import Role

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("width", [375, 1280])]

SHOTS = os.environ.get("TSUNAGU_SHOTS")  # a folder: every page that is judged is also drawn there
SAID = "そろばんを習わせたいです"


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    program = service.program
    with program.database.write() as session:
        staff.add(session, "admin", "管理", Role.ADMIN, passwords.hashed(PASSWORD), service.clock())
        rulesets.publish(session, short_rules(), by="admin", note="短い版", now=service.clock())
    console = create_app(
        program.database,
        secret_key="test",
        rules=program.rules,
        directory=program.directory,
        clock=service.clock,
        cookie_secure=False,
        access=WITHOUT_SECOND_FACTOR,
    )
    with serving(console) as url:
        yield url


def opened(browser: Browser, width: int, address: str) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{address}/login")
    page.get_by_label("ログイン名").fill("admin")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    return page


def judge(page: Page, name: str) -> None:
    """axe-core finds nothing, and nothing is wider than the window."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    width = page.viewport_size["width"] if page.viewport_size else 0
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def wait_for_version(service: Service, version: int) -> None:
    """Within the five seconds that are promised."""
    until = monotonic() + 5
    while service.program.rules().version != version and monotonic() < until:
        sleep(0.05)
    assert service.program.rules().version == version


def other_parents(service: Service, many: int) -> None:
    for number in range(many):
        service.phone(f"ほかの保護者{number}").say("一時保育どこ")
    service.settle()


def answers(service: Service, name: str) -> str:
    phone = service.phone(name)
    phone.follow()
    phone.say(SAID)
    service.settle()
    return "\n".join(str(bubble.message) for bubble in phone.screen)


def test_an_unanswered_sentence_is_learned_published_and_taken_back(
    service: Service, address: str, browser: Browser, width: int
) -> None:
    wait_for_version(service, 2)
    other_parents(service, 24)
    before = answers(service, "保護者A")
    page = opened(browser, width, address)

    page.get_by_role("link", name="ルール").click()
    page.get_by_role("link", name="答えられなかった言葉").click()
    expect(page.get_by_role("heading", level=2, name=SAID)).to_be_visible()
    judge(page, "unanswered")
    page.get_by_label("話題", exact=True).select_option("events")
    page.get_by_role("button", name="例文に足す").click()
    expect(page.get_by_role("status").first).to_contain_text("すべて期待どおりです")
    page.get_by_label("ルールに入れる文か言葉").fill("そろばん")
    page.get_by_label("話題", exact=True).select_option("events")
    page.get_by_role("button", name="言葉に足す").click()
    expect(page.locator("main")).to_contain_text("いまは、答えられなかった言葉はありません")

    page.get_by_role("link", name="話題と下書き").click()
    page.get_by_role("link", name="届いた言葉でためす").click()
    page.get_by_role("button", name="ためす").click()
    expect(page.locator("main")).to_contain_text("25件のうち、1件で答えが変わります")
    expect(page.locator(".change")).to_contain_text(SAID)
    judge(page, "replay")

    page.get_by_role("link", name="確かめて公開する").click()
    judge(page, "publish")
    page.get_by_label("なぜ変えるのか").fill("そろばんの問い合わせに答える")
    page.get_by_role("button", name="公開する").click()
    expect(page.get_by_role("status").first).to_contain_text("第3版として公開しました")
    judge(page, "version")
    wait_for_version(service, 3)
    learned = answers(service, "保護者B")

    page.get_by_role("link", name="公開の履歴に戻る").click()
    judge(page, "history")
    page.get_by_role("link", name="第2版").click()
    page.get_by_label("なぜ戻すのか").fill("もう一度考える")
    judge(page, "roll-back")
    page.get_by_role("button", name="第2版に戻す").click()
    expect(page.get_by_role("status").first).to_contain_text("第2版の内容に戻しました")
    wait_for_version(service, 4)
    after = answers(service, "保護者C")
    page.context.close()

    title = service.program.rules().rule("events").title
    understood = f"「“{title}”のことですね」"
    assert understood not in before
    assert understood in learned
    assert understood not in after


@pytest.fixture
def world(database_url: str) -> Iterator[RulesWorld]:
    world = new_world(database_url)
    world.at_hand = better_rules()
    with world.database.write() as session:
        for owner, text in (
            ("admin", better_rules().replace("    title: ", "    title: いまの", 1)),
            ("kacho", better_rules()),
        ):
            drafts.begin(session, owner, world.clock(), text)
        mine = drafts.of(session, "kacho")
        assert mine
        drafts.ask(session, mine, "言葉を足した", world.clock())
    world.hears("みどり-1", "ロケット教室はありますか", "どれでもない")
    yield world
    world.database.close()


def test_every_page_is_usable_by_everybody(world: RulesWorld, browser: Browser, width: int) -> None:
    with serving(world.app()) as url:
        page = opened(browser, width, url)
        for path in (
            "",
            "/draft/intents/events",
            "/draft/yaml/events",
            "/try",
            "/asked/kacho",
            "/draft/publish",
        ):
            page.goto(f"{url}/rules{path}")
            judge(page, f"rules{path.replace('/', '-')}")
        page.goto(f"{url}/rules/try")
        page.get_by_label("保護者の言葉").fill("ロケット教室はありますか")
        page.get_by_role("button", name="ためす").click()
        judge(page, "rules-tried")
        page.context.close()


def test_words_are_chips_and_the_answer_is_seen_while_it_is_typed(
    world: RulesWorld, browser: Browser, width: int
) -> None:
    with serving(world.app()) as url:
        page = opened(browser, width, url)
        page.goto(f"{url}/rules/draft/intents/events")
        page.get_by_label("ふつうの言葉").fill("おまつり")
        page.keyboard.press("Enter")
        page.get_by_label("答えの文").fill("新しい答えです。")
        expect(page.locator(".phone")).to_contain_text("新しい答えです。")
        page.get_by_role("button", name="「ロケット教室」を消す").click()
        page.get_by_role("button", name="下書きに保存して").click()
        expect(page.get_by_role("button", name="「おまつり」を消す")).to_be_visible()
        expect(page.get_by_role("button", name="「ロケット教室」を消す")).to_have_count(0)
        page.context.close()
