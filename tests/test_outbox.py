"""The durable outbox, on both databases: what goes together, in which order, and what follows from an answer."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import databases
import pytest
from databases import NOW, family
from sqlmodel import Session, col, select

from conversation.messages import Outgoing, Speaker, Text
from storage import heartbeats, outbox
from storage.database import Database
from storage.outbox import Claimed
from storage.tables import OutboxRow, ReplyTokenRow

database = databases.on_both
postgresql = databases.on_postgresql


def put(database: Database, conversation: str, *texts: str, bubbles: int = 1) -> None:
    for text in texts:
        outgoing = Outgoing((Text(text),) * bubbles, speaker=Speaker.COUNSELOR)
        with database.write() as session:
            outbox.put(session, conversation, None, "line", outgoing, NOW)


def claim(database: Database, seconds: float = 0) -> Claimed | None:
    with database.write() as session:
        return outbox.claim(session, NOW + timedelta(seconds=seconds))


def must_claim(database: Database, seconds: float = 0) -> Claimed:
    claimed = claim(database, seconds)
    assert claimed is not None
    return claimed


def words(claimed: Claimed | None) -> list[str]:
    return [one.plain for one in claimed.outgoing] if claimed else []


def token(database: Database, conversation: str, name: str, age: float = 0) -> None:
    with database.write() as session:
        outbox.add_reply_token(session, f"event {name}", conversation, name, NOW - timedelta(seconds=age))


def mark(database: Database, act: Callable[..., None], claimed: Claimed, *arguments: object) -> None:
    with database.write() as session:
        act(session, claimed, *arguments)


def sent(database: Database, claimed: Claimed) -> None:
    mark(database, outbox.sent, claimed, "push", ["1"], NOW)


def rows(database: Database) -> Sequence[OutboxRow]:
    with database.read() as session:
        return session.exec(select(OutboxRow).order_by(col(OutboxRow.id))).all()


def states(database: Database) -> list[str]:
    return [row.state for row in rows(database)]


# ---- claiming


def test_where_there_is_nothing_to_send_nothing_is_claimed(database: Database) -> None:
    family(database)

    assert claim(database) is None


def test_what_is_claimed_says_to_whom_what_and_with_which_key(database: Database) -> None:
    conversation = family(database, "U-a")
    put(database, conversation, "こんにちは")

    claimed = must_claim(database)

    row = rows(database)[0]
    assert claimed == Claimed(
        ids=(row.id or 0,),
        conversation_id=conversation,
        address="U-a",
        outgoing=(Outgoing((Text("こんにちは"),), speaker=Speaker.COUNSELOR),),
        retry_key=row.retry_key,
        reply_token=None,
        reply_token_at=None,
        attempt=1,
        first_try_at=NOW,
    )


def test_every_row_has_a_retry_key_of_its_own_from_birth(database: Database) -> None:
    put(database, family(database), "1", "2")

    assert len({row.retry_key for row in rows(database)}) == 2


def test_what_is_claimed_is_not_claimed_again(database: Database) -> None:
    put(database, family(database), "1")

    assert words(claim(database)) == ["1"]
    assert claim(database) is None


def test_what_waits_together_goes_together_with_one_key(database: Database) -> None:
    put(database, family(database), "1", "2", "3")

    claimed = must_claim(database)

    assert words(claimed) == ["1", "2", "3"]
    assert {row.retry_key for row in rows(database)} == {claimed.retry_key}


def test_never_more_than_five_messages_go_in_one_request(database: Database) -> None:
    conversation = family(database)
    put(database, conversation, "1", "2", bubbles=2)
    put(database, conversation, "3", bubbles=2)
    put(database, conversation, "4", bubbles=1)

    first = must_claim(database)
    sent(database, first)

    assert words(first) == ["1\n\n1", "2\n\n2"]
    assert words(claim(database)) == ["3\n\n3", "4"]


def test_nothing_overtakes_what_is_being_sent_to_the_same_parent(database: Database) -> None:
    conversation, other = family(database, "U-a"), family(database, "U-b")
    put(database, conversation, "1")
    first = must_claim(database)
    put(database, conversation, "2")
    put(database, other, "for another parent")

    assert words(claim(database)) == ["for another parent"]
    assert claim(database) is None
    sent(database, first)
    assert words(claim(database)) == ["2"]


def test_nothing_overtakes_what_is_tried_again_later(database: Database) -> None:
    conversation = family(database)
    put(database, conversation, "1")
    mark(database, outbox.later, must_claim(database), NOW + timedelta(seconds=9), "500")
    put(database, conversation, "2")

    assert claim(database, seconds=8) is None
    first = must_claim(database, seconds=9)
    sent(database, first)

    assert words(first) == ["1"]
    assert words(claim(database, seconds=9)) == ["2"]


def test_what_is_tried_again_is_the_very_same_request(database: Database) -> None:
    conversation = family(database)
    put(database, conversation, "1", "2")
    first = must_claim(database)
    mark(database, outbox.later, first, NOW, "500")
    put(database, conversation, "3")

    again = must_claim(database)

    assert (words(again), again.retry_key) == (["1", "2"], first.retry_key)
    assert (again.attempt, again.first_try_at) == (2, NOW)


# ---- reply tokens


def test_a_fresh_token_is_used_once(database: Database) -> None:
    conversation = family(database)
    token(database, conversation, "t", age=49)
    put(database, conversation, "1")

    first = must_claim(database)
    sent(database, first)
    put(database, conversation, "2")

    assert (first.reply_token, first.reply_token_at) == ("t", NOW - timedelta(seconds=49))
    assert must_claim(database).reply_token is None


def test_an_old_token_is_not_used_but_swept_out(database: Database) -> None:
    conversation = family(database)
    token(database, conversation, "t", age=51)
    put(database, conversation, "1")

    claimed = must_claim(database)

    assert claimed.reply_token is None
    with database.read() as session:
        assert session.exec(select(ReplyTokenRow)).all() == []


def test_the_newest_token_is_used_first(database: Database) -> None:
    conversation = family(database)
    token(database, conversation, "older", age=20)
    token(database, conversation, "newer", age=10)
    put(database, conversation, "1")

    assert must_claim(database).reply_token == "newer"


def test_the_token_of_another_parent_is_not_touched(database: Database) -> None:
    token(database, family(database, "U-b"), "theirs")
    put(database, family(database, "U-a"), "1")

    assert must_claim(database).reply_token is None


def test_a_reply_is_tried_again_with_the_same_token(database: Database) -> None:
    conversation = family(database)
    token(database, conversation, "t")
    put(database, conversation, "1")
    mark(database, outbox.later, must_claim(database), NOW + timedelta(seconds=1), "500")
    token(database, conversation, "newer")

    assert must_claim(database, seconds=1).reply_token == "t"


def test_a_dead_token_is_followed_by_a_push(database: Database) -> None:
    conversation = family(database)
    token(database, conversation, "t")
    put(database, conversation, "1")

    mark(database, outbox.push_instead, must_claim(database), NOW)

    again = must_claim(database)
    assert (words(again), again.reply_token) == (["1"], None)


# ---- leases


def test_an_expired_lease_is_taken_over_with_the_same_request(database: Database) -> None:
    conversation = family(database)
    token(database, conversation, "t")
    put(database, conversation, "1", "2")
    first = must_claim(database)
    put(database, conversation, "3")

    assert claim(database, seconds=19) is None
    taken_over = must_claim(database, seconds=20)

    assert words(taken_over) == ["1", "2"]
    assert (taken_over.retry_key, taken_over.reply_token) == (first.retry_key, "t")
    assert taken_over.attempt == 2


@pytest.mark.parametrize("late", [outbox.sent, outbox.failed], ids=["sent", "failed"])
def test_who_lost_the_lease_can_no_longer_mark(database: Database, late: Callable[..., None]) -> None:
    put(database, family(database), "1")
    slow = must_claim(database)
    must_claim(database, seconds=20)

    mark(database, late, slow, *(("push", ["1"], NOW) if late is outbox.sent else ("400",)))

    assert states(database) == ["sending"]


def test_at_the_start_of_the_only_worker_leases_are_void(database: Database) -> None:
    put(database, family(database), "1")
    first = must_claim(database)

    with database.write() as session:
        outbox.release(session)

    assert must_claim(database).retry_key == first.retry_key


# ---- what follows from an answer


def test_what_was_accepted_keeps_lines_message_ids(database: Database) -> None:
    put(database, family(database), "1")

    mark(database, outbox.sent, must_claim(database), "reply", ["461230966842064897"], NOW)

    row = rows(database)[0]
    assert (row.state, row.via, row.message_ids, row.sent_at) == (
        "sent",
        "reply",
        ["461230966842064897"],
        NOW,
    )
    assert row.lease_until is None


@pytest.mark.parametrize("act", [outbox.failed, outbox.unknown], ids=["failed", "unknown"])
def test_what_was_refused_or_may_have_arrived_is_shown_and_not_sent(
    database: Database, act: Callable[[Session, Claimed, str], None]
) -> None:
    conversation = family(database)
    put(database, conversation, "1")

    mark(database, act, must_claim(database), "400 messages[0].text")
    put(database, conversation, "2")

    with database.read() as session:
        assert [row.problem for row in outbox.problems(session)] == ["400 messages[0].text"]
    assert words(claim(database, seconds=100_000)) == ["2"]


def test_what_was_refused_unseen_counts_as_not_tried(database: Database) -> None:
    put(database, family(database), "1")

    mark(database, outbox.unsent, must_claim(database), NOW + timedelta(days=3), "401")

    again = must_claim(database, seconds=3 * 86400)
    assert (again.attempt, again.first_try_at) == (1, NOW + timedelta(days=3))


def test_refused_unseen_after_a_try_keeps_the_time_of_that_try(database: Database) -> None:
    put(database, family(database), "1")
    mark(database, outbox.later, must_claim(database), NOW, "ReadTimeoutError")

    mark(database, outbox.unsent, must_claim(database, seconds=60), NOW, "401")

    again = must_claim(database, seconds=90)
    assert (again.attempt, again.first_try_at) == (2, NOW)


# ---- without quota


def held(database: Database, conversation: str, *texts: str) -> None:
    put(database, conversation, *texts)
    mark(database, outbox.hold, must_claim(database), NOW + timedelta(hours=1), "429")


def test_what_is_held_waits_for_an_hour(database: Database) -> None:
    held(database, family(database), "1")

    assert states(database) == ["held"]
    assert claim(database, seconds=3599) is None
    assert words(claim(database, seconds=3600)) == ["1"]


def test_what_is_held_goes_with_the_parents_next_message(database: Database) -> None:
    conversation = family(database)
    held(database, conversation, "1", "2")
    token(database, conversation, "t")
    put(database, conversation, "the answer")

    claimed = must_claim(database)

    assert (words(claimed), claimed.reply_token) == (["1", "2", "the answer"], "t")


def test_a_parents_next_message_frees_what_is_held_even_without_an_answer(database: Database) -> None:
    conversation = family(database)
    held(database, conversation, "1")

    token(database, conversation, "t")

    assert words(claim(database)) == ["1"]


def test_the_fresh_answer_does_not_wait_for_room(database: Database) -> None:
    conversation = family(database)
    held(database, conversation, "1", "2", "3", "4", "5")
    put(database, conversation, "the answer")
    token(database, conversation, "t")

    first = must_claim(database)

    assert words(first) == ["1", "2", "3", "4", "the answer"]
    assert states(database)[4] == "held"


def test_what_is_held_does_not_keep_fresh_answers_back(database: Database) -> None:
    conversation = family(database)
    held(database, conversation, "1")
    put(database, conversation, "2")

    assert words(claim(database)) == ["2"]


def test_what_was_held_together_has_keys_of_its_own_when_it_goes_apart(database: Database) -> None:
    conversation = family(database)
    held(database, conversation, "1", "2", "3", "4", "5")
    put(database, conversation, "the answer")
    token(database, conversation, "t")

    first = must_claim(database)
    sent(database, first)
    last = must_claim(database, seconds=3600)

    assert words(last) == ["5"]
    assert last.retry_key != first.retry_key  # LINE would take it for what has come already


# ---- blocked, and again


def test_nothing_goes_to_who_has_blocked_us(database: Database) -> None:
    conversation, other = family(database, "U-a"), family(database, "U-b")
    held(database, conversation, "1")
    put(database, conversation, "2")
    put(database, other, "3")

    with database.write() as session:
        outbox.stop(session, conversation)

    assert [(row.state, row.problem) for row in rows(database)] == [
        ("failed", "blocked"),
        ("failed", "blocked"),
        ("queued", ""),
    ]
    assert words(claim(database)) == ["3"]


@pytest.mark.parametrize("act", [outbox.failed, outbox.unknown], ids=["failed", "unknown"])
def test_a_person_may_have_it_sent_again_with_a_new_key(
    database: Database, act: Callable[[Session, Claimed, str], None]
) -> None:
    conversation = family(database)
    token(database, conversation, "t")
    put(database, conversation, "1")
    first = must_claim(database)
    mark(database, act, first, "x")

    with database.write() as session:
        done = outbox.retry(session, first.ids[0], NOW + timedelta(days=2))

    again = must_claim(database, seconds=2 * 86400)
    assert done
    assert words(again) == ["1"]
    assert again.retry_key != first.retry_key
    assert (again.attempt, again.reply_token, again.first_try_at) == (1, None, NOW + timedelta(days=2))


def test_only_what_is_stuck_can_be_sent_again(database: Database) -> None:
    put(database, family(database), "1")
    claimed = must_claim(database)
    sent(database, claimed)

    with database.write() as session:
        assert not outbox.retry(session, claimed.ids[0], NOW)
        assert not outbox.retry(session, 999, NOW)


# ---- several workers


def test_two_workers_never_send_to_the_same_parent_at_once(postgresql: Database) -> None:
    put(postgresql, family(postgresql, "U-a"), "1", "2")
    put(postgresql, family(postgresql, "U-b"), "3")

    with postgresql.write() as one, postgresql.write() as other:
        first, second = outbox.claim(one, NOW), outbox.claim(other, NOW)

    assert words(first) == ["1", "2"]
    assert words(second) == ["3"]


def test_what_is_held_and_what_is_new_go_once_although_two_workers_look(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = family(postgresql)
    put(postgresql, conversation, "1")
    mark(postgresql, outbox.hold, must_claim(postgresql), NOW + timedelta(hours=1), "quota")
    put(postgresql, conversation, "2")
    token(postgresql, conversation, "t")
    claimed: list[Claimed | None] = []
    other = threading.Thread(target=lambda: claimed.append(claim(postgresql)))
    choose = outbox._take_token

    def choose_while_another_looks(session: Session, *rest: Any) -> ReplyTokenRow | None:
        if other.ident is None:
            other.start()
            other.join(0.5)  # it would wait for our lock, if it went on
        return choose(session, *rest)

    monkeypatch.setattr(outbox, "_take_token", choose_while_another_looks)

    claimed.append(claim(postgresql))
    other.join()

    assert sorted(word for one in claimed for word in words(one)) == ["1", "2"]


def test_signs_of_life_from_two_workers_do_not_collide(postgresql: Database) -> None:
    with postgresql.write() as one:
        heartbeats.beat(one, "delivery", NOW)
        other = threading.Thread(target=lambda: _beat(postgresql))
        other.start()
        other.join(0.2)
    other.join()

    with postgresql.read() as session:
        assert heartbeats.all_(session)["delivery"].stopped_by == "line_401"


def _beat(database: Database) -> None:
    with database.write() as session:
        heartbeats.beat(session, "delivery", NOW, stopped_by="line_401")
