"""Writing to a parent: drafts, canned replies, cards, the preview, 「いま書いています」, and what could not be sent."""

import json
import re
from collections.abc import Iterator

import pytest
import unsealed
from conftest import Service
from console_harness import NOW, Browser, Clock, World, new_database, said
from dumps import dumped, found
from sqlmodel import col, select

from bot.line.render import render
from conversation import attachments, canned
from conversation.events import CounselorReplied, CounselorTook
from conversation.first_words import Spoken, first_words
from conversation.messages import Card
from directory import pack
from storage import outbox, quotas, reply_drafts, retention
from storage.reply_drafts import Draft
from storage.retention import Policy
from storage.tables import CannedReplyRow, DraftRow, EntryRow, OutboxRow, WritingRow

DIRECTORY = pack.load()
ON_BOTH = True


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def sato(world: World) -> Browser:
    return world.browser("sato")


def write(browser: Browser, conversation_id: str, action: str = "write", **fields: str):
    usual = {"mode": "reply", "text": "", "note": ""}
    return browser.post(f"/threads/{conversation_id}/{action}", **{**usual, **fields})


def draft_of(world: World, conversation_id: str, staff: str = "sato") -> Draft:
    with world.database.read() as session:
        return reply_drafts.of(session, conversation_id, staff)


def stuck(world: World, conversation_id: str, state: str = "failed", problem: str = "400") -> int:
    with world.database.write() as session:
        row = session.exec(select(OutboxRow).order_by(col(OutboxRow.id).desc())).first()
        assert row
        assert row.id
        row.state, row.problem = state, problem
        return row.id


# Two texts


