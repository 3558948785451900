"""The simulator's rich menus: LINE's rules over real HTTP, what a phone shows, and the page in a real browser."""

import io
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from playwright.sync_api import Browser, expect
from test_simulator_api import NOBODY, TOKEN, Api, Clock, api, clock, line, parent

from bot.line.menus import MENUS
from simulator.app import create_app
from simulator.limits import Rate
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.screen import NoSuchButton
from simulator.server import serving

__all__ = ["api", "clock", "line", "parent"]


def png(width: int = 800, height: int = 540, extra: int = 0) -> bytes:
    """A picture's beginning, which is all that is looked at."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = (
        struct.pack(">I", len(header)) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\0" * extra


def jpeg(width: int, height: int) -> bytes:
    file = io.BytesIO(b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08")
    file.seek(0, io.SEEK_END)
    file.write(struct.pack(">HH", height, width) + b"\0" * 6)
    return file.getvalue()


def menu(**changes: Any) -> dict[str, Any]:
    return {
        "size": {"width": 800, "height": 540},
        "selected": True,
        "name": "ふだん",
        "chatBarText": "メニュー",
        "areas": [area()],
    } | changes


def area(**bounds: Any) -> dict[str, Any]:
    action = {"type": "message", "label": "預けたい", "text": "預けたい"}
    return {"bounds": {"x": 0, "y": 0, "width": 400, "height": 540} | bounds, "action": action}


def made(api: Api, **changes: Any) -> str:
    return str(api("POST", "/v2/bot/richmenu", menu(**changes)).json()["richMenuId"])


def upload(api: Api, menu_id: str, picture: bytes, kind: str = "image/png") -> int:
    return api.http.request(
        "POST",
        f"{api.url}/v2/bot/richmenu/{menu_id}/content",
        body=picture,
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": kind},
    ).status


def ready(api: Api, **changes: Any) -> str:
    menu_id = made(api, **changes)
    assert upload(api, menu_id, png()) == 200
    return menu_id


# Making one


def test_a_menu_is_made_listed_and_shown(api: Api):
    menu_id = made(api)

    assert api("GET", f"/v2/bot/richmenu/{menu_id}").json() == {"richMenuId": menu_id} | menu()
    assert api("GET", "/v2/bot/richmenu/list").json() == {"richmenus": [{"richMenuId": menu_id} | menu()]}


def test_ours_are_taken(api: Api):
    statuses = [api("POST", "/v2/bot/richmenu/validate", one.request).status for one in MENUS.values()]

    assert statuses == [200, 200]
    assert api("GET", "/v2/bot/richmenu/list").json() == {"richmenus": []}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": "あ" * 301}, "name"),
        ({"name": ""}, "name"),
        ({"chatBarText": "あ" * 15}, "chatBarText"),
        ({"selected": None}, "selected"),
        ({"size": None}, "size"),
        ({"size": {"width": 799, "height": 540}}, "size.width"),
        ({"size": {"width": 2501, "height": 843}}, "size.width"),
        ({"size": {"width": 800, "height": 249}}, "size.height"),
        ({"size": {"width": 800, "height": 552}}, "size"),
        ({"areas": [area()] * 21}, "areas"),
        ({"areas": None}, "areas"),
        ({"areas": [{"action": area()["action"]}]}, "areas[0].bounds"),
        ({"areas": [area(x=-1)]}, "areas[0].bounds.x"),
        ({"areas": [area(y=None)]}, "areas[0].bounds.y"),
        ({"areas": [area(width=1.5)]}, "areas[0].bounds.width"),
        ({"areas": [area(x=401)]}, "areas[0].bounds"),
        ({"areas": [area(height=541)]}, "areas[0].bounds"),
        ({"areas": [area(width=0)]}, "areas[0].bounds"),
        ({"areas": [area() | {"action": None}]}, "areas[0].action"),
        ({"areas": [area() | {"action": {"type": "location", "label": "場所"}}]}, "areas[0].action.type"),
        (
            {"areas": [area() | {"action": {"type": "message", "label": "あ" * 21, "text": "あ"}}]},
            "areas[0].action.label",
        ),
        ({"areas": [area() | {"action": {"type": "message", "text": "あ" * 301}}]}, "areas[0].action.text"),
    ],
)
@pytest.mark.parametrize("path", ["/v2/bot/richmenu", "/v2/bot/richmenu/validate"])
def test_what_line_refuses_is_refused_with_its_place(
    changes: dict[str, Any], wrong: str, path: str, api: Api
):
    response = api("POST", path, menu(**changes))

    assert response.status == 400
    assert wrong in [detail["property"] for detail in response.json()["details"]]


def test_a_hundred_are_made_in_an_hour(api: Api, line: Platform, clock: Clock):
    line.limits.rates["create_menu"] = Rate(2, 3600)
    statuses = [api("POST", "/v2/bot/richmenu", menu()).status for _ in range(3)]
    clock.move(hours=1)

    assert statuses == [200, 200, 429]
    assert api("POST", "/v2/bot/richmenu", menu()).status == 200


# Its picture


def test_a_picture_is_put_there_once_and_comes_back(api: Api):
    menu_id = made(api)
    path = f"/v2/bot/richmenu/{menu_id}/content"
    before = api("GET", path).status

    first, second = upload(api, menu_id, png()), upload(api, menu_id, png())

    assert (before, first, second) == (404, 200, 400)
    assert api("GET", path).data == png()


@pytest.mark.parametrize(
    ("picture", "kind", "status"),
    [
        (png(), "image/png", 200),
        (jpeg(800, 540), "image/jpeg", 200),
        (png(), "image/gif", 415),
        (png(), "application/json", 415),
        (png(extra=1024 * 1024), "image/png", 413),
        (png(801, 540), "image/png", 400),
        (jpeg(540, 800), "image/jpeg", 400),
        (b"no picture", "image/png", 400),
        (b"\xff\xd8", "image/jpeg", 400),
    ],
)
def test_a_picture_has_its_menus_size_and_a_megabyte(picture: bytes, kind: str, status: int, api: Api):
    assert upload(api, made(api), picture, kind) == status


def test_no_menu_takes_no_picture(api: Api):
    assert upload(api, "richmenu-none", png()) == 404


# Who sees it


def test_without_a_picture_it_is_shown_to_nobody(api: Api, parent: Phone):
    menu_id = made(api)
    statuses = [
        api("POST", f"/v2/bot/user/{whose}/richmenu/{menu_id}").status for whose in ("all", parent.user_id)
    ]

    assert statuses == [400, 400]
    assert parent.menu is None


def test_the_default_is_everybodys(api: Api, line: Platform, parent: Phone):
    none = api("GET", "/v2/bot/user/all/richmenu")
    menu_id = ready(api)
    api("POST", f"/v2/bot/user/all/richmenu/{menu_id}")

    assert (none.status, none.json()) == (404, {"message": "no default richmenu"})
    assert api("GET", "/v2/bot/user/all/richmenu").json() == {"richMenuId": menu_id}
    assert parent.menu
    assert parent.menu.id == menu_id
    assert line.phone("保護者B").menu is None  # no friend


def test_ones_own_comes_first_and_goes(api: Api, parent: Phone):
    usual, own = ready(api), ready(api, name="相談中")
    api("POST", f"/v2/bot/user/all/richmenu/{usual}")
    before = api("GET", f"/v2/bot/user/{parent.user_id}/richmenu").status
    api("POST", f"/v2/bot/user/{parent.user_id}/richmenu/{own}")
    linked = api("GET", f"/v2/bot/user/{parent.user_id}/richmenu").json()
    shown = parent.menu

    statuses = [api("DELETE", f"/v2/bot/user/{parent.user_id}/richmenu").status for _ in range(2)]

    assert before == 404
    assert linked == {"richMenuId": own}
    assert shown
    assert shown.id == own
    assert statuses == [200, 200]
    assert parent.menu
    assert parent.menu.id == usual


def test_for_who_is_no_friend_line_says_yes_and_does_nothing(api: Api, line: Platform):
    stranger = line.phone("保護者B")
    menu_id = ready(api)

    assert api("POST", f"/v2/bot/user/{stranger.user_id}/richmenu/{menu_id}").status == 200
    assert api("GET", f"/v2/bot/user/{stranger.user_id}/richmenu").status == 404


@pytest.mark.parametrize(
    ("user", "menu_id", "status"), [("somebody", None, 400), (NOBODY, "richmenu-none", 404)]
)
def test_a_link_needs_a_user_and_a_menu(user: str, menu_id: str | None, status: int, api: Api):
    path = f"/v2/bot/user/{user}/richmenu/{menu_id or ready(api)}"

    assert api("POST", path).status == status


def test_many_are_linked_and_unlinked_at_once(api: Api, parent: Phone):
    menu_id = ready(api)
    body = {"userIds": [parent.user_id], "richMenuId": menu_id}

    linked = api("POST", "/v2/bot/richmenu/bulk/link", body).status
    shown = parent.menu
    unlinked = api("POST", "/v2/bot/richmenu/bulk/unlink", {"userIds": [parent.user_id]}).status

    assert (linked, unlinked) == (202, 202)
    assert shown
    assert parent.menu is None
    assert api("POST", "/v2/bot/richmenu/bulk/link", body | {"userIds": []}).status == 400


def test_a_menu_that_is_deleted_goes_from_every_phone(api: Api, parent: Phone):
    menu_id = ready(api)
    api("POST", f"/v2/bot/user/all/richmenu/{menu_id}")
    api("POST", f"/v2/bot/user/{parent.user_id}/richmenu/{menu_id}")

    statuses = [api("DELETE", f"/v2/bot/richmenu/{menu_id}").status for _ in range(2)]

    assert statuses == [200, 404]
    assert parent.menu is None
    assert api("GET", "/v2/bot/user/all/richmenu").status == 404


def test_the_default_can_be_cancelled(api: Api, parent: Phone):
    api("POST", f"/v2/bot/user/all/richmenu/{ready(api)}")

    assert api("DELETE", "/v2/bot/user/all/richmenu").status == 200
    assert parent.menu is None


# On the phone


def test_tapping_is_as_typing(api: Api, parent: Phone):
    api("POST", f"/v2/bot/user/all/richmenu/{ready(api)}")

    parent.tap_menu("預けたい")

    assert parent.screen[-1].message["text"] == "預けたい"
    with pytest.raises(NoSuchButton):
        parent.tap_menu("相談を終わる")


@pytest.fixture
def page(line: Platform, parent: Phone) -> Iterator[str]:
    for kind in MENUS.values():
        menu_id = line.create_menu(kind.request)
        line.menus.put_picture(menu_id, kind.image, "image/png")
    line.change_menus(lambda: line.menus.set_default(next(iter(line.menus)).id))
    with serving(create_app(line, parents=())) as url:
        yield url


def test_the_pages_script_is_told_of_the_menu(page: str, parent: Phone):
    with urllib3.PoolManager() as http:
        news = json.loads(http.request("GET", f"{page}/parents/{parent.user_id}/news").data)
        picture = http.request("GET", f"{page}/menus/{news['menu']['id']}")

        assert news["menu"]["chatBarText"] == "メニュー"
        assert len(news["menu"]["areas"]) == 6
        assert picture.headers["Content-Type"] == "image/png"
        assert http.request("GET", f"{page}/menus/none").status == 404


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_menu_is_tapped_on_the_page(width: int, browser: Browser, page: str, parent: Phone):
    sheet = browser.new_page(viewport={"width": width, "height": 800})
    sheet.goto(page)
    area = sheet.get_by_role("button", name="いま困っている(緊急)", exact=True)
    expect(area).to_be_visible()

    area.click()

    expect(sheet.locator(".mine .words")).to_have_text("いま困っている(緊急)")
    box, bar = area.bounding_box(), sheet.locator("#menu-toggle").bounding_box()
    assert box
    assert bar
    assert min(box["width"], box["height"], bar["height"]) >= 44
    assert sheet.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sheet.close()


@pytest.mark.browser
def test_the_menu_works_with_the_keyboard_and_can_be_closed(browser: Browser, page: str, parent: Phone):
    sheet = browser.new_page(viewport={"width": 375, "height": 800})
    sheet.goto(page)
    toggle = sheet.locator("#menu-toggle")
    expect(toggle).to_have_attribute("aria-expanded", "true")

    toggle.focus()
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    expect(sheet.locator(".mine .words")).to_have_text("預けたい")
    toggle.press("Enter")

    expect(toggle).to_have_attribute("aria-expanded", "false")
    expect(sheet.locator("#menu")).to_be_hidden()
    sheet.close()


@pytest.mark.browser
def test_a_switch_shows_by_itself(browser: Browser, page: str, line: Platform, parent: Phone):
    sheet = browser.new_page(viewport={"width": 375, "height": 800})
    sheet.goto(page)
    expect(sheet.locator("#menu button")).to_have_count(6)

    line.link_menu([parent.user_id], list(line.menus)[1].id)

    expect(sheet.locator("#menu button")).to_have_count(2)
    expect(sheet.locator("#menu")).to_be_hidden()
    sheet.close()


@pytest.mark.browser
def test_an_accessibility_checker_finds_nothing_in_the_menu(browser: Browser, page: str, parent: Phone):
    from axe_playwright_python.sync_playwright import Axe

    sheet = browser.new_page(viewport={"width": 375, "height": 800})
    sheet.goto(page)
    expect(sheet.locator("#menu button")).to_have_count(6)

    found = Axe().run(sheet).response["violations"]

    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    sheet.close()
