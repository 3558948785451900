"""What went unanswered reaches the rules, and nobody's name does; danger and despair never enter."""

from collections.abc import Iterator

import pytest
from console_harness import Browser
from rules_world import NEW, RulesWorld, new_world
from short_rules import short_rules

from intents import entry_edits
from storage import drafts
from storage.views import first_messages
from storage.views.first_messages import Ending

ON_BOTH = True
PAGE = "/rules/unanswered"


@pytest.fixture
def world(database_url: str) -> Iterator[RulesWorld]:
    world = new_world(database_url)
    yield world
    world.database.close()


@pytest.fixture
def officer(world: RulesWorld) -> Browser:
    return world.browser("admin")


def endings(world: RulesWorld) -> dict[str, Ending | None]:
    with world.database.read() as session:
        return {first.text: first.ending for first in first_messages.newest(session, 100)}


def draft_text(world: RulesWorld) -> str:
    with world.database.read() as session:
        draft = drafts.of(session, "admin")
    return draft.text if draft else ""


def test_how_a_first_message_ended_is_known(world: RulesWorld) -> None:
    world.hears("みどり-1", "一時保育どこ")
    world.hears("みどり-2", "一時保育どこですか", "ちがう", "相談員と話す")
    world.hears("みどり-3", "ぬらぬらもぞもぞ")
    world.hears("みどり-4", "ぬらぬらもぞもぞ教室", "どれでもない")

    assert endings(world) == {
        "一時保育どこ": None,
        "一時保育どこですか": Ending.WRONG,
        "ぬらぬらもぞもぞ": Ending.NOTHING,
        "ぬらぬらもぞもぞ教室": Ending.PERSON,
    }


def test_what_is_alike_is_one_group_without_names(world: RulesWorld, officer: Browser) -> None:
    world.hears("みどり-1", "鈴木です。ぬらぬらもぞもぞの教室", "どれでもない")
    world.hears("みどり-2", "ぬらぬらもぞもぞ教室", "どれでもない")

    page = officer.get(PAGE).text

    assert "2件" in page
    assert "〔名前〕です。" in page
    assert "鈴木" not in page


def test_danger_and_despair_never_enter(world: RulesWorld, officer: Browser) -> None:
    world.hears("みどり-1", "ぬらぬらもぞもぞ、消えてしまいたい")
    world.hears("みどり-2", "ぬらぬらもぞもぞ", "もう死にたい")
    world.hears("みどり-3", "育児に疲れて限界です", "ちがう")

    page = officer.get(PAGE).text

    assert "いまは、答えられなかった言葉はありません" in page
    assert "ぬらぬら" not in page


def test_a_sentence_becomes_an_example_masked_and_leaves_the_list(
    world: RulesWorld, officer: Browser
) -> None:
    world.hears("みどり-1", "ぬらぬらもぞもぞの教室")

    added = officer.post(
        PAGE, deed="example", intent="events", text="鈴木です。ぬらぬらもぞもぞの教室", ids="1"
    )

    assert added.status_code == 303
    assert "〔名前〕です。ぬらぬらもぞもぞの教室" in entry_edits.read(draft_text(world), "events").examples
    assert "鈴木" not in draft_text(world)


def test_a_word_of_danger_is_not_let_into_the_rules(world: RulesWorld, officer: Browser) -> None:
    refused = officer.post(PAGE, deed="example", intent="events", text="もう死にたい", ids="1")

    assert refused.status_code == 422
    assert "命や安全にかかわる言葉は、ルールに入れられません" in refused.text
    assert draft_text(world) == ""


@pytest.mark.parametrize("deed", ["keyword", "out_of_scope"])
def test_it_becomes_a_word_or_is_out_of_scope(world: RulesWorld, officer: Browser, deed: str) -> None:
    officer.post(PAGE, deed=deed, intent="events", text=NEW, ids="1")

    form = entry_edits.read(draft_text(world), "out_of_scope" if deed == "out_of_scope" else "events")
    assert NEW in (form.examples if deed == "out_of_scope" else form.normal)


def test_it_becomes_an_intent_of_its_own(world: RulesWorld, officer: Browser) -> None:
    officer.post(
        "/rules/draft/intents", name="rocket", title="ロケット教室", group="居場所・つながり", example=NEW
    )

    assert entry_edits.read(draft_text(world), "ward_rocket").examples == (NEW,)


def test_what_is_set_aside_stays_away(world: RulesWorld, officer: Browser) -> None:
    world.hears("みどり-1", "ぬらぬらもぞもぞ")
    with world.database.read() as session:
        (first,) = first_messages.newest(session, 10)

    officer.post(PAGE, deed="aside", ids=str(first.id), text="")

    assert "ぬらぬら" not in officer.get(PAGE).text
    assert draft_text(world) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"deed": "example", "intent": "nothing", "text": NEW},
        {"deed": "example", "intent": "events", "text": " "},
        {"deed": "delete", "intent": "events", "text": NEW},
        {"deed": "example", "intent": "events", "text": "あ" * 300},
    ],
)
def test_what_does_not_fit_is_told(world: RulesWorld, officer: Browser, fields: dict[str, str]) -> None:
    refused = officer.post(PAGE, ids="1", **fields)

    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert draft_text(world) in ("", short_rules())
