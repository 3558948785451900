"""The list of consultations."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from console.desk import desk, me, now, whole_number
from console.rights import Right, needs
from console.watch import watch
from storage.views import queue as view
from storage.views.queue import Tab

queue = Blueprint("queue", __name__)


@queue.get("/")
@needs(Right.CONSULT)
def page() -> ResponseReturnValue:
    return render_template("desk.html", thread=None, **columns())


@queue.get("/queue/fragment")
@needs(Right.CONSULT)
def fragment() -> ResponseReturnValue:
    """The list and the strips, or 204 while the mark that the script holds is still true."""
    with desk().database.read() as rows:
        mark, tabs = _mark_and_tabs(rows)
        if request.args.get("mark") == mark:
            return "", 204
        shown = _columns(rows, mark, tabs)
    return render_template("_queue_news.html", open_id=request.args.get("open", ""), **shown)


@queue.get("/queue/news")
@needs(Right.CONSULT)
def news() -> ResponseReturnValue:
    """What stands above every page, for those without the list; 204 while the mark that the script holds is still true."""
    if request.args.get("mark") == watch().mark:
        return "", 204
    return render_template("_watch_news.html")


def columns() -> dict[str, Any]:
    """What the list needs, on whichever page it is shown."""
    with desk().database.read() as rows:
        return _columns(rows, *_mark_and_tabs(rows))


def _columns(rows: Session, mark: str, tabs: Mapping[Tab, int]) -> dict[str, Any]:
    """The mark was made first: what has come meanwhile is news the next time."""
    number = request.args.get("page", 1, type=whole_number)
    return {
        "queue_mark": mark,
        "tab": _tab(),
        "tabs": tabs,
        "listed": view.page(rows, _tab(), me().id, now(), number),
    }


def _tab() -> Tab:
    wanted = request.args.get("tab", "")
    return Tab(wanted) if wanted in set(Tab) else Tab.WAITING


def _mark_and_tabs(rows: Session) -> tuple[str, Mapping[Tab, int]]:
    """Waiting times are said in minutes, so every minute is news too."""
    listed, tabs = view.mark(rows, _tab(), me().id, now()), view.counts(rows, me().id, now())
    counts = (str(count) for count in tabs.values())
    return ".".join([listed, watch().mark, *counts, f"{now():%H%M}"]), tabs
