"""The ward's data in the console: who may change what, every problem told, nothing lost, nothing changed twice."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest
from console_harness import NOW, Browser, Clock, World, new_database
from test_ward import CLOSED, GROUP, PACK, WHY
from werkzeug.test import TestResponse

from directory import typed
from directory.model import Directory, Happening, SpecialDays
from directory.stored import Kept, Row, key_of
from storage import audit, facilities, imports, ward
from storage.audit import DataAct
from storage.ward import Book

NOGATA, KITAHARA = PACK.facility("nogata"), PACK.facility("kitahara")
ROW, EDIT = "/data/rows/facility/nogata", "/data/edit/facility/nogata"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def book(world: World) -> Book:
    with world.database.read() as rows:
        return ward.read(rows, PACK)


def live(world: World) -> Directory:
    return book(world).directory


def save(world: World, *rows: Row, retired: bool = False) -> int:
    with world.database.write() as session:
        return ward.save(session, PACK, {key_of(row): Kept(row, retired) for row in rows}, {}, WHY, NOW)


def fields(row: Row, **changed: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    sent: dict[str, Any] = {**typed.filled(row), **typed.chosen(row), "why": "確かめた", "version": "0"}
    if sent.get("approximate") == "no":
        del sent["approximate"]
    return sent | changed


def send(browser: Browser, path: str, sent: dict[str, Any]) -> TestResponse:
    return browser.client.post(path, data={"csrf_token": browser.token(), **sent})


def hidden(page: str) -> dict[str, Any]:
    """What a page would send again."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page, re.DOTALL):
        found.setdefault(name, []).append(unescape(value))
    return dict(found)


# Lists


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("?kind=facility&q=のがたじ", "野方児童館", "北原児童館"),
        ("?kind=facility&type=特定型", "子ども総合窓口", "野方児童館"),
        ("?kind=resource&q=サークル", "育児サークル", "妊娠届"),
        ("?kind=hotline&q=0120-279-338", "よりそいホットライン", "いのちの電話"),
        ("?kind=group", "団体は、まだ登録されていません", "ひだまり"),
        ("?kind=x&only=changed", "当てはまるものはありません", "北原児童館"),
    ],
)
def test_a_list_is_searched_and_says_what_to_do_when_it_is_empty(
    world: World, query: str, there: str, absent: str
) -> None:
    page = world.browser("admin").get(f"/data{query}").text

    assert there in page
    assert absent not in page


def test_what_is_not_confirmed_is_listed_by_desk(world: World) -> None:
    page = world.browser("admin").get("/data/stale").text
    own = world.browser("desk").get("/data/stale").text

    assert page.index("野方児童館(") < page.index("窓口に結びつかないもの(")
    assert "まだ確認されていません" in page
    assert "野方児童館" in own
    assert "北原児童館" not in own


def test_a_group_past_its_day_and_one_that_ends_soon_are_marked(world: World) -> None:
    save(
        world, replace(GROUP, until=date(2026, 11, 23)), replace(GROUP, id="ward-2", until=date(2026, 12, 1))
    )

    page = world.browser("admin").get("/data?kind=group").text

    assert "期限切れ(11/23まで)" in page
    assert "もうすぐ期限(12/1まで)" in page


# One row


def test_an_edit_is_live_and_in_the_history_and_the_audit(world: World) -> None:
    browser = world.browser("admin")

    answer = send(browser, EDIT, fields(NOGATA, note="二階です。", confirms="1"))

    assert answer.status_code == 303
    assert live(world).facility("nogata") == replace(NOGATA, note="二階です。", confirmed=date(2026, 11, 24))
    page = browser.get(ROW).text
    assert "<ins>二階です。</ins>" in page
    assert "確かめた" in page
    assert "データを最終確認した" in browser.get("/audit").text


def test_the_form_as_it_stands_changes_nothing(world: World) -> None:
    browser = world.browser("admin")

    for kind, rows in (
        ("facility", PACK.facilities),
        ("resource", PACK.resources[:8]),
        ("hotline", PACK.hotlines[:8]),
    ):
        for row in rows:
            send(browser, f"/data/edit/{kind}/{row.id}", fields(row))

    assert [key for key in book(world).changes if key] == []


