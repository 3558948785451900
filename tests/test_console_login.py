"""Who gets into the console, and what an answer carries."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from conftest import SHIPPED_HASHER
from console_harness import NOW, PASSWORD, Clock, World, new_database
from sqlmodel import select

from console import passwords
from console.throttle import FREE, FREE_ANYWHERE, wait_after
from storage import staff
from storage.tables import LogInTryRow, StaffRow


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def test_the_right_password_opens_the_queue(world: World) -> None:
    browser = world.browser()

    answer = browser.log_in("sato")

    assert (answer.status_code, answer.location) == (303, "/")
    assert "佐藤さん" in browser.get("/").text


def test_a_log_in_name_typed_in_capitals_and_with_spaces_is_understood(world: World) -> None:
    assert world.browser().log_in(" Sato ").status_code == 303


@pytest.mark.parametrize(("name", "password"), [("sato", "ちがう"), ("nobody", PASSWORD), ("", "")])
def test_wrong_names_and_passwords_get_one_and_the_same_answer(
    world: World, name: str, password: str
) -> None:
    answer = world.browser().log_in(name, password)

    assert answer.status_code == 401
    assert "ログイン名かパスワードがちがいます" in answer.text


@pytest.mark.parametrize("path", ["/", "/threads/c1", "/problems", "/nothing-here"])
def test_a_page_asks_for_log_in_and_comes_back(world: World, path: str) -> None:
    answer = world.browser().get(path)

    assert (answer.status_code, answer.location) == (302, f"/login?next={path}")


def test_the_script_is_told_and_not_redirected(world: World) -> None:
    assert world.browser().get("/queue/fragment").status_code == 401


def test_what_was_typed_is_shown_again_when_the_session_is_over(world: World) -> None:
    browser = world.browser()

    answer = browser.post("/threads/c1/write", text="<b>あすの10時に</b>", mode="reply")

    assert answer.status_code == 401
    assert "&lt;b&gt;あすの10時に&lt;/b&gt;" in answer.text


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/\t/evil"),
        *("//[", "//\u2100.example/", "http://[::1", "", "login"),
    ],
)
def test_log_in_never_leads_to_another_site(world: World, target: str) -> None:
    assert world.browser().log_in("sato", next=target).location == "/"


def test_log_in_leads_back_to_the_page_that_was_wanted(world: World) -> None:
    assert world.browser().log_in("sato", next="/problems?x=1").location == "/problems?x=1"


def test_under_a_mount_point_everything_stays_under_it(world: World) -> None:
    client = world.browser().client
    below = {"SCRIPT_NAME": "/console"}

    wanted = client.get("/problems", environ_overrides=below)
    page = client.get("/login?next=/elsewhere", environ_overrides=below)

    assert wanted.location == "/console/login?next=/console/problems"
    assert 'action="/console/login"' in page.text
    assert "Path=/console" in page.headers["Set-Cookie"]


def test_what_was_in_the_session_before_log_in_does_not_survive_it(world: World) -> None:
    browser = world.browser()
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"

    browser.log_in("sato")

    with browser.client.session_transaction() as session:
        assert "planted" not in session
        assert session["staff"] == "sato"


def test_a_forgotten_tab_does_not_spoil_the_log_in_in_another(world: World) -> None:
    browser = world.browser()
    token = browser.token()

    browser.get("/queue/fragment")
    answer = browser.client.post("/login", data={"csrf_token": token, "name": "sato", "password": PASSWORD})

    assert answer.status_code == 303


def test_log_out_ends_it(world: World) -> None:
    browser = world.browser("sato")

    answer = browser.post("/logout")

    assert (answer.status_code, answer.location) == (303, "/login")
    assert browser.get("/").status_code == 302


def test_a_link_cannot_log_anybody_out(world: World) -> None:
    browser = world.browser("sato")

    answer = browser.get("/logout")

    assert answer.status_code == 405
    assert browser.get("/").status_code == 200


def test_a_disabled_account_is_out_at_its_next_request(world: World) -> None:
    browser = world.browser("sato")
    with world.database.write() as session:
        staff.disable(session, "sato", NOW)

    assert browser.get("/").status_code == 302
    assert browser.log_in("sato").status_code == 401


def test_a_role_that_this_version_does_not_know_may_do_nothing(world: World) -> None:
    browser = world.browser("sato")
    with world.database.write() as session:
        row = session.get(StaffRow, "sato")
        assert row
        row.role = "visitor"

    assert browser.get("/").status_code == 403


def test_the_cookie_ends_with_the_workday(world: World) -> None:
    cookie = world.browser().log_in("sato").headers["Set-Cookie"]

    assert "Expires=" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_ends_half_a_day_after_log_in_however_busy(world: World) -> None:
    browser = world.browser("sato")
    codes = []
    for _ in range(24):
        world.clock.advance(minutes=30)
        codes.append(browser.get("/").status_code)

    assert codes == [200] * 23 + [302]


def test_a_session_ends_after_an_hour_without_a_click(world: World) -> None:
    browser = world.browser("sato")
    world.clock.advance(minutes=59)
    clicked = browser.get("/").status_code
    world.clock.advance(minutes=59)
    still = browser.get("/").status_code
    world.clock.advance(minutes=61)

    assert (clicked, still, browser.get("/").status_code) == (200, 200, 302)


def test_what_the_page_fetches_by_itself_keeps_nobody_logged_in(world: World) -> None:
    browser = world.browser("sato")
    for _ in range(5):
        world.clock.advance(minutes=13)
        fetched = browser.get("/queue/fragment").status_code

    assert fetched == 401


def test_over_https_no_other_host_can_plant_or_see_the_cookie(world: World) -> None:
    below = {"SCRIPT_NAME": "/console", "wsgi.url_scheme": "https"}

    page = world.browser(cookie_secure=True).client.get("/login", environ_overrides=below)

    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tsunagu_console=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_browsers_are_told_to_come_by_https_only(world: World) -> None:
    by_https = world.browser(cookie_secure=True).get("/login").headers
    on_this_machine = world.browser().get("/login").headers

    assert by_https["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in on_this_machine


def test_over_https_a_form_from_another_site_is_refused_even_with_the_token(world: World) -> None:
    browser = world.browser("sato", cookie_secure=True)
    https = {"base_url": "https://console.example"}
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/login", **https).text)
    assert token

    codes = [
        browser.client.post(
            "/login", data={"csrf_token": token[1]}, headers={"Referer": referrer}, **https
        ).status_code
        for referrer in ("https://evil.example/", "", "https://console.example/login")
    ]

    assert codes == [400, 400, 401]


def test_guessing_is_slowed_down_for_that_name_and_others_get_in(world: World) -> None:
    browser = world.browser()
    for _ in range(FREE):
        browser.log_in("sato", "ちがう")

    blocked, other = browser.log_in("sato"), world.browser().log_in("mori")
    world.clock.advance(minutes=1)
    later = browser.log_in("sato")

    assert (blocked.status_code, other.status_code, later.status_code) == (429, 303, 303)
    assert "あと1分ほど" in blocked.text


def test_every_further_failure_doubles_the_wait_up_to_an_hour() -> None:
    waits = [wait_after(failures, FREE) // timedelta(minutes=1) for failures in range(FREE - 1, FREE + 8)]

    assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_a_restart_or_another_process_forgives_nothing(world: World) -> None:
    for _ in range(FREE):
        world.browser().log_in("sato", "ちがう")

    assert world.browser().log_in("sato").status_code == 429


def test_guessing_from_many_addresses_is_slowed_down_too(world: World) -> None:
    client = world.browser()
    token = client.token()
    for number in range(FREE_ANYWHERE):
        fields = {"csrf_token": token, "name": "sato", "password": ""}
        client.client.post("/login", data=fields, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})

    assert world.browser().log_in("sato").status_code == 429


def test_a_good_log_in_forgives_earlier_mistakes(world: World) -> None:
    browser = world.browser()
    for _ in range(FREE - 1):
        browser.log_in("sato", "ちがう")

    browser.log_in("sato")
    world.browser().log_in("sato", "ちがう")

    assert world.browser().log_in("sato").status_code == 303


def test_after_a_day_without_one_failures_are_forgotten(world: World) -> None:
    for _ in range(FREE + 3):
        world.browser().log_in("sato", "ちがう")
        world.clock.advance(hours=1)

    world.clock.advance(hours=25)
    world.browser().log_in("sato", "ちがう")

    assert world.browser().log_in("sato").status_code == 303


def test_who_failed_from_where_cannot_be_read_in_the_database(world: World) -> None:
    world.browser().log_in("sato", "ちがう")

    with world.database.read() as session:
        keys = [row.key for row in session.exec(select(LogInTryRow))]
    assert len(keys) == 2
    assert not any("sato" in key or "127" in key for key in keys)


def test_a_post_without_the_token_is_refused(world: World) -> None:
    answer = world.browser("sato").client.post("/logout")

    assert answer.status_code == 400
    assert "読み込み直して" in answer.text


def test_pages_carry_the_security_headers_and_are_kept_nowhere(world: World) -> None:
    headers = world.browser("sato").get("/").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_a_hash_verifies_its_password_only() -> None:
    stored = passwords.hashed("ひみつ")

    assert passwords.verified("ひみつ", stored)
    assert not passwords.verified("ひみつ2", stored)
    assert not passwords.verified("ひみつ", None)
    assert not passwords.verified("", None)
    assert not passwords.verified("", "")
    assert not passwords.verified("ひみつ", "not a hash")


def test_a_hash_is_as_slow_as_is_advised_today() -> None:
    today = PasswordHasher()

    assert not today.check_needs_rehash(SHIPPED_HASHER.hash("ひみつ"))
    assert SHIPPED_HASHER.memory_cost >= 64 * 1024  # KiB


def test_a_hash_of_older_parameters_is_renewed_at_log_in(world: World) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with world.database.write() as session:
        staff.set_password_hash(session, "sato", weak)

    assert world.browser().log_in("sato").status_code == 303

    with world.database.read() as session:
        renewed = staff.find(session, "sato")
    assert renewed
    assert not passwords.outdated(renewed.password_hash)
    assert passwords.outdated(weak)
