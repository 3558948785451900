from datetime import UTC, date, datetime, timedelta

import pytest

from directory.hours import TOKYO, OpeningHours, parse

HALL = parse("mon,tue,thu,sat 10:00-18:00; wed,fri 10:00-19:00", "sun,holiday,12-29..01-03")
DESK = parse("mon,tue,wed,thu,fri 08:30-17:00", "sat,sun,holiday,12-29..01-03")
NIGHT = parse("mon,tue,wed,thu,fri 18:00-08:00; sat,sun,holiday,12-29..01-03 08:00-08:00")
SPLIT = parse("mon,tue,wed,thu,fri,sat 10:00-12:00,13:00-16:30", "sun,holiday,12-29..01-03")
EVERY_DAY = "mon,tue,wed,thu,fri,sat,sun"
ALWAYS = parse(f"{EVERY_DAY} 00:00-24:00")
TENTH = parse(f"{EVERY_DAY} 16:00-21:00; 10th 08:00-08:00")
THIRD_MONDAY = parse("mon,tue,wed,thu,fri,sat 08:30-18:00", "sun,holiday,12-29..01-03,3rd-mon")
NEW_YEARS_DAY_OFF = parse(f"{EVERY_DAY} 10:00-22:00", "01-01")
UNKNOWN = parse("", "thu,fri")


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        (HALL, "2026-11-20 09:59", False),
        (HALL, "2026-11-20 10:00", True),
        (HALL, "2026-11-20 18:59", True),  # a Friday
        (HALL, "2026-11-20 19:00", False),
        (HALL, "2026-11-21 18:00", False),  # a Saturday
        (HALL, "2026-11-22 12:00", False),  # a Sunday
        (HALL, "2026-11-23 12:00", False),  # 勤労感謝の日, a Monday
        (HALL, "2026-05-06 12:00", False),  # 振替休日, a Wednesday
        (HALL, "2026-09-22 12:00", False),  # 国民の休日, between two holidays
        (HALL, "2026-12-28 12:00", True),
        (HALL, "2026-12-29 12:00", False),
        (HALL, "2027-01-03 12:00", False),
        (HALL, "2027-01-04 12:00", True),
        (SPLIT, "2026-11-20 12:30", False),
        (SPLIT, "2026-11-20 16:29", True),
        (NIGHT, "2026-11-20 17:59", False),
        (NIGHT, "2026-11-20 23:00", True),
        (NIGHT, "2026-11-24 07:59", True),  # what began on the holiday runs on
        (NIGHT, "2026-11-24 08:00", False),
        (NIGHT, "2026-12-30 12:00", True),  # a Wednesday at the year's end
        (TENTH, "2026-11-10 12:00", True),
        (TENTH, "2026-11-11 07:59", True),
        (TENTH, "2026-11-11 08:00", False),
        (THIRD_MONDAY, "2026-11-16 12:00", False),
        (THIRD_MONDAY, "2026-11-09 12:00", True),
        (NEW_YEARS_DAY_OFF, "2027-01-01 12:00", False),
        (NEW_YEARS_DAY_OFF, "2026-12-31 12:00", True),
        (ALWAYS, "2027-01-01 00:00", True),
        (UNKNOWN, "2026-11-20 12:00", None),
    ],
)
def test_open_or_closed_at_a_moment(hours: OpeningHours, at: str, is_open: bool | None) -> None:
    assert hours.is_open(tokyo(at)) is is_open


@pytest.mark.parametrize("hours", [HALL, DESK, NIGHT, SPLIT, TENTH, THIRD_MONDAY, NEW_YEARS_DAY_OFF])
@pytest.mark.parametrize("first", [date(2026, 4, 27), date(2026, 11, 16), date(2026, 12, 24)])
def test_closing_and_next_opening_agree_with_every_minute_of_three_weeks(
    hours: OpeningHours, first: date
) -> None:
    start = tokyo(first.isoformat())
    minutes = [start + timedelta(minutes=n) for n in range(21 * 24 * 60)]
    states = [hours.is_open(minute) for minute in minutes]
    changes = [n for n in range(1, len(minutes)) if states[n] != states[n - 1]]
    openings = [minutes[n] for n in changes if states[n]]
    closings = [minutes[n] for n in changes if not states[n]]

    for n in range(0, changes[-1], 97):
        next_closing = next((at for at in closings if at > minutes[n]), None)
        if states[n] and next_closing:
            assert hours.closes(minutes[n]) == next_closing
        if not states[n]:
            assert hours.closes(minutes[n]) is None
        if upcoming := [at for at in openings if at > minutes[n]]:
            assert hours.next_opening(minutes[n]) == upcoming[0]


def test_at_the_very_minute_of_opening_the_next_one_is_meant() -> None:
    assert DESK.next_opening(tokyo("2026-11-24 08:30")) == tokyo("2026-11-25 08:30")


def test_a_weekend_on_the_night_line_is_one_stretch() -> None:
    assert NIGHT.closes(tokyo("2026-11-20 20:00")) == tokyo("2026-11-24 08:00")


