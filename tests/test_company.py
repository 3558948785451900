"""Two counselors at one desk: who else looks and writes, a reply that came first, and what is unread for whom."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import unsealed
from console_harness import NOW, Browser, Clock, World, new_database, said
from sqlalchemy import text
from sqlmodel import select

from conversation.events import CounselorReplied
from conversation.handling import handle
from conversation.model import Consultation, Decision, Entry, EntryKind, Status
from directory import pack
from intents.rules import Rules
from storage import presence, retention
from storage.retention import Policy
from storage.store import SqlStore
from storage.tables import AuditRow, ConversationRow, EntryRow, PresenceRow

ON_BOTH = True
DIRECTORY = pack.load()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def sato(world: World) -> Browser:
    return world.browser("sato")


@pytest.fixture
def mori(world: World) -> Browser:
    return world.browser("mori")


def company(page: str) -> str:
    found = re.search(r'<p id="company".*?</p>', page, re.DOTALL)
    assert found
    return re.sub(r"<[^>]*>", "", found[0]).strip()


def mark(page: str) -> str:
    found = re.search(r'id="timeline"[^>]*data-mark="([^"]*)"', page)
    assert found
    return found[1]


def reply_as(world: World, conversation_id: str, staff_id: str, words: str) -> None:
    with world.database.write() as session:
        handle(
            conversation_id,
            CounselorReplied(staff_id, words),
            store=SqlStore(session),
            rules=Rules(1, ()),
            directory=DIRECTORY,
            now=world.clock(),
        )


def known(page: str) -> str:
    found = re.search(r'name="known" value="(\d+)"', page)
    assert found
    return found[1]


def replies(world: World) -> list[str]:
    """Without the role that a counselor's first one begins with."""
    said = [row.text for row in unsealed.rows(world.database, EntryRow) if row.kind == "counselor"]
    return [text.removeprefix("相談員です。\n") for text in said]


# Who else is there


def test_whoever_opens_a_thread_is_told_who_else_has_it_open(
    world: World, sato: Browser, mori: Browser
) -> None:
    conversation_id = world.held("sato")
    sato.get(f"/threads/{conversation_id}")

    assert company(mori.get(f"/threads/{conversation_id}").text) == "佐藤さんも見ています"
    assert company(sato.get(f"/threads/{conversation_id}").text) == "森さんも見ています"


def test_nobody_is_told_of_themselves_or_of_another_thread(
    world: World, sato: Browser, mori: Browser
) -> None:
    one, other = world.held("sato", "みどり-1"), world.held("sato", "みどり-2")
    mori.get(f"/threads/{other}")
    sato.get(f"/threads/{one}")

    assert company(sato.get(f"/threads/{one}").text) == ""


@pytest.mark.parametrize("mode", ["reply", "note"])
def test_whoever_types_is_shown_as_writing_until_they_stop(
    world: World, sato: Browser, mori: Browser, mode: str
) -> None:
    conversation_id = world.held("sato")
    words = {"text": "あ", "note": "あ", "mode": mode, "typing": "1"}
    sato.post(f"/threads/{conversation_id}/draft", **words)

    writing = company(mori.get(f"/threads/{conversation_id}").text)
    world.clock.advance(seconds=21)
    later = company(mori.get(f"/threads/{conversation_id}").text)

    assert (writing, later) == ("佐藤さんが書いています", "佐藤さんも見ています")


def test_whoever_has_sent_writes_no_more(world: World, sato: Browser, mori: Browser) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    sato.post(f"/threads/{conversation_id}/draft", text="あ", note="", mode="reply", typing="1")
    sato.post(f"/threads/{conversation_id}/write", text="ああ", note="", mode="reply")

    assert company(mori.get(f"/threads/{conversation_id}").text) == "佐藤さんも見ています"


def test_whoever_goes_is_forgotten_within_half_a_minute(world: World, sato: Browser, mori: Browser) -> None:
    conversation_id = world.held("sato")
    sato.get(f"/threads/{conversation_id}")
    world.clock.advance(seconds=26)

    assert company(mori.get(f"/threads/{conversation_id}").text) == ""


def test_a_clock_that_was_set_back_leaves_nobody_there_for_ever(world: World) -> None:
    conversation_id = world.held("sato")
    with world.database.write() as session:
        presence.note(session, conversation_id, "sato", NOW + timedelta(hours=1))

    with world.database.read() as session:
        assert presence.others(session, conversation_id, "mori", NOW) == ()
        assert presence.is_due(session, conversation_id, "sato", NOW)


