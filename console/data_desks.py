"""What desk staff keep true of their own desks: hours, closures by date, and events."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.data import MEANWHILE, confirm_in
from console.desk import desk, me, now
from console.rights import Right, needs
from console.ward_book import LONGEST, book, book_in, find, form, only_keepers, pack, reason
from directory import typed, week_form
from directory.facts import confirmable
from directory.hours import TOKYO, Span, Special
from directory.model import Facility, Happening, SpecialDays
from directory.stored import Kept, key_of
from directory.typed import Form, Problem
from storage import ward
from storage.audit import DataAct
from storage.facilities import Outdated, Why
from storage.ward import Book

data_desks = Blueprint("data_desks", __name__, url_prefix="/data/desks")

MOST_SPECIAL: Final = 60  # of one facility
LONGEST_REASON: Final = 60
FARTHEST: Final = timedelta(days=730)


@data_desks.get("/<facility_id>/hours")
@needs(Right.DESK_DATA)
def hours(facility_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    return _hours_page(place, week_form.filled(place.hours), known)


@data_desks.post("/<facility_id>/hours")
@needs(Right.DESK_DATA)
def change_hours(facility_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    sent = form()
    read = week_form.read(sent.values)
    told: list[str] = []
    why = reason(told)
    problems = [
        *(Problem(field, text) for field, text in read.problems),
        *(Problem("why", one) for one in told),
    ]
    if problems or read.hours is None:
        return _hours_page(place, sent.values, known, problems), 422
    row = replace(place, hours=replace(read.hours, special=()), uncertain=place.uncertain - {"hours"})
    try:
        with desk().database.write() as rows:
            seen = {key_of(row): _version()}
            number = ward.save(rows, pack(), {key_of(row): Kept(row)}, seen, Why(me().id, why), now())
            live = confirmable(book_in(rows).directory).get(f"facility:{facility_id}")
            if sent.get("confirms") and live:
                confirm_in(rows, live)
    except Outdated:
        return _hours_page(place, sent.values, book(), [Problem("why", _told_meanwhile(facility_id))]), 409
    flash(f"時間を保存しました(第{number}版)。5秒以内に、ボットの答えに出ます。")
    return _to(facility_id)


@data_desks.get("/<facility_id>/closures")
@needs(Right.DESK_DATA)
def closures(facility_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    return _closures_page(place, {}, known)


@data_desks.post("/<facility_id>/closures")
@needs(Right.DESK_DATA)
def close(facility_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    sent = form()
    one, problems = _special(sent)
    days = _days(place, known)
    if one and len(days) >= MOST_SPECIAL:
        problems.append(Problem("first", f"{MOST_SPECIAL}件をこえました。すぎたものを消してください。"))
    if problems or one is None:
        return _closures_page(place, sent.values, known, problems), 422
    return _save_days(place, (*days, one), one.in_words(), sent.values, "保存しました。5秒以内に、ボットが")


@data_desks.post("/<facility_id>/closures/remove")
@needs(Right.DESK_DATA)
def reopen(facility_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    days = _days(place, known)
    number = request.form.get("number", "")
    if not number.isdecimal() or len(number) > 3 or int(number) >= len(days):
        flash("もう消されています。")
        return redirect(url_for("data_desks.closures", facility_id=facility_id), 303)
    gone = days[int(number)]
    left = tuple(one for place_, one in enumerate(days) if place_ != int(number))
    return _save_days(place, left, f"取りやめ: {gone.in_words()}", {}, "取りやめました。5秒以内に、ボットが")


@data_desks.get("/<facility_id>/events/new")
@needs(Right.DESK_DATA)
def new_event(facility_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    return _event_page(place, None, {}, known)


@data_desks.post("/<facility_id>/events/new")
@needs(Right.DESK_DATA)
def add_event(facility_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    return _take_event(place, f"e-{secrets.token_hex(5)}", None, known)


@data_desks.get("/<facility_id>/events/<event_id>")
@needs(Right.DESK_DATA)
def event(facility_id: str, event_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    row = _event(place, event_id, known)
    return _event_page(place, row, typed.filled(row.row), known)


@data_desks.post("/<facility_id>/events/<event_id>")
@needs(Right.DESK_DATA)
def change_event(facility_id: str, event_id: str) -> ResponseReturnValue:
    place, known = _desk(facility_id)
    return _take_event(place, event_id, _event(place, event_id, known), known)


@data_desks.post("/<facility_id>/events/<event_id>/stop")
@needs(Right.DESK_DATA)
def stop_event(facility_id: str, event_id: str) -> ResponseReturnValue:
    """Not shown any more, or shown again."""
    place, known = _desk(facility_id)
    kept = _event(place, event_id, known)
    stops = request.form.get("to") != "shown"
    if kept.retired == stops:
        flash("もうそうなっています。")
        return _to(facility_id)
    act = DataAct.RETIRED if stops else DataAct.REOPENED
    why = Why(me().id, "催しを載せるのをやめた" if stops else "催しをまた載せた")
    try:
        with desk().database.write() as rows:
            seen = {key_of(kept.row): known.version(key_of(kept.row))}
            ward.save(rows, pack(), {key_of(kept.row): Kept(kept.row, stops)}, seen, why, now(), act)
    except Outdated:
        flash(MEANWHILE)
        return _to(facility_id)
    flash("載せるのをやめました。" if stops else "また載せました。")
    return _to(facility_id)


def _desk(facility_id: str) -> tuple[Facility, Book]:
    known = book()
    kept = find("facility", facility_id, known)
    only_keepers(kept.row)
    if kept.retired or not isinstance(kept.row, Facility):
        abort(404)
    return kept.row, known


def _event(place: Facility, event_id: str, known: Book) -> Kept:
    kept = find("event", event_id, known)
    if not isinstance(kept.row, Happening) or kept.row.facility != place.id:
        abort(404)
    return kept


def _take_event(place: Facility, event_id: str, kept: Kept | None, known: Book) -> ResponseReturnValue:
    sent = form()
    row, problems = typed.happening(event_id, place.id, sent, known.directory, now())
    if problems:
        return _event_page(place, kept, sent.values, known, problems), 422
    why = sent.get("why")[:LONGEST] or ("催しを直した" if kept else "催しを載せた")
    try:
        with desk().database.write() as rows:
            seen = {key_of(row): _version()}
            ward.save(
                rows,
                pack(),
                {key_of(row): Kept(row, bool(kept and kept.retired))},
                seen,
                Why(me().id, why),
                now(),
            )
    except Outdated:
        return _event_page(place, kept, sent.values, book(), [Problem("title", MEANWHILE)]), 409
    flash(f"「{row.title}」を載せました。5秒以内に、ボットの答えに出ます。終わると自動で消えます。")
    return _to(place.id)


def _special(sent: Form) -> tuple[Special | None, list[Problem]]:
    problems: list[Problem] = []
    first, last = _date(sent.get("first")), _date(sent.get("last") or sent.get("first"))
    today = now().astimezone(TOKYO).date()
    why = sent.get("reason")
    if first is None:
        problems.append(Problem("first", "「はじめの日」を「2026-12-03」の形の日付で入れてください。"))
    if last is None:
        problems.append(
            Problem(
                "last",
                "「終わりの日」を「2026-12-03」の形の日付で入れてください。1日だけなら空けてください。",
            )
        )
    if first and last and last < first:
        problems.append(Problem("last", "「終わりの日」が「はじめの日」より前です。"))
    elif last and last < today:
        problems.append(Problem("last", "もうすぎた日です。きょうか、これからの日を入れてください。"))
    elif last and last > today + FARTHEST:
        problems.append(Problem("last", "2年より先の日です。年を確かめてください。"))
    if len(why) > LONGEST_REASON:
        problems.append(Problem("reason", f"「わけ」が長すぎます。{LONGEST_REASON}文字までにしてください。"))
    spans: tuple[Span, ...] = ()
    if sent.get("what") == "other":
        opens, closes = (week_form.clock(sent.get(name)) for name in ("open", "close"))
        if opens is None or closes is None or opens >= closes:
            problems.append(
                Problem("open", "開く時刻と、それより後の閉まる時刻を、10:00 の形で入れてください。")
            )
        else:
            spans = (Span(opens, closes),)
    elif sent.get("what") != "closed":
        problems.append(Problem("what", "「休み」か「時間が変わる」を選んでください。"))
    if problems or first is None or last is None:
        return None, problems
    return Special(first, last, spans, why), []


def _save_days(
    place: Facility, days: Sequence[Special], what: str, typed_in: Mapping[str, str], told: str
) -> ResponseReturnValue:
    yesterday = now().astimezone(TOKYO).date() - timedelta(days=1)
    row = SpecialDays(place.id, tuple(one for one in days if one.last >= yesterday))
    try:
        with desk().database.write() as rows:
            seen = {key_of(row): _version()}
            ward.save(rows, pack(), {key_of(row): Kept(row)}, seen, Why(me().id, what[:LONGEST]), now())
    except Outdated:
        return _closures_page(place, typed_in, book(), [Problem("first", MEANWHILE)]), 409
    flash(f"{told}このとおりに答えます。")
    return redirect(url_for("data_desks.closures", facility_id=place.id), 303)


def _days(place: Facility, known: Book) -> tuple[Special, ...]:
    kept = known.kept(f"special:{place.id}")
    return kept.row.days if kept and isinstance(kept.row, SpecialDays) else ()


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _version() -> int:
    text = request.form.get("version", "0")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _told_meanwhile(facility_id: str) -> str:
    kept = find("facility", facility_id, book())
    now_ = kept.row.hours.describe() if isinstance(kept.row, Facility) else ""
    return f"書いているあいだに、ほかの人がこの施設を変えました。いまの時間は「{now_}」です。このまま保存すると、あなたの時間になります。"


def _hours_page(
    place: Facility, values: Mapping[str, str], known: Book, problems: Sequence[Problem] = ()
) -> str:
    return render_template(
        "data_hours.html",
        place=place,
        values=values,
        several={},
        problems=problems,
        wrong={one.field for one in problems},
        week_days=week_form.DAYS,
        version=known.version(key_of(place)),
    )


def _closures_page(
    place: Facility, values: Mapping[str, str], known: Book, problems: Sequence[Problem] = ()
) -> str:
    today = now().astimezone(TOKYO).date()
    return render_template(
        "data_closures.html",
        place=place,
        values=values,
        problems=problems,
        wrong={one.field for one in problems},
        days=[(number, one, one.last < today) for number, one in enumerate(_days(place, known))],
        version=known.version(f"special:{place.id}"),
        today=today,
    )


def _event_page(
    place: Facility,
    kept: Kept | None,
    values: Mapping[str, str],
    known: Book,
    problems: Sequence[Problem] = (),
) -> str:
    row = kept.row if kept else None
    return render_template(
        "data_event.html",
        place=place,
        event=row,
        retired=bool(kept and kept.retired),
        values=values,
        problems=problems,
        wrong={one.field for one in problems},
        version=known.version(key_of(row)) if row else 0,
        today=now().astimezone(TOKYO).date(),
    )


def _to(facility_id: str) -> ResponseReturnValue:
    return redirect(url_for("data.row", kind="facility", row_id=facility_id), 303)