def test_every_problem_is_told_and_nothing_typed_is_lost(world: World) -> None:
    sent = fields(
        NOGATA,
        name="",
        phones="電話なし",
        url="www",
        as_of="昨年",
        why="",
        mon_open="25:00",
        note="下書き<b>",
    )

    answer = send(world.browser("admin"), EDIT, sent)

    assert answer.status_code == 422
    assert "6か所を直してください" in answer.text
    for told in (
        "「名前」が空です",
        "電話「電話なし」を読めません",
        "https://",
        "「昨年」を読めません",
        "理由を",
        "月曜日の「25:00」",
    ):
        assert told in answer.text
    assert "下書き&lt;b&gt;" in answer.text
    assert live(world) is PACK


@pytest.mark.parametrize(
    ("lat", "lon", "told"),
    [
        ("35.6586", "139.7454", "区の外です"),
        ("35.6900", "139.6700", "離れています"),
        ("139.6639", "35.7128", "緯度と経度が逆のようです"),
        ("0", "0", "緯度と経度を読めません"),
    ],
)
def test_a_doubtful_place_is_asked_about_with_the_figure(world: World, lat: str, lon: str, told: str) -> None:
    browser = world.browser("admin")

    answer = send(browser, EDIT, fields(NOGATA, lat=lat, lon=lon))

    assert answer.status_code == 422
    assert told in answer.text
    agreed = re.search(r'name="agreed_point" value="([^"]+)"', answer.text)
    if lat == "0":
        assert agreed is None
        return
    assert agreed
    assert send(browser, EDIT, fields(NOGATA, lat=lat, lon=lon, agreed_point=agreed[1])).status_code == 303
    assert live(world).facility("nogata").point != NOGATA.point


def test_the_second_of_two_editors_is_told_and_keeps_what_was_typed(world: World) -> None:
    first, second = world.browser("admin"), world.browser("admin")
    send(first, EDIT, fields(NOGATA, note="一人め"))

    answer = send(second, EDIT, fields(NOGATA, access="二人め"))

    assert answer.status_code == 409
    assert "ほかの人がこれを変えました" in answer.text
    assert re.search("説明: .*いまは 一人め", answer.text)
    assert "二人め" in answer.text
    version = re.search(r'name="version" value="(\d+)"', answer.text)
    assert version
    assert send(second, EDIT, fields(NOGATA, access="二人め", version=version[1])).status_code == 303
    assert live(world).facility("nogata").access == "二人め"


def test_a_change_is_taken_back_with_a_reason(world: World) -> None:
    browser = world.browser("admin")
    send(browser, EDIT, fields(NOGATA, note="一"))

    assert browser.post(f"{ROW}/undo", number="1", key="nogata", why="").status_code == 422
    assert browser.post(f"{ROW}/undo", number="9", key="nogata", why="x").status_code == 404
    assert browser.post(f"{ROW}/undo", number="1", key="nogata", why="まちがい").status_code == 303
    assert live(world).facility("nogata") == NOGATA
    assert browser.post(f"{ROW}/undo", number="1", key="nogata", why="もう一度").status_code == 409


def test_confirming_takes_one_click_and_only_what_was_seen(world: World) -> None:
    browser = world.browser("admin")
    page = browser.get(ROW).text
    seen = re.search(r'name="facts" value="([^"]+)"', page)
    assert seen

    browser.post(f"{ROW}/confirm", facts="ちがう内容")
    assert live(world).facility("nogata").confirmed is None
    browser.post(f"{ROW}/confirm", facts=unescape(seen[1]))

    assert live(world).facility("nogata").confirmed == date(2026, 11, 24)
    assert "管理(admin)" in browser.get(ROW).text


def test_a_row_can_be_added_and_taken_back(world: World) -> None:
    browser = world.browser("admin")

    answer = send(browser, "/data/new/group", fields(GROUP, towns="えごた4、野方"))
    assert answer.status_code == 422  # no such 町丁目: えごた4
    answer = send(browser, "/data/new/group", fields(GROUP, towns="江古田四丁目、野方"))

    assert answer.status_code == 303
    (group,) = live(world).groups
    assert (group.name, group.towns) == ("ひだまりの会", ("江古田4丁目", "野方"))
    assert browser.post(f"{answer.location}/undo", number="1", why="まちがい").status_code == 303
    assert live(world).groups == ()


