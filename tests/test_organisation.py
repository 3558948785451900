"""Sign-in by the organisation's provider: over real HTTP, with a provider of another make and one that misbehaves."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from console_harness import NOW, Browser, Clock, World, new_database
from organisation_provider import CLIENT_ID, CLIENT_SECRET, OrganisationProvider
from ports import free_port
from werkzeug.test import TestResponse

from console.access import Access, Provider
from simulator.server import serving
from storage import staff
from storage.staff import Role

BACK = "http://localhost/login/organisation/back"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    with database.write() as session:
        staff.change(session, "sato", name="佐藤", role=Role.COUNSELOR, email="sato@city.example")
    yield World(database, Clock())
    database.close()


@pytest.fixture
def provider() -> Iterator[OrganisationProvider]:
    provider = OrganisationProvider()
    with serving(provider.app) as url:
        provider.url = url
        yield provider


def arriving(world: World, issuer: str) -> Browser:
    return world.browser(access=Access(provider=Provider(issuer, CLIENT_ID, CLIENT_SECRET, BACK)))


def sign_in(browser: Browser) -> TestResponse:
    """As the browser goes: to the provider, which sends it back."""
    there = browser.get("/login/organisation")
    back = requests.get(str(there.location), allow_redirects=False, timeout=5).headers["Location"]
    parts = urlsplit(back)
    return browser.get(f"{parts.path}?{parts.query}")


def test_whoever_has_an_account_here_is_let_in_with_the_role_it_has_here(
    world: World, provider: OrganisationProvider
) -> None:
    browser = arriving(world, provider.url)

    answer = sign_in(browser)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "佐藤さん" in browser.get("/").text
    assert browser.get("/accounts").status_code == 403


def test_the_request_carries_state_nonce_and_a_challenge(
    world: World, provider: OrganisationProvider
) -> None:
    sign_in(arriving(world, provider.url))

    assert {"state", "nonce", "code_challenge"} <= provider.asked.keys()
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["redirect_uri"] == BACK


def test_it_leads_back_to_the_page_that_was_wanted(world: World, provider: OrganisationProvider) -> None:
    browser = arriving(world, provider.url)
    link = re.search(r'href="([^"]+)">組織のアカウントでログイン', browser.get("/login?next=/problems").text)

    assert link
    there = browser.get(link[1].replace("&amp;", "&"))
    back = requests.get(str(there.location), allow_redirects=False, timeout=5).headers["Location"]
    assert browser.get(back.removeprefix("http://localhost")).location == "/problems"


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "of another log-in"},
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"exp": int(time.time()) - 3600},
    ],
)
def test_a_token_that_is_not_for_this_log_in_lets_nobody_in(
    world: World, provider: OrganisationProvider, lie: dict[str, object]
) -> None:
    provider.lies = lie
    browser = arriving(world, provider.url)

    answer = sign_in(browser)

    assert answer.status_code == 401
    assert "うまくいきませんでした" in answer.text
    assert browser.get("/").status_code == 302


def test_a_token_that_somebody_else_signed_lets_nobody_in(
    world: World, provider: OrganisationProvider
) -> None:
    provider.signs_with_another_key = True

    assert sign_in(arriving(world, provider.url)).status_code == 401


def test_an_answer_to_another_browser_lets_nobody_in(world: World, provider: OrganisationProvider) -> None:
    there = arriving(world, provider.url).get("/login/organisation")
    back = requests.get(str(there.location), allow_redirects=False, timeout=5).headers["Location"]

    assert arriving(world, provider.url).get(back.removeprefix("http://localhost")).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "s-9", "email": "nobody@city.example"},
        {"sub": "s-9", "email": "sato@city.example", "email_verified": False},
        {"sub": "s-9"},
    ],
)
def test_whoever_has_no_account_here_is_told_whom_to_ask(
    world: World, provider: OrganisationProvider, claims: dict[str, object]
) -> None:
    provider.who = claims

    answer = sign_in(arriving(world, provider.url))

    assert answer.status_code == 403
    assert "管理者に、メールアドレスの登録を頼んでください" in answer.text


def test_an_address_given_to_somebody_else_does_not_open_the_account(
    world: World, provider: OrganisationProvider
) -> None:
    sign_in(arriving(world, provider.url))
    provider.who = {**provider.who, "sub": "s-2"}

    assert sign_in(arriving(world, provider.url)).status_code == 403


def test_somebody_whose_address_has_changed_is_still_known(
    world: World, provider: OrganisationProvider
) -> None:
    sign_in(arriving(world, provider.url))
    provider.who = {"sub": "s-1", "email": "new@city.example"}

    assert sign_in(arriving(world, provider.url)).status_code == 303


def test_an_address_that_an_admin_changes_is_matched_anew(
    world: World, provider: OrganisationProvider
) -> None:
    sign_in(arriving(world, provider.url))
    with world.database.write() as session:
        staff.change(session, "sato", name="佐藤", role=Role.COUNSELOR, email="new@city.example")
    provider.who = {"sub": "s-2", "email": "new@city.example"}

    assert sign_in(arriving(world, provider.url)).status_code == 303


def test_a_stopped_account_stays_closed(world: World, provider: OrganisationProvider) -> None:
    with world.database.write() as session:
        staff.disable(session, "sato", NOW)

    assert sign_in(arriving(world, provider.url)).status_code == 403


def test_passwords_and_second_factors_are_then_the_organisations_affair(
    world: World, provider: OrganisationProvider
) -> None:
    with world.database.write() as session:
        staff.change(session, "admin", name="管理", role=Role.ADMIN, email="admin@city.example")
        staff.require_new_password(session, "admin")
    provider.who = {"sub": "s-3", "email": "admin@city.example"}
    browser = arriving(world, provider.url)

    sign_in(browser)

    assert browser.get("/accounts").status_code == 200


def test_a_provider_that_is_away_is_told_and_passwords_still_work(world: World) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        browser = arriving(world, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        answer = browser.get("/login/organisation")

    assert answer.status_code == 502
    assert "つながりません" in answer.text
    assert browser.log_in("sato").status_code == 303


def test_without_the_settings_it_is_not_offered(world: World) -> None:
    browser = world.browser()

    assert "組織のアカウント" not in browser.get("/login").text
    assert browser.get("/login/organisation").status_code == 404


# ---- a provider that somebody else wrote, as a process of its own


@pytest.fixture
def another_make() -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
    ]
    claims = '{"sub": "s-1", "email": "sato@city.example", "email_verified": true}'
    process = subprocess.Popen(
        [*command, "--user-claims", claims],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/.well-known/openid-configuration")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_it_works_with_a_provider_that_somebody_else_wrote(world: World, another_make: str) -> None:
    browser = arriving(world, another_make)

    there = browser.get("/login/organisation").location
    back = requests.post(str(there), data={"sub": "s-1"}, allow_redirects=False, timeout=5)
    answer = browser.get(back.headers["Location"].removeprefix("http://localhost"))

    assert answer.status_code == 303
    assert "佐藤さん" in browser.get("/").text


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            if requests.get(url, timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    pytest.fail(f"nobody answers at {url}")
