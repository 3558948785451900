"""What the program could not finish alone, with a way to try again."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from console.desk import LARGEST_ID, desk, now
from console.gate import local_path
from console.rights import Right, needs
from storage import inbox, outbox
from storage.views import problems as view

problems = Blueprint("problems", __name__, url_prefix="/problems")


@problems.get("")
@needs(Right.MEND)
def page() -> ResponseReturnValue:
    with desk().database.read() as rows:
        return render_template("problems.html", problems=view.problems(rows))


@problems.post("/events/<event_id>/retry")
@needs(Right.MEND)
def retry_event(event_id: str) -> ResponseReturnValue:
    with desk().database.write() as rows:
        return _tell(inbox.retry(rows, event_id, now()))


@problems.post(f"/sends/<int(max={LARGEST_ID}):outbox_id>/retry")
@needs(Right.MEND)
def retry_send(outbox_id: int) -> ResponseReturnValue:
    with desk().database.write() as rows:
        return _tell(outbox.retry(rows, outbox_id, now()))


def _tell(started: bool) -> ResponseReturnValue:
    flash(
        "もう一度、始めました。うまくいくと一覧から消えます。"
        if started
        else "もう、ほかの人がやり直したようです。"
    )
    return redirect(local_path(request.form.get("next")), 303)