def test_the_thread_tells_of_company_alone_where_nothing_else_is_new(
    world: World, sato: Browser, mori: Browser
) -> None:
    conversation_id = world.held("sato")
    after = mark(sato.get(f"/threads/{conversation_id}").text)
    asked = f"/threads/{conversation_id}/entries?after={after}"
    assert sato.get(asked).status_code == 204

    mori.get(f"/threads/{conversation_id}")
    news = sato.get(asked)

    assert company(news.text) == "森さんも見ています"
    assert "timeline" not in news.text
    assert sato.get(f"{asked}&company=mori").status_code == 204
    world.clock.advance(seconds=30)
    assert company(sato.get(f"{asked}&company=mori").text) == ""


def test_a_hidden_page_is_nobody_who_looks(world: World, sato: Browser, mori: Browser) -> None:
    conversation_id = world.held("sato")
    sato.get(f"/threads/{conversation_id}/entries?after=&hidden=1")

    assert company(mori.get(f"/threads/{conversation_id}").text) == ""


def test_looking_on_writes_once_in_ten_seconds_and_nothing_into_the_audit(
    world: World, sato: Browser
) -> None:
    conversation_id = world.held("sato")
    after = mark(sato.get(f"/threads/{conversation_id}").text)
    seen = []
    for _ in range(10):
        world.clock.advance(seconds=2)
        sato.get(f"/threads/{conversation_id}/entries?after={after}")
        seen += [row.seen_at for row in unsealed.rows(world.database, PresenceRow)]

    assert len(set(seen)) == 3
    assert len(unsealed.rows(world.database, AuditRow)) == 1  # the reading itself


def test_the_night_forgets_who_was_there(world: World, sato: Browser) -> None:
    sato.get(f"/threads/{world.held('sato')}")

    assert retention.sweep(world.database, NOW, Policy()).presence == 0
    assert retention.sweep(world.database, NOW + timedelta(hours=2), Policy()).presence == 1
    assert unsealed.rows(world.database, PresenceRow) == []


def test_postgresql_does_not_log_it(world: World) -> None:
    if world.database.sqlite:
        return
    with world.database.read() as session:
        kind = session.scalar(text("SELECT relpersistence FROM pg_class WHERE relname = 'presence' LIMIT 1"))

    assert kind == "u"


# A reply that came first


def test_a_reply_is_stopped_where_a_colleague_replied_since_it_was_begun(world: World, sato: Browser) -> None:
    conversation_id = world.held("mori", "みどり-1", said())
    begun = known(sato.get(f"/threads/{conversation_id}").text)
    reply_as(world, conversation_id, "mori", "森です。電話しました")

    stopped = sato.post(
        f"/threads/{conversation_id}/write", mode="reply", text="佐藤の返信", note="", known=begun
    )

    assert stopped.status_code == 409
    assert "まだ送っていません。書いているあいだに、森さんが返信しました" in stopped.text
    assert "森です。電話しました" in stopped.text
    assert "佐藤の返信</textarea>" in stopped.text
    assert replies(world) == ["森です。電話しました"]


