"""All intents, one's own draft and its state, and what others are working on."""

import re
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import rule_drafts
from console.desk import desk, me, now
from console.rights import Right, needs
from intents import entry_edits, parts
from intents.ids import GROUPS, OWN
from intents.parts import Unreadable
from storage import drafts, rulesets
from storage.drafts import Stale

rules_list = Blueprint("rules_list", __name__, url_prefix="/rules")

_NAME: Final = re.compile(r"[a-z0-9_]{1,40}")
LONGEST_TITLE: Final = 20


@rules_list.get("")
@needs(Right.RULES)
def page() -> ResponseReturnValue:
    return _page()


@rules_list.post("/draft")
@needs(Right.RULES)
def begin() -> ResponseReturnValue:
    rule_drafts.begun()
    flash("下書きを作りました。公開するまで、相談者には何も変わりません。")
    return rule_drafts.back_to_list()


@rules_list.post("/draft/from-file")
@needs(Right.RULES)
def begin_from_file() -> ResponseReturnValue:
    """The file on this machine becomes a draft; it is neither used nor written."""
    text = desk().rules_at_hand()
    if text is None:
        abort(404)
    try:
        parts.split(text)
    except Unreadable:
        flash("サーバーの routing_rules.yaml を読めません。「tsunagu rules check」で確かめてください。")
        return rule_drafts.back_to_list()
    with desk().database.write() as rows:
        drafts.begin(rows, me().id, now(), text)
    flash("サーバーのファイルから下書きを作りました。")
    return rule_drafts.back_to_list()


@rules_list.post("/draft/discard")
@needs(Right.RULES)
def discard() -> ResponseReturnValue:
    with desk().database.write() as rows:
        drafts.discard(rows, me().id)
    flash("下書きを捨てました。公開中のルールはそのままです。")
    return rule_drafts.back_to_list()


@rules_list.post("/draft/take-in")
@needs(Right.RULES)
def take_in() -> ResponseReturnValue:
    """What was published meanwhile, part by part."""
    draft, live = rule_drafts.draft_to_edit(), rule_drafts.live()
    with desk().database.read() as rows:
        base = rulesets.text_of(rows, draft.base_version)
    try:
        text, both = parts.merged(base, draft.text, live.text)
        rule_drafts.save(draft, text, base_version=live.version)
    except (Unreadable, Stale):
        flash("取りこめませんでした。下書きをもう一度保存してから、お試しください。")
        return rule_drafts.back_to_list()
    flash(f"第{live.version}版を下書きに取りこみました。")
    if both:
        flash(f"両方で変わった話題は、あなたの下書きのままです。差を確かめてください: {'、'.join(both)}")
    return rule_drafts.back_to_list()


@rules_list.post("/draft/intents")
@needs(Right.RULES)
def add() -> ResponseReturnValue:
    typed = {name: request.form.get(name, "").strip() for name in ("name", "title", "group", "example")}
    problems = _problems(typed)
    if problems:
        return _page(problems, typed), 422
    draft = rule_drafts.begun()
    name = OWN + typed["name"]
    example = rule_drafts.masked(typed["example"]) if typed["example"] else ""
    try:
        text = entry_edits.new_entry(draft.text, name, typed["title"], typed["group"], example)
        rule_drafts.save(draft, text)
    except Unreadable as error:
        return _page([problem.message for problem in error.problems], typed), 422
    except Stale:
        return _page([rule_drafts.SAVED_ELSEWHERE], typed), 409
    flash("話題を足しました。答えと例文を書いてください。")
    return redirect(url_for("rules_form.page", intent=name), 303)


def _problems(typed: dict[str, str]) -> list[str]:
    problems = []
    if not _NAME.fullmatch(typed["name"]):
        problems.append("名前(英字)は、半角の英小文字・数字・「_」で、40文字までにしてください。")
    if not 1 <= len(typed["title"]) <= LONGEST_TITLE:
        problems.append(f"ボタンの名前を入れてください({LONGEST_TITLE}文字まで)。")
    if typed["group"] not in GROUPS:
        problems.append("なかまを選んでください。")
    return problems


def _page(problems: list[str] | None = None, typed: dict[str, str] | None = None) -> str:
    live, draft = rule_drafts.live(), rule_drafts.own_draft()
    text = draft.text if draft else live.text
    return render_template(
        "rules_list.html",
        live=live.version,
        draft=draft,
        found=rule_drafts.checked(draft.text) if draft else None,
        entries=entry_edits.read_all(text),
        changed=rule_drafts.changed_parts(live.text, draft.text) if draft else (),
        others=rule_drafts.others(),
        file=_file(live.version),
        groups=GROUPS,
        own=OWN,
        problems=problems or [],
        typed=typed or {},
    )


def _file(live: int) -> dict[str, int | None] | None:
    """None where the file on this machine says what is live."""
    text = desk().rules_at_hand()
    if text is None:
        return None
    with desk().database.read() as rows:
        same = rulesets.version_with(rows, text)
    return None if same == live else {"version": same}
