"""From a draft to a new version: refused while anything is wrong with it; a second person where much changes."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from console import rule_drafts
from console.desk import desk, me, now
from console.rights import Right, needs
from console.rules_history import differences
from console.rules_trying import SHOWN, replay_of
from intents.rules import parse
from storage import audit, drafts, rulesets
from storage.audit import RuleAct
from storage.drafts import Draft, Stale

rules_publishing = Blueprint("rules_publishing", __name__, url_prefix="/rules")

LONGEST_NOTE = 200
NO_NOTE = f"なぜ変えたのかを、ひとこと書いてください({LONGEST_NOTE}文字まで)。"
BROKEN = (
    "直すところが残っているので、公開できません。下の一覧を直してください。公開中のルールはそのままです。"
)
SAME = "公開中の版とまったく同じです。公開するものはありません。"
MOVED = "下書きを作ったあとに、別の版が公開されました。先に「公開中の版を取りこむ」を押してください。"
CHANGED = "確認のあいだに下書きが変わりました。もう一度開いて、確かめてください。"
SECOND = "届いた言葉の5%より多くで、答えが変わります。ほかの管理者に確認を頼んでください。"


class Refused(Exception):
    """Why nothing was published."""


@rules_publishing.get("/draft/publish")
@needs(Right.RULES)
def page() -> ResponseReturnValue:
    return _page(rule_drafts.draft_to_edit())


@rules_publishing.post("/draft/publish")
@needs(Right.RULES)
def publish() -> ResponseReturnValue:
    draft, note = rule_drafts.draft_to_edit(), _note()
    try:
        rule_drafts.check_revision(draft)
        if not 1 <= len(note) <= LONGEST_NOTE:
            raise Refused(NO_NOTE)
        _check(draft)
        found = replay_of(draft)
        if found and found.wants_a_second:
            if "ask" not in request.form:
                raise Refused(SECOND)
            with desk().database.write() as rows:
                drafts.ask(rows, draft, note, now())
            flash("確認を頼みました。ほかの管理者の「ルール」の画面に出ます。")
            return rule_drafts.back_to_list()
        version = _publish(draft, note)
    except Stale:
        return _page(rule_drafts.draft_to_edit(), [rule_drafts.SAVED_ELSEWHERE], note), 409
    except Refused as refused:
        return _page(rule_drafts.draft_to_edit(), [str(refused)], note), 422
    return _published(version)


@rules_publishing.get("/asked/<staff_id>")
@needs(Right.RULES)
def asked(staff_id: str) -> ResponseReturnValue:
    draft = _asked(staff_id)
    return render_template("rules_asked.html", **_seen(draft), found=replay_of(draft))


@rules_publishing.post("/asked/<staff_id>")
@needs(Right.RULES)
def agree(staff_id: str) -> ResponseReturnValue:
    """Whoever agrees has seen exactly this text."""
    draft = _asked(staff_id)
    try:
        rule_drafts.check_revision(draft)
        _check(draft)
        version = _publish(draft, draft.asked_note, confirmed_by=me().id)
    except Stale:
        flash(CHANGED)
        return redirect(url_for("rules_publishing.asked", staff_id=staff_id), 303)
    except Refused as refused:
        flash(str(refused))
        return redirect(url_for("rules_publishing.asked", staff_id=staff_id), 303)
    return _published(version)


def _asked(staff_id: str) -> Draft:
    """404 for what nobody asked for; nobody agrees to their own."""
    with desk().database.read() as rows:
        draft = drafts.of(rows, staff_id)
    if draft is None or draft.asked_at is None or staff_id == me().id:
        abort(404)
    return draft


def _note() -> str:
    return " ".join(request.form.get("note", "").split())


def _check(draft: Draft) -> None:
    live = rule_drafts.live()
    if draft.base_version != live.version:
        raise Refused(MOVED)
    if draft.text == live.text:
        raise Refused(SAME)
    if rule_drafts.checked(draft.text).findings:
        raise Refused(BROKEN)


def _publish(draft: Draft, note: str, confirmed_by: str | None = None) -> int:
    parse(draft.text)  # and kept: on SQLite every other writer would wait while `publish` reads it
    try:
        with desk().database.write() as rows:
            current = drafts.of(rows, draft.owner)
            if current is None or current.revision != draft.revision:
                raise Stale
            if rulesets.newest_version(rows) != draft.base_version:
                raise Refused(MOVED)
            version = rulesets.publish(
                rows, draft.text, by=draft.owner, note=note, now=now(), confirmed_by=confirmed_by
            )
            _record(rows, version, note)
            drafts.discard(rows, draft.owner)
    except rulesets.AlreadyLive:
        raise Refused(SAME) from None
    except rulesets.LosesIntents as lost:
        raise Refused(
            f"公開中の話題がなくなっています: {'、'.join(lost.intents)}。記録が使っているので、消さずに「もう使わない」にしてください。"
        ) from None
    return version


def _record(rows: Session, version: int, note: str) -> None:
    audit.add_about_rules(rows, RuleAct.PUBLISHED, me().id, now(), f"第{version}版: {note}")


def _published(version: int) -> ResponseReturnValue:
    flash(f"第{version}版として公開しました。5秒以内に、この版で答えはじめます。")
    return redirect(url_for("rules_history.version", number=version), 303)


def _page(draft: Draft, problems: list[str] | None = None, note: str = "") -> str:
    return render_template(
        "rules_publish.html",
        **_seen(draft),
        problems=problems or [],
        note=note,
        checked=rule_drafts.checked(draft.text),
        wants_a_second=problems == [SECOND],
    )


def _seen(draft: Draft) -> dict[str, Any]:
    live = rule_drafts.live()
    return {
        "draft": draft,
        "live": live.version,
        "moved": draft.base_version != live.version,
        "lines": differences(live.text, draft.text),
        "names": rule_drafts.names(),
        "mask": rule_drafts.masked,
        "shown": SHOWN,
    }
