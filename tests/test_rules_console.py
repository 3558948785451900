"""An officer changes the rules: drafts, forms, examples, publishing, and the way back."""

import io
from collections.abc import Iterator

import pytest
from console_harness import Browser, Clock, World, new_database
from rules_world import NEW, NOTE, RulesWorld, better_rules, new_world
from short_rules import short_rules
from sqlmodel import select

from intents import entry_edits, parts
from storage import audit, drafts, rulesets
from storage.audit import Wanted
from storage.tables import RuleDraftRow

ON_BOTH = True


@pytest.fixture
def world(database_url: str) -> Iterator[RulesWorld]:
    world = new_world(database_url)
    yield world
    world.database.close()


@pytest.fixture
def officer(world: RulesWorld) -> Browser:
    return world.browser("admin")


def draft_of(world: RulesWorld, owner: str = "admin") -> drafts.Draft:
    with world.database.read() as session:
        draft = drafts.of(session, owner)
    assert draft
    return draft


def has_draft(world: RulesWorld, text: str, owner: str = "admin") -> drafts.Draft:
    with world.database.write() as session:
        drafts.begin(session, owner, world.clock(), text)
    return draft_of(world, owner)


def live(world: RulesWorld) -> tuple[int, str]:
    with world.database.read() as session:
        version = rulesets.newest_version(session)
        return version, rulesets.text_of(session, version)


def form_of(text: str, intent: str, **changes: str) -> dict[str, str]:
    """What the page's form sends."""
    form = entry_edits.read(text, intent)
    lines = ("strong", "normal", "weak", "unless", "examples", "must_not")
    sent = {name: "\n".join(getattr(form, name)) for name in lines}
    sent |= {name: getattr(form, name) for name in ("group", "title", "answer", "desk", "places")}
    return sent | changes


def publish(world: RulesWorld, browser: Browser, owner: str = "admin", **fields: str):
    revision = str(draft_of(world, owner).revision)
    return browser.post("/rules/draft/publish", **{"note": NOTE, "revision": revision, **fields})


def test_the_list_shows_every_intent_and_where_to_begin(world: RulesWorld, officer: Browser) -> None:
    page = officer.get("/rules").text

    assert "話題(36)" in page
    assert "下書きを始める" in page
    assert "第1版" in page


def test_a_draft_is_begun_once_and_thrown_away(world: RulesWorld, officer: Browser) -> None:
    officer.post("/rules/draft")
    officer.post("/rules/draft")

    assert draft_of(world).text == short_rules()
    officer.post("/rules/draft/discard")
    with world.database.read() as session:
        assert session.exec(select(RuleDraftRow)).all() == []


def test_a_form_saves_into_the_draft_and_tries_all_examples(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, short_rules())
    fields = form_of(short_rules(), "events", title="催しもの", revision="1")

    saved = officer.client.post(
        "/rules/draft/intents/events",
        data={"csrf_token": officer.token(), **fields},
        follow_redirects=True,
    )

    assert entry_edits.read(draft_of(world).text, "events").title == "催しもの"
    assert "すべて期待どおりです" in saved.text
    assert live(world) == (1, short_rules())


def test_a_sentence_that_is_not_understood_is_told_at_once_and_stops_publishing(
    world: RulesWorld, officer: Browser
) -> None:
    has_draft(world, entry_edits.with_example(short_rules(), "vaccination", "一時保育の予約をとりたいです"))

    page = officer.get("/rules/draft/intents/vaccination").text
    refused = publish(world, officer)

    assert "examples「一時保育の予約をとりたいです」がこの用件になりません" in page
    assert refused.status_code == 422
    assert "直すところが残っているので、公開できません" in refused.text
    assert live(world)[0] == 1


def test_the_same_draft_as_yaml_tells_slips_by_their_line(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, short_rules())
    lines = parts.text_of(short_rules(), "events")

    refused = officer.post(
        "/rules/draft/yaml/events", revision="1", text=lines.replace("    title: ", "    title:「", 1)
    )
    saved = officer.post(
        "/rules/draft/yaml/events", revision="1", text=lines.replace("    title: ", "    title: 楽しい", 1)
    )

    number = next(n for n, line in enumerate(lines.splitlines(), 1) if "title:" in line)
    assert refused.status_code == 422
    assert f"{number}行目" in refused.text
    assert saved.status_code == 303
    assert entry_edits.read(draft_of(world).text, "events").title.startswith("楽しい")


