"""What parents first wrote and the bot had no good answer to: masked, grouped, and with a way into the rules."""

from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import rule_drafts
from console.desk import LARGEST_ID, desk, me, now, rules
from console.rights import Right, needs
from intents import danger, entry_edits
from intents.classify import Action, classify
from intents.grouping import grouped
from intents.ids import GROUPS, OWN
from intents.parts import Unreadable
from intents.replaying import is_sensitive
from intents.rule import OUT_OF_SCOPE
from intents.rules import Rules
from storage import audit
from storage.audit import RuleAct
from storage.drafts import Stale
from storage.views import first_messages
from storage.views.first_messages import Ending, FirstMessage

rules_unanswered = Blueprint("rules_unanswered", __name__, url_prefix="/rules/unanswered")

MOST = 1000  # first messages that are looked at
GROUPS_SHOWN = 30
SHOWN = 5  # sentences of a group
LONGEST = 200  # characters of a sentence or a word that goes into the rules
ENDINGS = {
    Ending.WRONG: "「ちがう」と言われた",
    Ending.PERSON: "たずね返して、人につないだ",
    Ending.NOTHING: "合う話題がなかった",
}


class Group(NamedTuple):
    ids: tuple[int, ...]
    sentences: tuple[str, ...]  # masked
    endings: tuple[str, ...]


@rules_unanswered.get("")
@needs(Right.RULES)
def page() -> ResponseReturnValue:
    return _page()


@rules_unanswered.post("")
@needs(Right.RULES)
def use() -> ResponseReturnValue:
    deed = request.form.get("deed", "")
    text = rule_drafts.masked(" ".join(request.form.get("text", "").split()))
    if deed == "aside":
        return _put_aside()
    if deed not in ("example", "keyword", "out_of_scope") or not 1 <= len(text) <= LONGEST:
        return _page(f"文を入れて({LONGEST}文字まで)、することを選んでください。"), 422
    if danger.find(text):
        return _page(
            "命や安全にかかわる言葉は、ルールに入れられません。この言葉には、ルールより先に電話の案内が出ます。"
        ), 422
    return _add(deed, text)


def _put_aside() -> ResponseReturnValue:
    ids = [int(each) for each in request.form.get("ids", "").split(",") if each.isdecimal()]
    with desk().database.write() as rows:
        first_messages.put_aside(rows, [each for each in ids if 1 <= each <= LARGEST_ID], me().id, now())
    flash("この言葉は、一覧から外しました。")
    return redirect(url_for("rules_unanswered.page"), 303)


def _add(deed: str, text: str) -> ResponseReturnValue:
    draft = rule_drafts.begun()
    intent = OUT_OF_SCOPE if deed == "out_of_scope" else request.form.get("intent", "")
    add = entry_edits.with_keyword if deed == "keyword" else entry_edits.with_example
    try:
        changed = add(draft.text, intent, text)
        rule_drafts.save(draft, changed)
    except KeyError:
        return _page("話題を選んでください。"), 422
    except Unreadable as error:
        return _page(" ".join(problem.message for problem in error.problems)), 422
    except Stale:
        return _page(rule_drafts.SAVED_ELSEWHERE), 409
    rule_drafts.tell(rule_drafts.checked(changed))
    return redirect(url_for("rules_unanswered.page"), 303)


def _page(problem: str = "") -> str:
    draft = rule_drafts.own_draft()
    current = (rule_drafts.readable(draft.text) if draft else None) or rules()
    groups = _groups(_unanswered(current))
    shown = groups[:GROUPS_SHOWN]
    if shown:
        with desk().database.write() as rows:
            many = sum(len(group.sentences) for group in shown)
            audit.add_about_rules(
                rows, RuleAct.SENTENCES_READ, me().id, now(), f"答えられなかった言葉: {many}"
            )
    return render_template(
        "rules_unanswered.html",
        groups=shown,
        more=len(groups) - len(shown),
        draft=draft,
        rules=current,
        problem=problem,
        topic_groups=GROUPS,
        own=OWN,
    )


def _unanswered(current: Rules) -> list[FirstMessage]:
    """What the draft, or else the live rules, would still not answer; nothing that was said in danger or despair."""
    with desk().database.read() as rows:
        firsts, aside = first_messages.newest(rows, MOST), first_messages.set_aside(rows)
    found = [first for first in firsts if first.ending and not first.sensitive and first.id not in aside]
    return [first for first in found if _is_open(first, current)]


def _is_open(first: FirstMessage, current: Rules) -> bool:
    before, after = classify(first.text, rules()), classify(first.text, current)
    if is_sensitive(before) or is_sensitive(after) or after.out_of_scope:
        return False
    return after.action is not Action.ANSWER or (
        first.ending is Ending.WRONG and after.intent == first.intent
    )


def _groups(messages: list[FirstMessage]) -> list[Group]:
    sentences = [rule_drafts.masked(first.text) for first in messages]
    return [
        Group(
            tuple(messages[place].id for place in places),
            tuple(dict.fromkeys(sentences[place] for place in places[:SHOWN])),
            tuple(
                dict.fromkeys(
                    ENDINGS[ending] for place in places if (ending := messages[place].ending) is not None
                )
            ),
        )
        for places in grouped(sentences)
    ]