def test_what_is_not_there_is_not_found(world: World) -> None:
    browser = world.browser("admin")

    for path in (
        "/data/rows/facility/x",
        "/data/rows/special/nogata",
        "/data/edit/event/x",
        "/data/new/event",
        "/data/desks/x/hours",
    ):
        assert browser.get(path).status_code == 404, path
    assert browser.get("/data/retire/facility").status_code == 404
    assert browser.get(f"{ROW}/confirm").status_code == 405


# Out of use


def test_what_live_rules_show_is_not_retired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from console_harness import RULES, TEMPORARY_CARE

    shown = replace(TEMPORARY_CARE, resources=("dantai",))
    monkeypatch.setattr("console_harness.RULES", replace(RULES, rules=(shown,)))
    browser = world.browser("admin")

    assert "一時預かり" in browser.get("/data/retire/resource/dantai").text
    answer = browser.post("/data/retire/resource/dantai", to="retired", why="終わった")

    assert answer.status_code == 422
    assert "公開中のルールが案内しています: 一時預かり" in answer.text
    assert live(world) is PACK


def test_the_only_desk_of_a_type_that_rules_need_is_not_retired(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console_harness import RULES, TEMPORARY_CARE

    rule = replace(TEMPORARY_CARE, desk="特定型")
    monkeypatch.setattr("console_harness.RULES", replace(RULES, rules=(rule,)))

    answer = world.browser("admin").post(
        "/data/retire/facility/kodomo-sogo-madoguchi", to="retired", why="移転"
    )

    assert answer.status_code == 422
    assert "案内先をなくします: 一時預かり" in answer.text


def test_a_retired_row_is_kept_and_used_again(world: World) -> None:
    browser = world.browser("admin")

    assert browser.post("/data/retire/facility/nogata", to="retired", why="").status_code == 422
    assert (
        browser.post("/data/retire/facility/nogata", to="retired", why="休止", version="0").status_code == 303
    )
    assert all(one.id != "nogata" for one in live(world).facilities)
    assert "使うのをやめています" in browser.get(ROW).text
    assert (
        "もう使うのをやめています"
        in browser.post("/data/retire/facility/nogata", to="retired", why="休止").text
    )

    browser.post("/data/retire/facility/nogata", to="used", why="再開", version="1")
    assert live(world).facility("nogata") == NOGATA


# What parents in danger are told of


def test_a_crisis_line_is_looked_at_twice(world: World) -> None:
    browser, line = world.browser("admin"), PACK.hotline("yorisoi")
    path = "/data/edit/hotline/yorisoi"

    second = send(browser, path, fields(line, note="通話は20分まで"))

    assert second.status_code == 200
    assert "もう一度確かめる" in second.text
    assert "まだ保存していません" in second.text
    assert live(world) is PACK
    again = hidden(second.text)
    assert "しるしを付けてから" in send(browser, path, again).text
    mark = re.search(r'name="look" value="([^"]+)"', second.text)
    assert mark
    assert send(browser, path, again | {"look": mark[1]}).status_code == 303
    assert live(world).hotline("yorisoi") == replace(line, note="通話は20分まで")


def test_a_new_crisis_line_is_saved_after_its_second_look(world: World) -> None:
    browser, line = world.browser("admin"), PACK.hotline("yorisoi")
    second = send(browser, "/data/new/hotline", fields(line, name="新しい電話"))
    mark = re.search(r'name="look" value="([^"]+)"', second.text)
    assert mark

    saved = send(browser, "/data/new/hotline", hidden(second.text) | {"look": mark[1]})

    assert saved.status_code == 303
    assert "新しい電話" in [one.name for one in live(world).hotlines]


def test_what_was_looked_at_is_what_is_saved(world: World) -> None:
    browser, line = world.browser("admin"), PACK.hotline("yorisoi")
    second = send(browser, "/data/edit/hotline/yorisoi", fields(line, note="一"))
    mark = re.search(r'name="look" value="([^"]+)"', second.text)
    assert mark

    other = send(browser, "/data/edit/hotline/yorisoi", hidden(second.text) | {"look": mark[1], "note": "二"})

    assert "もう一度確かめる" in other.text
    assert live(world) is PACK


def test_a_crisis_line_without_which_none_is_open_stays(world: World) -> None:
    lines = [PACK.hotline(one) for one in dict(PACK.lines)["waiting.usual"] if one != "yorisoi"]
    save(world, *lines, retired=True)

    answer = world.browser("admin").post(
        "/data/retire/hotline/yorisoi", to="retired", why="x", look="1", version="0"
    )

    assert answer.status_code == 422
    assert "24時間つながるところが1つもなくなります" in answer.text
    assert any(one.id == "yorisoi" for one in live(world).hotlines)


def test_retiring_and_undoing_a_crisis_line_ask_for_a_second_look(world: World) -> None:
    browser = world.browser("admin")

    assert browser.post("/data/retire/hotline/yorisoi", to="retired", why="x").status_code == 422
    save(world, replace(PACK.hotline("yorisoi"), note="一"))
    assert browser.post("/data/rows/hotline/yorisoi/undo", number="1", why="x").status_code == 422
    assert browser.post("/data/rows/hotline/yorisoi/undo", number="1", why="x", look="1").status_code == 303


def test_an_edition_of_hotlines_is_not_undone_from_the_open_data(world: World) -> None:
    save(world, replace(PACK.hotline("yorisoi"), note="一"))

    assert world.browser("admin").post("/opendata/editions/1/undo", note="x").status_code == 409


# Desks


HOURS, CLOSURES, EVENTS = (f"/data/desks/nogata/{page}" for page in ("hours", "closures", "events/new"))
THAT_DAY = {"what": "closed", "first": "2026-12-03", "reason": "設備の点検", "version": "0"}


def test_desk_staff_keep_the_hours_of_their_own_desk(world: World) -> None:
    browser = world.browser("desk")

    sent = fields(NOGATA, mon_close="17:00", mon_rest_from="12:00", mon_rest_to="13:00")
    assert send(browser, HOURS, sent).status_code == 303

    assert live(world).facility("nogata").hours.describe().startswith("月 10:00〜12:00・13:00〜17:00")
    assert live(world).facility("nogata").name == NOGATA.name
    assert browser.post(f"{ROW}/undo", number="1", key="nogata", why="まちがい").status_code == 303
    assert live(world).facility("nogata") == NOGATA


@pytest.mark.parametrize(
    "path",
    [
        "/data/rows/facility/kitahara", "/data/desks/kitahara/hours", "/data/desks/kitahara/closures",
        "/data/desks/kitahara/events/new", "/data/edit/facility/nogata", "/data/new/group",
        "/data/retire/facility/nogata", "/data/pack", "/data/rows/hotline/yorisoi", "/opendata",
    ],
)  # fmt: skip
def test_desk_staff_change_nothing_else(world: World, path: str) -> None:
    browser = world.browser("desk")

    assert browser.get(path).status_code == 403
    assert "北原児童館" not in browser.get("/data?kind=hotline").text


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/data/desks/kitahara/hours", fields(KITAHARA)),
        ("/data/desks/kitahara/closures", THAT_DAY),
        ("/data/desks/kitahara/closures/remove", {"number": "0"}),
        ("/data/desks/kitahara/events/new", {"title": "x"}),
        ("/data/rows/facility/kitahara/confirm", {}),
        ("/data/edit/facility/nogata", fields(NOGATA)),
    ],
)
def test_a_forged_post_of_desk_staff_is_refused(world: World, path: str, sent: dict[str, Any]) -> None:
    assert send(world.browser("desk"), path, sent).status_code == 403
    assert live(world) is PACK


