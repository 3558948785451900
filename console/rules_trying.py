"""One sentence, and many that really came, by the live rules and by the draft."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from console import rule_drafts
from console.desk import desk, me, now, rules
from console.rights import Right, needs
from intents.explain import explain
from intents.replaying import Message, Outcome, Replay, replay
from intents.rules import Rules
from storage import audit, drafts
from storage.audit import RuleAct
from storage.drafts import Draft, Replayed, Stale
from storage.views import first_messages

rules_trying = Blueprint("rules_trying", __name__, url_prefix="/rules")

SIZES = (200, 500, 1000, 2000)
USUAL = 500
LONGEST = 5000  # characters, as in one message of LINE
SHOWN = 20  # sentences of one change


@rules_trying.get("/try")
@needs(Right.RULES)
def page() -> ResponseReturnValue:
    return _page("")


@rules_trying.post("/try")
@needs(Right.RULES)
def explained() -> ResponseReturnValue:
    """By POST: what is tried may be somebody's words, and addresses are logged."""
    return _page(request.form.get("text", "").strip()[:LONGEST])


@rules_trying.get("/draft/replay")
@needs(Right.RULES)
def replay_page() -> ResponseReturnValue:
    return render_template(
        "rules_replay.html", draft=rule_drafts.draft_to_edit(), found=None, sizes=SIZES, size=USUAL
    )


@rules_trying.post("/draft/replay")
@needs(Right.RULES)
def replayed() -> ResponseReturnValue:
    draft, size = rule_drafts.draft_to_edit(), request.form.get("size", USUAL, type=int)
    size = size if size in SIZES else USUAL
    found = replay_of(draft, size)
    return render_template(
        "rules_replay.html",
        draft=draft,
        found=found,
        unreadable=found is None,
        sizes=SIZES,
        size=size,
        shown=SHOWN,
        mask=rule_drafts.masked,
    )


def replay_of(draft: Draft, size: int = USUAL) -> Replay | None:
    """None where the draft cannot be read. Whoever gets it reads masked words, and that is recorded."""
    new = rule_drafts.readable(draft.text)
    if new is None:
        return None
    found = replay(_messages(size), rules(), new)
    with desk().database.write() as rows:
        try:
            drafts.note_replay(rows, draft, Replayed(found.total, found.changed))
        except Stale:
            return found
        if found.changes:
            audit.add_about_rules(
                rows, RuleAct.SENTENCES_READ, me().id, now(), f"再生: {found.changed}/{found.total}"
            )
    return found


def _messages(size: int) -> list[Message]:
    with desk().database.read() as rows:
        firsts = first_messages.newest(rows, size)
    return [Message(first.id, first.text, first.sensitive) for first in firsts]


def _page(text: str) -> str:
    draft = rule_drafts.own_draft()
    new = rule_drafts.readable(draft.text) if draft else None
    return render_template(
        "rules_try.html",
        text=text,
        live=explain(text, rules()) if text else "",
        live_version=rules().version,
        draft=draft,
        unreadable=draft is not None and new is None,
        drafted=explain(text, new) if text and new else "",
    )


def outcome_words(outcome: Outcome, known: Rules) -> str:
    """How a replayed outcome is said."""
    titles = "、".join(_title(intent, known) for intent in outcome.intents)
    match outcome.action:
        case "answer":
            return f"「{titles}」と答える"
        case "clarify":
            return f"たずね返す({titles})"
        case "crisis":
            return "緊急の案内"
    return "対象外だと伝える" if outcome.out_of_scope else "人につなぐ"


def _title(intent: str, known: Rules) -> str:
    try:
        return known.rule(intent).title
    except KeyError:
        return intent


@rules_trying.app_template_filter("outcome_of")
def _outcome_of(outcome: Outcome, draft: Draft) -> str:
    return outcome_words(outcome, rule_drafts.readable(draft.text) or rules())