def test_what_is_typed_as_a_note_is_never_sent(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    write(sato, conversation_id, mode="note", text="返信の書きかけ", note="内緒のメモ")

    kept = {row.kind: row.text for row in unsealed.rows(world.database, EntryRow)}
    assert kept["note"] == "内緒のメモ"
    assert "counselor" not in kept
    assert draft_of(world, conversation_id).reply == "返信の書きかけ"


def test_whoever_wrote_a_note_goes_on_with_notes(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    answer = write(sato, conversation_id, mode="note", note="メモ")

    assert re.search(r'value="note" checked', sato.get(answer.location.partition("#")[0]).text)


# Drafts


def test_a_draft_comes_back_for_its_writer_alone(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    write(sato, conversation_id, "draft", text="書きかけの文", note="書きかけのメモ")

    mine, theirs = (world.browser(name).get(f"/threads/{conversation_id}").text for name in ("sato", "mori"))
    assert "書きかけの文" in mine
    assert "書きかけのメモ" in mine
    assert "書きかけ" not in theirs.replace("書きかけの文をコピー", "")


def test_a_draft_is_gone_once_it_is_sent(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    write(sato, conversation_id, "draft", text="書きかけの文")

    write(sato, conversation_id, text="できあがった文")

    assert draft_of(world, conversation_id) == Draft()
    assert unsealed.rows(world.database, DraftRow) == []


def test_what_is_refused_stays_a_draft(world: World, sato: Browser) -> None:
    conversation_id = world.held("mori")
    write(sato, conversation_id, "draft", text="わたしから")

    assert write(sato, conversation_id, text="わたしから").status_code == 409
    assert draft_of(world, conversation_id).reply == "わたしから"


def test_a_dump_holds_no_draft_and_no_canned_text(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    write(sato, conversation_id, "draft", text="ひみつの下書き")
    sato.post("/canned/new", title="あいさつ", shortcut="", text="ひみつの定型文")

    dump = dumped(world.database)

    assert found(["ひみつの下書き", "ひみつの定型文"], dump) == []
    assert found(["あいさつ"], dump) == ["あいさつ"]


def test_an_old_draft_is_swept_unless_the_records_are_held(world: World, sato: Browser) -> None:
    old, kept = world.held("sato", "みどり-1"), world.held("sato", "みどり-2", legal_hold=True)
    for conversation_id in (old, kept):
        write(sato, conversation_id, "draft", text="古い下書き")
    world.clock.advance(days=31)

    swept = retention.sweep(world.database, world.clock(), Policy())

    assert swept.drafts == 1
    assert draft_of(world, old) == Draft()
    assert draft_of(world, kept).reply == "古い下書き"


# Canned replies


def test_a_counselor_keeps_canned_replies_that_nobody_else_sees(world: World, sato: Browser) -> None:
    added = sato.post("/canned/new", title="あいさつ", shortcut="/aisatsu", text="こんにちは")

    pages = {name: world.browser(name).get("/canned").text for name in ("sato", "mori", "admin")}

    assert added.status_code == 303
    assert [name for name, page in pages.items() if "こんにちは" in page] == ["sato"]
    assert world.browser("mori").get("/canned/1").status_code == 404
    assert world.browser("mori").post("/canned/1/remove").status_code == 404
    assert "/aisatsu" in pages["sato"]


def test_everybodys_are_changed_by_an_admin_alone(world: World, sato: Browser) -> None:
    shared = {"title": "案内", "shortcut": "", "text": "{窓口}です", "whose": "shared"}

    assert sato.post("/canned/new", **shared).status_code == 403
    assert world.browser("admin").post("/canned/new", **shared).status_code == 303
    assert "{窓口}です" in sato.get("/canned").text
    for path in ("/canned/1", "/canned/1/remove"):
        assert sato.post(path, **shared).status_code == 403
    assert world.browser("admin").post("/canned/1", **{**shared, "text": "変えた"}).status_code == 303
    assert "変えた" in sato.get("/canned").text
    assert world.browser("admin").post("/canned/1/remove").status_code == 303
    assert unsealed.rows(world.database, CannedReplyRow) == []


def test_a_canned_reply_of_no_use_is_explained_whole_and_kept(sato: Browser) -> None:
    sato.post("/canned/new", title="一つめ", shortcut="あ", text="文")

    answer = sato.post("/canned/new", title="", shortcut="あ", text="{名前}さんへ")

    assert answer.status_code == 422
    for words in ("見出しを1〜30文字で", "ほかの定型文で使っています", "{名前} は使えません", "{名前}さんへ"):
        assert words in answer.text


def test_blanks_are_filled_for_the_desk_and_what_is_unknown_stays() -> None:
    text = canned.filled("{窓口} {電話} {次の開庁} {だれか}", "nogata", DIRECTORY, NOW)

    assert text.startswith("野方児童館 03-")
    assert text.endswith("{だれか}")
    assert "{次の開庁}" not in text


def test_without_javascript_a_canned_reply_goes_below_what_is_written(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    sato.post("/canned/new", title="結び", shortcut="", text="またどうぞ")

    page = write(sato, conversation_id, "compose", text="こんにちは", canned="1", do="insert").text

    assert ">\nこんにちは\nまたどうぞ</textarea>" in page


# Cards and the preview


@pytest.mark.parametrize(
    ("words", "first"),
    [("のがた", "facility:nogata"), ("一時 保育", "resource:ichiji-hoiku"), ("いのち", "hotline:inochi-sos")],
)
def test_places_services_and_lines_are_found(words: str, first: str) -> None:
    assert attachments.search(words, DIRECTORY)[0].name == first


@pytest.mark.parametrize("words", ["", "   ", "ぬるぽがっ"])
def test_nothing_is_found_for_nothing(words: str) -> None:
    assert attachments.search(words, DIRECTORY) == ()


def test_a_card_is_found_added_and_sent_as_the_channel_draws_it(service: Service) -> None:
    phone = service.phone()
    phone.follow()
    phone.say("人と話したい")
    service.settle()
    phone.say("はい")
    service.settle()
    service.happen(CounselorTook("sato"))
    service.happen(CounselorReplied("sato", "こちらです", ("facility:nogata", "resource:ichiji-hoiku")))
    service.settle()

    words, cards = (bubble for bubble in phone.screen[-2:])

    said = "総合相談の相談員です。\nこちらです"
    assert (words.message["text"], words.sender, cards.sender) == (said, "相談員", "相談員")
    assert cards.message["contents"]["type"] == "carousel"
    assert cards.message["altText"] == "野方児童館、一時保育"


def test_the_composer_finds_adds_and_removes_cards_without_javascript(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    found_ = write(sato, conversation_id, "compose", do="find", find="のがた", text="書きかけ").text
    added = write(sato, conversation_id, "compose", do="add facility:nogata", text="書きかけ").text
    sent = write(sato, conversation_id, text="", card="facility:nogata")

    assert 'value="add facility:nogata"' in found_
    assert 'name="card" value="facility:nogata"' in added
    assert "書きかけ</textarea>" in added
    assert sent.status_code == 303
    with world.database.read() as session:
        assert session.exec(select(OutboxRow)).one().state == "queued"


def test_a_card_that_the_directory_does_not_know_is_left_out(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    assert write(sato, conversation_id, text="", card="facility:nowhere").status_code == 422
    assert write(sato, conversation_id, "compose", do="add nonsense", text="").status_code == 200


def test_the_preview_shows_every_word_that_line_is_given(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    names = ("facility:nogata", "resource:ichiji-hoiku")
    fields = {"mode": "reply", "text": "こんにちは\n二行め", "note": "", "do": "preview", "card": list(names)}

    page = sato.client.post(
        f"/threads/{conversation_id}/compose", data={"csrf_token": sato.token(), **fields}
    ).text

    given = attachments.outgoing(
        "こんにちは\n二行め", names, DIRECTORY, NOW, author="sato", discreet=False, lead="相談員です。"
    )
    shown = [word for message in render([given]) for word in _words(message.to_dict())]
    assert len(shown) > 12
    assert [word for word in shown if word.replace("&", "&amp;") not in page] == []


def _words(message: object) -> Iterator[str]:
    if isinstance(message, list):
        for part in message:
            yield from _words(part)
    if isinstance(message, dict):
        yield from (message[name] for name in ("text", "label") if isinstance(message.get(name), str))
        for part in message.values():
            yield from _words(part)


# The role


def last_sent(world: World) -> str:
    newest = max(unsealed.rows(world.database, OutboxRow), key=lambda row: row.id)
    (first, *_) = json.loads(newest.body)["messages"]
    return str(first["body"])


def test_a_counselors_first_words_carry_the_role_and_the_later_ones_do_not(
    world: World, sato: Browser
) -> None:
    conversation_id = world.held("sato")

    write(sato, conversation_id, text="こんにちは")
    first = last_sent(world)
    write(sato, conversation_id, text="つづきです")

    assert (first, last_sent(world)) == ("相談員です。\nこんにちは", "つづきです")


def test_the_preview_and_the_composer_show_the_role_until_it_is_said(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    before = write(sato, conversation_id, "compose", text="こんにちは", do="preview").text
    write(sato, conversation_id, text="こんにちは")
    after = write(sato, conversation_id, "compose", text="つづきです", do="preview").text

    assert "相談員です。\nこんにちは" in before
    assert "はじめに「相談員です。」がつきます" in before
    assert "がつきます" not in after
    assert ">つづきです<" in after


def test_cards_alone_follow_the_role_too(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    write(sato, conversation_id, text="", card="facility:nogata")

    assert last_sent(world) == "相談員です。"


def test_the_role_counts_for_the_length_of_a_first_reply(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    longest = "あ" * (5000 - len("相談員です。\n"))

    refused = write(sato, conversation_id, text=longest + "あ")
    taken = write(sato, conversation_id, text=longest)

    assert (refused.status_code, taken.status_code) == (422, 303)
    assert "4,993文字まで(はじめに「相談員です。」がつくため)" in refused.text
    assert len(last_sent(world)) == 5000


@pytest.mark.parametrize(
    ("spoken", "words"),
    [
        (Spoken("sogo-sodan"), "総合相談の相談員です。"),
        (Spoken(), "総合相談の相談員です。"),
        (Spoken("nogata"), "相談員です。"),
        (Spoken("sogo-sodan", "sato"), ""),
        (Spoken("sogo-sodan", "mori"), "担当がかわりました。総合相談の相談員です。"),
        (Spoken("sogo-sodan", discreet=True), "相談員です。"),
        (Spoken("sogo-sodan", "mori", discreet=True), "担当がかわりました。相談員です。"),
    ],
)
def test_first_words_by_desk_predecessor_and_danger(spoken: Spoken, words: str) -> None:
    assert first_words(spoken, "sato", DIRECTORY) == words


def test_the_preview_of_a_discreet_reply_says_what_the_notification_shows(
    world: World, sato: Browser
) -> None:
    conversation_id = world.held("sato", discreet=True)

    page = write(sato, conversation_id, "compose", text="こんにちは", do="preview").text

    assert "通知には「お知らせがあります」とだけ出ます" in page


def test_every_row_of_the_directory_can_be_a_card() -> None:
    names = [name for name, _, _ in attachments._catalogue(DIRECTORY)]

    drawn = [attachments.card(name, DIRECTORY, NOW) for name in names]

    assert len(names) > 100
    assert all(isinstance(one, Card) and one.title for one in drawn)


# What it costs


@pytest.mark.parametrize(
    ("used", "most", "words"),
    [
        (10, 200, "あと190通"),
        (180, 200, "残り少なくなっています"),
        (200, 200, "上限に達しました"),
        (5000, None, "上限なし"),
    ],
)
def test_the_months_quota_stands_beside_the_reply(
    world: World, sato: Browser, used: int, most: int | None, words: str
) -> None:
    conversation_id = world.held("sato")
    with world.database.write() as session:
        quotas.note(session, "line", used, most, NOW)

    assert words in sato.get(f"/threads/{conversation_id}").text


# What could not be sent


@pytest.mark.parametrize("state", ["failed", "unknown", "held"])
def test_a_stuck_reply_can_be_left_with_a_mark(world: World, sato: Browser, state: str) -> None:
    conversation_id = world.held("sato")
    write(sato, conversation_id, text="届かない文")
    outbox_id = stuck(world, conversation_id, state)

    sato.post(f"/threads/{conversation_id}/sends/{outbox_id}/give-up")
    page = sato.get(f"/threads/{conversation_id}").text

    assert "佐藤さんが、今日 14:00に「このままにする」を選びました" in page
    assert "もう一度送る" not in page
    assert "届かない文" in page
    with world.database.read() as session:
        assert outbox.problems(session) == []
    assert (
        "もう、ほかの人が"
        in sato.client.post(
            f"/threads/{conversation_id}/sends/{outbox_id}/give-up",
            data={"csrf_token": sato.token()},
            follow_redirects=True,
        ).text
    )


def test_a_stuck_reply_can_be_written_anew_with_its_cards(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    write(sato, conversation_id, text="届かない文", card="facility:nogata")
    outbox_id = stuck(world, conversation_id)

    answer = sato.post(f"/threads/{conversation_id}/sends/{outbox_id}/give-up", rewrite="1")

    assert answer.location.endswith("#composer")
    assert draft_of(world, conversation_id) == Draft(
        "reply", "相談員です。\n届かない文", "", ("facility:nogata",)
    )


def test_another_threads_send_is_not_given_up(world: World, sato: Browser) -> None:
    one, other = world.held("sato", "みどり-1"), world.held("sato", "みどり-2")
    write(sato, one, text="届かない文")
    outbox_id = stuck(world, one)

    sato.post(f"/threads/{other}/sends/{outbox_id}/give-up", rewrite="1")

    with world.database.read() as session:
        assert session.get_one(OutboxRow, outbox_id).given_up_at is None
    assert draft_of(world, other) == Draft()


# 「いま書いています」


def asked(world: World) -> list[bool]:
    return [row.shown for row in unsealed.rows(world.database, WritingRow)]


def test_only_the_holder_of_a_thread_who_types_a_reply_is_shown_as_writing(world: World) -> None:
    mine, theirs = world.held("sato", "みどり-1"), world.held("mori", "みどり-2")
    sato = world.browser("sato")

    write(sato, theirs, "draft", text="あ", typing="1")
    write(sato, mine, "draft", mode="note", note="あ", typing="1")
    write(sato, mine, "draft", text="あ")
    assert asked(world) == []

    write(sato, mine, "draft", text="あ", typing="1")
    assert asked(world) == [False]


def test_sending_takes_back_that_one_is_writing(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    write(sato, conversation_id, "draft", text="あ", typing="1")

    write(sato, conversation_id, text="あいさつ")

    assert asked(world) == [True]


def test_the_phone_shows_that_a_counselor_writes_until_the_words_come(service: Service) -> None:
    from storage import writing

    phone = service.phone()
    phone.follow()
    phone.say("人と話したい")
    service.settle()
    phone.say("はい")
    service.settle()
    service.happen(CounselorTook("sato"))
    service.settle()
    conversation_id, now = service.conversation_id(), service.clock()

    with service.program.database.write() as session:
        assert writing.is_worth_asking(session, conversation_id, "sato", now)
        assert not writing.is_worth_asking(session, conversation_id, "mori", now)
        writing.ask(session, conversation_id, now)
    service.settle()
    assert phone.loading
    with service.program.database.read() as session:
        assert not writing.is_worth_asking(session, conversation_id, "sato", now)
    service.happen(CounselorReplied("sato", "こんにちは"))
    service.settle()
    assert not phone.loading

    with service.program.database.write() as session:
        writing.ask(session, conversation_id, now)
    service.clock.forward(seconds=20)
    service.settle()
    assert not phone.loading  # too late