def test_desk_staff_do_not_take_back_what_an_admin_changed(world: World) -> None:
    save(world, replace(NOGATA, note="一"))

    assert world.browser("desk").post(f"{ROW}/undo", number="1", key="nogata", why="x").status_code == 403
    assert world.browser("desk").post(f"{ROW}/undo", number="1", key="kitahara", why="x").status_code == 404


@pytest.mark.parametrize("name", ["sato", "leader"])
def test_who_has_no_part_in_the_data_sees_none_of_it(world: World, name: str) -> None:
    for path in ("/data", "/data/stale", ROW, HOURS):
        assert world.browser(name).get(path).status_code == 403


def test_a_closure_is_in_force_and_taken_back(world: World) -> None:
    browser = world.browser("desk")

    assert browser.post(CLOSURES, **THAT_DAY).status_code == 303

    assert live(world).facility("nogata").hours.special == (CLOSED,)
    page = browser.get(CLOSURES).text
    assert "12/3(木)は臨時休館(設備の点検)" in page
    assert browser.post(CLOSURES, **THAT_DAY).status_code == 409  # the version is an older one
    assert browser.post(f"{CLOSURES}/remove", number="0", version="1").status_code == 303
    assert live(world).facility("nogata").hours.special == ()
    assert (
        "もう消されています"
        in world.browser("desk")
        .client.post(f"{CLOSURES}/remove", data={"csrf_token": browser.token()}, follow_redirects=True)
        .text
        or browser.post(f"{CLOSURES}/remove", number="7").status_code == 303
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"first": "あした"}, "「はじめの日」を"),
        ({"last": "2026-12-01"}, "より前です"),
        ({"first": "2026-11-23"}, "もうすぎた日です"),
        ({"first": "2226-12-03"}, "2年より先"),
        ({"what": "other", "open": "10", "close": "9:00"}, "開く時刻と"),
        ({"what": ""}, "選んでください"),
        ({"reason": "長" * 61}, "長すぎます"),
    ],
)
def test_a_closure_that_cannot_be_is_asked_about(world: World, changed: dict[str, str], told: str) -> None:
    answer = world.browser("desk").post(CLOSURES, **THAT_DAY | changed)

    assert answer.status_code == 422
    assert told in answer.text
    assert "設備の点検" in answer.text or "reason" in changed
    assert live(world) is PACK


