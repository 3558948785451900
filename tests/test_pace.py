"""Who asks too fast is told to wait, and nobody else is."""

from collections.abc import Iterator

import pytest
from console_harness import NOW, Clock, World, logged_in, new_database

from console.pace import Pace

PACE = Pace(account=4, address=3)
SOMEWHERE, ELSEWHERE = "203.0.114.7", "203.0.114.8"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


class Asking:
    """One console, asked by several people from several places."""

    def __init__(self, world: World) -> None:
        self.browser = world.browser("sato", pace=PACE)
        self.app = self.browser.client.application

    def codes(
        self, times: int, path: str = "/login", address: str = SOMEWHERE, account: str = ""
    ) -> list[int]:
        client = self.app.test_client()
        if account:
            with client.session_transaction() as session:
                session.update(logged_in(account, NOW))
        codes = []
        for _ in range(times):
            with client.get(path, environ_overrides={"REMOTE_ADDR": address}) as answer:
                codes.append(answer.status_code)
        return codes


def test_an_address_without_log_in_is_slowed_down_and_others_are_not(world: World) -> None:
    asking = Asking(world)

    assert asking.codes(5) == [200, 200, 200, 429, 429]
    assert asking.codes(1, address=ELSEWHERE) == [200]
    assert asking.codes(1, account="sato") == [200]


def test_an_account_is_slowed_down_wherever_it_asks_from(world: World) -> None:
    asking = Asking(world)

    assert asking.codes(3, "/", SOMEWHERE, "sato") == [200] * 3
    assert asking.codes(2, "/", ELSEWHERE, "sato") == [200, 429]
    assert asking.codes(1, "/", ELSEWHERE, "mori") == [200]


def test_all_addresses_of_one_household_are_one(world: World) -> None:
    asking = Asking(world)
    household = [f"2001:db8:1:2::{number}" for number in range(1, 5)]

    codes = [asking.codes(1, address=address)[0] for address in household]

    assert codes == [200, 200, 200, 429]
    assert asking.codes(1, address="2001:db8:1:3::1") == [200]


def test_tabs_whose_log_in_has_ended_do_not_keep_their_office_out(world: World) -> None:
    asking = Asking(world)

    assert set(asking.codes(10, "/queue/fragment")) == {401}
    assert asking.codes(1) == [200]


def test_what_the_pages_are_made_of_is_not_counted(world: World) -> None:
    assert set(Asking(world).codes(10, "/static/console.css")) == {200}


def test_who_must_wait_is_told_so_and_gets_what_was_typed_back(world: World) -> None:
    conversation_id = world.held("sato")
    browser = world.browser("sato", pace=PACE)
    token = browser.token()
    for _ in range(PACE.account):
        browser.get("/")

    answer = browser.client.post(
        f"/threads/{conversation_id}/write", data={"csrf_token": token, "text": "あすの10時に"}
    )

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "1分ほど待って" in answer.text
    assert "あすの10時に" in answer.text
