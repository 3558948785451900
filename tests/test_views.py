"""The console's read models and the staff's accounts, as values."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from console_harness import NOW, Clock, World, new_database, said
from sqlalchemy import event

from conversation.ahead import Rank, Turn, ahead, turn_of
from conversation.model import Consultation, Outcome, Status, Urgency
from storage import staff
from storage.staff import BadName, NameTaken, Role
from storage.tables import ConsultationRow, ConversationRow, HeartbeatRow, NoticeRow
from storage.views import problems, queue, thread
from storage.views.queue import Tab

ON_BOTH = True
HOUR = timedelta(hours=1)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def statements(world: World) -> list[str]:
    """Every statement from now on."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement != "BEGIN":
            seen.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    return seen


def names(world: World, tab: Tab, number: int = 1) -> list[str]:
    with world.database.read() as session:
        return [row.pseudonym for row in queue.page(session, tab, "sato", NOW, number).rows]


def resolved(number: int, outcome: Outcome, by: str = "mori") -> Consultation:
    return Consultation(number, NOW, "desk", assignee=by, resolved_at=NOW, outcome=outcome)


def test_in_the_queue_crisis_comes_first_then_distress(world: World) -> None:
    world.waiting("つらい-1", urgency=Urgency.DISTRESS, minutes=10)
    world.waiting("ふつう-2", minutes=20)
    world.waiting("きけん-3", urgency=Urgency.CRISIS, minutes=5)
    world.waiting("きけん-4", urgency=Urgency.CRISIS, minutes=6)

    assert names(world, Tab.WAITING) == ["きけん-4", "きけん-3", "つらい-1", "ふつう-2"]


def test_who_has_been_answered_comes_after_those_who_wait(world: World) -> None:
    world.held("sato", "答えた-1")
    world.waiting("待つ-2", minutes=1)

    assert names(world, Tab.OPEN) == ["待つ-2", "答えた-1"]


def test_done_shows_the_last_consultation_and_no_talk_with_the_bot_alone(world: World) -> None:
    twice = world.conversation("にど-1", closed=resolved(1, Outcome.ANSWERED, by="sato"))
    with world.database.write() as session:
        session.add(
            ConsultationRow(
                id=f"{twice}.2",
                conversation_id=twice,
                number=2,
                desk="desk",
                urgency=Urgency.DISTRESS,
                opened_at=NOW,
                assignee="mori",
                resolved_at=NOW,
                outcome=Outcome.NO_REPLY,
            )
        )
    world.conversation("ボット-2")

    with world.database.read() as session:
        rows = queue.page(session, Tab.DONE, "sato", NOW).rows
        counts = queue.counts(session, "sato", NOW)

    assert [(row.pseudonym, row.owner, row.outcome, row.urgency) for row in rows] == [
        ("にど-1", "森", "no_reply", "distress")
    ]
    assert counts[Tab.DONE] == 1


def test_the_queue_is_paged(world: World) -> None:
    for number in range(queue.PAGE + 1):
        world.waiting(f"相談-{number}", minutes=1000 - number)

    with world.database.read() as session:
        first = queue.page(session, Tab.WAITING, "sato", NOW)
        second = queue.page(session, Tab.WAITING, "sato", NOW, 2)

    assert (len(first.rows), first.more) == (queue.PAGE, True)
    assert ([row.pseudonym for row in second.rows], second.more) == ([f"相談-{queue.PAGE}"], False)


def test_the_queue_costs_one_select_however_long_it_is(world: World, statements: list[str]) -> None:
    for number in range(5):
        world.held("mori", f"相談-{number}")
    statements.clear()

    names(world, Tab.OPEN)

    assert len(statements) == 1


def test_counts_go_by_owner_and_stop_at_the_cap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "COUNTED_TO", 2)
    for number in range(3):
        world.waiting(f"待つ-{number}")
    world.held("sato", "わたし-1")

    with world.database.read() as session:
        counts = queue.counts(session, "sato", NOW)

    assert counts == {Tab.MINE: 1, Tab.WAITING: 2, Tab.OPEN: 2, Tab.SNOOZED: 0, Tab.DONE: 0}


