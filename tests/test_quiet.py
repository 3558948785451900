"""What is heard of babies, and when a quiet consultation ends."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import unsealed
from console_harness import RULES, Clock, World, new_database
from sqlmodel import select

from bot.jobs import quiet_job
from bot.settings import QUIET_DAYS
from console.snoozing import Preset, until
from conversation.babies import tells_of_baby
from conversation.model import Urgency
from conversation.quiet import ends_at
from directory import pack
from directory.hours import parse
from storage.tables import ConversationRow, OutboxRow

ON_BOTH = True

WEEKDAYS = parse("mon,tue,wed,thu,fri 08:30-17:00", "holiday")


def test_weekends_and_holidays_are_no_opening_days() -> None:
    thursday = datetime(2026, 11, 19, 5, 0, tzinfo=UTC)  # Monday the 23rd is a holiday

    assert ends_at(thursday, 2, WEEKDAYS) == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["生後3か月の子が泣きやまない", "0歳です", "8ヶ月の娘が", "赤ちゃんが寝ない"]
)
def test_a_child_under_a_year_is_heard(text: str) -> None:
    assert tells_of_baby(text)


@pytest.mark.parametrize(
    "text", ["10歳の子", "1歳8か月の子です", "18か月の子", "赤ちゃん返りがひどい", "妊娠5か月です"]
)
def test_an_older_child_or_none_is_no_baby(text: str) -> None:
    assert not tells_of_baby(text)


# ---- by the clock


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def days_later(world: World, days: int) -> None:
    world.clock.advance(days=days)
    quiet_job(world.database, lambda: RULES, pack.load, QUIET_DAYS).run(world.clock())


def arrive(world: World) -> None:
    """What was written is sent."""
    with world.database.write() as session:
        for row in session.exec(select(OutboxRow)):
            row.state = "sent"


def goodbyes(world: World) -> int:
    rows = unsealed.rows(world.database, OutboxRow)
    return sum("この相談はいったん終わります" in row.body for row in rows)


def status(world: World, conversation_id: str) -> str:
    with world.database.read() as session:
        row = session.get(ConversationRow, conversation_id)
        assert row
        return row.status


def test_a_quiet_consultation_ends_kindly_on_its_fifth_opening_day(world: World) -> None:
    conversation_id = world.held("sato")  # on a Tuesday

    days_later(world, 6)  # the fourth opening day
    before = status(world, conversation_id)
    days_later(world, 1)
    days_later(world, 1)

    assert (before, status(world, conversation_id), goodbyes(world)) == ("assigned", "bot", 1)


def test_who_waits_for_an_answer_is_not_sent_away(world: World) -> None:
    conversation_id = world.waiting()

    days_later(world, 30)

    assert (status(world, conversation_id), goodbyes(world)) == ("waiting", 0)


def test_whose_life_was_in_danger_is_not_left_to_the_clock(world: World) -> None:
    conversation_id = world.waiting(urgency=Urgency.CRISIS)
    world.browser("sato").post(f"/threads/{conversation_id}/take")
    world.browser("sato").post(f"/threads/{conversation_id}/write", mode="reply", text="ここにいます")
    arrive(world)

    days_later(world, 30)

    assert (status(world, conversation_id), goodbyes(world)) == ("assigned", 0)


def test_who_asked_for_silence_gets_no_goodbye(world: World) -> None:
    conversation_id = world.held("sato", discreet=True)

    days_later(world, 7)

    assert (status(world, conversation_id), goodbyes(world)) == ("bot", 0)


def test_nothing_ends_whose_answer_has_not_arrived(world: World) -> None:
    conversation_id = world.held("sato")
    world.browser("sato").post(f"/threads/{conversation_id}/write", mode="reply", text="あすの10時に")
    before = len(unsealed.rows(world.database, OutboxRow))  # queued, and nothing sends it here

    days_later(world, 30)

    assert (status(world, conversation_id), goodbyes(world), before) == ("assigned", 0, 1)


def test_a_word_from_the_counselor_starts_the_days_anew(world: World) -> None:
    conversation_id = world.held("sato")
    world.clock.advance(days=3)
    world.browser("sato").post(f"/threads/{conversation_id}/write", mode="reply", text="その後いかがですか")
    arrive(world)

    days_later(world, 4)

    assert (status(world, conversation_id), goodbyes(world)) == ("assigned", 0)


@pytest.mark.parametrize(
    ("preset", "moment"),
    [
        ("hour", datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 11, 20, 23, 30, tzinfo=UTC)),  # a Saturday, 8:30 in Tokyo
        ("opening", datetime(2026, 11, 23, 23, 30, tzinfo=UTC)),  # Monday is a holiday
        ("reply", None),
    ],
)
def test_a_snooze_ends(preset: str, moment: datetime | None) -> None:
    friday = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    assert until(Preset(preset), WEEKDAYS, friday) == moment