def test_two_windows_do_not_overwrite_each_other_unseen(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, short_rules())
    officer.post("/rules/draft/intents/events", **form_of(short_rules(), "events", title="一", revision="1"))

    second = officer.post(
        "/rules/draft/intents/events", **form_of(short_rules(), "events", title="二", revision="1")
    )

    assert second.status_code == 409
    assert "別の画面で、先に下書きが保存されました" in second.text
    assert entry_edits.read(draft_of(world).text, "events").title == "一"


def test_two_editors_are_told_of_each_other(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, better_rules(), "kacho")
    has_draft(world, short_rules())

    assert "課長さん" in officer.get("/rules").text
    assert "課長さんの下書きでも、この話題が変わっています" in officer.get("/rules/draft/intents/events").text
    assert "課長さん" not in officer.get("/rules/draft/intents/feeding").text


def test_publishing_makes_a_version_with_who_and_why(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, better_rules())

    answer = publish(world, officer)

    assert answer.location == "/rules/versions/2"
    assert live(world) == (2, better_rules())
    page = officer.get("/rules/versions/2").text
    assert "管理" in page
    assert NOTE in page
    assert f"examples に足した文: 「{NEW}」" in page
    with world.database.read() as session:
        acts = audit.page(session, Wanted(act="rules_published"))
    assert [(line.actor, line.reason) for line in acts] == [("admin", f"第2版: {NOTE}")]


def test_nothing_is_published_without_a_reason(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, better_rules())

    refused = publish(world, officer, note=" ")

    assert refused.status_code == 422
    assert "なぜ変えたのか" in refused.text


def test_what_was_published_meanwhile_is_taken_in_first(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, better_rules())
    other = entry_edits.with_example(short_rules(), "feeding", "離乳食の進め方を聞きたい")
    with world.database.write() as session:
        rulesets.publish(session, other, by="kacho", note="離乳食", now=world.clock())

    refused = publish(world, officer)
    officer.post("/rules/draft/take-in")
    published = publish(world, officer)

    assert refused.status_code == 422
    assert "先に「公開中の版を取りこむ」" in refused.text
    assert published.location == "/rules/versions/3"
    assert live(world)[1] == entry_edits.with_example(better_rules(), "feeding", "離乳食の進め方を聞きたい")


def test_where_much_changes_a_second_person_agrees(world: RulesWorld, officer: Browser) -> None:
    world.hears("みどり-1", NEW)
    has_draft(world, better_rules())

    refused = publish(world, officer)
    asked = publish(world, officer, ask="1")
    colleague = world.browser("kacho")
    seen = colleague.get("/rules/asked/admin")
    own = officer.get("/rules/asked/admin")
    agreed = colleague.post("/rules/asked/admin", revision="1")

    assert refused.status_code == 422
    assert "ほかの管理者に確認を頼む" in refused.text
    assert asked.status_code == 303
    assert own.status_code == 404
    assert NEW in seen.text
    assert agreed.location == "/rules/versions/2"
    with world.database.read() as session:
        newest = rulesets.newest(session)
    assert newest
    assert (newest.by, newest.confirmed_by, newest.note) == ("admin", "kacho", NOTE)


def test_a_draft_that_changed_after_the_request_is_not_agreed_to(world: RulesWorld, officer: Browser) -> None:
    world.hears("みどり-1", NEW)
    has_draft(world, better_rules())
    publish(world, officer, ask="1")
    draft = draft_of(world)
    with world.database.write() as session:
        drafts.save(session, "admin", short_rules(), draft.revision, world.clock())

    late = world.browser("kacho").post("/rules/asked/admin", revision=str(draft.revision))

    assert late.status_code == 404
    assert live(world)[0] == 1


def test_a_rollback_is_a_new_version_with_a_reason(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, better_rules())
    publish(world, officer)

    refused = officer.post("/rules/versions/1/rollback", reason="")
    done = officer.post("/rules/versions/1/rollback", reason="答えがまちがっていた")
    again = officer.post("/rules/versions/1/rollback", reason="もう一度")

    assert refused.status_code == 422
    assert done.location == "/rules/versions/3"
    assert live(world) == (3, short_rules())
    assert "第1版に戻した" in officer.get("/rules/history").text
    assert again.status_code == 409


def test_an_intent_of_the_wards_own_is_retired_and_not_removed(world: RulesWorld, officer: Browser) -> None:
    officer.post("/rules/draft/intents", name="pool", title="区民プール", group="居場所・つながり")
    added = draft_of(world).text
    with world.database.write() as session:
        rulesets.publish(session, added, by="admin", note="プール", now=world.clock())
        drafts.discard(session, "admin")
    has_draft(world, short_rules())

    refused = publish(world, officer)

    assert entry_edits.read(added, "ward_pool").title == "区民プール"
    assert "次の話題がまだありません" in officer.get("/rules/versions/1").text
    assert "次の話題がまだありません" not in officer.get("/rules/versions/2").text
    assert refused.status_code == 422
    assert "公開中の話題がなくなっています: ward_pool" in refused.text


