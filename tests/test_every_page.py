"""Every page of the console in a real browser, as every role: axe-core finds nothing, nothing is wider than the window.

The pages are read off the console's own routes, so a new one is looked at without being named here; one whose address has a
part that EXAMPLES does not know fails. Each is opened full of long words, and with nothing to show.
"""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from console_harness import NOW, PASSWORD, said
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from rules_world import RulesWorld, better_rules, new_world
from samples import PDF
from test_enclosures_pages import a_photo, fetched, sent
from test_opendata import HALL, table
from test_ward import CLOSED, EVENT, GROUP, PACK, WHY

from bot.imports import Imports
from console import rights
from conversation.model import Entry, EntryKind, Urgency
from directory import pack
from directory.model import SpecialDays
from directory.stored import Kept, Row, key_of
from simulator.server import serving
from storage import canned_replies, drafts, ward
from storage.enclosures import Found
from storage.staff import Role

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("width", [375, 1280])]

PEOPLE = {"sato": Role.COUNSELOR, "desk": Role.DESK, "leader": Role.MANAGER, "admin": Role.ADMIN}
EXAMPLES: dict[str, list[str]] = {
    "staff_id": ["desk", "kacho"],
    "reply_id": ["1"],
    "intent": ["events"],
    "part": ["events", "all"],
    "number": ["1"],
    "kind": ["facility", "hotline", "group"],
    "row_id": ["nogata", "yorisoi", "ward-1"],
    "facility_id": ["nogata"],
    "event_id": ["e-1"],
    "guide": ["counselor", "admin", "rules", "desk", "privacy"],
    "filename": [],  # no pages
    "picture": [],
    "enclosure_id": [],  # photos and files: no pages
}
LONG = "夜になると泣きやまなくて、もう二時間も抱っこしています。" * 12 + "https://example.jp/" + "a" * 200
SHOTS = os.environ.get("TSUNAGU_SHOTS")  # a folder: every page that is judged is also drawn there


@dataclass(frozen=True)
class Full:
    """A day's worth of everything, with words too long for any column."""

    world: RulesWorld
    conversations: list[str]
    import_id: str


@pytest.fixture
def world(database_url: str) -> Iterator[RulesWorld]:
    world = new_world(database_url)
    yield world
    world.database.close()


def full(world: RulesWorld) -> Full:
    world.hears("あお-100", "そろばんを習わせたいです", "ちがう")
    crisis = world.waiting("みどり-482", said(LONG), urgency=Urgency.CRISIS, minutes=190)
    held = world.held(
        "sato", "きいろ-7", said("ミルクの量は", message_id="m2"), said(LONG, message_id="m3"), sent()
    )
    fetched(world, a_photo())
    filed = world.waiting("くろ-8", sent("file", f"{LONG[:90]}.pdf"))
    fetched(world, Found("application/pdf", PDF))
    note = Entry(EntryKind.NOTE, LONG, NOW, author="sato")
    other = world.held("mori", "むらさき-55", said("予約は", message_id="m4"), note)
    world.bot_says(other, LONG)
    world.waiting("しろ-9", said("こんにちは", message_id="m5"), minutes=3)
    with world.database.write() as session:
        canned_replies.add(session, None, LONG[:60], "a", LONG, by="admin", now=NOW)
        for owner in ("admin", "kacho"):
            drafts.begin(session, owner, NOW, better_rules())
        asked = drafts.of(session, "kacho")
        assert asked
        drafts.ask(session, asked, LONG, NOW)
        ward.save(session, PACK, {key_of(row): Kept(row) for row in changed_rows()}, {}, WHY, NOW)
    return Full(world, [crisis, held, other, filed], imported(world))


def changed_rows() -> tuple[Row, ...]:
    """Of every kind one, with what is longest."""
    return (
        replace(PACK.facility("nogata"), name=LONG[:120], note=LONG[:300]),
        replace(PACK.hotline("yorisoi"), note=LONG[:300]),
        replace(PACK.resource("dantai"), title=LONG[:120]),
        replace(GROUP, name=LONG[:120]),
        replace(EVENT, facility="nogata", title=LONG[:60]),
        SpecialDays("nogata", (replace(CLOSED, reason=LONG[:60]),)),
    )


