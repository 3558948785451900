"""Wishes to have one's records gone: staff decide, with a reason."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.desk import desk, me, now, rules
from console.rights import Right, needs
from conversation.events import ErasureApproved, ErasureRefused
from conversation.handling import handle
from conversation.model import NothingWanted, OnHold, Refused, StillOpen
from storage import audit
from storage.store import SqlStore
from storage.views import erasures as view

erasures = Blueprint("erasures", __name__, url_prefix="/erasures")

LONGEST_REASON = 500  # characters
ERASE, KEEP = "erase", "keep"


@erasures.get("")
@needs(Right.ERASE)
def page() -> ResponseReturnValue:
    return _page()


@erasures.post("/<conversation_id>")
@needs(Right.ERASE)
def decide(conversation_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "").replace("\0", "").strip()
    decision = request.form.get("decision", "")
    if problem := _unusable(decision, reason):
        return _page(problem, conversation_id, reason), 422
    event = ErasureApproved if decision == ERASE else ErasureRefused
    try:
        with desk().database.write() as rows:
            handle(
                conversation_id,
                event(me().id, reason),
                store=SqlStore(rows),
                rules=rules(),
                directory=desk().directory,
                now=now(),
            )
    except KeyError:
        return _page(_why(NothingWanted())), 409
    except Refused as refused:
        return _page(_why(refused), conversation_id, reason), 409
    flash("記録を消しました。" if decision == ERASE else "消さないことを、理由とともに相談者に伝えます。")
    return redirect(url_for("erasures.page"), 303)


def _page(problem: str = "", about: str = "", reason: str = "") -> str:
    """With what went wrong, and what was typed, beside the wish that it is about."""
    with desk().database.read() as rows:
        wishes, decided = view.wishes(rows), audit.about_records(rows)
    return render_template(
        "erasures.html", wishes=wishes, decided=decided, problem=problem, about=about, reason=reason
    )


def _unusable(decision: str, reason: str) -> str:
    if decision not in (ERASE, KEEP):
        return "「消す」か「消さない」を選んでください。"
    if not reason:
        return "理由が入っていません。理由を書いてから、もう一度押してください。"
    if len(reason) > LONGEST_REASON:
        return f"理由が長すぎます。いま{len(reason)}文字です。{LONGEST_REASON}文字までにしてください。"
    if decision == ERASE and not request.form.get("sure"):
        return "消すと元に戻せません。「元に戻せないことを確かめました」に印をつけてください。"
    return ""


def _why(refused: Refused) -> str:
    match refused:
        case NothingWanted():
            return "この希望は、もう決まっています。ほかの人が先に決めたようです。"
        case OnHold():
            return "記録の保全中のため、消せません。保全を終えてから、もう一度お試しください。"
        case StillOpen():
            return "相談がまだ続いています。先に「解決」にしてから、もう一度お試しください。"
        case _:
            return "いまはその操作ができません。画面を読み込み直して、ようすを確かめてください。"