def test_an_event_is_shown_changed_stopped_and_shown_again(world: World) -> None:
    browser = world.browser("desk")
    sent = {
        "title": "冬のおたのしみ会",
        "first": "2026-12-05",
        "begins": "10:00",
        "how": "当日",
        "version": "0",
    }

    assert browser.post(EVENTS, **sent).status_code == 303
    (one,) = live(world).happenings
    assert (one.title, one.facility, one.first) == ("冬のおたのしみ会", "nogata", date(2026, 12, 5))
    path = f"/data/desks/nogata/events/{one.id}"
    assert "冬のおたのしみ会" in browser.get(path).text
    assert browser.post(path, **sent | {"title": "春の会", "version": "1"}).status_code == 303
    assert browser.post(path, **sent | {"version": "1"}).status_code == 409
    assert live(world).happenings[0].title == "春の会"
    browser.post(f"{path}/stop")
    assert live(world).happenings == ()
    browser.post(f"{path}/stop", to="shown")
    assert len(live(world).happenings) == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"title": ""}, "「催しの名前」が空です"),
        ({"first": "2026-11-20"}, "もう終わった日です"),
        ({"last": "2026-12-01"}, "より前です"),
        ({"begins": "10:00", "ends": "09:00"}, "より後にしてください"),
        ({"how": ""}, "「参加のしかた」が空です"),
    ],
)
def test_an_event_that_cannot_be_is_asked_about(world: World, changed: dict[str, str], told: str) -> None:
    sent = {"title": "会", "first": "2026-12-05", "how": "当日", "version": "0"} | changed

    answer = world.browser("desk").post(EVENTS, **sent)

    assert answer.status_code == 422
    assert told in answer.text


def test_an_event_of_another_desk_is_not_found_under_ones_own(world: World) -> None:
    save(
        world,
        Happening("e-1", "kitahara", "会", date(2026, 12, 5), date(2026, 12, 5), None, None, "", "当日", ""),
    )

    assert world.browser("desk").get("/data/desks/nogata/events/e-1").status_code == 404
    assert world.browser("desk").get("/data/rows/event/e-1").status_code == 403


# A newer pack


