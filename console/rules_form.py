"""One intent of the draft: as a form, and the same lines as YAML."""

from dataclasses import fields
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import rule_drafts
from console.desk import desk
from console.rights import Right, needs
from intents import entry_edits, parts, slips
from intents.entry import DESKS
from intents.entry_edits import Form
from intents.ids import GROUPS, NEEDED
from intents.lint import Finding
from intents.parts import Unreadable
from intents.source import Problem
from storage.drafts import Draft, Stale

rules_form = Blueprint("rules_form", __name__, url_prefix="/rules/draft")

MANY = ("resources", "hotlines")
LINES = ("strong", "normal", "weak", "unless", "examples", "must_not")
STRENGTHS = {
    "strong": ("強い言葉", "それだけで、ほぼこの話題だと言える言葉(8倍)"),
    "normal": ("ふつうの言葉", "この話題らしくする言葉(2倍)"),
    "weak": ("弱い言葉", "それだけでは数えず、ほかの言葉を助ける言葉(1.5倍)"),
    "unless": ("打ち消す言葉", "この言葉があれば、この話題ではない"),
}


@rules_form.get("/intents/<intent>")
@needs(Right.RULES)
def page(intent: str) -> ResponseReturnValue:
    draft = rule_drafts.draft_to_edit()
    return _form_page(draft, intent, _read(draft, intent))


@rules_form.post("/intents/<intent>")
@needs(Right.RULES)
def save(intent: str) -> ResponseReturnValue:
    draft, typed = rule_drafts.draft_to_edit(), _typed()
    _read(draft, intent)
    try:
        rule_drafts.check_revision(draft)
        text = entry_edits.write(draft.text, intent, typed)
        rule_drafts.save(draft, text)
    except Stale:
        return _form_page(draft, intent, typed, [rule_drafts.SAVED_ELSEWHERE]), 409
    except Unreadable as error:
        return _form_page(draft, intent, typed, [problem.message for problem in error.problems]), 422
    rule_drafts.tell(rule_drafts.checked(text))
    return redirect(url_for("rules_form.page", intent=intent), 303)


@rules_form.get("/yaml/<part>")
@needs(Right.RULES)
def yaml_page(part: str) -> ResponseReturnValue:
    draft = rule_drafts.draft_to_edit()
    return _yaml_page(draft, part, _lines(draft, part), _found_in(draft, part))


@rules_form.post("/yaml/<part>")
@needs(Right.RULES)
def save_yaml(part: str) -> ResponseReturnValue:
    draft, typed = rule_drafts.draft_to_edit(), parts.ended(request.form.get("text", ""))
    _lines(draft, part)
    try:
        rule_drafts.check_revision(draft)
        text = parts.with_part(draft.text, part, typed)
        rule_drafts.save(draft, text)
    except Stale:
        return _yaml_page(draft, part, typed, [Problem(1, "", rule_drafts.SAVED_ELSEWHERE)]), 409
    except Unreadable as error:
        found = [Problem(line, "", message) for line, message in slips.find(typed)]
        return _yaml_page(draft, part, typed, [*found, *error.problems]), 422
    rule_drafts.tell(rule_drafts.checked(text))
    return redirect(url_for("rules_form.yaml_page", part=part), 303)


@rules_form.get("/file")
@needs(Right.RULES)
def file() -> ResponseReturnValue:
    return as_file(rule_drafts.draft_to_edit().text, "shitagaki.yaml")


@rules_form.post("/file")
@needs(Right.RULES)
def put_file() -> ResponseReturnValue:
    """A whole file in the place of the draft."""
    draft, sent = rule_drafts.draft_to_edit(), request.files.get("file")
    try:
        text = sent.read().decode("utf-8-sig").replace("\0", "") if sent else ""
        names = set(parts.split(text)) if text.strip() else set()
        if not names:
            raise Unreadable(Problem(1, "", "ファイルが空です。YAMLのファイルを選んでください。"))
        rule_drafts.save(draft, text)
    except UnicodeDecodeError:
        return _file_refused([Problem(1, "", "UTF-8で保存し直してください。")])
    except Unreadable as error:
        found = [Problem(line, "", message) for line, message in slips.find(text)]
        return _file_refused([*found, *error.problems])
    except Stale:
        return _file_refused([Problem(1, "", rule_drafts.SAVED_ELSEWHERE)])
    rule_drafts.tell(rule_drafts.checked(text))
    return rule_drafts.back_to_list()


def as_file(text: str, name: str) -> Response:
    """To the letter."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), mimetype="application/yaml", headers=headers)


def _file_refused(problems: list[Problem]) -> ResponseReturnValue:
    return render_template("rules_file_refused.html", problems=problems), 422


def _read(draft: Draft, intent: str) -> Form:
    try:
        if not parts.is_entry(parts.split(draft.text)[intent]):
            abort(404)
        return entry_edits.read(draft.text, intent)
    except (KeyError, Unreadable):
        abort(404)


def _lines(draft: Draft, part: str) -> str:
    try:
        return parts.text_of(draft.text, part)
    except (KeyError, Unreadable):
        abort(404)


def _typed() -> Form:
    values: dict[str, Any] = {}
    for field in fields(Form):
        if field.name in MANY:
            values[field.name] = tuple(dict.fromkeys(request.form.getlist(field.name)))
        elif field.name in LINES:
            lines = (line.strip() for line in request.form.get(field.name, "").splitlines())
            values[field.name] = tuple(dict.fromkeys(line for line in lines if line))
        elif field.name in ("handoff", "retired"):
            values[field.name] = field.name in request.form
        else:
            values[field.name] = request.form.get(field.name, "").replace("\r\n", "\n").strip()
    return Form(**values)


def _form_page(draft: Draft, intent: str, form: Form, problems: list[str] | None = None) -> str:
    directory = desk().directory
    return render_template(
        "rules_form.html",
        draft=draft,
        intent=intent,
        form=form,
        problems=problems or [],
        found=_findings(draft, intent),
        others=[other for other in rule_drafts.others() if intent in other.parts],
        strengths=STRENGTHS,
        desks=DESKS,
        groups=GROUPS,
        places=sorted({name for facility in directory.facilities for name in facility.types}),
        resources=directory.resources,
        hotlines=directory.hotlines,
        retires=intent not in NEEDED,
    )


def _yaml_page(draft: Draft, part: str, text: str, problems: list[Problem]) -> str:
    lines = text.splitlines()
    shown = [
        (problem, lines[problem.line - 1] if 1 <= problem.line <= len(lines) else "") for problem in problems
    ]
    is_intent = parts.is_entry(parts.split(draft.text)[part])
    return render_template(
        "rules_yaml.html", draft=draft, part=part, text=text, problems=shown, is_intent=is_intent
    )


def _found_in(draft: Draft, part: str) -> list[Problem]:
    """In the part's own lines."""
    first = parts.split(draft.text)[part].first
    return [
        Problem(finding.line - first, finding.where, finding.message) for finding in _findings(draft, part)
    ]


def _findings(draft: Draft, part: str) -> list[Finding]:
    place = parts.split(draft.text)[part]
    return [
        finding
        for finding in rule_drafts.checked(draft.text).findings
        if place.first < finding.line <= place.end
    ]
