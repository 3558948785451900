"""Looking for words that are sealed, on both databases."""

from dataclasses import replace
from random import Random
from typing import Any

import databases
import pytest
from databases import NOW, family
from sqlmodel import col, delete, update

from conversation.model import Consultation, Conversation, Decision, Entry, EntryKind, Status
from intents.normalize import VARIANTS, normalize
from storage.database import Database
from storage.store import SqlStore
from storage.tables import EntryRow
from storage.views import search as view
from storage.views.finding import Wanted
from storage.views.search import Found, search

database = databases.on_both

PIECES = (
    *VARIANTS, *VARIANTS.values(), *"あいうかがこつてなはみらりんっー。、 wカガッ1子赤", "おかーさん", "ガッコー", "ｶﾞｯｺｰ", "㌔", "(笑)", "・", "いいい",
)  # fmt: skip


def talk(database: Database, *texts: str, user: str = "U-a", consulted: bool = True) -> str:
    conversation = Conversation(family(database, user))
    if consulted:
        open_ = Consultation(1, NOW, "desk", waiting_since=NOW)
        conversation = replace(conversation, status=Status.WAITING, consultation=open_, consultations=1)
    entries = tuple(Entry(EntryKind.UTTERANCE, text, NOW, message_id=text) for text in texts)
    with database.write() as session:
        store = SqlStore(session)
        store.save(Decision(conversation, entries=entries), store.load(conversation.id)[1], NOW)
    return conversation.id


def windows_of(monkeypatch: pytest.MonkeyPatch, entries: int) -> None:
    monkeypatch.setattr(view, "WINDOW", entries)
    monkeypatch.setattr(view, "LARGEST", entries)


def look(database: Database, words: str, **more: Any) -> Found:
    with database.read() as session:
        return search(session, words, **more)


def texts(found: Found) -> list[str]:
    return [hit.words for hit in found.hits]


def everything(database: Database, words: str) -> list[int]:
    """The entries' ids, from page to page."""
    found = look(database, words, enough=lambda: True)
    ids = [hit.entry_id for hit in found.hits]
    while found.older_than is not None:
        found = look(database, words, before=found.older_than, enough=lambda: True)
        ids += [hit.entry_id for hit in found.hits]
    return ids


def test_the_newest_come_first(database: Database) -> None:
    talk(database, "夜泣きがつらい", "ありがとう", "夜泣きはおさまった")

    assert texts(look(database, "夜泣き")) == ["夜泣きはおさまった", "夜泣きがつらい"]


def test_spelling_counts_as_little_as_for_the_bot(database: Database) -> None:
    talk(database, "ベビーシッターをさがす")

    assert texts(look(database, "べびーしったー")) == ["ベビーシッターをさがす"]


def test_talk_with_the_bot_alone_is_not_found(database: Database) -> None:
    talk(database, "夜泣きがつらい", consulted=False)

    assert texts(look(database, "夜泣き")) == []


