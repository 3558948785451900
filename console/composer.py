"""What is needed to write a reply or a note: what was begun, canned replies, cards, a preview, and what it costs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import request

from console.desk import desk, me, now, whole_number
from conversation import attachments, canned
from conversation.attachments import Found
from conversation.first_words import Spoken, first_words
from conversation.messages import NAMES, Outgoing, Speaker
from conversation.replies import words
from storage import canned_replies, quotas, reply_drafts
from storage.reply_drafts import NOTE, REPLY, Draft
from storage.store import LINE
from storage.views.thread import Thread

LOW: Final = 0.8  # of the month's messages: from here on it is said


@dataclass(frozen=True, slots=True)
class Quota:
    """What LINE last said about this month's counted messages."""

    used: int
    most: int | None  # None: as many as wanted
    asked_at: datetime

    @property
    def left(self) -> int:
        return max(0, (self.most or 0) - self.used)

    @property
    def level(self) -> str:
        if self.most is None:
            return "free"
        if not self.left:
            return "spent"
        return "low" if self.used >= LOW * self.most else "enough"


@dataclass(frozen=True, slots=True)
class Choice:
    """A canned reply as it would go into this thread."""

    id: int
    own: bool
    title: str
    shortcut: str
    text: str


def quota() -> Quota | None:
    """None before LINE was asked for the first time."""
    with desk().database.read() as rows:
        row = quotas.of(rows, LINE)
        return Quota(row.used, row.most, row.asked_at) if row else None


def typed() -> Draft:
    """What the form holds. A form that has no field of its own for notes has one text for both."""
    form = request.form
    mode = REPLY if form.get("mode") == REPLY else NOTE
    text, note = _plain(form.get("text", "")), form.get("note")
    known = form.get("known", 0, type=whole_number)
    if note is None:
        reply, note = (text, "") if mode == REPLY else ("", text)
        return Draft(mode, reply, note, known=known)
    return Draft(mode, text, _plain(note), _cards(form.getlist("card")), known)


def saved(conversation_id: str) -> Draft:
    with desk().database.read() as rows:
        return reply_drafts.of(rows, conversation_id, me().id)


def composer(thread: Thread, draft: Draft, **more: Any) -> dict[str, Any]:
    """What the composer's template needs. `more`: `found` and `words` of a search, a `preview`, the `tool` to unfold."""
    asked = request.args.get("mode", "") if request.method == "GET" else ""
    usual = REPLY if thread.assignee == me().id else NOTE
    mode = next(one for one in (asked, draft.mode, usual) if one in (REPLY, NOTE))
    return {
        "draft": draft,
        "mode": mode,
        "known": (draft.known if draft.reply.strip() or draft.cards else 0) or thread.newest_entry,
        "attached": known(draft.cards),
        "most_cards": attachments.MOST_CARDS,
        "canned": choices(thread),
        "found": (),
        "words": "",
        "preview": None,
        "lead": begins_with(_spoken(thread)),
        "sender_name": NAMES[Speaker.COUNSELOR],
        "neutral_preview": words("neutral_preview"),
        "tool": "",
    } | more


def choices(thread: Thread) -> list[Choice]:
    with desk().database.read() as rows:
        kept = canned_replies.for_(rows, me().id)
    return [
        Choice(
            one.id,
            one.owner is not None,
            one.title,
            one.shortcut,
            canned.filled(one.text, thread.desk, desk().directory, now()),
        )
        for one in kept
        if one.text is not None
    ]


def known(names: tuple[str, ...]) -> list[Found]:
    """Without what the directory no longer has."""
    return [
        attachments.found(name, desk().directory)
        for name in names
        if attachments.exists(name, desk().directory)
    ]


def preview(thread: Thread, draft: Draft) -> Outgoing:
    """What the parent would get: made as it is made for sending."""
    return attachments.outgoing(
        draft.reply.strip(),
        tuple(one.name for one in known(draft.cards)),
        desk().directory,
        now(),
        author=me().id,
        discreet=thread.discreet,
        lead=begins_with(_spoken(thread)),
    )


def _spoken(thread: Thread) -> Spoken:
    return Spoken(thread.desk, thread.introduced, thread.discreet)


def begins_with(spoken: Spoken) -> str:
    """The line that goes before what this counselor writes; "" before later replies."""
    return first_words(spoken, me().id, desk().directory)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "")


def _cards(names: list[str]) -> tuple[str, ...]:
    """Each once, as many as fit."""
    there = [name for name in dict.fromkeys(names) if attachments.exists(name, desk().directory)]
    return tuple(there[: attachments.MOST_CARDS])
