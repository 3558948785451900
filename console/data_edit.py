"""Changing rows of the ward's data, for admins. What parents in danger are told of is looked at twice."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.data import KINDS, MEANWHILE, confirm_in
from console.data_map import drawn
from console.desk import desk, me, now, rules
from console.rights import Right, needs
from console.ward_book import (
    book,
    book_in,
    find,
    flat_form,
    form,
    needs_second_look,
    pack,
    reason,
    rules_left_without,
    rules_that_show,
)
from console.wording import desk_name
from directory import typed, week_form
from directory.differing import KIND_NAMES, LABELS, UNCERTAIN_NAMES, differences
from directory.facts import confirmable
from directory.model import HOTLINE_KINDS, Facility, Hotline, Resource
from directory.opendata import cells
from directory.position import standing
from directory.safety import cases_of, in_words
from directory.stored import Kept, Row, key, key_of, written
from directory.typed import Form, Problem
from storage import ward
from storage.audit import DataAct
from storage.facilities import Outdated, Why
from storage.ward import Book, Unsafe, name_of

data_edit = Blueprint("data_edit", __name__, url_prefix="/data")

LOOK_TWICE: Final = "緊急のときの電話です。もう一人と確かめて、「確かめました」にしるしを付けてください。"


@data_edit.get("/edit/<kind>/<row_id>")
@needs(Right.DATA)
def edit(kind: str, row_id: str) -> ResponseReturnValue:
    known = book()
    kept = _find(kind, row_id, known)
    return _form_page(kind, kept.row, typed.filled(kept.row), typed.chosen(kept.row), known)


@data_edit.post("/edit/<kind>/<row_id>")
@needs(Right.DATA)
def change(kind: str, row_id: str) -> ResponseReturnValue:
    known = book()
    kept = _find(kind, row_id, known)
    return _take(kind, row_id, kept, known)


@data_edit.get("/new/<kind>")
@needs(Right.DATA)
def new(kind: str) -> ResponseReturnValue:
    if kind not in KINDS:
        abort(404)
    empty = {"hours_mode": "week" if kind != "hotline" else "unknown", "holiday": "closed"}
    empty |= {"yearly_from": "12/29", "yearly_to": "1/3", "as_of": str(now().date())}
    return _form_page(kind, None, empty, {}, book())


@data_edit.post("/new/<kind>")
@needs(Right.DATA)
def add(kind: str) -> ResponseReturnValue:
    if kind not in KINDS:
        abort(404)
    return _take(kind, f"ward-{secrets.token_hex(4)}", None, book())


@data_edit.get("/retire/<kind>/<row_id>")
@needs(Right.DATA)
def ask_retire(kind: str, row_id: str) -> ResponseReturnValue:
    known = book()
    return _retire_page(kind, row_id, _find(kind, row_id, known), known)


@data_edit.post("/retire/<kind>/<row_id>")
@needs(Right.DATA)
def retire(kind: str, row_id: str) -> ResponseReturnValue:
    """Out of use, or in use again."""
    known = book()
    kept = _find(kind, row_id, known)
    wanted = request.form.get("to") == "retired"
    problems: list[str] = []
    why = reason(problems)
    if kept.retired == wanted:
        problems.append("もう使うのをやめています。" if wanted else "もう使っています。")
    if wanted and (blocking := _blocking(kind, row_id, kept.row, known)):
        problems += blocking
    if needs_second_look(kept.row) and not request.form.get("look"):
        problems.append(LOOK_TWICE)
    if problems:
        return _retire_page(kind, row_id, kept, known, problems), 422
    at = key(kind, row_id)
    act = DataAct.RETIRED if wanted else DataAct.REOPENED
    try:
        with desk().database.write() as rows:
            seen = {at: _version()}
            ward.save(rows, pack(), {at: Kept(kept.row, wanted)}, seen, Why(me().id, why), now(), act)
    except Outdated:
        return _retire_page(kind, row_id, _find(kind, row_id, book()), book(), [MEANWHILE]), 409
    except Unsafe as unsafe:
        return _retire_page(kind, row_id, kept, known, list(unsafe.problems)), 422
    flash(f"「{name_of(kept.row)}」は、{'案内に出なくなります' if wanted else 'また案内に出ます'}(5秒以内)。")
    return redirect(url_for("data.row", kind=kind, row_id=row_id), 303)


@data_edit.get("/pack")
@needs(Right.DATA)
def disputes() -> ResponseReturnValue:
    return _disputes_page()


@data_edit.post("/pack/<kind>/<row_id>")
@needs(Right.DATA)
def settle(kind: str, row_id: str) -> ResponseReturnValue:
    known = book()
    kept = _find(kind, row_id, known)
    at, problems = key(kind, row_id), list[str]()
    to_pack = request.form.get("to") == "pack"
    why = reason(
        problems,
        usual="同梱のデータの新しい内容にした"
        if to_pack
        else "同梱のデータの新しい内容を見て、区の内容を残した",
    )
    if needs_second_look(kept.row) and not request.form.get("look"):
        problems.append(LOOK_TWICE)
    if problems:
        return _disputes_page(problems), 422
    try:
        with desk().database.write() as rows:
            if to_pack and at in known.own:
                ward.back_to_pack(rows, pack(), at, _version(), Why(me().id, why), now())
            else:
                seen = {at: _version()}
                ward.save(rows, pack(), {at: kept}, seen, Why(me().id, why), now(), DataAct.SETTLED)
    except Outdated:
        return _disputes_page([MEANWHILE]), 409
    except Unsafe as unsafe:
        return _disputes_page(list(unsafe.problems)), 422
    flash(f"「{name_of(kept.row)}」を決めました。")
    return redirect(url_for("data_edit.disputes"), 303)


def _take(kind: str, row_id: str, kept: Kept | None, known: Book) -> ResponseReturnValue:
    sent, before = form(), kept.row if kept else None
    row, found = typed.read(kind, row_id, sent, known.directory, before)
    told: list[str] = []
    why = reason(told)
    problems = [*found, *(Problem("why", one) for one in told)]
    problems += _doubts(row, sent, known)
    if problems:
        return _form_page(kind, before, sent.values, sent.several, known, problems), 422
    at = key_of(row)
    if kept and written(row) == written(kept.row) and not sent.get("confirms"):
        flash("変わったところはありません。")
        return redirect(url_for("data.row", kind=kind, row_id=row_id), 303)
    dangerous = needs_second_look(row) or (before is not None and needs_second_look(before))
    if isinstance(row, Hotline) and dangerous and sent.get("look") != _look(row):
        return _second_look(kind, row_id, kept, row, sent, known)
    try:
        with desk().database.write() as rows:
            seen = {at: _version()}
            kept_now = Kept(row, bool(kept and kept.retired))
            number = ward.save(rows, pack(), {at: kept_now}, seen, Why(me().id, why), now())
            live = confirmable(book_in(rows).directory).get(f"{kind}:{row_id}")
            if sent.get("confirms") and live:
                confirm_in(rows, live)
    except Outdated:
        was = _as_seen(at, book())
        return _form_page(kind, before, sent.values, sent.several, book(), was=was, meanwhile=True), 409
    except Unsafe as unsafe:
        problems = [Problem("phones", one) for one in unsafe.problems]
        return _form_page(kind, before, sent.values, sent.several, known, problems), 422
    flash(f"保存しました(第{number}版)。5秒以内に、ボットの答えに出ます。")
    return redirect(url_for("data.row", kind=kind, row_id=row_id), 303)


def _doubts(row: Row, sent: Form, known: Book) -> list[Problem]:
    """What speaks against the coordinates, unless somebody has looked and agreed to just these."""
    if not isinstance(row, Facility) or row.point is None:
        return []
    swapped = cells.point(sent.get("lat"), sent.get("lon")).swapped
    doubts = list(standing(row.point, row.address, known.directory).doubts)
    if swapped:
        doubts.insert(
            0, f"緯度と経度が逆のようです。緯度 {row.point.lat}、経度 {row.point.lon} として保存します。"
        )
    if not doubts or sent.get("agreed_point") == _point_name(row):
        return []
    return [
        Problem("lat", f"{one}正しければ、下の「この場所で正しい」にしるしを付けてください。")
        for one in doubts
    ]


def _point_name(row: Facility) -> str:
    return f"{row.point.lat:.6f},{row.point.lon:.6f},{row.address}" if row.point else ""


def _look(row: Hotline) -> str:
    """A mark for just this content. Without the id: a new row gets another one each time it is sent."""
    return hashlib.sha256(written(replace(row, id="")).encode()).hexdigest()[:16]


def _version() -> int:
    """Of the row as the editor saw it."""
    text = request.form.get("version", "0")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _as_seen(at: str, known: Book) -> Kept | None:
    """The row when the editor opened it."""
    with desk().database.read() as rows:
        past = {one.number: one.after for one in ward.history(rows, known, at)}
    own = known.own.get(at)
    return past.get(_version(), Kept(own) if own else None)


def _find(kind: str, row_id: str, known: Book) -> Kept:
    if kind not in KINDS:
        abort(404)
    return find(kind, row_id, known)


def _second_look(
    kind: str, row_id: str, kept: Kept | None, row: Hotline, sent: Form, known: Book
) -> ResponseReturnValue:
    after = Kept(row)
    return render_template(
        "data_second_look.html",
        kind=kind,
        row_id=row_id,
        new=kept is None,
        name=name_of(row),
        differences=list(differences(kept and Kept(kept.row), after, desk_name)),
        cases=[in_words(case) for case in cases_of(row_id, known.pack)],
        fields=list(flat_form(sent.values, sent.several)),
        look=_look(row),
        missed=bool(sent.get("asked_to_look")),
    ), 200


def _form_page(
    kind: str,
    before: Row | None,
    values: Mapping[str, str],
    several: Mapping[str, Sequence[str]],
    known: Book,
    problems: Sequence[Problem] = (),
    *,
    was: Kept | None = None,
    meanwhile: bool = False,
) -> str:
    at = key_of(before) if before else ""
    row_id = getattr(before, "id", "")
    kept = known.kept(at) if at else None
    return render_template(
        "data_edit.html",
        kind=kind,
        kind_name=KINDS[kind],
        row_id=row_id,
        name=name_of(before) if before else "",
        values=values,
        several=several,
        problems=problems,
        wrong={one.field for one in problems},
        version=known.version(at),
        meanwhile=list(differences(was, kept, desk_name)) if meanwhile else [],
        is_meanwhile=meanwhile,
        week_days=week_form.DAYS,
        facilities=[(one.id, one.name) for one in known.directory.facilities[:400]],
        types=sorted({name for one in known.directory.facilities for name in one.types}),
        kinds=[(one, KIND_NAMES[one]) for one in KIND_NAMES if one in HOTLINE_KINDS],
        uncertain=[(one, UNCERTAIN_NAMES[one]) for one in typed.UNCERTAIN[kind]],
        map=_map(kind, values, known),
        point_name=_typed_point(kind, values),
        labels=LABELS,
        dangerous=isinstance(before, Hotline) and needs_second_look(before),
    )


def _map(kind: str, values: Mapping[str, str], known: Book) -> Any:
    point = cells.point(values.get("lat", ""), values.get("lon", "")).point if kind == "facility" else None
    return drawn(point, values.get("address", ""), known.directory) if point else None


def _typed_point(kind: str, values: Mapping[str, str]) -> str:
    point = cells.point(values.get("lat", ""), values.get("lon", "")).point if kind == "facility" else None
    return f"{point.lat:.6f},{point.lon:.6f},{values.get('address', '').strip()}" if point else ""


def _pointing(kind: str, row_id: str, known: Book) -> list[str]:
    """Other rows that name it."""
    if kind != "facility":
        return []
    kept = (known.kept(one) for one in known.keys("resource"))
    rows = (one.row for one in kept if one and not one.retired)
    return [one.title for one in rows if isinstance(one, Resource) and row_id in one.facilities]


def _blocking(kind: str, row_id: str, row: Row, known: Book) -> list[str]:
    problems = []
    if titles := rules_that_show(row_id, kind, rules()):
        problems.append(
            f"公開中のルールが案内しています: {'、'.join(titles)}。先に「ルール」でこの案内をはずして、公開してください。"
        )
    if isinstance(row, Facility) and (
        lonely := rules_left_without(row.types, row_id, known.directory, rules())
    ):
        problems.append(
            f"この種類のほかの施設がないため、次のルールが案内先をなくします: {'、'.join(lonely)}。先にルールを直してください。"
        )
    return problems


def _retire_page(kind: str, row_id: str, kept: Kept, known: Book, problems: Sequence[str] = ()) -> str:
    return render_template(
        "data_retire.html",
        kind=kind,
        row_id=row_id,
        kept=kept,
        name=name_of(kept.row),
        problems=problems,
        blocking=[] if kept.retired or problems else _blocking(kind, row_id, kept.row, known),
        pointing=_pointing(kind, row_id, known),
        cases=[in_words(case) for case in cases_of(row_id, known.pack)] if kind == "hotline" else [],
        second_look=needs_second_look(kept.row),
        version=known.version(key(kind, row_id)),
        filled=request.form.get("why", ""),
    )


def _disputes_page(problems: Sequence[str] = ()) -> str:
    known = book()
    found = []
    for at in known.disputed():
        kept, change, own = known.kept(at), known.changes[at], known.own.get(at)
        if kept is None or isinstance(change.base, str):
            continue
        found.append(
            {
                "kind": ward.subject_of(kept.row).partition(":")[0],
                "id": getattr(kept.row, "id", ""),
                "name": name_of(kept.row),
                "version": known.version(at),
                "gone": known.gone(at),
                "differences": list(differences(kept, Kept(own), desk_name)) if own else [],
                "second_look": needs_second_look(kept.row),
            }
        )
    return render_template("data_pack.html", found=found, problems=problems)
