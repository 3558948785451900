"""Opening hours as a form asks for them: a time for each weekday, and what is on holidays. What the form cannot say is
left in the small language of `directory.hours`, so that nothing is lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from directory.days import WEEKDAYS, Days, Holiday, Weekday, Yearly
from directory.hours import OpeningHours, Span, parse
from directory.stored import hours_in_letters

DAYS: Final = tuple(zip(WEEKDAYS, "月火水木金土日", strict=True))
MODES: Final = ("week", "always", "unknown", "text")
ALWAYS: Final = "mon,tue,wed,thu,fri,sat,sun 00:00-24:00"
_TIME: Final = re.compile(r"([01]?\d|2[0-4])[::]([0-5]\d)")
_MONTH_DAY: Final = re.compile(r"(1[0-2]|0?[1-9])[/-](3[01]|[12]\d|0?[1-9])")
_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Read:
    hours: OpeningHours | None
    problems: tuple[tuple[str, str], ...] = ()  # field, what is wrong and how to mend it


def filled(hours: OpeningHours) -> dict[str, str]:
    """The form as it stands before anything is typed."""
    groups, closed = hours_in_letters(hours)
    fields = {"hours_text": groups, "closed_text": closed, "hours_remark": hours.remark}
    week = _week(hours)
    if not hours.known and not hours.closed:
        mode = "unknown"
    elif groups == ALWAYS and not closed:
        mode = "always"
    else:
        mode = "week" if week is not None else "text"
    return (
        fields
        | (week or {"holiday": "closed", "yearly_from": "12/29", "yearly_to": "1/3"})
        | {"hours_mode": mode}
    )


def read(form: Mapping[str, str]) -> Read:
    remark = form.get("hours_remark", "").strip()
    match form.get("hours_mode", ""):
        case "unknown":
            return Read(parse("", "", remark))
        case "always":
            return Read(parse(ALWAYS, "", remark))
        case "week":
            return _read_week(form, remark)
        case "text":
            return _read_text(form, remark)
        case _:
            return Read(None, (("hours_mode", "「開いている時間」の入れかたを選んでください。"),))


def clock(text: str) -> int | None:
    """Minutes after midnight of 9:00, 09:00 or 9:00; None for what is no time."""
    found = _TIME.fullmatch(text.strip())
    minutes = int(found[1]) * 60 + int(found[2]) if found else _DAY + 1
    return minutes if minutes <= _DAY else None


def _read_text(form: Mapping[str, str], remark: str) -> Read:
    try:
        hours = parse(form.get("hours_text", ""), form.get("closed_text", ""), remark)
    except ValueError as problem:
        return Read(
            None, (("hours_text", f"時間の書きかたを読めません({problem})。例: mon,tue 10:00-18:00"),)
        )
    return Read(hours)


def _read_week(form: Mapping[str, str], remark: str) -> Read:
    problems: list[tuple[str, str]] = []
    times = {name: _read_day(form, name, f"{word}曜日", problems) for name, word in DAYS}
    closed = [name for name, spans in times.items() if not spans]
    groups = [f"{','.join(days)} {spans}" for spans, days in _joined(times).items()]
    if form.get("holiday") == "own":
        spans = _read_day(form, "holiday", "祝日", problems)
        if spans:
            groups.append(f"holiday {spans}")
        elif not problems:
            problems.append(("holiday_open", "祝日の時間を入れるか、「休み」を選んでください。"))
    elif form.get("holiday") != "usual":
        closed.append("holiday")
    closed += _read_yearly(form, problems)
    if not any(times.values()) and not problems:
        problems.append(
            ("mon_open", "開いている曜日がありません。分からないときは「分からない」を選んでください。")
        )
    if problems:
        return Read(None, tuple(problems))
    return Read(parse("; ".join(groups), ",".join(closed), remark))


def _joined(times: Mapping[str, str]) -> dict[str, list[str]]:
    joined: dict[str, list[str]] = {}
    for name, spans in times.items():
        if spans:
            joined.setdefault(spans, []).append(name)
    return joined


def _read_day(form: Mapping[str, str], name: str, word: str, problems: list[tuple[str, str]]) -> str:
    """ "10:00-12:00,13:00-18:00"; "" for a day that is closed."""
    texts = [form.get(f"{name}_{part}", "").strip() for part in ("open", "close", "rest_from", "rest_to")]
    if not any(texts):
        return ""
    times = [clock(text) if text else None for text in texts]
    for part, text, minutes in zip(("open", "close", "rest_from", "rest_to"), texts, times, strict=True):
        if text and minutes is None:
            problems.append(
                (f"{name}_{part}", f"{word}の「{text}」は時刻として読めません。9:00 の形で入れてください。")
            )
    opens, closes, rests, goes_on = times
    if any(text and minutes is None for text, minutes in zip(texts, times, strict=True)):
        return ""
    if opens is None or closes is None or opens >= closes:
        problems.append(
            (
                f"{name}_open",
                f"{word}は、開く時刻と、それより後の閉まる時刻を入れてください。休みなら両方を空けてください。",
            )
        )
        return ""
    if rests is None and goes_on is None:
        return f"{_letters(opens)}-{_letters(closes)}"
    if rests is None or goes_on is None or not opens < rests < goes_on < closes:
        problems.append(
            (f"{name}_rest_from", f"{word}の昼休みは、開いている時間の中で、始まりと終わりを入れてください。")
        )
        return ""
    return f"{_letters(opens)}-{_letters(rests)},{_letters(goes_on)}-{_letters(closes)}"


def _read_yearly(form: Mapping[str, str], problems: list[tuple[str, str]]) -> list[str]:
    first, last = (form.get(name, "").strip() for name in ("yearly_from", "yearly_to"))
    if not first and not last:
        return []
    found = [_MONTH_DAY.fullmatch(first), _MONTH_DAY.fullmatch(last or first)]
    letters = "..".join(f"{int(one[1]):02}-{int(one[2]):02}" for one in found if one)
    try:
        parse("", letters)
    except ValueError:
        found = [None]
    if not all(found):
        problems.append(
            (
                "yearly_from",
                "年末年始の休みは「12/29」と「1/3」の形で入れてください。なければ空けてください。",
            )
        )
        return []
    return [letters]


def _week(hours: OpeningHours) -> dict[str, str] | None:
    """None where the form could not say it all."""
    form: dict[str, str] = {"holiday": "usual", "yearly_from": "", "yearly_to": ""}
    spans: dict[str, tuple[Span, ...]] = {}
    names = list(WEEKDAYS)
    for group in hours.groups:
        for day in group.days:
            name = names[day.number] if isinstance(day, Weekday) else "holiday"
            if not isinstance(day, Weekday | Holiday) or name in spans:
                return None
            spans[name] = group.spans
    if "holiday" in spans:
        form["holiday"] = "own"
    if not _take_closed(hours.closed, spans, form):
        return None
    for name, of_day in spans.items():
        if len(of_day) > 2 or any(span.end > _DAY for span in of_day):
            return None
        first, last = of_day[0], of_day[-1]
        form |= {f"{name}_open": _letters(first.start), f"{name}_close": _letters(last.end)}
        if len(of_day) == 2:
            form |= {f"{name}_rest_from": _letters(first.end), f"{name}_rest_to": _letters(last.start)}
    return form


def _take_closed(closed: tuple[Days, ...], spans: dict[str, tuple[Span, ...]], form: dict[str, str]) -> bool:
    names = list(WEEKDAYS)
    for day in closed:
        match day:
            case Weekday(number):
                spans.pop(names[number], None)
            case Holiday():
                form["holiday"] = "closed"
                spans.pop("holiday", None)
            case Yearly(first, last) if not form["yearly_from"]:
                form |= {
                    "yearly_from": f"{first[0]}/{first[1]}",
                    "yearly_to": f"{last[0]}/{last[1]}",
                }
            case _:
                return False
    return True


def _letters(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
