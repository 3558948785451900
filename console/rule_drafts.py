"""What the pages about rules share: one's own draft, what is wrong with a text, what others are changing."""

from dataclasses import replace
from typing import NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from console.desk import desk, me, now
from conversation import rule_checks
from conversation.rule_checks import Checked
from directory.model import Directory
from intents import parts
from intents.masking import mask
from intents.parts import Unreadable
from intents.rules import BadRules, Rules, parse
from storage import drafts, rulesets, staff
from storage.drafts import Draft, Stale

KEPT_CHECKS = 8
SAVED_ELSEWHERE = "別の画面で、先に下書きが保存されました。下の内容を確かめて、もう一度保存してください。"


class Live(NamedTuple):
    version: int
    text: str


class Other(NamedTuple):
    """A colleague's draft."""

    draft: Draft
    name: str
    parts: tuple[str, ...]  # that differ from the version it was begun from


def live() -> Live:
    """404 where nothing was published yet."""
    with desk().database.read() as rows:
        version = rulesets.newest_version(rows)
        return Live(version, rulesets.text_of(rows, version)) if version else abort(404)


def own_draft() -> Draft | None:
    with desk().database.read() as rows:
        return drafts.of(rows, me().id)


def draft_to_edit() -> Draft:
    """404 where there is none: the page was left open while the draft went."""
    return own_draft() or abort(404)


def begun() -> Draft:
    """One's own draft, made now where there is none."""
    if (draft := own_draft()) is None:
        live()
        with desk().database.write() as rows:
            drafts.begin(rows, me().id, now())
        draft = draft_to_edit()
    return draft


def save(draft: Draft, text: str, base_version: int | None = None) -> None:
    """Raises Stale where another window was first."""
    with desk().database.write() as rows:
        drafts.save(rows, draft.owner, text, draft.revision, now(), base_version)


def revision() -> int:
    """Of the draft that the form was made from."""
    return request.form.get("revision", 0, type=int)


def check_revision(draft: Draft) -> None:
    if draft.revision != revision():
        raise Stale


def checked(text: str) -> Checked:
    """Reads the text and tries all its examples: seconds, the first time."""
    known = desk().checks
    if text not in known:
        # Not the rules themselves: they are large, and those of four texts are kept where they are parsed.
        found = replace(rule_checks.check(text, desk().directory), rules=None)
        while len(known) >= KEPT_CHECKS:
            known.pop(next(iter(known)), None)
        known[text] = found
    return known[text]


def tell(found: Checked) -> None:
    """After a save: how the examples fared."""
    if found.examples and not found.findings:
        flash(f"下書きを保存しました。例文は{found.examples.total}文すべて期待どおりです。")
    elif found.examples:
        many = len(found.examples.failed)
        flash(
            f"下書きを保存しました。例文{found.examples.total}文のうち{many}文が期待どおりではありません。直すところは{len(found.findings)}つです。"
        )
    else:
        flash(
            f"下書きを保存しました。まだ読めないところが{len(found.findings)}つあります。直すと、例文をためせます。"
        )


def readable(text: str) -> Rules | None:
    try:
        return parse(text)
    except BadRules:
        return None


def others() -> list[Other]:
    with desk().database.read() as rows:
        found = drafts.others(rows, me().id)
        names = {person.id: person.name for person in staff.everyone(rows)}
        bases = {each.base_version: rulesets.text_of(rows, each.base_version) for each in found}
    return [
        Other(each, names.get(each.owner, each.owner), changed_parts(bases[each.base_version], each.text))
        for each in found
    ]


def changed_parts(before: str, after: str) -> tuple[str, ...]:
    try:
        return parts.changed(before, after)
    except Unreadable:
        return ()


def names() -> dict[str, str]:
    with desk().database.read() as rows:
        return {person.id: person.name for person in staff.everyone(rows)}


def masked(text: str) -> str:
    """As a parent's words are shown to whoever edits the rules."""
    directory = desk().directory
    return mask(text, places=_small_places(directory), known=_public_names(directory))


def _small_places(directory: Directory) -> list[str]:
    return sorted({town.name.rstrip("0123456789丁目") for town in directory.towns} - {""}, key=len)[::-1]


def _public_names(directory: Directory) -> frozenset[str]:
    name = directory.municipality
    return frozenset({name, name.rstrip("区市町村"), "東京", "日本", "東京都"})


def back_to_list() -> ResponseReturnValue:
    return redirect(url_for("rules_list.page"), 303)
