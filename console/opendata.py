"""Open data in and out, for admins: a file is put in, looked at row by row, agreed to or dropped; editions are taken back."""

from pathlib import PurePath
from typing import Final

from flask import Blueprint, Request, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.desk import LARGEST_ID, desk, me, now, whole_number
from console.rights import Right, needs
from directory.hours import TOKYO
from directory.opendata import cells, writing
from directory.opendata.comparing import Outcome
from directory.stored import kind_of
from storage import facilities, imports
from storage.facilities import Why
from storage.imports import Import

opendata = Blueprint("opendata", __name__, url_prefix="/opendata")

LONGEST: Final = 200  # characters of a reason or a source
EDITIONS: Final = 50
ROWS: Final = 100  # a page
ENDINGS: Final = (".csv", ".tsv", ".txt")
FORM_BESIDE_FILE: Final = 64 * 1024  # bytes
CHANGED_MEANWHILE: Final = "見ているあいだに、ほかの変更がありました。いまのデータともう一度くらべています。結果を見てから、押してください。"


def admit_files(arrived: Request) -> None:
    """Larger forms for this one page."""
    if arrived.endpoint == "opendata.put":
        arrived.max_content_length = imports.LARGEST + FORM_BESIDE_FILE


@opendata.get("")
@needs(Right.DATA)
def page() -> ResponseReturnValue:
    return _page()


@opendata.post("")
@needs(Right.DATA)
def put() -> ResponseReturnValue:
    filled = {name: request.form.get(name, "").strip() for name in ("note", "source", "as_of")}
    file = request.files.get("file")
    name = PurePath((file.filename or "").replace("\0", "")).name[-LONGEST:] if file else ""
    content = file.read() if file else b""
    if problems := _problems(filled, name, content):
        return _page(problems, filled), 422
    why = Why(me().id, filled["note"], filled["source"], filled["as_of"])
    with desk().database.write() as rows:
        import_id = imports.add(rows, name, content, why, now())
    return _to(import_id)


@opendata.get("/imports/<import_id>")
@needs(Right.DATA)
def preview(import_id: str) -> ResponseReturnValue:
    one = _find(import_id)
    wanted = request.args.get("outcome", "")
    outcome = wanted if wanted in set(Outcome) else _first_with_rows(one)
    after = request.args.get("after", 0, type=whole_number)
    with desk().database.read() as rows:
        found = imports.lines(rows, import_id, outcome, after, ROWS + 1)
    return render_template(
        "opendata_import.html",
        one=one,
        outcome=outcome,
        outcomes=list(Outcome),
        lines=[line for _, line in found[:ROWS]],
        further=found[ROWS - 1][0] if len(found) > ROWS else None,
    )


@opendata.get("/imports/<import_id>/progress")
@needs(Right.DATA)
def progress(import_id: str) -> ResponseReturnValue:
    return render_template("_opendata_progress.html", one=_find(import_id))


@opendata.post("/imports/<import_id>/agree")
@needs(Right.DATA)
def agree(import_id: str) -> ResponseReturnValue:
    _find(import_id)
    try:
        with desk().database.write() as rows:
            number = imports.agree(rows, import_id, me().id, now())
    except facilities.Outdated:
        with desk().database.write() as rows:
            imports.read_again(rows, import_id)
        flash(CHANGED_MEANWHILE)
        return _to(import_id)
    except imports.NotReady:
        flash("この取り込みは、もう終わっているか、やめられています。")
        return _to(import_id)
    flash(f"第{number}版として取り込みました。5秒以内に、このデータで答えはじめます。")
    return redirect(url_for("opendata.page"), 303)


@opendata.post("/imports/<import_id>/drop")
@needs(Right.DATA)
def drop(import_id: str) -> ResponseReturnValue:
    _find(import_id)
    with desk().database.write() as rows:
        dropped = imports.drop(rows, import_id)
    flash("取り込みをやめました。何も変えていません。" if dropped else "この取り込みは、もう終わっています。")
    return redirect(url_for("opendata.page"), 303)


@opendata.post(f"/editions/<int(max={LARGEST_ID}):number>/undo")
@needs(Right.DATA)
def undo(number: int) -> ResponseReturnValue:
    note = request.form.get("note", "").strip()
    if not 0 < len(note) <= LONGEST:
        return _page([f"取り消す理由を、{LONGEST}文字までで書いてください。"]), 422
    with desk().database.read() as rows:
        if any(kind_of(key) != "facility" for key in facilities.touched_by(rows, number)):
            return _page(
                [
                    f"第{number}版は、施設の取り込みではありません。「データ」で、その行のページから取り消してください。"
                ]
            ), 409
    try:
        with desk().database.write() as rows:
            made = facilities.undo(rows, number, Why(me().id, note), now())
    except facilities.NoSuchEdition:
        abort(404)
    except facilities.NothingToUndo:
        return _page([f"第{number}版で変えたものは、あとの版で変わっています。戻すものはありません。"]), 409
    flash(f"第{number}版を取り消しました(第{made}版)。")
    return redirect(url_for("opendata.page"), 303)


@opendata.get("/facilities.csv")
@needs(Right.DATA)
def export() -> ResponseReturnValue:
    directory = desk().directory
    name = f"{directory.code}_preschool.csv"
    return Response(
        writing.table(directory).encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _page(problems: list[str] | None = None, filled: dict[str, str] | None = None) -> str:
    today = str(now().astimezone(TOKYO).date())
    with desk().database.read() as rows:
        editions, waiting = facilities.history(rows, most=EDITIONS), imports.open_ones(rows)
    return render_template(
        "opendata.html",
        editions=editions,
        waiting=waiting,
        problems=problems or [],
        filled=filled or {"note": "", "source": "オープンデータ 子育て施設一覧", "as_of": today},
        most_megabytes=imports.LARGEST // 2**20,
    )


def _problems(filled: dict[str, str], name: str, content: bytes) -> list[str]:
    problems = []
    if not name.lower().endswith(ENDINGS):
        problems.append("CSVのファイル(.csv)を選んでください。Excelの形なら、CSVで保存し直してください。")
    elif not content:
        problems.append("ファイルが空です。")
    if len(content) > imports.LARGEST:
        problems.append(f"ファイルが大きすぎます。{imports.LARGEST // 2**20}MBまでにしてください。")
    if not filled["note"] or not filled["source"] or max(map(len, filled.values())) > LONGEST:
        problems.append(f"理由と出典を、それぞれ{LONGEST}文字までで書いてください。")
    try:
        known = cells.day(filled["as_of"]) is not None
    except ValueError:
        known = False
    if not known or len(filled["as_of"]) != len("2026-11-24"):
        problems.append("いつのデータかを「2026-11-24」の形で入れてください。")
    return problems


def _find(import_id: str) -> Import:
    with desk().database.read() as rows:
        return imports.find(rows, import_id) or abort(404)


def _first_with_rows(one: Import) -> str:
    """What needs looking at most."""
    in_order = (Outcome.REFUSED, Outcome.CHANGED, Outcome.NEW)
    return next((outcome for outcome in in_order if one.counts.get(outcome)), Outcome.UNCHANGED)


def _to(import_id: str) -> ResponseReturnValue:
    return redirect(url_for("opendata.preview", import_id=import_id), 303)
