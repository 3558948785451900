"""Who is asked whether a consultation helped, and what counts as an answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from console_harness import NOW, RULES, Clock, World, new_database

from conversation.commands import RATHER_NOT
from conversation.engine import decide
from conversation.events import CounselorResolved, Event, ParentWrote
from conversation.model import (
    Consultation,
    Conversation,
    Decision,
    Entry,
    EntryKind,
    HelpAsked,
    Helped,
    Outcome,
    Status,
    Urgency,
)
from conversation.whether_helped import CHOICES, answer_in
from directory import pack
from storage import exporting
from storage.retention import Policy, sweep
from storage.store import SqlStore
from storage.tables import ConsultationRow, EntryRow
from storage.views import queue, thread
from storage.views.queue import Tab

ON_BOTH = True
HELD = Conversation(
    "c",
    Status.ASSIGNED,
    consent="2026-11",
    consultations=1,
    consultation=Consultation(1, NOW, "sogo-sodan", assignee="sato", introduced="sato"),
)
ASKED = Conversation("c", consultations=1, help_asked=HelpAsked(1, "temporary_care", Urgency.NORMAL))


def after(event: Event, conversation: Conversation) -> Decision:
    return decide(conversation, event, rules=RULES, directory=pack.load(), now=NOW)


def is_asked(outcome: Outcome = Outcome.ANSWERED, consultation: Any = None, **changes: Any) -> bool:
    assert HELD.consultation
    held = replace(HELD, consultation=replace(HELD.consultation, **(consultation or {})), **changes)
    decision = after(CounselorResolved("sato", outcome), held)
    told = any(one.choices == CHOICES for one in decision.outgoing)
    assert told is (decision.conversation.help_asked is not None)
    return told


@pytest.mark.parametrize(
    ("outcome", "asked"),
    [
        (Outcome.ANSWERED, True),
        (Outcome.REFERRED, True),
        (Outcome.NO_REPLY, True),
        (Outcome.STOPPED, False),
        (Outcome.OTHER, False),
    ],
)
def test_the_question_follows_the_outcomes_that_it_fits(outcome: Outcome, asked: bool) -> None:
    assert is_asked(outcome) is asked


def test_hard_words_do_not_keep_from_asking() -> None:
    assert is_asked(consultation={"urgency": Urgency.DISTRESS})


@pytest.mark.parametrize(
    "case",
    [
        {"consultation": {"urgency": Urgency.CRISIS}},
        {"consultation": {"introduced": None}},
        {"discreet": True},
        {"reachable": False},
        {"erasure_wanted_at": NOW},
    ],
    ids=["danger", "nobody answered", "violence at home", "blocked", "wants to be forgotten"],
)
def test_it_is_not_asked_where_it_would_hurt_or_miss(case: dict[str, Any]) -> None:
    assert not is_asked(**case)


@pytest.mark.parametrize(
    ("text", "helped"),
    [
        ("はい、助かりました", Helped.YES),
        ("はい 助かりました。", Helped.YES),
        ("1", Helped.YES),
        ("はい", Helped.YES),
        ("まだ困っている", Helped.NO),
        ("２番", Helped.NO),
        ("まだ困ってます", Helped.NO),
        ("いいえ", Helped.NO),
        ("答えない", Helped.UNSAID),
        ("3", Helped.UNSAID),
        ("4", None),
        ("はい、でもまだ心配です", None),
        ("助かりませんでした", None),
        ("お願いします", None),
        ("ありがとうございました", None),
    ],
)
def test_an_answer_is_a_label_a_number_or_a_few_plain_words(text: str, helped: Helped | None) -> None:
    assert answer_in(ASKED, text) is helped


def test_what_was_answered_once_is_not_answered_again() -> None:
    told = after(ParentWrote(NOW, RATHER_NOT.label, "m1"), ASKED)

    assert answer_in(told.conversation, "1") is None
    assert told.helped
    assert told.helped.helped is Helped.UNSAID


def test_an_answer_is_nothing_to_mend_the_rules_by() -> None:
    (entry,) = after(ParentWrote(NOW, "まだ困っている", "m1"), ASKED).entries

    assert (entry.text, entry.understanding) == ("まだ困っている", None)


def test_still_in_trouble_keeps_the_hard_words_rank() -> None:
    hard = replace(ASKED, consent="2026-11", help_asked=HelpAsked(1, "parent_distress", Urgency.DISTRESS))

    again = after(ParentWrote(NOW, "まだ困っている", "m1"), hard).conversation

    assert again.status is Status.WAITING
    assert again.consultation
    assert (again.consultation.number, again.consultation.urgency) == (2, Urgency.DISTRESS)
    assert (again.consultation.topic, again.consultation.waiting_since) == ("parent_distress", NOW)


# ---- kept


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def answered(world: World, text: str = "まだ困っている") -> str:
    """A consultation at its end, and the parent's answer."""
    conversation_id = world.held("sato")
    put(world, conversation_id, Entry(EntryKind.UTTERANCE, "こんにちは", NOW), introduced="sato")
    put(world, conversation_id, CounselorResolved("sato", Outcome.ANSWERED))
    put(world, conversation_id, ParentWrote(NOW, text, "m9"))
    return conversation_id


def put(world: World, conversation_id: str, what: Event | Entry, **changes: Any) -> None:
    with world.database.write() as session:
        stored = SqlStore(session)
        conversation, version = stored.load(conversation_id)
        if isinstance(what, Entry):
            assert conversation.consultation
            held = replace(conversation.consultation, **changes)
            decision = Decision(replace(conversation, consultation=held), entries=(what,))
        else:
            decision = after(what, conversation)
        stored.save(decision, version, NOW)


def test_the_answer_is_shown_beside_the_outcome(world: World) -> None:
    conversation_id = answered(world, "はい、助かりました")

    with world.database.read() as session:
        (row,) = queue.page(session, Tab.DONE, "sato", NOW).rows
        (past,) = thread.thread(session, conversation_id, NOW).past
    page = world.browser("sato").get(f"/threads/{conversation_id}?tab=done").text

    assert (row.helped, past.helped) == ("yes", "yes")
    assert page.count("助かったとのこと") == 2


def test_the_answer_stays_with_its_consultation_when_another_begins(world: World) -> None:
    conversation_id = answered(world)

    with world.database.read() as session:
        (past,) = thread.thread(session, conversation_id, NOW).past

    assert (past.number, past.outcome, past.helped) == (1, "answered", "no")


def test_an_export_holds_when_it_was_asked_and_what_was_answered(world: World) -> None:
    conversation_id = answered(world, "答えない")

    with world.database.read() as session:
        (one,) = exporting.everything(session, conversation_id)["consultations"]

    assert one["helped"] == "none"
    assert one["helped_asked_at"]
    assert one["helped_at"]


def test_the_answer_goes_with_its_consultation(world: World) -> None:
    conversation_id = answered(world, "はい、助かりました")

    sweep(world.database, NOW + timedelta(days=Policy().consultations + 1), Policy())

    with world.database.read() as session:
        assert session.get(ConsultationRow, f"{conversation_id}.1") is None
        assert session.get(EntryRow, 1) is None


def test_old_programs_read_what_newer_ones_remember(world: World) -> None:
    """And newer ones what older ones wrote: a field that is not known is passed over."""
    from storage.store import _memory

    later = _memory.dump_json(ASKED).decode().replace('"help_asked"', '"asked_by_a_later_one"')

    assert _memory.validate_json(later) == replace(ASKED, help_asked=None)
