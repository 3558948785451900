"""What is heard of babies, and when a quiet consultation ends."""

from datetime import UTC, datetime

import pytest

from conversation.babies import tells_of_baby
from conversation.quiet import ends_at
from directory.hours import parse

WEEKDAYS = parse("mon,tue,wed,thu,fri 8:30-17:00".replace("8:30", "08:30"), "holiday")


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
