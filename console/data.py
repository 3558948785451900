"""The ward's data: lists, one row with its history, what wants confirming; and what is done with one click."""

from collections import defaultdict
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.data_map import drawn
from console.desk import desk, me, now, rules
from console.rights import Right, has, needs
from console.ward_book import (
    book,
    book_in,
    find,
    keeps,
    needs_second_look,
    only_keepers,
    pack,
    reason,
    rules_that_show,
)
from console.wording import desk_name
from directory.differing import differences, told
from directory.facts import Confirmable, confirmable, facts
from directory.model import Directory, Facility, Happening, Hotline, Resource, SpecialDays, SupportGroup
from directory.safety import cases_of, in_words
from directory.spelling import flatten, straighten
from directory.stored import Kept, key
from storage import audit, confirmations, facilities, staff, ward
from storage.audit import DataAct
from storage.facilities import Why
from storage.ward import Book, Past, name_of, subject_of

data = Blueprint("data", __name__, url_prefix="/data")

KINDS: Final = {"facility": "施設", "resource": "資料・サービス", "hotline": "電話相談", "group": "団体"}
STALE_AFTER: Final = timedelta(days=90)
SHOWN: Final = 200  # rows
PAST: Final = 50  # changes
ENDS_SOON: Final = timedelta(days=30)
DESK_TYPES: Final = ("基本型", "こども家庭センター型", "特定型")
MEANWHILE: Final = "見ているあいだに、ほかの人が変えました。いまの内容を見てから、もう一度押してください。"


@data.get("")
@needs(Right.DESK_DATA)
def page() -> ResponseReturnValue:
    kind = request.args.get("kind", "facility")
    if kind not in KINDS or (kind != "facility" and not has(me().role, Right.DATA)):
        kind = "facility"
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("q", "type", "only")}
    known = book()
    every = [(one, kept) for one in known.keys(kind) if (kept := known.kept(one)) and keeps(kept.row)]
    found = [(one, kept) for one, kept in every if _fits(kept, asked, known, one)]
    live = confirmable(known.directory)
    return render_template(
        "data.html",
        kind=kind,
        kinds=KINDS if has(me().role, Right.DATA) else {"facility": "施設"},
        asked=asked,
        rows=[_line(one, kept, known, live) for one, kept in found[:SHOWN]],
        further=max(0, len(found) - SHOWN),
        count=len(every),
        types=sorted({name for _, kept in every for name in getattr(kept.row, "types", ())}),
        disputed=len(known.disputed()),
    )


@data.get("/stale")
@needs(Right.DESK_DATA)
def stale() -> ResponseReturnValue:
    known = book()
    with desk().database.read() as rows:
        found = list(confirmations.stale(rows, known.directory, now(), STALE_AFTER))
    groups: dict[str, list[confirmations.Stale]] = defaultdict(list)
    for one in found:
        for place in _desks_of(one.row):
            if place in me().desks or has(me().role, Right.DATA):
                groups[place].append(one)
    in_order = sorted(groups.items(), key=lambda each: _standing_of_desk(each[0], known.directory))
    return render_template(
        "data_stale.html",
        groups=in_order,
        days=STALE_AFTER.days,
        own=not has(me().role, Right.DATA),
        subject=subject_of,
    )


@data.get("/rows/<kind>/<row_id>")
@needs(Right.DESK_DATA)
def row(kind: str, row_id: str) -> ResponseReturnValue:
    known = book()
    kept = find(kind, row_id, known)
    only_keepers(kept.row)
    return _row_page(kind, row_id, kept, known)


@data.post("/rows/<kind>/<row_id>/confirm")
@needs(Right.DESK_DATA)
def confirm(kind: str, row_id: str) -> ResponseReturnValue:
    kept = find(kind, row_id, book())
    only_keepers(kept.row)
    with desk().database.write() as rows:
        live = confirmable(book_in(rows).directory).get(f"{kind}:{row_id}")
        if live is None:
            flash("使うのをやめたものは、確認できません。")
        elif facts(live) != request.form.get("facts", ""):
            flash(MEANWHILE)
        else:
            confirm_in(rows, live)
            flash(
                f"「{name_of(kept.row)}」を、きょう確認したことにしました。5秒以内に、ボットの答えの「最終確認」に出ます。"
            )
    back = request.form.get("back")
    return redirect(url_for("data.stale") if back == "stale" else _to(kind, row_id), 303)