def test_a_changed_file_on_the_server_is_pointed_out_and_not_used(
    world: RulesWorld, officer: Browser
) -> None:
    world.at_hand = better_rules()

    page = officer.get("/rules").text
    officer.post("/rules/draft/from-file")

    assert "サーバーの routing_rules.yaml は、公開中の版とちがいます" in page
    assert draft_of(world).text == better_rules()
    assert live(world) == (1, short_rules())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([f"ことば{number}番" for number in range(5000)], "400個まで"),
        (["あ" * 60], "50文字まで"),
        (["!!!"], "記号や空白だけ"),
    ],
)
def test_a_draft_with_too_much_is_refused_with_a_clear_message(
    world: RulesWorld, officer: Browser, words: list[str], says: str
) -> None:
    has_draft(world, short_rules())

    saved = officer.client.post(
        "/rules/draft/intents/events",
        data={
            "csrf_token": officer.token(),
            **form_of(short_rules(), "events", normal="\n".join(words), revision="1"),
        },
        follow_redirects=True,
    )
    refused = publish(world, officer)

    assert says in saved.text
    assert refused.status_code == 422
    assert live(world)[0] == 1


def test_a_whole_file_is_put_in_and_taken_out_to_the_letter(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, short_rules())

    put = officer.client.post(
        "/rules/draft/file",
        data={
            "csrf_token": officer.token(),
            "file": (io.BytesIO(better_rules().encode()), "naoshita.yaml"),
        },
    )

    assert put.status_code == 303
    assert officer.get("/rules/draft/file").data == better_rules().encode()
    assert officer.get("/rules/versions/1/file").data == short_rules().encode()


BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'lol'}]\n" for n in range(12)).encode()


@pytest.mark.parametrize(
    "data",
    [b"", b"intents: [", "話題".encode("cp932"), b"just words", BOMB, b"[" * 5000],
    ids=["empty", "cut off", "CP932", "no rules", "billions by reference", "deep"],
)
def test_a_file_that_is_no_rules_leaves_the_draft_alone(
    world: RulesWorld, officer: Browser, data: bytes
) -> None:
    has_draft(world, short_rules())

    refused = officer.client.post(
        "/rules/draft/file",
        data={"csrf_token": officer.token(), "file": (io.BytesIO(data), "x.yaml")},
    )

    assert refused.status_code == 422
    assert "行目:" in refused.text
    assert draft_of(world).text == short_rules()


def test_a_sentence_is_explained_live_and_by_the_draft(world: RulesWorld, officer: Browser) -> None:
    has_draft(world, better_rules())

    page = officer.post("/rules/try", text=NEW).text

    assert "公開中(第1版)" in page
    assert "→ events" in page


def test_a_replay_shows_what_changes_masked_and_is_recorded(world: RulesWorld, officer: Browser) -> None:
    world.quiet_days(3)
    world.hears("みどり-1", "佐藤です。ロケット教室はありますか")
    world.hears("みどり-2", "ロケット教室。もう死にたい")
    has_draft(world, better_rules())

    page = officer.post("/rules/draft/replay", size="500").text

    assert "最近の最初の言葉5件のうち" in page
    assert "〔名前〕です。ロケット教室はありますか" in page
    assert "佐藤" not in page
    assert "死にたい" not in page
    with world.database.read() as session:
        assert [line.actor for line in audit.page(session, Wanted(act="rules_sentences_read"))] == ["admin"]


def test_counselors_and_desks_do_not_see_any_of_it(world: RulesWorld) -> None:
    for name in ("sato", "desk", "leader"):
        browser = world.browser(name)
        assert browser.get("/rules").status_code == 403
        assert browser.post("/rules/try", text="x").status_code == 403


def test_pages_of_a_draft_that_is_gone_say_so(world: RulesWorld, officer: Browser) -> None:
    for path in ("intents/events", "yaml/events", "replay", "publish", "file"):
        assert officer.get(f"/rules/draft/{path}").status_code == 404
    assert officer.get("/rules/versions/99").status_code == 404


def test_before_anything_is_published_there_is_nothing_to_change(database_url: str) -> None:
    database = new_database(database_url)
    browser = World(database, Clock()).browser("admin")

    assert browser.get("/rules").status_code == 404
    assert browser.post("/rules/draft").status_code == 404
    database.close()
