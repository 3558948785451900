"""What was referred to the desks of whoever is logged in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from console.desk import me
from console.rights import Right, needs

referrals = Blueprint("referrals", __name__, url_prefix="/referrals")


@referrals.get("")
@needs(Right.REFERRALS)
def page() -> ResponseReturnValue:
    return render_template("referrals.html", desks=me().desks)
