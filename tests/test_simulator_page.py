"""The practice page: what its script is told, and the whole of it in a real browser."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from simulator.app import create_app
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.server import serving

NAKANO = ("中野4丁目", 35.7074, 139.6638)
WAKAMIYA = ("若宮3丁目", 35.7217, 139.6427)


@pytest.fixture
def line() -> Platform:
    return Platform(
        channel_secret="secret", access_token="token", clock=lambda: datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    )


@pytest.fixture
def app(line: Platform) -> Flask:
    return create_app(line, places=[NAKANO, WAKAMIYA])


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def parent(line: Platform, app: Flask) -> Phone:
    return line.phone("保護者A")


def answer(phone: Phone, message: dict[str, Any]) -> None:
    phone.receive(f"answer-{phone.revision}", message, datetime(2026, 11, 23, 3, 1, tzinfo=UTC))


def chips(*labels: str) -> dict[str, Any]:
    actions = [{"type": "message", "label": label, "text": label} for label in labels]
    return {"items": [{"type": "action", "action": action} for action in actions]}


# What the script is told


def test_there_are_parents_from_the_start(client: FlaskClient):
    assert [parent["name"] for parent in client.get("/parents").json] == ["保護者A", "保護者B"]


def test_a_parent_can_be_added_and_writes(client: FlaskClient, line: Platform):
    added = client.post("/parents", json={"name": "保護者C"}).json

    client.post(f"/parents/{added['id']}/say", json={"text": "人と話したい"})

    assert line.phone("保護者C").screen[0].message["text"] == "人と話したい"


def test_news_come_once(client: FlaskClient, parent: Phone):
    parent.say("一時保育どこ")
    news = client.get(f"/parents/{parent.user_id}/news?since=-1").json

    again = client.get(f"/parents/{parent.user_id}/news?since={news['revision']}")

    assert [bubble["message"]["text"] for bubble in news["bubbles"]] == ["一時保育どこ"]
    assert again.status_code == 204


def test_a_bubble_taken_back_is_news(client: FlaskClient, parent: Phone):
    message_id = parent.say("まちがえた")
    since = parent.revision

    client.post(f"/parents/{parent.user_id}/unsend", json={"id": message_id})

    (bubble,) = client.get(f"/parents/{parent.user_id}/news?since={since}").json["bubbles"]
    assert (bubble["id"], bubble["unsent"]) == (message_id, True)


@pytest.mark.parametrize("act", ["sticker", "image", "video", "audio", "file"])
def test_what_is_no_text_can_be_sent(act: str, client: FlaskClient, parent: Phone):
    client.post(f"/parents/{parent.user_id}/{act}", json={})

    assert parent.screen[-1].message["type"] == act


def test_a_place_can_be_shared(client: FlaskClient, parent: Phone):
    body = {"latitude": "35.7", "longitude": "139.66", "name": "中野4丁目"}

    client.post(f"/parents/{parent.user_id}/location", json=body)

    assert parent.screen[-1].message["latitude"] == 35.7


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/jpeg", "image"),
        ("video/mp4", "video"),
        ("audio/x-m4a", "audio"),
        ("application/pdf", "file"),
        ("image/svg+xml", "file"),
    ],
)
def test_a_file_of_ones_own_goes_as_what_it_is(
    media_type: str, kind: str, client: FlaskClient, parent: Phone
):
    chosen = {"name": "手紙.pdf", "type": media_type, "data": "44GC"}

    client.post(f"/parents/{parent.user_id}/send", json=chosen)

    message = parent.screen[-1].message
    assert message["type"] == kind
    assert message.get("fileName") == ("手紙.pdf" if kind == "file" else None)
    assert parent.content(message["id"], kind) == ("あ".encode(), media_type)


def test_who_blocks_is_told_that_nothing_is_sent(client: FlaskClient, parent: Phone):
    client.post(f"/parents/{parent.user_id}/block", json={})

    refused = client.post(f"/parents/{parent.user_id}/say", json={"text": "もしもし"})

    assert refused.status_code == 409
    assert "ブロック" in refused.json["message"]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("say", {"text": " "}),
        ("say", {"text": "あ" * 5001}),
        ("location", {"latitude": "north"}),
        ("tap", {"action": {"type": "message"}}),
        ("unsend", {}),
        ("send", {"type": "image/png", "data": "no base64"}),
    ],
)
def test_what_makes_no_sense_is_refused(act: str, body: dict[str, Any], client: FlaskClient, parent: Phone):
    assert client.post(f"/parents/{parent.user_id}/{act}", json=body).status_code == 400
    assert parent.screen == ()


def test_nobody_has_no_phone(client: FlaskClient, parent: Phone):
    assert client.get("/parents/nobody/news").status_code == 404
    assert client.post("/parents/nobody/say", json={"text": "はい"}).status_code == 404
    assert client.post(f"/parents/{parent.user_id}/fly", json={}).status_code == 404


def test_a_form_of_another_site_is_refused(client: FlaskClient, parent: Phone):
    refused = client.post(f"/parents/{parent.user_id}/say", data={"text": "はい"})

    assert refused.status_code == 415
    assert parent.screen == ()


def test_faults_and_quota_are_set_and_shown(client: FlaskClient, line: Platform):
    client.post("/faults", json={"kind": "slow", "endpoint": "push", "times": 2, "seconds": 1})
    client.post("/quota", json={"limit": 200})

    behind = client.get("/behind").json

    assert behind["faults"] == [{"kind": "slow", "endpoint": "push", "times": 2, "seconds": 1.0}]
    assert behind["quota"] == line.quota == 200


@pytest.mark.parametrize(
    ("path", "body"), [("/faults", {"kind": "earthquake"}), ("/quota", {"limit": "many"})]
)
def test_a_fault_or_quota_that_is_none_is_refused(path: str, body: dict[str, Any], client: FlaskClient):
    assert client.post(path, json=body).status_code == 400


def test_faults_can_be_cleared(client: FlaskClient, line: Platform):
    line.faults.add("slow")

    client.post("/faults/clear", json={})

    assert line.faults.waiting == ()


def test_what_did_not_arrive_can_be_sent_again(client: FlaskClient, line: Platform, parent: Phone):
    line.webhook_url = "http://127.0.0.1:9/nobody"
    parent.say("届いた？")

    assert client.post("/redeliver", json={}).json == {"requests": 1}


def test_the_page_runs_no_script_but_its_own(client: FlaskClient):
    page = client.get("/")

    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "これは練習用の画面です。LINEには送られません" in page.text
    assert "style=" not in page.text
    assert "onclick" not in page.text


def test_under_a_prefix_every_address_has_it(app: Flask):
    page = app.test_client().get("/", environ_overrides={"SCRIPT_NAME": "/simulator"})

    assert 'data-base="/simulator/"' in page.text
    assert 'src="/simulator/static/page.js"' in page.text


# In a real browser


Opens = Callable[[int, int], Page]


@pytest.fixture
def opens(browser: Browser, app: Flask, tmp_path: Path) -> Iterator[Opens]:
    """Opens the page at a size, mounted under /simulator as in the demo; no script may complain."""
    complaints: list[str] = []
    pages: list[Page] = []
    mounted = Flask("root")
    mounted.wsgi_app = DispatcherMiddleware(mounted.wsgi_app, {"/simulator": app.wsgi_app})  # type: ignore[method-assign]

    with serving(mounted) as url:

        def at(width: int, height: int) -> Page:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(5000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
            page.goto(f"{url}/simulator/")
            expect(page.locator("#talk-owner")).to_have_text("保護者Aの電話")
            pages.append(page)
            return page

        yield at
        for page in pages:
            page.close()
    assert complaints == []


@pytest.mark.browser
def test_a_typed_text_is_sent_with_enter_but_not_while_composing(opens: Opens, parent: Phone):
    page = opens(1280, 860)
    page.fill("#text", "よなき")
    page.locator("#text").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    while_composing = parent.screen

    page.press("#text", "Enter")

    expect(page.locator(".mine .words")).to_have_text("よなき")
    assert while_composing == ()


@pytest.mark.browser
def test_an_answer_appears_by_itself_and_its_quick_reply_is_said(opens: Opens, parent: Phone):
    page = opens(375, 740)
    answer(
        parent, {"type": "text", "text": "どれですか\n<b>えらぶ</b>", "quickReply": chips("はい", "ちがう")}
    )
    words = page.locator(".theirs .words")
    expect(words).to_have_text("どれですか\n<b>えらぶ</b>")

    page.click(".chips >> text=ちがう")

    expect(page.locator(".mine .words")).to_have_text("ちがう")
    expect(page.locator(".chips")).to_be_hidden()


@pytest.mark.browser
def test_the_sender_of_an_answer_is_named(opens: Opens, parent: Phone):
    page = opens(1280, 860)

    answer(parent, {"type": "text", "text": "こんにちは", "sender": {"name": "相談員"}})

    expect(page.locator(".sender")).to_contain_text("相談員")


@pytest.mark.browser
def test_a_card_of_a_carousel_shows_its_telephone_and_calls_nobody(opens: Opens, parent: Phone):
    call = {"type": "uri", "label": "電話する", "uri": "tel:03-3389-1111"}
    body = {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "見本児童館"}]}
    footer = {"type": "box", "layout": "vertical", "contents": [{"type": "button", "action": call}]}
    card = {"type": "bubble", "body": body, "footer": footer}
    page = opens(375, 740)
    answer(
        parent,
        {"type": "flex", "altText": "近く", "contents": {"type": "carousel", "contents": [card, card]}},
    )
    expect(page.locator(".card")).to_have_count(2)

    page.click(".card >> nth=0 >> text=電話する")

    expect(page.locator("#toast")).to_have_text("電話: 03-3389-1111")


@pytest.mark.browser
def test_a_place_is_found_by_its_name_and_shared(opens: Opens, parent: Phone):
    page = opens(1280, 860)
    page.click("text=場所を送る")
    page.fill("#place-search", "若宮")
    expect(page.locator("#places li:visible")).to_have_count(1)

    page.click("#places >> text=若宮3丁目")

    expect(page.locator(".mine .thing")).to_contain_text("若宮3丁目")
    assert parent.screen[-1].message["longitude"] == WAKAMIYA[2]


@pytest.mark.browser
def test_on_a_small_screen_a_sample_is_sent_from_a_drawer(opens: Opens, parent: Phone):
    page = opens(375, 740)
    page.click("nav >> text=ためしてみる")

    page.click("#samples-drawer >> text=一時保育どこ")

    expect(page.locator(".mine .words")).to_have_text("一時保育どこ")
    expect(page.locator("#samples-drawer")).to_be_hidden()


@pytest.mark.browser
def test_the_last_message_is_taken_back_on_the_screen_too(opens: Opens, parent: Phone):
    page = opens(1280, 860)
    parent.say("まちがえた")
    expect(page.locator(".mine .words")).to_have_text("まちがえた")

    page.click("#unsend")

    expect(page.locator(".mine .words")).to_have_text("送信を取り消しました")


@pytest.mark.browser
def test_another_parent_has_a_phone_of_their_own(opens: Opens, parent: Phone, line: Platform):
    page = opens(1280, 860)
    page.click("#add-parent")
    expect(page.locator("#talk-owner")).to_have_text("保護者Cの電話")

    page.click("#befriend")

    expect(page.locator("#stranger")).to_be_hidden()
    assert line.phone("保護者C").friend
    assert not parent.friend


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_sticks_out_sideways(width: int, opens: Opens, parent: Phone):
    answer(parent, {"type": "text", "text": "https://example.com/" + "a" * 200})
    page = opens(width, 740)
    expect(page.locator(".theirs .words")).to_be_visible()

    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert overflow <= 0
