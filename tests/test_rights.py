"""Who may open and do what: every route of the console, as every role."""

import re
from collections.abc import Iterator

import pytest
from console_harness import Clock, World, new_database
from werkzeug.routing import Rule

from console import rights
from console.gate import OPEN
from console.rights import Right
from storage import staff
from storage.staff import Role

PEOPLE = {"sato": Role.COUNSELOR, "desk": Role.DESK, "admin": Role.ADMIN, "leader": Role.MANAGER}
EVERYBODY = set(Role)
CONSULTING = {Role.COUNSELOR, Role.ADMIN}
# Written by hand, beside what the routes declare: the first beginning that fits.
MAY_OPEN = (
    ("/logout", EVERYBODY),
    ("/accounts", {Role.ADMIN}),
    ("/new-account", {Role.ADMIN}),
    ("/account", EVERYBODY),
    ("/help", EVERYBODY),
    ("/rules", {Role.ADMIN}),
    ("/opendata", {Role.ADMIN}),
    *((f"/data/{deed}", {Role.ADMIN}) for deed in ("edit", "new", "retire", "pack")),
    ("/data", {Role.ADMIN, Role.DESK}),
    ("/audit", {Role.ADMIN, Role.MANAGER}),
    ("/referrals", {Role.DESK}),
    ("/find", {*CONSULTING, Role.DESK}),
    ("/threads/", CONSULTING),
    ("/queue/", CONSULTING),
    ("/canned", CONSULTING),
    ("/problems", CONSULTING),
    ("/erasures", CONSULTING),
)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def routes(world: World) -> list[Rule]:
    """All but the door, which leads everybody somewhere, and what is open to the world."""
    known = world.browser().client.application.url_map.iter_rules()
    return [rule for rule in known if rule.endpoint not in {*OPEN, "queue.page"}]


def address(rule: Rule, conversation_id: str) -> str:
    """With something that is really there."""
    path = re.sub("<int[^>]*>", "1", rule.rule)
    path = path.replace("<conversation_id>", conversation_id).replace("<staff_id>", "mori")
    return re.sub("<[^>]+>", "x", path)


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})


def test_every_route_declares_a_right_or_is_listed_as_open(world: World) -> None:
    views = world.browser().client.application.view_functions

    undeclared = [rule.endpoint for rule in routes(world) if rights.needed(views[rule.endpoint]) is None]

    assert undeclared == []


def test_every_route_is_behind_log_in_unless_listed(world: World) -> None:
    client = world.browser().client

    codes = {
        client.open(address(rule, "c"), method=method).status_code
        for rule in routes(world)
        for method in methods(rule)
    }

    assert len(routes(world)) > 25
    assert codes == {302, 401}


@pytest.mark.parametrize("name", PEOPLE)
def test_a_role_opens_what_it_may_and_nothing_else(world: World, name: str) -> None:
    conversation_id = world.held("sato")
    client = world.browser(name).client

    wrong = []
    for rule in routes(world):
        path = address(rule, conversation_id)
        may = next(roles for beginning, roles in MAY_OPEN if path.startswith(beginning))
        for method in methods(rule):
            # Without the token no POST does anything: 400 says that the right was there.
            refused = client.open(path, method=method).status_code == 403
            if refused != (PEOPLE[name] not in may):
                wrong.append((method, path))

    assert wrong == []


def test_a_route_that_declares_nothing_is_closed_to_everybody(world: World) -> None:
    browser = world.browser("admin")
    browser.client.application.add_url_rule("/forgotten", view_func=lambda: "words")

    assert browser.get("/forgotten").status_code == 403


@pytest.mark.parametrize(("name", "home"), [("desk", "/referrals"), ("leader", "/audit")])
def test_the_door_leads_everybody_to_a_page_of_theirs(world: World, name: str, home: str) -> None:
    answer = world.browser(name).get("/")

    assert (answer.status_code, answer.location) == (303, home)
    assert world.browser(name).get(home).status_code == 200


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_page_to_begin_with(role: Role) -> None:
    assert rights.home(role)
    assert rights.has(role, Right.OWN_ACCOUNT)


def test_desk_staff_see_their_desks_and_why_the_list_is_empty(world: World) -> None:
    world.held("sato")

    page = world.browser("desk").get("/referrals").text

    assert "野方児童館" in page
    assert "いまは、紹介された相談はありません。" in page
    assert "みどり" not in page


def test_desk_staff_cannot_open_a_conversation_by_guessing_its_address(world: World) -> None:
    conversation_id = world.held("sato")
    browser = world.browser("desk")

    answers = [
        browser.get(f"/threads/{conversation_id}"),
        browser.get(f"/threads/{conversation_id}/entries"),
        browser.post(f"/threads/{conversation_id}/take"),
        browser.post(f"/threads/{conversation_id}/write", text="見えますか", mode="note"),
        browser.get("/threads/nothing-here"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert not any("みどり" in answer.text for answer in answers)


def test_pages_offer_only_what_can_be_opened(world: World) -> None:
    world.waiting()

    desk, leader, counselor = (
        world.browser(name).get("/account").text for name in ("desk", "leader", "sato")
    )

    assert "送信・受信の問題" in counselor
    assert "アカウント</a>" not in counselor
    for page in (desk, leader):
        assert "送信・受信の問題" not in page
        assert "相談一覧" not in page


def test_a_changed_role_is_in_force_at_the_next_request(world: World) -> None:
    browser = world.browser("sato")
    before = browser.get("/").status_code
    with world.database.write() as session:
        staff.change(session, "sato", name="佐藤", role=Role.DESK, desks=["nogata"])

    assert (before, browser.get("/").location) == (200, "/referrals")


@pytest.mark.parametrize(
    ("name", "path"), [*((name, "/account") for name in PEOPLE), ("desk", "/referrals"), ("leader", "/audit")]
)
def test_unconfirmed_crisis_lines_are_told_to_every_role(world: World, name: str, path: str) -> None:
    page = world.browser(name).get(path).text

    assert "緊急のときに案内する電話のうち" in page
