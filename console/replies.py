"""Writing: canned replies, cards, the preview, drafts, and what becomes of a reply that could not be sent."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.company import come
from console.composer import choices, composer, preview, typed
from console.desk import LARGEST_ID, desk, me, now, rules
from console.queue import columns
from console.readings import record
from console.rights import Right, needs
from console.threads import check_counselor_may_read, composed, thread_for_counselor
from conversation import attachments
from conversation.events import CounselorGaveUp
from conversation.handling import handle
from conversation.messages import Outgoing, Text
from storage import outbox, presence, reply_drafts, writing
from storage.reply_drafts import REPLY, Draft
from storage.store import SqlStore
from storage.views.thread import Thread

replies = Blueprint("replies", __name__, url_prefix="/threads/<conversation_id>")

LONGEST_SEARCH = 100  # characters
TOO_MANY_CARDS = (
    f"カードは1回に{attachments.MOST_CARDS}枚までです。いらないカードをはずすか、2回に分けてください。"
)


@replies.post("/compose")
@needs(Right.CONSULT)
def compose(conversation_id: str) -> ResponseReturnValue:
    """Anything but sending: the composer again, changed as the pressed button says. `part` asks for it alone."""
    with desk().database.read() as rows:
        thread = thread_for_counselor(rows, conversation_id)
    draft, more = _changed(thread, typed(), request.form.get("do", ""))
    come(conversation_id, writes=not draft.empty)
    with desk().database.write() as rows:
        reply_drafts.save(rows, conversation_id, me().id, draft, now())
    column = composed(thread) | composer(thread, draft, **more)
    if "part" in request.args:
        return render_template("_composer.html", **column, tab=request.args.get("tab", "waiting"))
    record(thread)
    return render_template("desk.html", **column, **columns())


@replies.get("/cards")
@needs(Right.CONSULT)
def cards(conversation_id: str) -> ResponseReturnValue:
    """What is found for the words typed so far."""
    with desk().database.read() as rows:
        check_counselor_may_read(rows, conversation_id)
    words = request.args.get("find", "")[:LONGEST_SEARCH]
    return render_template(
        "_composer_found.html",
        found=attachments.search(words, desk().directory),
        words=words,
        compose_url=url_for("replies.compose", conversation_id=conversation_id, tab=request.args.get("tab")),
    )


@replies.post("/draft")
@needs(Right.CONSULT)
def draft(conversation_id: str) -> ResponseReturnValue:
    """Keeps what is written so far. Who writes a reply is shown to the parent as writing, and to colleagues who writes
    anything."""
    begun = typed()
    types = "typing" in request.form
    writes_reply = types and begun.mode == REPLY and bool(begun.reply.strip())
    writes = types and bool((begun.reply if begun.mode == REPLY else begun.note).strip())
    with desk().database.read() as rows:
        check_counselor_may_read(rows, conversation_id)
        shows = writes_reply and writing.is_worth_asking(rows, conversation_id, me().id, now())
        tells = writes and presence.is_due(rows, conversation_id, me().id, now(), writes=True)
    with desk().database.write() as rows:
        if tells:
            presence.note(rows, conversation_id, me().id, now(), writes=True)
        reply_drafts.save(rows, conversation_id, me().id, begun, now())
        if shows:
            writing.ask(rows, conversation_id, now())
    return "", 204


@replies.post(f"/sends/<int(max={LARGEST_ID}):outbox_id>/give-up")
@needs(Right.CONSULT)
def give_up(conversation_id: str, outbox_id: int) -> ResponseReturnValue:
    """Leaves a stuck reply as it is, with a mark; with `rewrite` its words are begun anew."""
    rewriting = "rewrite" in request.form
    with desk().database.write() as rows:
        check_counselor_may_read(rows, conversation_id)
        words = outbox.held_words(rows, conversation_id, outbox_id)
        done = outbox.give_up(rows, conversation_id, outbox_id, me().id, now())
        if done:
            handle(
                conversation_id,
                CounselorGaveUp(me().id),
                store=SqlStore(rows),
                rules=rules(),
                directory=desk().directory,
                now=now(),
            )
        if done and rewriting and words:
            again = _begun_anew(reply_drafts.of(rows, conversation_id, me().id), words)
            reply_drafts.save(rows, conversation_id, me().id, again, now())
    flash(_told(done, rewriting))
    mode = REPLY if rewriting else None
    return redirect(
        url_for(
            "threads.page",
            conversation_id=conversation_id,
            tab=request.args.get("tab"),
            mode=mode,
            _anchor="composer" if rewriting else "end",
        ),
        303,
    )


def _told(done: bool, rewriting: bool) -> str:
    if not done:
        return "もう、ほかの人がやり直したか、閉じたようです。"
    return (
        "下の「返信」に、送れなかった文を入れました。直してから送ってください。"
        if rewriting
        else "送れなかった返信を、そのままにしました。"
    )


def _begun_anew(begun: Draft, words: Outgoing) -> Draft:
    """Below what is being written already."""
    texts = [message.body for message in words.messages if isinstance(message, Text)]
    cards = tuple(dict.fromkeys((*begun.cards, *words.attached)))
    reply = "\n\n".join(filter(None, (begun.reply, *texts)))
    return replace(begun, mode=REPLY, reply=reply, cards=cards)


def _changed(thread: Thread, begun: Draft, do: str) -> tuple[Draft, dict[str, object]]:
    """What is begun after the button `do`, and what is to be shown with it."""
    action, _, what = do.partition(" ")
    match action:
        case "insert":
            return _with_canned(thread, begun, request.form.get("canned", "")), {"tool": "canned"}
        case "add":
            return _with_card(begun, what)
        case "remove":
            return replace(begun, cards=tuple(name for name in begun.cards if name != what)), {}
        case "find":
            words = request.form.get("find", "")[:LONGEST_SEARCH]
            found = attachments.search(words, desk().directory)
            return begun, {"tool": "cards", "found": found, "words": words}
        case "preview":
            return begun, {"preview": preview(thread, begun)}
        case _:
            return begun, {}


def _with_canned(thread: Thread, begun: Draft, chosen: str) -> Draft:
    text = next((one.text for one in choices(thread) if str(one.id) == chosen), "")
    return replace(begun, reply="\n".join(filter(None, (begun.reply.rstrip(), text))))


def _with_card(begun: Draft, name: str) -> tuple[Draft, dict[str, object]]:
    if len(begun.cards) >= attachments.MOST_CARDS and name not in begun.cards:
        return begun, {"tool": "cards", "problem": TOO_MANY_CARDS}
    if not attachments.exists(name, desk().directory):
        return begun, {"tool": "cards"}
    return replace(begun, cards=tuple(dict.fromkeys((*begun.cards, name)))), {"tool": "cards"}
