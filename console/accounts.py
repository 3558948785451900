"""Everybody's accounts, for admins: who there is, and what an admin does with one."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from console import passwords
from console.desk import desk, me, now
from console.rights import Right, needs
from storage import audit, second_factors, staff
from storage.audit import AccountAct
from storage.staff import Role, Staff

accounts = Blueprint("accounts", __name__, url_prefix="/accounts")

ONESELF = "自分のアカウントは止められません。ほかの管理者に頼んでください。"
LAST_ADMIN = "管理者がひとりもいなくなるため、できません。先に、ほかの人を管理者にしてください。"

Deed = Callable[[Session, str], object]


@accounts.get("")
@needs(Right.ACCOUNTS)
def page() -> ResponseReturnValue:
    with desk().database.read() as rows:
        everyone = staff.everyone(rows)
        with_second = {person.id for person in everyone if second_factors.asked_for(rows, person.id)}
    return render_template(
        "accounts.html", everyone=everyone, with_second=with_second, must=desk().access.second_factor_for
    )


@accounts.post("/<staff_id>/disable")
@needs(Right.ACCOUNTS)
def disable(staff_id: str) -> ResponseReturnValue:
    if staff_id == me().id:
        flash(ONESELF)
        return _back_to(staff_id)
    return _do(
        staff_id,
        lambda rows, who: staff.disable(rows, who, now()),
        AccountAct.DISABLED,
        "アカウントを止めました。",
    )


@accounts.post("/<staff_id>/enable")
@needs(Right.ACCOUNTS)
def enable(staff_id: str) -> ResponseReturnValue:
    return _do(staff_id, staff.enable, AccountAct.ENABLED, "アカウントを、また使えるようにしました。")


@accounts.post("/<staff_id>/sign-out")
@needs(Right.ACCOUNTS)
def sign_out(staff_id: str) -> ResponseReturnValue:
    return _do(
        staff_id,
        staff.sign_out_everywhere,
        AccountAct.SIGNED_OUT,
        "すべての端末からログアウトさせました。",
    )


@accounts.post("/<staff_id>/expire-password")
@needs(Right.ACCOUNTS)
def expire_password(staff_id: str) -> ResponseReturnValue:
    return _do(
        staff_id,
        staff.require_new_password,
        AccountAct.PASSWORD_EXPIRED,
        "次に画面を開いたときに、パスワードを変えてもらいます。",
    )


@accounts.post("/<staff_id>/remove-second-factor")
@needs(Right.ACCOUNTS)
def remove_second_factor(staff_id: str) -> ResponseReturnValue:
    return _do(staff_id, second_factors.remove, AccountAct.SECOND_FACTOR_OFF, "確認アプリをはずしました。")


@accounts.post("/<staff_id>/reset-password")
@needs(Right.ACCOUNTS)
def reset_password(staff_id: str) -> ResponseReturnValue:
    """Shown once, in this answer: a redirect would have to keep it in a cookie."""
    password = passwords.temporary()
    person = find_for_admin(staff_id)
    with desk().database.write() as rows:
        staff.set_password(rows, person.id, passwords.hashed(password), must_change=True)
        audit.add_about_account(rows, person.id, AccountAct.PASSWORD_RESET, me().id, now())
    return render_template("temporary_password.html", person=person, password=password, added=False)


def find_for_admin(staff_id: str) -> Staff:
    """404 for an unknown name. Views with the right ACCOUNTS only."""
    with desk().database.read() as rows:
        return staff.find(rows, staff_id) or abort(404)


def leaves_no_admin(rows: Session, person: Staff, role: Role | None = None) -> bool:
    """Whether nobody could look after accounts any more, once this one is stopped or has another role."""
    stays = role is Role.ADMIN
    return person.role == Role.ADMIN and not stays and not staff.admins_left(rows, without=person.id)


def _do(staff_id: str, deed: Deed, act: AccountAct, done: str) -> ResponseReturnValue:
    person = find_for_admin(staff_id)
    with desk().database.write() as rows:
        deed(rows, person.id)
        audit.add_about_account(rows, person.id, act, me().id, now())
    flash(done)
    return _back_to(staff_id)


def _back_to(staff_id: str) -> ResponseReturnValue:
    return redirect(url_for("account_form.page", staff_id=staff_id), 303)
