"""Log-in, in one step or two, and log-out."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from console import passwords, sessions, throttle
from console.desk import desk, now
from console.gate import local_path
from console.rights import Right, needs
from storage import audit, second_factors, staff
from storage.audit import AccountAct
from storage.staff import Staff

login = Blueprint("login", __name__)

CODE_WITHIN = 300  # seconds after the password
WRONG = "ログイン名かパスワードがちがいます。大文字・小文字や、全角になっていないかを確かめて、もう一度入力してください。"
WRONG_CODE = "確認コードがちがいます。アプリに今出ている6けたの数字を入れてください。一度使ったコードは使えません。合わないときは、端末の時刻を確かめてください。"


@login.get("/login")
def form() -> ResponseReturnValue:
    return log_in_page()


@login.post("/login")
def enter() -> ResponseReturnValue:
    name = request.form.get("name", "").strip().lower()
    trying = throttle.attempt(name)
    if trying.wait:
        return log_in_page(trying.please_wait, name), 429
    person = _known(name, request.form.get("password", ""))
    if person is None:
        return log_in_page(WRONG, name), 401
    with desk().database.read() as rows:
        half = second_factors.asked_for(rows, person.id)
    if half:
        session["half"] = [person.id, person.session_version, int(now().timestamp())]
        return redirect(url_for("login.code_form", next=request.form.get("next") or None), 303)
    trying.succeeded()
    return admit(person, request.form.get("next"))


@login.get("/login/code")
def code_form() -> ResponseReturnValue:
    return _code_form() if _half_in() else _begin_again()


@login.post("/login/code")
def check_code() -> ResponseReturnValue:
    person = _half_in()
    if person is None:
        return _begin_again()
    trying = throttle.attempt(person.id)
    if trying.wait:
        return _code_form(trying.please_wait), 429
    if not _is_second_factor(person, request.form.get("code", "")):
        return _code_form(WRONG_CODE), 401
    trying.succeeded()
    return admit(person, request.form.get("next"))


@login.post("/logout")
@needs(Right.OWN_ACCOUNT)
def leave() -> ResponseReturnValue:
    session.clear()
    return redirect(url_for("login.form"), 303)


def admit(person: Staff, wanted: str | None, by: str = sessions.PASSWORD) -> ResponseReturnValue:
    """Who they are is sure: to the page that was wanted."""
    sessions.begin(person, now(), by=by)
    with desk().database.write() as rows:
        staff.logged_in(rows, person.id, now())
        audit.add_about_account(rows, person.id, AccountAct.LOGGED_IN, person.id, now())
    return redirect(local_path(wanted), 303)


def log_in_page(error: str = "", name: str = "") -> str:
    shown: dict[str, Any] = {"error": error, "name": name, "next": request.values.get("next", "")}
    return render_template("login.html", organisation=desk().access.provider is not None, **shown)


def _code_form(error: str = "") -> str:
    return render_template("login_code.html", error=error, next=request.values.get("next", ""))


def _begin_again() -> ResponseReturnValue:
    session.pop("half", None)
    return redirect(url_for("login.form", next=request.values.get("next") or None), 303)


def _half_in() -> Staff | None:
    """Whose password was right a moment ago."""
    half = session.get("half")
    if not isinstance(half, list) or now().timestamp() > half[2] + CODE_WITHIN:
        return None
    with desk().database.read() as rows:
        person = staff.find(rows, half[0])
    return person if person and not person.disabled and person.session_version == half[1] else None


def _is_second_factor(person: Staff, code: str) -> bool:
    with desk().database.write() as rows:
        if second_factors.check(rows, person.id, code, now()):
            return True
        if not second_factors.use_recovery_code(rows, person.id, code, now()):
            return False
        audit.add_about_account(rows, person.id, AccountAct.RECOVERY_CODE_USED, person.id, now())
        return True


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
