"""What every page keeps an eye on, help, and what one sets for oneself."""

import re
from collections.abc import Iterator

import pytest
from console_harness import Browser, Clock, World, new_database, said

from console.help import GUIDES, TOPICS
from conversation.model import Urgency


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def sato(world: World) -> Browser:
    return world.browser("sato")


def mark(page: str) -> str:
    found = re.search(r'id="watch"[^>]*data-mark="([^"]*)"', page)
    assert found
    return found[1]


def test_a_page_without_the_list_hears_of_a_crisis_until_somebody_takes_it(
    world: World, sato: Browser
) -> None:
    quiet = mark(sato.get("/account").text)
    assert sato.get(f"/queue/news?mark={quiet}").status_code == 204

    conversation_id = world.waiting("きけん-3", urgency=Urgency.CRISIS)
    cry = sato.get(f"/queue/news?mark={quiet}")
    world.browser("mori").post(f"/threads/{conversation_id}/take")
    taken = sato.get(f"/queue/news?mark={mark(cry.text)}")

    assert "緊急の相談が1件、まだだれも対応していません" in cry.text
    assert "きけん-3" not in cry.text
    assert "緊急の相談が" not in taken.text


def test_the_news_say_what_is_unread_and_carry_no_words(world: World, sato: Browser) -> None:
    quiet = mark(sato.get("/account").text)
    world.held("sato", "みどり-1", said("ひみつの言葉"))

    news = sato.get(f"/queue/news?mark={quiet}").text

    assert 'data-unread="1" data-mine="1"' in news
    assert "ひみつの言葉" not in news


def test_the_news_do_not_keep_anybody_logged_in_and_are_not_redirected(world: World) -> None:
    assert world.browser().get("/queue/news").status_code == 401
    assert world.browser("leader").get("/queue/news").status_code == 403
    assert world.browser("sato").post("/queue/news").status_code == 405


@pytest.mark.parametrize("name", ["sato", "desk", "leader", "admin"])
def test_everybody_has_help_for_the_pages_that_they_may_open(world: World, name: str) -> None:
    browser = world.browser(name)

    page = browser.get("/help").text
    rules = browser.get("/help?about=rules").text

    assert "使い方" in page
    assert ("例文を確かめてから公開" in rules) == (name == "admin")


@pytest.mark.parametrize("about", TOPICS)
def test_every_help_is_a_page_and_a_part(world: World, about: str) -> None:
    admin, desk = world.browser("admin"), world.browser("desk")
    browser = desk if about == "referrals" else admin

    assert TOPICS[about].says[0] in browser.get(f"/help?about={about}").text
    part = browser.get(f"/help?about={about}&part=1").text
    assert TOPICS[about].says[0] in part
    assert "<html" not in part


@pytest.mark.parametrize(
    ("path", "about"),
    [("/", "queue"), ("/canned", "canned"), ("/account/password", "account"), ("/help", "queue")],
)
def test_every_page_leads_to_its_own_help(world: World, sato: Browser, path: str, about: str) -> None:
    link = re.search(r'id="help-link"[^>]*href="([^"]*)"', sato.get(path).text)

    assert link
    assert f'<h2 id="help-title">使い方: {TOPICS[about].title}</h2>' in sato.get(link[1]).text


def test_keys_are_on_at_first_and_sounds_are_off(sato: Browser) -> None:
    page = sato.get("/account").text

    assert 'data-shortcuts="on"' in page
    assert "data-sound" not in page
    assert "data-notifications" not in page


def test_switches_are_kept_with_the_account_wherever_one_logs_in(world: World, sato: Browser) -> None:
    done = sato.post("/account/switches", sound="1", notifications="1")

    page = world.browser("sato").get("/account").text
    assert (done.status_code, done.location) == (303, "/account#keys")
    assert 'data-shortcuts="off"' in page
    assert "data-sound" in page
    assert "data-notifications" in page
    assert 'data-shortcuts="on"' in world.browser("mori").get("/account").text
    sato.post("/account/switches", shortcuts="1")
    assert 'data-shortcuts="on"' in sato.get("/account").text


def test_switches_are_only_set_by_a_form(world: World, sato: Browser) -> None:
    assert sato.get("/account/switches").status_code == 405
    assert world.browser("sato").client.post("/account/switches").status_code == 400
    assert world.browser().client.post("/account/switches").status_code in (400, 401)


# The guides


@pytest.mark.parametrize(
    ("name", "guides"),
    [
        ("sato", {"counselor", "privacy"}),
        ("admin", {"counselor", "admin", "rules", "desk", "privacy"}),
        ("desk", {"desk", "privacy"}),
        ("leader", {"privacy"}),
    ],
)
def test_everybody_reads_the_guides_of_their_own_work(world: World, name: str, guides: set[str]) -> None:
    browser = world.browser(name)

    opened = {one for one in GUIDES if browser.get(f"/help/guides/{one}").status_code == 200}

    assert opened == guides
    assert set(re.findall(r"/help/guides/(\w+)", browser.get("/help").text)) == guides


def test_a_guide_is_a_page_whose_links_lead_somewhere(world: World) -> None:
    admin = world.browser("admin")
    for name in GUIDES:
        page = admin.get(f"/help/guides/{name}").text
        assert page.count("<h1>") == 1
        for link in re.findall(r'<article.*href="([^"]+)"', page):
            assert admin.get(link).status_code == 200


def test_no_other_file_is_a_guide(sato: Browser) -> None:
    for name in ("operator", "..%2Fprivacy", "counselor.md", "x"):
        assert sato.get(f"/help/guides/{name}").status_code == 404


def test_the_pictures_of_a_guide_are_shown_and_no_other_file_is(sato: Browser) -> None:
    shown = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', sato.get("/help/guides/counselor").text)

    assert shown
    for address, _ in shown:
        with sato.get(address) as answer:  # closed with it: the file
            assert answer.mimetype == "image/png"
    assert sato.get("/help/pictures/..%2Fja%2Foperator.md").status_code == 404
