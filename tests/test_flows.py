"""What each role does in a day, in a real browser, on a phone and at a desk. One server for all; each test its own parent."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
import unsealed
from console_harness import NOW, Clock, World, logged_in, new_database, said
from databases import new_sqlite
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import select
from test_enclosures_pages import a_photo, fetched, sent

from conversation.model import Status
from simulator.server import serving
from storage.tables import ConsultationRow, ConversationRow, EntryRow, OutboxRow

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("width", [375, 1280])]
Opens = Callable[..., Page]
numbers = count(100)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    database = new_database(new_sqlite(tmp_path_factory.mktemp("flows")))
    yield World(database, Clock())
    database.close()


@pytest.fixture(scope="module")
def contexts(world: World, browser: Browser) -> Iterator[Callable[[str], BrowserContext]]:
    """Somebody's browser, logged in; the same all day."""
    app, opened = world.app(), {}
    with serving(app) as url:
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]

        def of(name: str) -> BrowserContext:
            if name not in opened:
                context = browser.new_context(base_url=url)
                cookie = signer.dumps(logged_in(name, world.clock()))
                context.add_cookies([{"name": "tsunagu_console", "value": cookie, "url": url}])
                context.set_default_timeout(30_000)
                opened[name] = context
            return opened[name]

        yield of
        for context in opened.values():
            context.close()


@pytest.fixture
def opens(contexts: Callable[[str], BrowserContext], width: int) -> Iterator[Opens]:
    expect.set_options(timeout=15_000)
    pages: list[Page] = []

    def page(path: str, name: str = "sato") -> Page:
        new = contexts(name).new_page()
        new.set_viewport_size({"width": width, "height": 812})
        pages.append(new)
        new.goto(path)
        return new

    yield page
    for one in pages:
        one.close()
    expect.set_options(timeout=5_000)


def parent() -> str:
    return f"みどり-{next(numbers)}"


