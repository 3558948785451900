"""Every published version: who, when, why, what changed; and the way back."""

import yaml
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound

from console import rule_drafts
from console.desk import LARGEST_ID, desk, me, now
from console.rights import Right, needs
from console.rules_form import as_file
from intents import changes
from intents.rules import BadRules
from storage import audit, rulesets
from storage.audit import RuleAct
from storage.rulesets import Published

rules_history = Blueprint("rules_history", __name__, url_prefix="/rules")

NUMBER = f"<int(max={LARGEST_ID}):number>"
LONGEST_REASON = 200
NO_REASON = f"なぜ戻すのかを、ひとこと書いてください({LONGEST_REASON}文字まで)。"


@rules_history.get("/history")
@needs(Right.RULES)
def page() -> ResponseReturnValue:
    with desk().database.read() as rows:
        versions = rulesets.history(rows)
    return render_template("rules_history.html", versions=versions, names=rule_drafts.names())


@rules_history.get(f"/versions/{NUMBER}")
@needs(Right.RULES)
def version(number: int) -> ResponseReturnValue:
    return _version(number)


@rules_history.get(f"/versions/{NUMBER}/file")
@needs(Right.RULES)
def file(number: int) -> ResponseReturnValue:
    _, text = _find(number)
    return as_file(text, f"routing_rules-{number}.yaml")


@rules_history.post(f"/versions/{NUMBER}/rollback")
@needs(Right.RULES)
def roll_back(number: int) -> ResponseReturnValue:
    """A rollback is a new version with an old one's text."""
    _, text = _find(number)
    reason = " ".join(request.form.get("reason", "").split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        return _version(number, NO_REASON), 422
    try:
        with desk().database.write() as rows:
            new = rulesets.publish(rows, text, by=me().id, note=reason, now=now(), goes_back_to=number)
            audit.add_about_rules(
                rows, RuleAct.ROLLED_BACK, me().id, now(), f"第{new}版 = 第{number}版: {reason}"
            )
    except rulesets.AlreadyLive:
        return _version(number, "この版の内容が、いま公開中です。戻すものはありません。"), 409
    except BadRules:
        return _version(number, "この版は、いまのプログラムでは読めないため、戻せません。"), 409
    flash(f"第{number}版の内容に戻しました(第{new}版)。5秒以内に、この版で答えはじめます。")
    return redirect(url_for("rules_history.version", number=new), 303)


def differences(before: str, after: str) -> list[str]:
    if before == after:
        return []
    try:
        lines = changes.summary(before, after)
    except yaml.YAMLError:
        return ["このプログラムでは読めない版です。"]
    return lines or ["言葉も答えも同じです。説明(#)・並び順・空白だけがちがいます。"]


def _find(number: int) -> tuple[Published, str]:
    with desk().database.read() as rows:
        try:
            text = rulesets.text_of(rows, number)
        except NoResultFound:
            abort(404)
        return next(each for each in rulesets.history(rows) if each.version == number), text


def _version(number: int, problem: str = "") -> str:
    published, text = _find(number)
    live = rule_drafts.live()
    before = _find(number - 1)[1] if number > 1 else ""
    return render_template(
        "rules_version.html",
        published=published,
        live=live.version,
        same=text == live.text,
        changes=differences(before, text) if before else [],
        back=differences(live.text, text),
        lost=rulesets.lost(live.text, text),
        names=rule_drafts.names(),
        problem=problem,
    )