def test_pressing_again_sends_what_was_stopped(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    begun = known(sato.get(f"/threads/{conversation_id}").text)
    reply_as(world, conversation_id, "sato", "別の画面から")
    words = {"mode": "reply", "text": "やはり送る", "note": ""}

    stopped = sato.post(f"/threads/{conversation_id}/write", **words, known=begun)
    sent = sato.post(f"/threads/{conversation_id}/write", **words, known=known(stopped.text))

    assert "別の画面のあなたが返信しました" in stopped.text
    assert sent.status_code == 303
    assert replies(world) == ["別の画面から", "やはり送る"]


def test_what_the_parent_or_the_bot_says_meanwhile_stops_nothing(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    begun = known(sato.get(f"/threads/{conversation_id}").text)
    world.bot_says(conversation_id, "いまの案内")

    answer = sato.post(f"/threads/{conversation_id}/write", mode="reply", text="返信", note="", known=begun)

    assert answer.status_code == 303


def test_a_note_is_not_stopped(world: World, sato: Browser) -> None:
    conversation_id = world.held("mori", "みどり-1", said())
    begun = known(sato.get(f"/threads/{conversation_id}").text)
    reply_as(world, conversation_id, "mori", "森です")

    answer = sato.post(f"/threads/{conversation_id}/write", mode="note", text="", note="メモ", known=begun)

    assert answer.status_code == 303


def test_a_draft_of_yesterday_remembers_what_its_writer_had_seen(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    begun = known(sato.get(f"/threads/{conversation_id}").text)
    sato.post(f"/threads/{conversation_id}/draft", mode="reply", text="途中", note="", known=begun)
    reply_as(world, conversation_id, "sato", "別の返信")

    assert known(sato.get(f"/threads/{conversation_id}").text) == begun


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "9" * 30])
def test_a_form_that_knows_nothing_is_not_stopped(world: World, sato: Browser, nonsense: str) -> None:
    conversation_id = world.held("sato", "みどり-1", said())
    reply_as(world, conversation_id, "sato", "前の返信")

    answer = sato.post(f"/threads/{conversation_id}/write", mode="reply", text="次", note="", known=nonsense)

    assert answer.status_code == 303


# Unread


def unread(world: World, conversation_id: str) -> int:
    with world.database.read() as session:
        return session.exec(select(ConversationRow).where(ConversationRow.id == conversation_id)).one().unread


def test_a_colleagues_look_does_not_hide_a_new_message_from_whoever_holds_the_thread(
    world: World, sato: Browser, mori: Browser
) -> None:
    conversation_id = world.held("sato", "みどり-1", said())

    mori.get(f"/threads/{conversation_id}")
    assert unread(world, conversation_id) == 1
    assert "<title>(1) " in sato.get("/account").text
    assert '未読 1<span class="visually-hidden">件</span>' in sato.get("/?tab=mine").text

    sato.get(f"/threads/{conversation_id}")
    assert unread(world, conversation_id) == 0


def test_what_nobody_holds_is_read_by_whoever_opens_it(world: World, mori: Browser) -> None:
    conversation_id = world.waiting("みどり-1", said())

    mori.get(f"/threads/{conversation_id}")

    assert unread(world, conversation_id) == 0


# What the bot understood, beside the thread


def context(page: str) -> str:
    """Its words, without those of the thread."""
    return re.sub(r"<[^>]*>", "", page[page.index('id="context"') :])


def test_the_context_tells_what_the_talk_began_with_and_what_came_last(world: World, sato: Browser) -> None:
    before, began = NOW - timedelta(hours=20), NOW - timedelta(minutes=40)
    conversation_id = world.conversation(
        "みどり-1",
        said("きのうの言葉", before, "m1"),
        said("一時保育どこ", began, "m2"),
        Entry(EntryKind.UTTERANCE, "人と話したい", NOW - timedelta(minutes=30), message_id="m3"),
    )
    with world.database.write() as session:
        store = SqlStore(session)
        conversation, version = store.load(conversation_id)
        opened = Consultation(1, NOW - timedelta(minutes=30), "desk", topic="temporary_care")
        taken = replace(conversation, status=Status.WAITING, consultation=opened, consultations=1)
        store.save(Decision(taken, entries=(said("予約はいりますか", NOW, "m4"),)), version, NOW)

    shown = context(sato.get(f"/threads/{conversation_id}").text)

    first, last = shown.index("相談のはじめの言葉"), shown.index("いちばん新しい言葉")
    assert "一時保育どこ" in shown[first:last]
    assert "予約はいりますか" in shown[last:]
    assert "きのうの言葉" not in shown
    for why in ("一時預かり(確か 86%)", "一時保育", "急な病気・大けが(たぶん 21%)", "ルールの版3"):
        assert why in shown[first:last].replace("\n", "")


def test_one_message_is_told_once_and_notes_stand_below(world: World, sato: Browser) -> None:
    note = Entry(EntryKind.NOTE, "母に電話すみ", NOW, author="mori")
    conversation_id = world.waiting("みどり-1", said(), note)

    shown = context(sato.get(f"/threads/{conversation_id}").text)

    assert shown.count("相談のはじめの言葉") == 1
    assert "いちばん新しい言葉" not in shown
    assert "母に電話すみ" in shown


def test_consent_and_thanks_are_not_what_was_said_last(world: World, sato: Browser) -> None:
    asked, agreed = said("一時保育どこ"), said("同意して相談する", message_id="m2")
    assert agreed.understanding
    agreed = replace(agreed, understanding=replace(agreed.understanding, intent="talk_to_human"))
    conversation_id = world.waiting("みどり-1", asked, said("予約はいりますか", message_id="m3"), agreed)

    shown = context(sato.get(f"/threads/{conversation_id}").text)

    assert "予約はいりますか" in shown[shown.index("いちばん新しい言葉") :]
    assert "同意して相談する" not in shown


def test_what_stands_beside_an_older_page_is_in_the_audit_too(world: World, sato: Browser) -> None:
    many = [said(f"言葉{number}", message_id=f"m{number}") for number in range(105)]
    conversation_id = world.waiting("みどり-1", *many)
    ids = sorted(row.id or 0 for row in unsealed.rows(world.database, EntryRow))

    sato.get(f"/threads/{conversation_id}")

    read = [(row.first_entry, row.last_entry) for row in unsealed.rows(world.database, AuditRow)]
    assert read == [(ids[0], ids[0]), (ids[5], ids[-1])]


def test_words_that_were_taken_back_are_not_beside_the_thread_either(world: World, sato: Browser) -> None:
    conversation_id = world.waiting("みどり-1", said("取り消す言葉"))
    with world.database.write() as session:
        for row in session.exec(select(EntryRow)):
            row.text, row.matched, row.understanding, row.erased_at = b"", b"", None, NOW

    assert "ボットが読みとった言葉はありません" in sato.get(f"/threads/{conversation_id}").text