@data.post("/rows/<kind>/<row_id>/undo")
@needs(Right.DESK_DATA)
def undo(kind: str, row_id: str) -> ResponseReturnValue:
    """Of the row itself, or of a facility's closures and events: `key` says which."""
    known = book()
    kept = find(kind, row_id, known)
    wanted = request.form.get("key", "") or key(kind, row_id)
    with desk().database.read() as rows:
        past = {one.number: one for one in ward.history(rows, known, wanted)}
    try:
        number = int(request.form.get("number", ""))
    except ValueError:
        abort(400)
    if number not in past:
        abort(404)
    own = past[number].after or past[number].before or kept
    only_keepers(own.row)
    if not may_undo(wanted, past[number]):
        abort(403)
    problems: list[str] = []
    why = reason(problems)
    if needs_second_look(own.row) and not request.form.get("look"):
        problems.append(
            "緊急のときの電話です。もう一人と確かめて、「確かめました」にしるしを付けてください。"
        )
    if problems:
        return _row_page(kind, row_id, kept, known, problems), 422
    try:
        with desk().database.write() as rows:
            made = ward.undo(rows, pack(), wanted, number, Why(me().id, why), now())
    except facilities.NothingToUndo:
        told_ = (
            f"第{number}版で変えたものは、あとの版で変わっています。新しい変更から順に取り消してください。"
        )
        return _row_page(kind, row_id, kept, known, [told_]), 409
    except ward.Unsafe as unsafe:
        return _row_page(kind, row_id, kept, known, list(unsafe.problems)), 409
    flash(f"第{number}版の変更を取り消しました(第{made}版)。5秒以内に、ボットの答えに出ます。")
    if book().kept(key(kind, row_id)) is None:  # the change that is taken back had made it
        return redirect(url_for("data.page", kind=kind), 303)
    return redirect(_to(kind, row_id), 303)


def confirm_in(rows: Any, live: Confirmable) -> None:
    """By whoever is logged in, now."""
    confirmations.confirm(rows, subject_of(live), live, f"{me().name}({me().id})", now())
    audit.add_about_data(rows, DataAct.CONFIRMED, me().id, now(), f"{name_of(live)}({subject_of(live)})")


def may_undo(wanted: str, past: Past) -> bool:
    """Desk staff: closures and events of their desks, and what they did themselves."""
    return has(me().role, Right.DATA) or wanted.startswith(("special:", "event:")) or past.by == me().id


def _row_page(kind: str, row_id: str, kept: Kept, known: Book, problems: list[str] | None = None) -> str:
    row, wanted = kept.row, key(kind, row_id)
    live = confirmable(known.directory).get(f"{kind}:{row_id}")
    with desk().database.read() as rows:
        past = [(wanted, one) for one in ward.history(rows, known, wanted)]
        if isinstance(row, Facility):
            for each in _beside(row, known):
                past += [(each, one) for one in ward.history(rows, known, each)]
        names = {person.id: person.name for person in staff.everyone(rows)}
    past.sort(key=lambda each: each[1].number, reverse=True)
    last = known.confirmations.get(f"{kind}:{row_id}")
    found = known.settled(wanted)
    return render_template(
        "data_row.html",
        kind=kind,
        kind_name=KINDS.get(kind, "催し"),
        row_id=row_id,
        kept=kept,
        name=name_of(row),
        told=list(told(row, desk_name)),
        live=live,
        facts=facts(live) if live else "",
        last=last,
        last_holds=bool(live and last and last.facts == facts(live)),
        old=bool(last and last.at < now() - STALE_AFTER),
        past=[
            {
                "key": at,
                "one": one,
                "what": _KEY_NAMES.get(at.partition(":")[0], "") if ":" in at and kind == "facility" else "",
                "differences": list(differences(one.before, one.after, desk_name)),
                "may_undo": may_undo(at, one),
            }
            for at, one in past[:PAST]
        ],
        names=names,
        problems=problems or [],
        map=drawn(row.point, row.address, known.directory)
        if isinstance(row, Facility) and row.point
        else None,
        special=_special(row, known),
        today=now().date(),
        happenings=_happenings(row, known),
        cases=[in_words(case) for case in cases_of(row_id, known.pack)] if kind == "hotline" else [],
        shown_by=rules_that_show(row_id, kind, rules()),
        second_look=needs_second_look(row),
        disputed=wanted in known.disputed(),
        from_pack=found.from_pack if found else (),
        edits=has(me().role, Right.DATA) and kind in KINDS,
    )


