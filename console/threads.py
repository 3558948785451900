"""One conversation: what was said, what the bot understood, and where it stands."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from console.company import come, company
from console.composer import composer, quota, saved
from console.desk import desk, me, now, whole_number
from console.queue import columns
from console.readings import record
from console.rights import Right, has, needs
from console.snoozing import HoursUnknown, Preset, until
from conversation.model import Outcome
from storage import staff
from storage.staff import Staff
from storage.views import thread as view
from storage.views.thread import Thread

threads = Blueprint("threads", __name__)

RESOLVED_AS = tuple(outcome for outcome in Outcome if outcome is not Outcome.HANDED_BACK)


@threads.get("/threads/<conversation_id>")
@needs(Right.CONSULT)
def page(conversation_id: str) -> ResponseReturnValue:
    with desk().database.read() as rows:
        thread = thread_for_counselor(rows, conversation_id, request.args.get("before", type=whole_number))
    record(thread)
    _mark_seen(conversation_id)
    come(conversation_id)
    column = composed(thread) | composer(thread, saved(conversation_id))
    return render_template("desk.html", **column, **columns())


@threads.get("/threads/<conversation_id>/entries")
@needs(Right.CONSULT)
def entries(conversation_id: str) -> ResponseReturnValue:
    """The thread anew; or who is there besides, where only that is new; or 204 while the marks given as `after` and
    `company` are still true. A hidden page is nobody who looks."""
    with desk().database.read() as rows:
        check_counselor_may_read(rows, conversation_id)
        there = company(rows, conversation_id)
        known = request.args.get("after") == view.mark(rows, conversation_id)
        thread = None if known else view.thread(rows, conversation_id, now())
    if "hidden" not in request.args:
        come(conversation_id)
    if thread is None:
        alone = request.args.get("company", "") == there["company_mark"]
        return ("", 204) if alone else render_template("_company.html", **there)
    record(thread, live=True)
    if "hidden" not in request.args:
        _mark_seen(conversation_id)
    return render_template("_thread_news.html", **composed(thread), tab=request.args.get("tab", "waiting"))


def check_counselor_may_read(rows: Session, conversation_id: str) -> None:
    """404 also for a parent who has only talked with the bot: nobody was asked to read that."""
    if not view.consulted(rows, conversation_id):
        abort(404)


def thread_for_counselor(rows: Session, conversation_id: str, before: int | None = None) -> Thread:
    check_counselor_may_read(rows, conversation_id)
    return view.thread(rows, conversation_id, now(), before)


def colleagues() -> list[Staff]:
    """Who else may hold a consultation."""
    with desk().database.read() as rows:
        known = staff.everyone(rows)
    return [one for one in known if one.id != me().id and not one.disabled and has(one.role, Right.CONSULT)]


def put_off_until(preset: str) -> datetime | None:
    """When the desk has it before it again; None until the parent writes, or where nobody knows."""
    directory = desk().directory
    try:
        return until(Preset(preset), directory.facility(directory.consultation_desk).hours, now())
    except HoursUnknown:
        return None


def composed(thread: Thread, problem: str = "", at: str = "") -> dict[str, Any]:
    """What the thread's column needs, but for its composer. `problem` says why something was not accepted; `at` is the
    field to mend, where it is not the text."""
    with desk().database.read() as rows:
        there = company(rows, thread.conversation_id)
    return there | {
        "thread": thread,
        "mine": thread.assignee == me().id,
        "open_id": thread.conversation_id,
        "outcomes": RESOLVED_AS,
        "colleagues": colleagues,  # asked for where they are shown
        "put_off_until": put_off_until,
        "show": "context" if request.args.get("show") == "context" else "thread",
        "quota": quota,
        "problem": problem,
        "at": at,
    }


def _mark_seen(conversation_id: str) -> None:
    with desk().database.read() as rows:
        unseen = view.unseen(rows, conversation_id, me().id)
    if unseen:
        with desk().database.write() as rows:
            view.seen(rows, conversation_id, me().id, now())
