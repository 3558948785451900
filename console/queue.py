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
        if request.args.get("mark") == _mark(rows, _tab(), view.counts(rows, me().id, now())):
            return "", 204
    return render_template("_queue_news.html", open_id=request.args.get("open", ""), **columns())


@queue.get("/queue/news")
@needs(Right.CONSULT)
def news() -> ResponseReturnValue:
    """What stands above every page, for those without the list; 204 while the mark that the script holds is still true."""
    if request.args.get("mark") == watch().mark:
        return "", 204
    return render_template("_watch_news.html")


def columns() -> dict[str, Any]:
    """What the list needs, on whichever page it is shown."""
    tab = _tab()
    with desk().database.read() as rows:
        tabs = view.counts(rows, me().id, now())
        return {
            "queue_mark": _mark(rows, tab, tabs),  # first: what comes meanwhile is news the next time
            "tab": tab,
            "tabs": tabs,
            "listed": view.page(rows, tab, me().id, now(), request.args.get("page", 1, type=whole_number)),
        }


def _tab() -> Tab:
    wanted = request.args.get("tab", "")
    return Tab(wanted) if wanted in set(Tab) else Tab.WAITING


def _mark(rows: Session, tab: Tab, counts: Mapping[Tab, int]) -> str:
    """Waiting times are said in minutes, so every minute is news too."""
    listed = view.mark(rows, tab, me().id, now())
    return ".".join([listed, watch().mark, *(str(count) for count in counts.values()), f"{now():%H%M}"])
