"""Log-in and log-out."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from console import passwords
from console.desk import desk, now
from console.gate import local_path
from storage import staff
from storage.staff import Staff

login = Blueprint("login", __name__)

WRONG = "ログイン名かパスワードがちがいます。大文字・小文字や、全角になっていないかを確かめて、もう一度入力してください。"
TOO_MANY = "まちがいが続いたため、しばらくログインできません。15分ほど待ってから、もう一度お試しください。お急ぎのときは管理者に連絡してください。"


@login.get("/login")
def form() -> ResponseReturnValue:
    return _form()


@login.post("/login")
def enter() -> ResponseReturnValue:
    name = request.form.get("name", "").strip().lower()
    key = (name, request.remote_addr or "")
    if desk().throttle.blocked(key, now()):
        return _form(TOO_MANY, name), 429
    person = _known(name, request.form.get("password", ""))
    if person is None:
        desk().throttle.failed(key, now())
        return _form(WRONG, name), 401
    desk().throttle.succeeded(key)
    session.clear()  # nothing that was set before the log-in survives it
    session["staff"] = person.id
    session.permanent = True
    return redirect(local_path(request.form.get("next")), 303)


@login.post("/logout")
def leave() -> ResponseReturnValue:
    session.clear()
    return redirect(url_for("login.form"), 303)


def _form(error: str = "", name: str = "") -> str:
    return render_template("login.html", error=error, name=name, next=request.values.get("next", ""))


def _known(name: str, password: str) -> Staff | None:
    with desk().database.read() as rows:
        person = staff.find(rows, name)
    if not passwords.verified(password, person.password_hash if person else None) or person is None:
        return None
    if person.disabled:
        return None
    if passwords.outdated(person.password_hash):
        with desk().database.write() as rows:
            staff.set_password_hash(rows, person.id, passwords.hashed(password))
    return person