def told(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def unfold(page: Page) -> None:
    page.locator("#later-summary").click()


def outcome(world: World, conversation_id: str) -> str | None:
    rows = unsealed.rows(world.database, ConsultationRow)
    return next(row.outcome for row in rows if row.conversation_id == conversation_id)


def row(world: World, conversation_id: str) -> ConversationRow:
    return next(one for one in unsealed.rows(world.database, ConversationRow) if one.id == conversation_id)


def test_the_second_to_take_a_consultation_is_told_who_was_first(
    world: World, opens: Opens, width: int
) -> None:
    conversation_id = world.waiting(parent())
    first, second = (opens(f"/threads/{conversation_id}#end", name) for name in ("sato", "mori"))
    expect(second.get_by_role("button", name="対応する")).to_be_in_viewport()
    second.route("**/entries?**", lambda asked: asked.abort())  # what the page shows is a moment old

    press(first, "対応する")
    told(first, "対応を始めました")
    press(second, "対応する")

    expect(second.locator("#problem")).to_contain_text("佐藤さんが先に対応を始めました")
    assert row(world, conversation_id).assignee == "sato"


def test_a_consultation_is_let_go_and_passed_on(world: World, opens: Opens, width: int) -> None:
    conversation_id = world.held("sato", parent())
    page = opens(f"/threads/{conversation_id}")

    unfold(page)
    press(page, "引きつぐ")
    expect(page.locator("#problem")).to_contain_text("引きつぐ同僚を選んでから")
    expect(page.locator("#to")).to_be_focused()
    page.locator("#to").select_option(label="森")
    press(page, "引きつぐ")
    told(page, "森さんに引きつぎました")
    assert row(world, conversation_id).assignee == "mori"
    page.get_by_text("森さんが休みのとき").click()
    press(page, "担当をはずす(未対応に戻す)")
    told(page, "担当をはずしました")

    assert row(world, conversation_id).status == Status.WAITING


@pytest.mark.parametrize(
    ("preset", "until"),
    [
        ("1時間", "15:00"),
        ("明日 11/25(水) 08:30", "08:30"),
        ("次の開庁日 11/25(水) 08:30", "08:30"),
        ("返信があるまで", "返信があるまで"),
    ],
)
def test_a_consultation_is_put_off_and_taken_up_again(
    world: World, opens: Opens, width: int, preset: str, until: str
) -> None:
    page = opens(f"/threads/{world.held('sato', parent())}")

    unfold(page)
    press(page, preset)
    told(page, "保留にしました")
    again = page.get_by_role("button", name="保留をやめる")
    expect(again).to_contain_text(until)
    again.click()

    told(page, "保留をやめました")


def test_resolving_asks_how_it_ended_and_leads_to_who_waits(world: World, opens: Opens, width: int) -> None:
    conversation_id, following = world.held("admin", parent()), world.waiting(parent(), minutes=600)
    page = opens(f"/threads/{conversation_id}", "admin")

    press(page, "解決")
    expect(page.locator("#problem")).to_contain_text("「どうなりましたか」を選んでから")
    expect(page.locator("#outcome")).to_be_focused()
    page.locator("#outcome").select_option(label="窓口やサービスを案内した")
    press(page, "解決して次へ")
    told(page, "解決にしました")

    assert following in page.url
    assert outcome(world, conversation_id) == "referred"
    expect(page.get_by_role("button", name="対応する")).to_be_in_viewport()
    press(page, "対応する")
    told(page, "対応を始めました")
    page.locator("#outcome").select_option(label="その他")
    press(page, "解決")
    told(page, "解決にしました")
    assert outcome(world, following) == "other"


def test_a_note_stays_and_the_bot_takes_over_again(world: World, opens: Opens, width: int) -> None:
    conversation_id = world.held("sato", parent())
    page = opens(f"/threads/{conversation_id}")

    page.locator("input[name=mode][value=note]").check()
    page.locator("#note").fill("電話すみ")
    press(page, "内部メモを残す")
    told(page, "相談者には見えません")
    expect(page.locator(".entry.note")).to_contain_text("電話すみ")
    press(page, "ボットに戻す")
    told(page, "ボットに戻しました")

    assert outcome(world, conversation_id) == "handed_back"


def test_a_reply_that_failed_is_sent_again(world: World, opens: Opens, width: int) -> None:
    conversation_id = world.held("sato", parent())
    page = opens(f"/threads/{conversation_id}")
    page.locator("#text").fill("届かない文")
    press(page, "返信を送る")
    expect(page.locator(".entry.counselor")).to_contain_text("届かない文")
    with world.database.write() as session:
        stuck = session.exec(select(OutboxRow).where(OutboxRow.conversation_id == conversation_id)).one()
        stuck.state, stuck.problem = "failed", "400"
    page.reload()

    expect(page.locator(".delivery.failed")).to_contain_text("送れませんでした")
    press(page, "もう一度送る")

    expect(page.locator(".entry.counselor .delivery")).to_contain_text("送信待ち")


@pytest.mark.parametrize("erases", [True, False])
def test_a_wish_to_be_forgotten_is_decided(world: World, opens: Opens, width: int, erases: bool) -> None:
    name = parent()
    conversation_id = world.conversation(name, erasure_wanted_at=NOW)
    page = opens("/erasures")
    card = page.locator("form.card", has_text=name)

    card.locator("textarea").fill("ご希望のため")
    if erases:
        card.get_by_role("checkbox").check()
    card.get_by_role("button", name="消す" if erases else "消さない", exact=True).click()

    expect(page.locator("form.card", has_text=name)).to_have_count(0)
    left = [
        one.text for one in unsealed.rows(world.database, EntryRow) if one.conversation_id == conversation_id
    ]
    assert ("一時保育を使いたいです" in left) is not erases


def test_a_photo_is_shown_in_the_thread(world: World, opens: Opens, width: int) -> None:
    conversation_id = world.held("sato", parent(), said(), sent())
    fetched(world, a_photo())

    page = opens(f"/threads/{conversation_id}")

    picture = page.get_by_role("img", name="保護者が送った写真")
    picture.scroll_into_view_if_needed()
    expect(picture).not_to_have_js_property("naturalWidth", 0)  # loaded; the page admits no eval()
    box = picture.bounding_box()
    assert box
    assert box["width"] <= width


def test_a_long_queue_moves_in_its_own_column(world: World, opens: Opens, width: int) -> None:
    waiting = [world.waiting(parent(), minutes=minutes) for minutes in range(1, 12)]
    page = opens("/")

    page.locator(f"#row-{waiting[-1]}").click()
    page.wait_for_url(f"**/threads/{waiting[-1]}?**")

    if width > 1000:
        assert page.evaluate("[scrollY, document.documentElement.scrollHeight - innerHeight]") == [0, 0]
    expect(page.get_by_role("button", name="対応する")).to_be_in_viewport()
    expect(page.locator("#composer")).to_be_in_viewport()


def test_desk_staff_land_on_their_referrals(opens: Opens, width: int) -> None:
    page = opens("/", "desk")

    page.wait_for_url("**/referrals")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="相談一覧")).to_have_count(0)


def test_a_manager_sees_who_did_what_and_no_words(world: World, opens: Opens, width: int) -> None:
    name = parent()
    conversation_id = world.waiting(name)
    opens(f"/threads/{conversation_id}")
    taken = opens(f"/threads/{conversation_id}", "mori")
    press(taken, "対応する")
    told(taken, "対応を始めました")
    page = opens("/", "leader")
    page.wait_for_url("**/audit")

    page.get_by_label("相談者の名前・ログイン名").fill(name)
    page.get_by_label("だれが").select_option("mori")
    page.get_by_label("何を").select_option(label="対応を始めた")
    press(page, "しぼりこむ")
    page.wait_for_url("**/audit?**")

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("森")
    expect(page.locator("main")).not_to_contain_text("一時保育")
    page.get_by_label("この日から").fill("2026-11-25")
    press(page, "しぼりこむ")
    expect(page.locator(".empty")).to_contain_text("当てはまる記録はありません")