def test_unread_counts_what_concerns_this_counselor(world: World) -> None:
    world.waiting("待つ-1", said(), said(message_id="m2"))
    world.held("sato", "わたし-1")
    world.held("mori", "ひとの-1")

    with world.database.read() as session:
        assert queue.unread(session, "sato", NOW) == 3


def test_the_marks_change_when_somebody_opens_a_thread(world: World) -> None:
    conversation_id = world.waiting()
    with world.database.read() as session:
        before = queue.mark(session)

    with world.database.write() as session:
        assert thread.unseen(session, conversation_id, "sato")
        thread.seen(session, conversation_id, "sato", NOW)

    with world.database.read() as session:
        assert queue.mark(session) != before
        assert not thread.unseen(session, conversation_id, "sato")


def test_a_notice_alone_is_unseen_too(world: World) -> None:
    conversation_id = world.waiting()
    with world.database.write() as session:
        thread.seen(session, conversation_id, "sato", NOW)
        session.add(NoticeRow(conversation_id=conversation_id, kind="unreachable", at=NOW))

    with world.database.read() as session:
        assert thread.unseen(session, conversation_id, "sato")


def test_a_thread_keeps_the_order_in_which_things_came(world: World) -> None:
    conversation_id = world.waiting(
        "みどり-482", said("ひとつ目"), said("ふたつ目", at=NOW - HOUR, message_id="m2")
    )
    world.bot_says(conversation_id, "みっつ目")

    with world.database.read() as session:
        read = thread.thread(session, conversation_id, NOW)

    assert [entry.text for entry in read.entries] == ["ひとつ目", "ふたつ目", "みっつ目"]
    assert read.entries[2].delivery
    assert read.entries[2].delivery.state == "queued"
    assert not read.older


def test_a_thread_costs_the_same_however_long_it_is(world: World, statements: list[str]) -> None:
    short = world.waiting("みじかい-1")
    long = world.waiting("ながい-1", *(said(message_id=f"m{number}") for number in range(30)))

    costs = []
    for conversation_id in (short, long):
        statements.clear()
        with world.database.read() as session:
            thread.thread(session, conversation_id, NOW)
        costs.append(len(statements))

    assert costs[0] == costs[1]


def test_earlier_consultations_do_not_list_the_open_one(world: World) -> None:
    conversation_id = world.waiting("みどり-482", closed=None)
    with world.database.write() as session:
        session.add(
            ConsultationRow(
                id=f"{conversation_id}.0",
                conversation_id=conversation_id,
                number=0,
                desk="desk",
                urgency=Urgency.NORMAL,
                opened_at=NOW - HOUR,
                assignee="mori",
                resolved_at=NOW,
                outcome=Outcome.REFERRED,
            )
        )

    with world.database.read() as session:
        past = thread.thread(session, conversation_id, NOW).past

    assert [(one.number, one.outcome, one.counselor) for one in past] == [(0, "referred", "森")]


def test_an_unknown_thread_is_a_key_error(world: World) -> None:
    with world.database.read() as session, pytest.raises(KeyError):
        thread.thread(session, "nobody", NOW)


def test_alarms_name_untaken_crises_longest_waiting_first(world: World) -> None:
    later = world.waiting("あと-1", urgency=Urgency.CRISIS, minutes=1)
    sooner = world.waiting("さき-2", urgency=Urgency.CRISIS, minutes=9)
    world.waiting("ふつう-3")
    world.conversation(
        "とった-4",
        status=Status.ASSIGNED,
        consultation=Consultation(1, NOW, "desk", urgency=Urgency.CRISIS, assignee="sato"),
    )
    with world.database.write() as session:
        session.add(HeartbeatRow(name="intake", at=NOW))

    with world.database.read() as session:
        alarms = problems.alarms(session)

    assert alarms.crisis_ids == (sooner, later)
    assert alarms.stopped == ()


