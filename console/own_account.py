"""What everybody may look after themselves: their sessions, keys and signals, and the ways to their password and second
factor."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from console import sessions
from console.desk import desk, me, now
from console.rights import Right, needs
from storage import audit, second_factors, staff
from storage.audit import AccountAct
from storage.staff import Switch

own_account = Blueprint("own_account", __name__, url_prefix="/account")


@own_account.get("")
@needs(Right.OWN_ACCOUNT)
def page() -> ResponseReturnValue:
    with desk().database.read() as rows:
        second = second_factors.asked_for(rows, me().id)
        left = second_factors.recovery_codes_left(rows, me().id)
    return render_template(
        "own_account.html", by_password=sessions.by_password(), second=second, codes_left=left
    )


@own_account.post("/switches")
@needs(Right.OWN_ACCOUNT)
def switch() -> ResponseReturnValue:
    chosen = {
        Switch.NO_SHORTCUTS: "shortcuts" not in request.form,
        Switch.SOUND: "sound" in request.form,
        Switch.NOTIFICATIONS: "notifications" in request.form,
    }
    with desk().database.write() as rows:
        staff.set_switches(rows, me().id, [one for one, on in chosen.items() if on])
    flash("設定を保存しました。")
    return redirect(url_for("own_account.page", _anchor="keys"), 303)


@own_account.post("/sign-out")
@needs(Right.OWN_ACCOUNT)
def sign_out() -> ResponseReturnValue:
    """Here too: whoever fears that somebody else is in begins anew."""
    with desk().database.write() as rows:
        staff.sign_out_everywhere(rows, me().id)
        audit.add_about_account(rows, me().id, AccountAct.SIGNED_OUT, me().id, now())
    session.clear()
    flash("すべての端末からログアウトしました。")
    return redirect(url_for("login.form"), 303)