_KEY_NAMES: Final = {"special": "臨時休館・特別な時間", "event": "催し"}


def _special(row: object, known: Book) -> SpecialDays | None:
    kept = known.kept(f"special:{row.id}") if isinstance(row, Facility) else None
    return kept.row if kept and isinstance(kept.row, SpecialDays) else None


def _happenings(row: object, known: Book) -> list[tuple[Happening, str]]:
    """The soonest first, and how each stands."""
    if not isinstance(row, Facility):
        return []
    found = [kept for one in known.keys("event") if (kept := known.kept(one))]
    own = [
        (kept.row, kept.retired)
        for kept in found
        if isinstance(kept.row, Happening) and kept.row.facility == row.id
    ]
    own.sort(key=lambda each: each[0].first, reverse=True)
    return [
        (one, "やめました" if gone else "終わりました" if one.over(now()) else "載せています")
        for one, gone in own
    ]


def _beside(row: Facility, known: Book) -> list[str]:
    events = (kept.row for one in known.keys("event") if (kept := known.kept(one)))
    own = [f"event:{one.id}" for one in events if isinstance(one, Happening) and one.facility == row.id]
    return [f"special:{row.id}", *own]


def _fits(kept: Kept, asked: dict[str, str], known: Book, at: str) -> bool:
    row = kept.row
    if asked["type"] and asked["type"] not in getattr(row, "types", ()):
        return False
    if asked["only"] == "retired" and not kept.retired:
        return False
    if asked["only"] == "changed" and at not in known.changes:
        return False
    words = flatten(straighten(asked["q"]))
    said = (
        getattr(row, name, "")
        for name in ("id", "name", "title", "kana", "address", "summary", "what", "area")
    )
    phones = (one.number for one in getattr(row, "phones", ()))
    return not words or any(words in flatten(straighten(text)) for text in (*said, *phones))


def _line(at: str, kept: Kept, known: Book, live: dict[str, Confirmable]) -> dict[str, Any]:
    row = kept.row
    subject = subject_of(row)
    last = known.confirmations.get(subject)
    holds = subject in live and live[subject].confirmed is not None
    until = row.until if isinstance(row, SupportGroup) else None
    return {
        "kind": subject.partition(":")[0],
        "id": getattr(row, "id", ""),
        "name": name_of(row),
        "about": _about(row),
        "retired": kept.retired,
        "changed": at in known.changes,
        "confirmed": last.at if last and holds else None,
        "old": bool(last and last.at < now() - STALE_AFTER),
        "closed": _closed_now(row, known),
        "until": until,
        "over": isinstance(row, SupportGroup) and row.over(now()),
        "ends_soon": isinstance(row, SupportGroup) and not row.over(now()) and row.over(now() + ENDS_SOON),
    }


def _about(row: object) -> str:
    match row:
        case Facility():
            return "・".join(sorted(row.types))
        case Resource():
            return row.audience
        case Hotline():
            return "、".join(one.number for one in row.phones) or row.channel
        case SupportGroup():
            return "、".join((*row.towns, row.area)) if row.area else "、".join(row.towns) or "区の全体"
        case _:
            return ""


def _closed_now(row: object, known: Book) -> str:
    special = _special(row, known)
    if special is None:
        return ""
    coming = [one for one in special.days if one.last >= now().date()]
    return coming[0].in_words() if coming else ""


def _desks_of(row: Confirmable) -> tuple[str, ...]:
    """The facilities whose list it is on; "" for what belongs to no desk."""
    if isinstance(row, Facility):
        return (row.id,)
    return row.facilities if isinstance(row, Resource) and row.facilities else ("",)


def _standing_of_desk(facility_id: str, live: Directory) -> tuple[int, str]:
    """Desks first, then other facilities, then what belongs to none."""
    if not facility_id:
        return 2, ""
    types = next((one.types for one in live.facilities if one.id == facility_id), frozenset())
    return (0 if types.intersection(DESK_TYPES) else 1), facility_id


def _to(kind: str, row_id: str) -> str:
    return url_for("data.row", kind=kind, row_id=row_id)
