"""What a counselor does with a thread: each is an event, put through `handle`."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session
from werkzeug import Response

from console.composer import begins_with, composer, saved, typed
from console.desk import desk, me, now, rules
from console.queue import columns
from console.readings import record
from console.rights import Right, needs
from console.snoozing import HoursUnknown, Preset, until
from console.threads import RESOLVED_AS, check_counselor_may_read, colleagues, composed, thread_for_counselor
from console.wording import moment
from conversation.events import (
    CounselorHandedBack,
    CounselorLetGo,
    CounselorNoted,
    CounselorPassedOn,
    CounselorReplied,
    CounselorResolved,
    CounselorSnoozed,
    CounselorTook,
    CounselorWoke,
    Event,
)
from conversation.handling import handle
from conversation.model import (
    AlreadyTaken,
    NothingOpen,
    NotYours,
    Outcome,
    Refused,
    StillWaiting,
    Unreachable,
)
from storage import presence, reply_drafts, staff, writing
from storage.reply_drafts import REPLY, Draft
from storage.store import SqlStore
from storage.views import queue as lists
from storage.views import thread as view
from storage.views.queue import Tab
from storage.views.thread import Replied, replied_since


class _Overtaken(Exception):
    """Somebody has replied since this counselor began to write."""

    def __init__(self, by: Replied) -> None:
        super().__init__("overtaken")
        self.by = by


actions = Blueprint("actions", __name__, url_prefix="/threads/<conversation_id>")

LONGEST = 5000  # UTF-16 units: LINE's limit for one text message


@actions.post("/take")
@needs(Right.CONSULT)
def take(conversation_id: str) -> ResponseReturnValue:
    return _put(conversation_id, CounselorTook(me().id), "対応を始めました。", tab="mine")


@actions.post("/write")
@needs(Right.CONSULT)
def write(conversation_id: str) -> ResponseReturnValue:
    begun = typed()
    text = (begun.reply if begun.mode == REPLY else begun.note).strip()
    problem = _unusable(text, *_beside(conversation_id, begun))
    if problem:
        return _again(conversation_id, problem), 422
    if begun.mode == REPLY:
        return _put(conversation_id, CounselorReplied(me().id, text, begun.cards), "", begun=begun)
    noted = CounselorNoted(me().id, text)
    return _put(conversation_id, noted, "内部メモを残しました。相談者には見えません。", begun=begun)


@actions.post("/hand-back")
@needs(Right.CONSULT)
def hand_back(conversation_id: str) -> ResponseReturnValue:
    return _put(conversation_id, CounselorHandedBack(me().id), "ボットに戻しました。")


@actions.post("/resolve")
@needs(Right.CONSULT)
def resolve(conversation_id: str) -> ResponseReturnValue:
    chosen = request.form.get("outcome", "")
    if chosen not in RESOLVED_AS:
        problem = "「どうなりましたか」を選んでから、解決を押してください。"
        return _again(conversation_id, problem, at="outcome"), 422
    answer = _put(conversation_id, CounselorResolved(me().id, Outcome(chosen)), "解決にしました。")
    done = isinstance(answer, Response) and answer.status_code == 303
    return _to_next() if done and "next" in request.form else answer


@actions.post("/let-go")
@needs(Right.CONSULT)
def let_go(conversation_id: str) -> ResponseReturnValue:
    return _put(conversation_id, CounselorLetGo(me().id), "担当をはずしました。「未対応」に戻っています。")


@actions.post("/pass-on")
@needs(Right.CONSULT)
def pass_on(conversation_id: str) -> ResponseReturnValue:
    chosen = request.form.get("to", "")
    colleague = next((one for one in colleagues() if one.id == chosen), None)
    if colleague is None:
        problem = "引きつぐ同僚を選んでから、「引きつぐ」を押してください。"
        return _again(conversation_id, problem, at="to"), 422
    event = CounselorPassedOn(me().id, colleague.id, colleague.name)
    return _put(conversation_id, event, f"{colleague.name}さんに引きつぎました。")


@actions.post("/snooze")
@needs(Right.CONSULT)
def snooze(conversation_id: str) -> ResponseReturnValue:
    chosen = request.form.get("until", "")
    if chosen not in set(Preset):
        return _again(conversation_id, "いつまで保留にするかを選んでください。"), 422
    directory = desk().directory
    hours = directory.facility(directory.consultation_desk).hours
    try:
        moment = until(Preset(chosen), hours, now())
    except HoursUnknown:
        return _again(conversation_id, "次の開庁日が分かりません。ほかの保留を選んでください。"), 422
    return _put(
        conversation_id, CounselorSnoozed(me().id, moment), "保留にしました。「保留」に入っています。"
    )


@actions.post("/wake")
@needs(Right.CONSULT)
def wake(conversation_id: str) -> ResponseReturnValue:
    return _put(conversation_id, CounselorWoke(me().id), "保留をやめました。")


def _to_next() -> ResponseReturnValue:
    """To whoever comes first: one's own who wait, then the queue."""
    with desk().database.read() as rows:
        for tab in (Tab.MINE, Tab.WAITING):
            waiting = [row for row in lists.page(rows, tab, me().id, now()).rows if row.waiting_since]
            if waiting:
                page = url_for("threads.page", conversation_id=waiting[0].conversation_id, tab=tab)
                return redirect(page, 303)
    return redirect(url_for("queue.page", tab=Tab.WAITING), 303)