def imported(world: RulesWorld) -> str:
    """A file of which one row is new, one lacks its name and one is too long to read."""
    browser = world.browser("admin")
    data = table(HALL, HALL | {"ID": "j9", "名称": ""}, HALL | {"ID": "j8", "名称": LONG[:200]})
    sent = {"note": LONG[:200], "source": "区", "as_of": "2026-11-01", "csrf_token": browser.token()}
    answer = browser.client.post("/opendata", data={**sent, "file": (io.BytesIO(data), "a.csv")})
    while Imports(world.database, pack.load, world.clock).step():
        pass
    return str(answer.location).rsplit("/", 1)[-1]


def addresses(app: Flask, role: Role, examples: dict[str, list[str]]) -> list[str]:
    """Of every page that the role may open, with each of its examples."""
    views = app.view_functions
    routes = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    may = [rule for rule in routes if rights.needed(views[rule.endpoint]) in rights.OF[role]]
    return sorted(path for rule in may for path in with_examples(rule.rule, examples))


def with_examples(rule: str, examples: dict[str, list[str]]) -> list[str]:
    parts = re.findall(r"<(?:[^>:]+:)?([^>]+)>", rule)
    chosen = product(*(examples[part] for part in parts))
    bare = re.sub(r"<(?:[^>:]+:)?([^>]+)>", r"<\1>", rule)
    return [filled(bare, dict(zip(parts, values, strict=True))) for values in chosen]


def filled(path: str, values: dict[str, str]) -> str:
    for part, value in values.items():
        path = path.replace(f"<{part}>", value)
    return path


def is_page(world: RulesWorld, name: str, path: str) -> bool:
    """Not a fragment, a file, or a way on to another page."""
    answer = world.browser(name).get(path)
    return answer.mimetype == "text/html" and "<html" in answer.text


def judge_all(world: RulesWorld, browser: Browser, width: int, name: str, paths: list[str]) -> None:
    pages = [path for path in paths if is_page(world, name, path)]
    with serving(world.app()) as url:
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        page.goto(f"{url}/login")
        page.get_by_label("ログイン名").fill(name)
        page.get_by_label("パスワード").fill(PASSWORD)
        page.get_by_role("button", name="ログイン", exact=True).click()
        expect(page.get_by_role("button", name="ログアウト")).to_be_visible()
        found = [complaint for path in pages for complaint in complaints(page, url, path, name)]
        page.context.close()
    assert pages
    assert found == []


def complaints(page: Page, url: str, path: str, name: str) -> Iterator[str]:
    page.goto(url + path)
    width = page.viewport_size["width"] if page.viewport_size else 0
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}{path.replace('/', '-')}-{width}.png", full_page=True)
    if page.get_by_role("heading", level=1).count() != 1:
        yield f"{path}: not one heading of the first level"
    if page.evaluate("document.documentElement.scrollWidth") > width:
        yield f"{path}: wider than the window"
    result = Axe().run(page)
    for violation in result.response["violations"]:
        targets = [node["target"] for node in violation["nodes"]]
        yield f"{path}: {violation['id']}: {violation['help']}: {targets}"


@pytest.mark.parametrize("name", PEOPLE)
def test_every_page_can_be_used_by_everybody(
    name: str, world: RulesWorld, browser: Browser, width: int
) -> None:
    day = full(world)
    examples = EXAMPLES | {"conversation_id": day.conversations, "import_id": [day.import_id]}

    judge_all(world, browser, width, name, addresses(world.app(), PEOPLE[name], examples))


@pytest.mark.parametrize("name", ["admin", "desk"])  # what the others may open, an admin may too
def test_a_page_without_anything_to_show_can_be_used_too(
    name: str, world: RulesWorld, browser: Browser, width: int
) -> None:
    nothing = EXAMPLES | {"conversation_id": ["nothing"], "import_id": ["nothing"]}

    judge_all(world, browser, width, name, addresses(world.app(), PEOPLE[name], nothing))
