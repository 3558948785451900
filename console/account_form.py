"""One account on a form: added, or changed. Everything that is wrong is said at once."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import passwords
from console.accounts import LAST_ADMIN, find_for_admin, leaves_no_admin
from console.desk import desk, me, now
from console.rights import Right, needs
from directory.model import Facility
from storage import audit, second_factors, staff
from storage.audit import AccountAct
from storage.staff import BadName, EmailTaken, NameTaken, Role, Staff

account_form = Blueprint("account_form", __name__)

DESK_TYPES = ("基本型", "こども家庭センター型", "特定型")
LONGEST_NAME = 40  # characters
BAD_NAME = "ログイン名は、半角の英小文字・数字・「.」「-」「_」だけで、英小文字か数字から始めてください(40文字まで)。"
NAME_TAKEN = "このログイン名は、もう使われています。止めたアカウントのものも使えません。"
EMAIL_TAKEN = "このメールアドレスは、ほかのアカウントに登録されています。"


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed."""

    login: str = ""
    name: str = ""
    role: str = Role.COUNSELOR
    desks: tuple[str, ...] = ()
    email: str = ""


@account_form.get("/new-account")
@needs(Right.ACCOUNTS)
def new() -> ResponseReturnValue:
    return _new(Filled())


@account_form.post("/new-account")
@needs(Right.ACCOUNTS)
def add() -> ResponseReturnValue:
    filled, password = _filled(), passwords.temporary()
    if problems := _problems(filled):
        return _new(filled, problems), 422
    try:
        with desk().database.write() as rows:
            staff.add(
                rows,
                filled.login,
                filled.name,
                Role(filled.role),
                passwords.hashed(password),
                now(),
                desks=filled.desks,
                email=filled.email,
                must_change_password=True,
            )
            audit.add_about_account(rows, filled.login, AccountAct.ADDED, me().id, now(), reason=filled.role)
    except (BadName, NameTaken, EmailTaken) as error:
        return _new(filled, [_why(error)]), 422
    person = find_for_admin(filled.login)
    return render_template("temporary_password.html", person=person, password=password, added=True)


@account_form.get("/accounts/<staff_id>")
@needs(Right.ACCOUNTS)
def page(staff_id: str) -> ResponseReturnValue:
    person = find_for_admin(staff_id)
    return _page(person, Filled(person.id, person.name, person.role, person.desks, person.email))


@account_form.post("/accounts/<staff_id>")
@needs(Right.ACCOUNTS)
def change(staff_id: str) -> ResponseReturnValue:
    person, filled = find_for_admin(staff_id), _filled()
    if problems := _problems(filled):
        return _page(person, filled, problems), 422
    role = Role(filled.role)
    try:
        with desk().database.write() as rows:
            if leaves_no_admin(rows, person, role):
                return _page(person, filled, [LAST_ADMIN]), 409
            staff.change(rows, person.id, name=filled.name, role=role, desks=filled.desks, email=filled.email)
            audit.add_about_account(
                rows, person.id, AccountAct.CHANGED, me().id, now(), reason=f"{person.role} → {role}"
            )
    except EmailTaken as error:
        return _page(person, filled, [_why(error)]), 422
    flash("変更しました。本人の画面では、次に開いたページから変わります。")
    return redirect(url_for("account_form.page", staff_id=person.id), 303)


def _filled() -> Filled:
    typed = {
        name: request.form.get(name, "").replace("\0", "").strip()
        for name in ("login", "name", "role", "email")
    }
    desks = tuple(dict.fromkeys(request.form.getlist("desks")))
    return Filled(typed["login"].lower(), typed["name"], typed["role"], desks, typed["email"])


def _problems(filled: Filled) -> list[str]:
    problems = []
    if not 1 <= len(filled.name) <= LONGEST_NAME:
        problems.append(f"名前を入れてください({LONGEST_NAME}文字まで)。")
    if filled.role not in set(Role):
        problems.append("役割を選んでください。")
    if filled.role == Role.DESK and not filled.desks:
        problems.append("窓口の担当者には、担当する窓口を1つ以上選んでください。")
    if set(filled.desks) - {one.id for one in _desks()}:
        problems.append("一覧にない窓口が選ばれています。もう一度選んでください。")
    if filled.email and filled.email.count("@") != 1:
        problems.append("メールアドレスの形を確かめてください。")
    return problems


def _why(error: Exception) -> str:
    match error:
        case BadName():
            return BAD_NAME
        case NameTaken():
            return NAME_TAKEN
        case _:
            return EMAIL_TAKEN


def _desks() -> list[Facility]:
    return [one for one in desk().directory.facilities if one.types.intersection(DESK_TYPES)]


def _new(filled: Filled, problems: list[str] | None = None) -> str:
    return render_template(
        "new_account.html", filled=filled, problems=problems or [], roles=list(Role), all_desks=_desks()
    )


def _page(person: Staff, filled: Filled, problems: list[str] | None = None) -> str:
    with desk().database.read() as rows:
        second = second_factors.asked_for(rows, person.id)
    return render_template(
        "account.html",
        person=person,
        filled=filled,
        problems=problems or [],
        roles=list(Role),
        all_desks=_desks(),
        second=second,
    )