def test_what_the_pack_ships_otherwise_is_pointed_out_and_decided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(world, replace(NOGATA, note="区の説明"))
    rows = tuple(replace(one, note="同梱の説明") if one.id == "nogata" else one for one in PACK.facilities)
    newer = replace(PACK, facilities=rows)
    monkeypatch.setattr("console.ward_book.pack", lambda: newer)
    monkeypatch.setattr("console.data_edit.pack", lambda: newer)
    browser = world.browser("admin")

    assert "区で変えた内容とちがいます(1件)" in browser.get("/data").text
    assert "区 <del>区の説明</del> / 同梱 <ins>同梱の説明</ins>" in browser.get("/data/pack").text
    assert browser.post("/data/pack/facility/nogata", to="pack", version="0").status_code == 409
    assert browser.post("/data/pack/facility/nogata", to="pack", version="1").status_code == 303
    assert "ありません。" in browser.get("/data/pack").text


# Open data


def test_an_import_is_one_change_of_the_row_and_in_the_audit(world: World) -> None:
    with world.database.write() as rows:
        put = imports.add(rows, "a.csv", b"x", facilities.Why("admin", "11月分", "区のオープンデータ"), NOW)
        rows.flush()
        facilities.stage(
            rows, [facilities.change(put, "changed", "nogata", imports.written(replace(NOGATA, note="新")))]
        )
        imports._set(rows, put, imports.State.WANTED, state=imports.State.READY)
        imports.agree(rows, put, "admin", NOW)

    page = world.browser("admin").get(ROW).text

    assert "11月分" in page
    assert "出典: 区のオープンデータ" in page
    with world.database.read() as rows:
        assert [one.act for one in audit.page(rows, audit.Wanted())] == [DataAct.IMPORTED]


def test_markup_in_the_data_is_only_words(world: World) -> None:
    save(
        world,
        replace(NOGATA, name="<script>alert(1)</script>"),
        SpecialDays("nogata", (replace(CLOSED, reason="<b>"),)),
    )

    for path in ("/data", ROW, CLOSURES, "/data/stale", EDIT):
        assert "<script>alert" not in world.browser("admin").get(path).text
        assert "<b>" not in world.browser("admin").get(path).text


HOSTILE = (
    "",
    "\0",
    "9" * 5000,
    "１２",
    "²",
    "-1",
    "2147483648",
    "0001-01-01",
    "9999-12-31",
    "24:00",
    "🄰" * 5001,
    "\ud800",
    "<script>",
)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_is_typed_breaks_a_page(world: World, value: str) -> None:
    save(
        world,
        GROUP,
        Happening("e-1", "nogata", "会", date(2026, 12, 5), date(2026, 12, 5), None, None, "", "当日", ""),
    )
    browser = world.browser("admin")
    value = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    names = {
        *fields(NOGATA),
        *fields(PACK.hotline("yorisoi")),
        *fields(GROUP),
        *THAT_DAY,
        "lat",
        "lon",
        "number",
        "key",
        "to",
    }
    paths = [EDIT, "/data/edit/hotline/yorisoi", "/data/edit/group/ward-1", "/data/new/resource", "/data/retire/facility/nogata",
             "/data/pack/facility/nogata", HOURS, CLOSURES, f"{CLOSURES}/remove", EVENTS, "/data/desks/nogata/events/e-1",
             f"{ROW}/confirm", f"{ROW}/undo"]  # fmt: skip

    for mode in ("week", "text"):
        sent = dict.fromkeys(names, value) | {"hours_mode": mode, "look": "1", "what": "other"}
        answers = [send(browser, path, sent) for path in paths]

        assert [one.status_code for one in answers if one.status_code >= 500] == []
    for path in (
        "/data",
        "/data/stale",
        ROW,
        EDIT,
        CLOSURES,
        "/data?kind=group",
        f"/data?q={value[:50]}&type=x",
    ):
        assert browser.get(path).status_code == 200


def test_an_address_that_line_would_not_take_is_asked_to_be_shorter(world: World) -> None:
    sent = fields(NOGATA, url="https://example.jp/" + "長" * 200, address="東京都中野区" + "長" * 200)

    answer = send(world.browser("admin"), EDIT, sent)

    assert "アドレスが長すぎます" in answer.text
    assert "「住所」が長すぎます" in answer.text