@pytest.mark.parametrize("name", ["", "佐藤", "Sato", "a b", "-x", "x" * 41])
def test_a_log_in_name_that_nobody_could_type_is_refused(world: World, name: str) -> None:
    with world.database.write() as session, pytest.raises(BadName):
        staff.add(session, name, "佐藤", Role.COUNSELOR, "hash", NOW)


def test_a_log_in_name_is_given_once_even_after_it_is_disabled(world: World) -> None:
    with world.database.write() as session:
        staff.disable(session, "sato", NOW)

    with world.database.write() as session, pytest.raises(NameTaken):
        staff.add(session, "sato", "別の佐藤", Role.COUNSELOR, "hash", NOW)


def test_accounts_are_listed_with_the_disabled_ones(world: World) -> None:
    with world.database.write() as session:
        staff.disable(session, "mori", NOW)

    with world.database.read() as session:
        listed = [(one.id, one.role, one.disabled) for one in staff.everyone(session)]

    assert listed == [
        ("admin", "admin", False),
        ("desk", "desk", False),
        ("leader", "manager", False),
        ("mori", "counselor", True),
        ("sato", "counselor", False),
    ]


def test_only_known_accounts_are_changed(world: World) -> None:
    with world.database.write() as session:
        with pytest.raises(KeyError):
            staff.disable(session, "nobody", NOW)
        with pytest.raises(KeyError):
            staff.set_password_hash(session, "nobody", "hash")


def test_a_hash_does_not_turn_up_where_an_account_is_printed(world: World) -> None:
    with world.database.read() as session:
        assert "argon2" not in repr(staff.find(session, "sato"))


def test_the_queue_is_ranked_by_danger_then_distress_and_babies_then_broken_promises(world: World) -> None:
    world.waiting("ふつう-1", minutes=90)
    late = world.waiting("約束-2", minutes=50)
    baby = world.waiting("あかちゃん-3", minutes=30)
    world.waiting("つらい-4", urgency=Urgency.DISTRESS, minutes=20)
    world.waiting("きけん-5", urgency=Urgency.CRISIS, minutes=1)
    with world.database.write() as session:
        session.get_one(ConversationRow, late).promised_for = NOW - HOUR
        session.get_one(ConversationRow, baby).baby = True

    assert names(world, Tab.WAITING) == ["きけん-5", "あかちゃん-3", "つらい-4", "約束-2", "ふつう-1"]


def test_who_is_read_before_somebody_is_whoever_the_queue_shows_above(world: World) -> None:
    world.waiting("きけん-1", urgency=Urgency.CRISIS, minutes=1)
    world.waiting("つらい-2", urgency=Urgency.DISTRESS, minutes=5)
    world.waiting("ながい-3", minutes=30)
    world.waiting("みじかい-4", minutes=2)
    world.held("sato", "ほかの-5")
    mine = world.waiting("わたし-6", minutes=10)

    with world.database.read() as session:
        others = queue.turns(session, mine, NOW)

    usual = Turn(Rank.USUAL, NOW - timedelta(minutes=10))
    assert names(world, Tab.WAITING).index("わたし-6") == ahead(others, usual) == 3


def test_who_has_blocked_us_is_waited_for_by_nobody(world: World) -> None:
    world.waiting("こない-1", reachable=False)

    with world.database.read() as session:
        assert queue.turns(session, "another", NOW) == ()


def test_the_turn_of_somebody_new_agrees_with_the_queue(world: World) -> None:
    for urgency in Urgency:
        world.waiting(f"{urgency}-1", urgency=urgency, minutes=5)
    world.waiting("あかちゃん-2", minutes=5, baby_from=("m1",))
    opened = Consultation(1, NOW, "desk", waiting_since=NOW - timedelta(minutes=5))
    since = NOW - timedelta(minutes=5)

    with world.database.read() as session:
        stored = queue.turns(session, "another", NOW)

    of_core = [turn_of(replace(opened, urgency=one), baby=False, since=since) for one in Urgency]
    assert sorted(stored) == sorted([*of_core, turn_of(opened, baby=True, since=since)])
