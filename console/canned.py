"""定型文: counselors keep their own, admins those of everybody."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import rights
from console.desk import LARGEST_ID, desk, me, now
from console.rights import Right, needs
from conversation.canned import BLANKS, unknown
from storage import canned_replies
from storage.canned_replies import CannedReply

canned = Blueprint("canned", __name__, url_prefix="/canned")

LONGEST_TITLE = 30  # characters
LONGEST_SHORTCUT = 20
LONGEST_TEXT = 2000  # a reply holds more than one of them
ONE = f"/<int(max={LARGEST_ID}):reply_id>"


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was filled in."""

    title: str = ""
    shortcut: str = ""
    text: str = ""
    shared: bool = False


@canned.get("")
@needs(Right.CONSULT)
def page() -> ResponseReturnValue:
    kept = _kept()
    own = [one for one in kept if one.owner is not None]
    shared = [one for one in kept if one.owner is None]
    return render_template("canned.html", own=own, shared=shared, may_share=_may_share())


@canned.get("/new")
@needs(Right.CONSULT)
def new() -> ResponseReturnValue:
    return _form(Filled(shared=_may_share() and "shared" in request.args))


@canned.post("/new")
@needs(Right.CONSULT)
def add() -> ResponseReturnValue:
    filled = _filled()
    if filled.shared and not _may_share():
        abort(403)
    if problems := _problems(filled):
        return _form(filled, problems), 422
    owner = None if filled.shared else me().id
    with desk().database.write() as rows:
        canned_replies.add(rows, owner, filled.title, filled.shortcut, filled.text, by=me().id, now=now())
    return _done("定型文を加えました。")


@canned.get(ONE)
@needs(Right.CONSULT)
def edit(reply_id: int) -> ResponseReturnValue:
    one = _mine_to_change(reply_id)
    return _form(Filled(one.title, one.shortcut, one.text or "", one.owner is None), reply_id=reply_id)


@canned.post(ONE)
@needs(Right.CONSULT)
def change(reply_id: int) -> ResponseReturnValue:
    one = _mine_to_change(reply_id)
    filled = Filled(*_words(), shared=one.owner is None)
    if problems := _problems(filled, reply_id):
        return _form(filled, problems, reply_id), 422
    with desk().database.write() as rows:
        canned_replies.change(
            rows, reply_id, filled.title, filled.shortcut, filled.text, by=me().id, now=now()
        )
    return _done("定型文を変えました。")


@canned.post(f"{ONE}/remove")
@needs(Right.CONSULT)
def remove(reply_id: int) -> ResponseReturnValue:
    _mine_to_change(reply_id)
    with desk().database.write() as rows:
        canned_replies.remove(rows, reply_id)
    return _done("定型文を消しました。")


def _kept() -> tuple[CannedReply, ...]:
    with desk().database.read() as rows:
        return canned_replies.for_(rows, me().id)


def _may_share() -> bool:
    return rights.has(me().role, Right.SHARED_REPLIES)


def _mine_to_change(reply_id: int) -> CannedReply:
    """404 also for a colleague's: nobody is told that there is one. 403 for everybody's."""
    one = next((one for one in _kept() if one.id == reply_id), None)
    if one is None:
        abort(404)
    if one.owner is None and not _may_share():
        abort(403)
    return one


def _filled() -> Filled:
    return Filled(*_words(), shared=request.form.get("whose") == "shared")


def _words() -> tuple[str, str, str]:
    form = {name: request.form.get(name, "").replace("\0", "") for name in ("title", "shortcut", "text")}
    return (
        " ".join(form["title"].split()),
        form["shortcut"].strip().lstrip("/／"),
        form["text"].replace("\r\n", "\n").strip(),
    )


def _problems(filled: Filled, reply_id: int = 0) -> dict[str, str]:
    """By field: everything that is wrong, and how to mend it."""
    found: dict[str, str] = {}
    if not 1 <= len(filled.title) <= LONGEST_TITLE:
        found["title"] = f"見出しを1〜{LONGEST_TITLE}文字で入れてください。"
    if len(filled.shortcut) > LONGEST_SHORTCUT or len(filled.shortcut.split()) > 1:
        found["shortcut"] = f"短い名前は、空白を入れず{LONGEST_SHORTCUT}文字までにしてください。"
    elif filled.shortcut and any(one.shortcut == filled.shortcut and one.id != reply_id for one in _kept()):
        found["shortcut"] = "この短い名前は、ほかの定型文で使っています。別の名前にしてください。"
    if not 1 <= len(filled.text) <= LONGEST_TEXT:
        found["text"] = f"文を1〜{LONGEST_TEXT:,}文字で入れてください。いま{len(filled.text):,}文字です。"
    elif names := unknown(filled.text):
        listed = "、".join(f"{{{name}}}" for name in dict.fromkeys(names))
        found["text"] = f"{listed} は使えません。使えるのは {_blanks()} です。"
    return found


def _blanks() -> str:
    return "、".join(f"{{{name}}}" for name in BLANKS)


def _form(filled: Filled, problems: dict[str, str] | None = None, reply_id: int | None = None) -> str:
    return render_template(
        "canned_form.html",
        filled=filled,
        problems=problems or {},
        reply_id=reply_id,
        may_share=_may_share(),
        blanks=BLANKS,
    )


def _done(words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("canned.page"), 303)