def test_round_the_clock_neither_closes_nor_opens() -> None:
    assert ALWAYS.always
    assert ALWAYS.closes(tokyo("2026-11-20 12:00")) is None
    assert ALWAYS.next_opening(tokyo("2026-11-20 12:00")) is None


def test_every_day_but_one_is_not_always() -> None:
    hours = parse(f"{EVERY_DAY} 00:00-24:00", "01-01")

    assert not hours.always
    assert hours.closes(tokyo("2026-12-30 12:00")) == tokyo("2027-01-01 00:00")


def test_nothing_is_promised_where_hours_are_unknown() -> None:
    now = tokyo("2026-11-20 12:00")

    assert not UNKNOWN.known
    assert UNKNOWN.closes(now) is None
    assert UNKNOWN.next_opening(now) is None
    assert (UNKNOWN.describe(), UNKNOWN.state(now)) == ("要確認", "時間は要確認")


def test_an_opening_beyond_thirty_days_is_not_promised() -> None:
    hours = parse("mon 10:00-12:00", "2026-11-21..2026-12-25")

    assert hours.next_opening(tokyo("2026-11-20 12:00")) is None
    assert hours.next_opening(tokyo("2026-11-29 12:00")) == tokyo("2026-12-28 10:00")


def test_a_closure_by_date_is_kept() -> None:
    hours = parse("mon,tue,wed,thu,fri 08:30-17:00", "2026-11-25")

    assert hours.next_opening(tokyo("2026-11-24 17:00")) == tokyo("2026-11-26 08:30")


def test_a_moment_in_another_zone_is_read_in_tokyo() -> None:
    assert DESK.is_open(datetime(2026, 11, 23, 23, 30, tzinfo=UTC))  # the 24th, 8:30


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        DESK.is_open(datetime(2026, 11, 24, 12, 0))  # noqa: DTZ001  the mistake under test


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (HALL, "月・火・木・土 10:00〜18:00、水・金 10:00〜19:00(日・祝・12/29〜1/3は休み)"),
        (DESK, "月〜金 8:30〜17:00(土・日・祝・12/29〜1/3は休み)"),
        (NIGHT, "月〜金 18:00〜翌8:00、土・日・祝・12/29〜1/3 8:00〜翌8:00"),
        (SPLIT, "月〜土 10:00〜12:00・13:00〜16:30(日・祝・12/29〜1/3は休み)"),
        (TENTH, "毎日 16:00〜21:00、毎月10日 8:00〜翌8:00"),
        (THIRD_MONDAY, "月〜土 8:30〜18:00(日・祝・12/29〜1/3・第3月曜は休み)"),
        (ALWAYS, "毎日24時間"),
        (parse("mon,tue 20:00-24:00"), "月・火 20:00〜24:00"),
        (parse("fri 11:00-16:00", "", "お盆も休み"), "金 11:00〜16:00。お盆も休み"),
    ],
)
def test_hours_in_words(hours: OpeningHours, words: str) -> None:
    assert hours.describe() == words


@pytest.mark.parametrize(
    ("hours", "at", "words"),
    [
        (HALL, "2026-11-21 12:00", "開いています(18:00まで)"),
        (DESK, "2026-11-20 17:00", "閉まっています(次は11/24(火) 8:30から)"),
        (NIGHT, "2026-11-24 19:00", "開いています(翌8:00まで)"),
        (NIGHT, "2026-11-20 19:00", "開いています(11/24(火) 8:00まで)"),
        (parse("fri 20:00-24:00"), "2026-11-20 21:00", "開いています(24:00まで)"),
        (ALWAYS, "2026-11-20 12:00", "24時間"),
        (parse("2026-11-20 10:00-12:00"), "2026-11-20 12:00", "閉まっています"),
    ],
)
def test_the_state_for_a_card(hours: OpeningHours, at: str, words: str) -> None:
    assert hours.state(tokyo(at)) == words


@pytest.mark.parametrize(
    ("hours", "closed", "piece"),
    [
        ("mno 10:00-18:00", "", "'mno'"),
        ("mon 10-18", "", "'10-18'"),
        ("mon 10:00-25:00", "", "'10:00-25:00'"),
        ("mon", "", "'mon'"),
        ("mon 10:00-18:00;", "", "''"),
        ("mon 10:00-18:00", "obon", "'obon'"),
        ("mon 10:00-18:00", "13-01..01-03", "'13-01..01-03'"),
        ("mon 10:00-18:00", "3rd-moon", "'3rd-moon'"),
        ("mon 10:00-18:00", "3rd-mno", "'3rd-mno'"),
        ("mon 10:00-18:00", "32nd", "'32nd'"),
        ("mon 10:00-18:00", "2026-11-25..2026-11-24", "ends before"),
    ],
)
def test_a_mistake_in_the_hours_is_named(hours: str, closed: str, piece: str) -> None:
    with pytest.raises(ValueError, match=piece):
        parse(hours, closed)
