"""An authenticator app for one's own account: set up, recovery codes, taken away."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from console import sessions
from console.desk import desk, me, now
from console.new_password import confirmed
from console.rights import Right, needs
from storage import audit, second_factors
from storage.audit import AccountAct

second_factor = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")

ISSUER = "つなぐ窓口"
WRONG_CODE = "確認コードがちがいます。アプリに今出ている6けたの数字を入れてください。合わないときは、スマートフォンの時刻を自動に合わせてください。"


@second_factor.get("")
@needs(Right.OWN_ACCOUNT)
def page() -> ResponseReturnValue:
    return _page()


@second_factor.post("/begin")
@needs(Right.OWN_ACCOUNT)
def begin() -> ResponseReturnValue:
    try:
        with desk().database.write() as rows:
            second_factors.begin(rows, me().id)
    except second_factors.AlreadyThere:
        flash("確認アプリは、もう登録してあります。")
    return redirect(url_for("second_factor.page"), 303)


@second_factor.post("/confirm")
@needs(Right.OWN_ACCOUNT)
def confirm() -> ResponseReturnValue:
    with desk().database.write() as rows:
        codes = second_factors.confirm(rows, me().id, request.form.get("code", ""), now())
        if codes is not None:
            audit.add_about_account(rows, me().id, AccountAct.SECOND_FACTOR_ON, me().id, now())
    return (_page(WRONG_CODE), 422) if codes is None else _codes(codes)


@second_factor.post("/recovery-codes")
@needs(Right.OWN_ACCOUNT)
def new_codes() -> ResponseReturnValue:
    if problem := confirmed(request.form.get("password", "")):
        return _page(problem), 422
    with desk().database.write() as rows:
        if not second_factors.asked_for(rows, me().id):
            return redirect(url_for("second_factor.page"), 303)
        codes = second_factors.new_recovery_codes(rows, me().id)
        audit.add_about_account(rows, me().id, AccountAct.RECOVERY_CODES_MADE, me().id, now())
    return _codes(codes)


@second_factor.post("/remove")
@needs(Right.OWN_ACCOUNT)
def remove() -> ResponseReturnValue:
    if problem := confirmed(request.form.get("password", "")):
        return _page(problem), 422
    with desk().database.write() as rows:
        second_factors.remove(rows, me().id)
        audit.add_about_account(rows, me().id, AccountAct.SECOND_FACTOR_OFF, me().id, now())
    flash("確認アプリをはずしました。")
    return redirect(url_for("second_factor.page"), 303)


def _page(problem: str = "") -> str:
    with desk().database.read() as rows:
        secret = second_factors.shown(rows, me().id)
        on = second_factors.asked_for(rows, me().id)
        left = second_factors.recovery_codes_left(rows, me().id)
    return render_template(
        "second_factor.html",
        problem=problem,
        on=on,
        codes_left=left,
        secret=secret,
        drawn=_drawn(secret) if secret else None,
        must=me().role in desk().access.second_factor_for,
        by_password=sessions.by_password(),
    )


def _codes(codes: list[str]) -> str:
    """Once, and never kept in a cookie: therefore no redirect."""
    return render_template("recovery_codes.html", codes=codes)


def _drawn(secret: str) -> Markup:
    """A QR code as inline SVG, without styles: the page allows none."""
    import pyotp
    import segno

    address = pyotp.TOTP(secret).provisioning_uri(name=me().id, issuer_name=ISSUER)
    drawing = segno.make(address, error="m", micro=False)
    svg = drawing.svg_inline(border=4, omitsize=True, light="#fff", title="確認アプリで読み取るQRコード")
    return Markup(svg)  # noqa: S704  our own drawing
