"""A new password for oneself; after it every other session of the account is over."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import passwords, sessions, throttle
from console.desk import desk, me, now
from console.rights import Right, needs
from storage import audit, staff
from storage.audit import AccountAct

new_password = Blueprint("new_password", __name__, url_prefix="/account/password")


@new_password.get("")
@needs(Right.OWN_ACCOUNT)
def form() -> ResponseReturnValue:
    return _form()


@new_password.post("")
@needs(Right.OWN_ACCOUNT)
def change() -> ResponseReturnValue:
    old, new = request.form.get("old", ""), request.form.get("new", "")
    if problem := confirmed(old) or _unusable(old, new):
        return _form(problem), 422
    with desk().database.write() as rows:
        version = staff.set_password(rows, me().id, passwords.hashed(new))
        audit.add_about_account(rows, me().id, AccountAct.PASSWORD_CHANGED, me().id, now())
    sessions.go_on(version)
    flash("パスワードを変えました。ほかの端末では、ログインし直してください。")
    return redirect(url_for("own_account.page"), 303)


def confirmed(password: str) -> str:
    """Why this is not sure to be the person themselves, for what an unlocked screen must not be enough for; "" if it is."""
    trying = throttle.attempt(me().id)
    if trying.wait:
        return trying.please_wait
    if not passwords.verified(password, me().password_hash):
        return "いまのパスワードがちがいます。もう一度入力してください。"
    trying.succeeded()
    return ""


def _unusable(old: str, new: str) -> str:
    if new == old:
        return "いまと同じパスワードです。ちがうものにしてください。"
    if new != request.form.get("again", ""):
        return "新しいパスワードが、2回で同じではありません。もう一度入力してください。"
    return passwords.weakness(new, me().id, me().name, me().email)


def _form(problem: str = "") -> str:
    return render_template("new_password.html", problem=problem, shortest=passwords.SHORTEST)
