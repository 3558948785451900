"""Authenticator apps: set up, asked for, lost; and passwords that somebody else has chosen."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from console_harness import NOW, PASSWORD, Browser, Clock, World, new_database
from databases import on_both
from dumps import dumped, found
from sqlmodel import select

from console.access import Access
from storage import second_factors, staff
from storage.database import Database
from storage.staff import Role
from storage.tables import SecondFactorRow

database = on_both
NEW_PASSWORD = "みかんと電車とうさぎの朝"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def app_of(world: World, name: str = "sato") -> pyotp.TOTP:
    """The person's phone: its app has read the secret, and a code has confirmed it half an hour ago."""
    with world.database.write() as session:
        phone = pyotp.TOTP(second_factors.begin(session, name))
        earlier = NOW - timedelta(minutes=30)
        assert second_factors.confirm(session, name, phone.at(earlier), earlier)
    return phone


def code_step(browser: Browser, name: str = "sato", **fields: str) -> None:
    answer = browser.log_in(name, **fields)
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/login/code")


def test_it_is_set_up_by_reading_a_drawing_and_typing_a_code(world: World) -> None:
    browser = world.browser("sato")

    browser.post("/account/second-factor/begin")
    page = browser.get("/account/second-factor").text
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert secret
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(NOW)
    done = browser.post("/account/second-factor/confirm", code=code)

    assert '<svg viewBox="' in page
    assert "style=" not in page
    assert len(re.findall(r"<li><code>[a-z0-9-]{19}</code></li>", done.text)) == second_factors.CODES
    code_step(world.browser())


def test_a_wrong_code_does_not_set_it_up(world: World) -> None:
    browser = world.browser("sato")
    browser.post("/account/second-factor/begin")

    answer = browser.post("/account/second-factor/confirm", code="000000")

    assert answer.status_code == 422
    assert "確認コードがちがいます" in answer.text
    assert world.browser().log_in("sato").location == "/"


def test_after_the_password_a_code_is_asked_for_and_nothing_is_open_before(world: World) -> None:
    phone, browser = app_of(world), world.browser()

    code_step(browser)
    before = browser.get("/").status_code
    answer = browser.post("/login/code", code=f" {phone.at(NOW)[:3]} {phone.at(NOW)[3:]}", next="/problems")

    assert (before, answer.status_code, answer.location) == (302, 303, "/problems")
    assert "佐藤さん" in browser.get("/").text


def test_a_code_works_once(world: World) -> None:
    phone, first, second = app_of(world), world.browser(), world.browser()
    for browser in (first, second):
        code_step(browser)

    answers = [browser.post("/login/code", code=phone.at(NOW)) for browser in (first, second)]

    assert [answer.status_code for answer in answers] == [303, 401]


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (30, 303), (-60, 401), (90, 401)])
def test_the_phones_clock_may_be_half_a_minute_off(world: World, seconds: int, status: int) -> None:
    phone, browser = app_of(world), world.browser()
    code_step(browser)

    answer = browser.post("/login/code", code=phone.at(NOW + timedelta(seconds=seconds)))

    assert answer.status_code == status


def test_guessing_codes_is_slowed_down(world: World) -> None:
    phone, browser = app_of(world), world.browser()
    code_step(browser)
    codes = [browser.post("/login/code", code="000000").status_code for _ in range(5)]

    assert codes == [401, 401, 401, 401, 429]
    assert browser.post("/login/code", code=phone.at(NOW)).status_code == 429


def test_the_password_is_good_for_five_minutes(world: World) -> None:
    phone, browser = app_of(world), world.browser()
    code_step(browser)
    world.clock.advance(minutes=6)

    answer = browser.post("/login/code", code=phone.at(world.clock()))

    assert (answer.status_code, answer.location) == (303, "/login")


def test_a_code_without_a_password_is_nothing(world: World) -> None:
    assert world.browser().post("/login/code", code=app_of(world).at(NOW)).location == "/login"


def test_whoever_lost_the_phone_gets_in_with_a_recovery_code_once(world: World) -> None:
    app_of(world)
    with world.database.write() as session:
        code = second_factors.new_recovery_codes(session, "sato")[3]
    first, second = world.browser(), world.browser()
    for browser in (first, second):
        code_step(browser)

    answers = [browser.post("/login/code", code=code.upper()) for browser in (first, second)]

    assert [answer.status_code for answer in answers] == [303, 401]
    assert "あと9個" in first.get("/account").text


