"""What admins do with accounts."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from console_harness import Browser, Clock, World, new_database
from werkzeug.test import TestResponse

from storage import audit, second_factors, staff
from storage.audit import Wanted
from storage.staff import Role, Staff

NEW = {"login": "hayashi", "name": "林", "role": "counselor"}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def admin(world: World) -> Browser:
    return world.browser("admin")


def account(world: World, name: str) -> Staff:
    with world.database.read() as session:
        person = staff.find(session, name)
    assert person
    return person


def told(answer: TestResponse) -> str:
    """The temporary password on the page."""
    found = re.search(r'class="secret">([^<]+)<', answer.text)
    assert found
    return unescape(found[1])


def acts(world: World, name: str) -> list[tuple[str, str]]:
    with world.database.read() as session:
        return [(line.actor, line.act) for line in audit.page(session, Wanted(about=name))]


def test_the_list_tells_names_roles_and_states(world: World, admin: Browser) -> None:
    with world.database.write() as session:
        staff.disable(session, "mori", world.clock())

    page = admin.get("/accounts").text

    assert "全員(5人)" in page
    assert "窓口の担当者: 野方児童館" in page
    assert "止めてあります" in page


def test_a_new_person_logs_in_with_the_temporary_password_and_changes_it(
    world: World, admin: Browser
) -> None:
    password = told(admin.post("/new-account", **NEW))
    browser = world.browser()

    browser.log_in("hayashi", password)

    assert browser.get("/").location == "/account/password"
    assert acts(world, "hayashi") == [("hayashi", "logged_in"), ("admin", "account_added")]


def test_a_temporary_password_is_kept_in_no_cookie(world: World, admin: Browser) -> None:
    answer = admin.post("/accounts/sato/reset-password")

    password = told(answer)
    with admin.client.session_transaction() as session:
        assert password not in str(dict(session))
    assert password not in admin.get("/accounts/sato").text


def test_desk_staff_get_their_desks(world: World, admin: Browser) -> None:
    data = {"csrf_token": admin.token(), **NEW, "role": "desk", "desks": ["nogata", "yamato"]}

    admin.client.post("/new-account", data=data)

    assert account(world, "hayashi").desks == ("nogata", "yamato")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"login": "林"}, "ログイン名は、半角の英小文字"),
        ({"login": "sato"}, "もう使われています"),
        ({"name": ""}, "名前を入れてください"),
        ({"role": "king"}, "役割を選んでください"),
        ({"role": "desk"}, "担当する窓口を1つ以上"),
        ({"role": "desk", "desks": "nowhere"}, "一覧にない窓口"),
        ({"email": "hayashi"}, "メールアドレスの形"),
        ({"email": "SATO@city.example"}, "ほかのアカウントに登録されています"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    world: World, admin: Browser, wrong: dict[str, str], words: str
) -> None:
    with world.database.write() as session:
        staff.change(session, "sato", name="佐藤", role=Role.COUNSELOR, email="sato@city.example")

    answer = admin.post("/new-account", **{**NEW, "name": "<b>林", **wrong})

    assert answer.status_code == 422
    assert words in answer.text
    if "name" not in wrong:
        assert "&lt;b&gt;林" in answer.text


def test_everything_that_is_wrong_is_said_at_once(admin: Browser) -> None:
    answer = admin.post("/new-account", login="hayashi", name="", role="desk", email="x")

    assert all(words in answer.text for words in ("名前を入れて", "担当する窓口", "メールアドレスの形"))


def test_a_changed_account_is_as_the_form_says(world: World, admin: Browser) -> None:
    answer = admin.post(
        "/accounts/mori", name="森(窓口)", role="desk", desks="yamato", email=" Mori@City.example "
    )

    changed = account(world, "mori")
    assert answer.status_code == 303
    assert (changed.name, changed.role, changed.desks, changed.email) == (
        "森(窓口)",
        "desk",
        ("yamato",),
        "mori@city.example",
    )
    assert acts(world, "mori") == [("admin", "account_changed")]


def test_who_is_no_longer_at_a_desk_keeps_none(world: World, admin: Browser) -> None:
    admin.post("/accounts/desk", name="窓口", role="counselor", desks="nogata")

    assert account(world, "desk").desks == ()


def test_a_reset_password_ends_sessions_and_is_changed_at_log_in(world: World, admin: Browser) -> None:
    browser = world.browser("sato")

    password = told(admin.post("/accounts/sato/reset-password"))

    assert browser.get("/").status_code == 302
    browser.log_in("sato", password)
    assert browser.get("/").location == "/account/password"


def test_a_password_can_be_made_to_be_changed(world: World, admin: Browser) -> None:
    browser = world.browser("sato")

    admin.post("/accounts/sato/expire-password")

    assert browser.get("/").location == "/account/password"


def test_a_stopped_account_is_out_and_can_come_back(world: World, admin: Browser) -> None:
    browser = world.browser("sato")

    admin.post("/accounts/sato/disable")
    out = browser.get("/").status_code
    admin.post("/accounts/sato/enable")

    assert (out, browser.get("/").status_code, browser.log_in("sato").status_code) == (302, 302, 303)


def test_sessions_are_ended_from_afar(world: World, admin: Browser) -> None:
    browser = world.browser("sato")

    admin.post("/accounts/sato/sign-out")

    assert browser.get("/").status_code == 302
    assert acts(world, "sato") == [("admin", "signed_out_everywhere")]


def test_a_lost_second_factor_is_taken_away(world: World, admin: Browser) -> None:
    import pyotp

    with world.database.write() as session:
        secret = second_factors.begin(session, "sato")
        second_factors.confirm(session, "sato", pyotp.TOTP(secret).at(world.clock()), world.clock())

    admin.post("/accounts/sato/remove-second-factor")

    assert world.browser().log_in("sato").location == "/"


def test_nobody_stops_themselves(world: World, admin: Browser) -> None:
    admin.post("/accounts/admin/disable")

    assert not account(world, "admin").disabled
    assert "自分のアカウントは止められません" in admin.get("/accounts/admin").text


def test_the_last_admin_stays_one(world: World, admin: Browser) -> None:
    answer = admin.post("/accounts/admin", name="管理", role="counselor")

    assert answer.status_code == 409
    assert "管理者がひとりもいなくなる" in answer.text
    assert account(world, "admin").role == Role.ADMIN


def test_one_of_two_admins_may_become_something_else(world: World, admin: Browser) -> None:
    admin.post("/accounts/mori", name="森", role="admin")

    assert admin.post("/accounts/admin", name="管理", role="counselor").status_code == 303


@pytest.mark.parametrize("deed", ["disable", "enable", "sign-out", "expire-password", "reset-password"])
def test_an_account_that_is_not_there_is_not_found(admin: Browser, deed: str) -> None:
    assert admin.post(f"/accounts/nobody/{deed}").status_code == 404
    assert admin.get("/accounts/nobody").status_code == 404


def test_a_link_does_nothing_to_an_account(world: World, admin: Browser) -> None:
    assert admin.get("/accounts/sato/disable").status_code == 405
    assert not account(world, "sato").disabled