def _put(
    conversation_id: str, event: Event, done: str, tab: str = "", begun: Draft | None = None
) -> ResponseReturnValue:
    """`begun`: what the composer held, of which the part that the event says is a draft no more."""
    try:
        with desk().database.write() as rows:
            check_counselor_may_read(rows, conversation_id)
            if begun and begun.mode == REPLY and begun.known:
                _check_nobody_replied(rows, conversation_id, begun.known)
            handle(
                conversation_id,
                event,
                store=SqlStore(rows),
                rules=rules(),
                directory=desk().directory,
                now=now(),
            )
            if begun:
                _finish_draft(rows, conversation_id, begun)
    except _Overtaken as overtaken:
        return _again(conversation_id, _who_replied(overtaken.by), told_of_all=True), 409
    except Refused as refused:
        return _again(conversation_id, _why(refused)), 409
    if done:
        flash(done)
    shown = tab or request.args.get("tab")
    mode = begun.mode if begun else None  # whoever wrote a note goes on with notes
    page = url_for("threads.page", conversation_id=conversation_id, tab=shown, mode=mode, _anchor="end")
    return redirect(page, 303)


def _check_nobody_replied(rows: Session, conversation_id: str, known: int) -> None:
    """Raises _Overtaken. Nobody else replies until the end of the transaction."""
    lists.last_said_at(rows, conversation_id)
    if replied := replied_since(rows, conversation_id, known):
        raise _Overtaken(replied)


def _who_replied(by: Replied) -> str:
    who = "別の画面のあなた" if by.author == me().id else f"{by.name}さん"
    return (
        f"まだ送っていません。書いているあいだに、{who}が返信しました({moment(by.at, now())})。"
        "やりとりの終わりを確かめてください。それでも送るときは、もう一度「返信を送る」を押してください。"
    )


def _finish_draft(rows: Session, conversation_id: str, begun: Draft) -> None:
    presence.has_written(rows, conversation_id, me().id, now())
    if begun.mode == REPLY:
        begun = replace(begun, reply="", cards=(), known=0)
        writing.withdraw(rows, conversation_id)
    else:
        begun = replace(begun, note="")
    reply_drafts.save(rows, conversation_id, me().id, begun, now())


def _again(conversation_id: str, problem: str, *, at: str = "", told_of_all: bool = False) -> str:
    """The same page with what went wrong, and with everything that was typed. `at`: the field to mend, where it is not
    the text. `told_of_all`: what has come meanwhile is said, so that the next press sends."""
    with desk().database.read() as rows:
        thread = thread_for_counselor(rows, conversation_id)
    record(thread)
    if "mode" in request.form:
        draft = replace(typed(), known=thread.newest_entry) if told_of_all else typed()
        with desk().database.write() as rows:  # whoever looks elsewhere first finds it again
            reply_drafts.save(rows, conversation_id, me().id, draft, now())
    else:
        draft = saved(conversation_id)
    column = composed(thread, problem, at) | composer(thread, draft)
    return render_template("desk.html", **column, **columns())


def _beside(conversation_id: str, begun: Draft) -> tuple[tuple[str, ...], str]:
    """What goes along with the words: the cards, and the line before a first reply."""
    if begun.mode != REPLY:
        return (), ""
    with desk().database.read() as rows:
        check_counselor_may_read(rows, conversation_id)
        return begun.cards, begins_with(view.spoken(rows, conversation_id))


def _unusable(text: str, cards: tuple[str, ...], lead: str) -> str:
    """`lead` counts: it goes in the same message."""
    length, longest = _units(text), LONGEST - (_units(lead + "\n") if lead else 0)
    if not length and not cards:
        return "文が入っていません。書いてから、もう一度押してください。"
    if length > longest:
        why = f"(はじめに「{lead}」がつくため)" if lead else ""
        return f"長すぎます。いま{length:,}文字です。{longest:,}文字まで{why}にするか、2回に分けてください。"
    return ""


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _why(refused: Refused) -> str:
    match refused:
        case AlreadyTaken(assignee=first):
            return f"{_name(first)}さんが先に対応を始めました。内部メモで伝えるか、ほかの相談をお願いします。"
        case NotYours():
            return "この相談は、いまあなたの担当ではありません。「対応する」を押してから、もう一度お試しください。ほかの相談員が対応中のときは、内部メモで伝えてください。"
        case NothingOpen():
            return "いま担当している人はいません。画面を読み込み直して、ようすを確かめてください。"
        case StillWaiting():
            return "相談者が返事を待っています。先に返信するか、時刻を決めて保留にしてください。命にかかわる相談は、返信するまで保留にできません。"
        case Unreachable():
            return "相談者がこの窓口をブロックしているため、送っても届きません。内部メモに残すか、「解決」にしてください。相談者がブロックをやめると、また送れます。"
        case _:
            return "いまはその操作ができません。画面を読み込み直して、ようすを確かめてください。"


def _name(staff_id: str) -> str:
    with desk().database.read() as rows:
        person = staff.find(rows, staff_id)
    return person.name if person else staff_id