def test_new_recovery_codes_and_taking_it_away_need_the_password(world: World) -> None:
    app_of(world)
    browser = world.browser("sato")

    refused = [
        browser.post(f"/account/second-factor/{what}", password="ちがう").status_code
        for what in ("recovery-codes", "remove")
    ]
    renewed = browser.post("/account/second-factor/recovery-codes", password=PASSWORD)
    removed = browser.post("/account/second-factor/remove", password=PASSWORD)

    assert refused == [422, 422]
    assert "予備のコード" in renewed.text
    assert removed.status_code == 303
    assert world.browser().log_in("sato").location == "/"


@pytest.mark.parametrize(
    ("name", "where"),
    [("admin", "/account/second-factor"), ("leader", "/account/second-factor"), ("sato", None)],
)
def test_whose_role_must_have_one_sees_nothing_before_it_is_set_up(
    world: World, name: str, where: str | None
) -> None:
    browser = world.browser(name, access=Access())

    assert browser.get("/account").location == where
    assert browser.get("/account/second-factor").status_code == 200


def test_once_it_is_set_up_they_go_on(world: World) -> None:
    app_of(world, "admin")

    assert world.browser("admin", access=Access()).get("/accounts").status_code == 200


def test_a_password_that_somebody_else_chose_is_changed_first(world: World) -> None:
    with world.database.write() as session:
        staff.require_new_password(session, "sato")
    browser = world.browser()
    browser.log_in("sato")

    before = browser.get("/")
    changed = browser.post("/account/password", old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)

    assert (before.status_code, before.location) == (303, "/account/password")
    assert changed.status_code == 303
    assert browser.get("/").status_code == 200
    assert world.browser().log_in("sato", NEW_PASSWORD).location == "/"
    assert world.browser().log_in("sato").status_code == 401


def test_a_new_password_ends_every_other_session(world: World) -> None:
    here, elsewhere = world.browser("sato"), world.browser("sato")

    here.post("/account/password", old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)

    assert (here.get("/").status_code, elsewhere.get("/").status_code) == (200, 302)


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("ちがう", NEW_PASSWORD, NEW_PASSWORD, "いまのパスワードがちがいます"),
        (PASSWORD, NEW_PASSWORD, NEW_PASSWORD + "x", "2回で同じではありません"),
        (PASSWORD, PASSWORD, PASSWORD, "いまと同じ"),
        (PASSWORD, "みじかい", "みじかい", "12文字以上"),
        (PASSWORD, "password1234", "password1234", "推測されやすい"),
        (PASSWORD, "qwertyuiop12", "qwertyuiop12", "推測されやすい"),
        (PASSWORD, "あああああああああああああ", "あああああああああああああ", "推測されやすい"),
        (PASSWORD, "tsunagu-2026", "tsunagu-2026", "推測されやすい"),
        (PASSWORD, "x" * 201, "x" * 201, "200文字まで"),
    ],
)
def test_a_password_that_will_not_do_is_explained(
    world: World, old: str, new: str, again: str, words: str
) -> None:
    answer = world.browser("sato").post("/account/password", old=old, new=new, again=again)

    assert answer.status_code == 422
    assert words in answer.text


def test_signing_out_everywhere_ends_every_session(world: World) -> None:
    here, elsewhere = world.browser("sato"), world.browser("sato")

    answer = here.post("/account/sign-out")

    assert (answer.status_code, answer.location) == (303, "/login")
    assert [browser.get("/").status_code for browser in (here, elsewhere)] == [302, 302]


# ---- at rest


def test_neither_secret_nor_recovery_codes_stand_in_the_database(database: Database) -> None:
    with database.write() as session:
        staff.add(session, "sato", "佐藤", Role.COUNSELOR, "x", NOW)
        session.flush()
        secret = second_factors.begin(session, "sato")
        codes = second_factors.confirm(session, "sato", pyotp.TOTP(secret).at(NOW), NOW)

    assert codes
    assert found([secret, codes[0], codes[0].replace("-", "")], dumped(database)) == []


def test_two_who_type_the_same_code_at_once_are_not_both_let_in(database: Database) -> None:
    with database.write() as session:
        staff.add(session, "sato", "佐藤", Role.COUNSELOR, "x", NOW)
        session.flush()
        phone = pyotp.TOTP(second_factors.begin(session, "sato"))
        second_factors.confirm(session, "sato", phone.at(NOW), NOW)
    later = NOW + timedelta(minutes=1)

    taken = []
    for _ in range(2):
        with database.write() as session:
            taken.append(second_factors.check(session, "sato", phone.at(later), later))

    assert taken == [True, False]
    with database.read() as session:
        assert session.exec(select(SecondFactorRow)).one().confirmed_at == NOW