def test_the_work_is_bounded_and_can_be_gone_on_with(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows_of(monkeypatch, 3)
    talk(database, "夜泣き1", "a", "b", "夜泣き2", "c")

    first = look(database, "夜泣き", enough=lambda: True)
    assert first.older_than is not None
    rest = look(database, "夜泣き", before=first.older_than, enough=lambda: True)

    assert [texts(first), texts(rest)] == [["夜泣き2"], ["夜泣き1"]]
    assert [first.looked_at, rest.looked_at] == [3, 2]
    assert [first.back_to, rest.older_than, rest.back_to] == [NOW, None, None]


def test_windows_are_opened_until_the_end_or_until_it_is_enough(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows_of(monkeypatch, 1)
    talk(database, "夜泣き", "a", "b")
    answers = iter([False, True])

    assert look(database, "夜泣き").looked_at == 3
    assert look(database, "夜泣き", enough=lambda: next(answers)).looked_at == 2


def test_windows_grow_up_to_the_largest(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "WINDOW", 1)
    monkeypatch.setattr(view, "LARGEST", 2)
    talk(database, *"abcdef")
    asked = []

    look(database, "夜泣き", enough=lambda: bool(asked.append("")))

    assert len(asked) == 3  # after 1, 2 and 2 entries; the last one ends it


def test_the_beginning_of_a_word_that_is_respelt_is_found_as_it_is_written(database: Database) -> None:
    talk(database, "子どもが熱", "こどもが熱", "子 ども")

    assert normalize("子ど") not in normalize("子どもが熱")
    assert texts(look(database, "子ど")) == ["子どもが熱"]


def test_other_spellings_of_the_words_are_found_without_normalising_everything(database: Database) -> None:
    talk(database, "子供が熱", "コドモの熱", "こどもの熱", "おとなの熱", "イチジホイクは")

    assert texts(look(database, "こども")) == ["こどもの熱", "コドモの熱", "子供が熱"]
    assert texts(look(database, "一時保育")) == ["イチジホイクは"]


def test_no_more_hits_than_a_page(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "HITS", 2)
    talk(database, "夜泣き1", "夜泣き2", "夜泣き3")

    found = look(database, "夜泣き")

    assert texts(found) == ["夜泣き3", "夜泣き2"]
    assert found.older_than is not None


def test_what_cannot_be_read_is_passed_over(database: Database) -> None:
    talk(database, "夜泣き1", "夜泣き2")
    with database.write() as session:
        session.execute(update(EntryRow).where(EntryRow.message_id == "夜泣き1").values(text=b"\x01 spoilt"))

    assert texts(look(database, "夜泣き")) == ["夜泣き2"]


def test_no_statement_goes_over_more_than_a_window_however_few_are_wanted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows_of(monkeypatch, 3)
    talk(database, "夜泣き1")
    talk(database, *(f"独り言{n}" for n in range(8)), user="U-b", consulted=False)
    only = Wanted(outcome="answered")

    first = look(database, "夜泣き", wanted=only, enough=lambda: True)

    assert [first.hits, first.looked_at, first.older_than, first.back_to] == [(), 0, 7, NOW]
    assert look(database, "夜泣き", before=first.older_than).looked_at == 1


def test_it_goes_on_where_entries_are_gone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    windows_of(monkeypatch, 2)
    talk(database, "夜泣き1", *(f"古い{n}" for n in range(7)), "夜泣き2")
    with database.write() as session:
        session.execute(delete(EntryRow).where(col(EntryRow.id).between(2, 7)))

    first = look(database, "夜泣き", enough=lambda: True)
    assert first.older_than is not None
    rest = look(database, "夜泣き", before=first.older_than)

    assert [texts(first), first.back_to, texts(rest)] == [["夜泣き2"], NOW, ["夜泣き1"]]


def test_an_empty_database_is_searched(database: Database) -> None:
    assert look(database, "夜泣き") == Found((), 0)
    assert look(database, "夜泣き", before=7) == Found((), 0)


def test_the_quick_way_finds_what_normalising_everything_would(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows_of(monkeypatch, 50)
    monkeypatch.setattr(view, "HITS", 5)
    chance = Random(22)
    said = ["".join(chance.choices(PIECES, k=chance.randint(1, 7))) for _ in range(120)]
    talk(database, *said)
    flat = [normalize(text) for text in said]

    for _ in range(50):
        one = chance.choice(flat)
        start = chance.randrange(len(one) or 1)
        words = one[start : start + chance.randint(1, 4)]
        if normalize(words):
            there = [
                number
                for number, (text, normalized) in enumerate(zip(said, flat, strict=True), 1)
                if words in text or normalize(words) in normalized
            ]
            assert everything(database, words) == there[::-1], words


def test_nothing_is_found_for_nothing(database: Database) -> None:
    talk(database, "夜泣き")

    assert look(database, " 。").hits == ()


def test_a_long_entry_is_shown_from_where_the_words_are(database: Database) -> None:
    talk(database, "あ" * 200 + "夜泣き" + "い" * 200)

    assert "夜泣き" in texts(look(database, "夜泣き"))[0]
