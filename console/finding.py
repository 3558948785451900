"""Finding a consultation again: by what is known of it, and by words in it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from console import rights, wording
from console.desk import desk, me, rules, whole_number
from console.readings import record_found
from console.rights import Right, needs
from directory.hours import TOKYO
from intents.entry import DESKS
from storage import sealing, staff
from storage.sealing import Field, Unreadable
from storage.views import finding as listing
from storage.views import search as words_in
from storage.views.finding import STILL_OPEN, Wanted

finding = Blueprint("finding", __name__, url_prefix="/find")

Choices = list[tuple[str, str]]  # code and what it is called

NAMED: Final = ("pseudonym", "topic", "desk", "outcome", "owner")
KNOWN: Final = (*NAMED, "since", "until")
SEALED_WORDS: Final = Field("address of a page", "words", key="staff_id")
LONGEST: Final = 100  # characters
PATIENCE: Final = 0.8  # seconds of opening entries; the last window and the page itself take some more
BAD_DATE: Final = "日付は「2026-11-24」の形で入れてください。"
BAD_WORDS: Final = "さがす言葉を読み取れませんでした。もう一度入れて、「さがす」を押してください。"
TOO_LONG: Final = f"さがす言葉は{LONGEST}文字までにしてください。"
NOTHING_TO_SEEK: Final = "さがす言葉には、文字か数字を入れてください。"


@finding.post("")
@needs(Right.FIND)
def ask() -> ResponseReturnValue:
    """What is looked for goes into the address, so that going back works; the words sealed, since proxies keep addresses."""
    known = {name: request.form.get(name, "").strip() for name in KNOWN}
    asked = {name: value for name, value in known.items() if value}
    if words := request.form.get("words", "").strip():
        asked["sealed"] = _seal(words[: LONGEST + 1])
    return redirect(url_for("finding.page", **asked, _anchor="results"), 303)  # type: ignore[arg-type]


@finding.get("")
@needs(Right.FIND)
def page() -> ResponseReturnValue:
    asked = {name: request.args.get(name, "") for name in KNOWN}
    wanted, problem = _wanted(asked)
    words, unclear = _words()
    if problem := problem or unclear:
        return _show(asked, words, problem=problem), 422
    if not words:
        number = request.args.get("page", 1, type=whole_number)
        with desk().database.read() as rows:
            return _show(asked, words, listed=listing.consultations(rows, wanted, number))
    until, before = monotonic() + PATIENCE, request.args.get("before", type=whole_number)
    with desk().database.read() as rows:
        found = words_in.search(rows, words, wanted, before, enough=lambda: monotonic() > until)
    record_found(found.hits)
    return _show(asked, words, found=found)


def _show(asked: dict[str, str], words: str, **result: object) -> str:
    again = {name: value for name, value in asked.items() if value}
    if sealed := request.args.get("sealed"):
        again["sealed"] = sealed
    lists = {"topics": _topics(), "desks": _desks(), "outcomes": _outcomes(), "owners": _owners()}
    return render_template(
        "find.html", asked=asked, words=words, again=again, marked=_marked, **lists, **result
    )


def _marked(text: str, words: str) -> Markup:
    """With the words standing out, where they are spelt as they were looked for."""
    return Markup("<mark>{}</mark>").format(words).join(map(escape, text.split(words)))


def _wanted(asked: dict[str, str]) -> tuple[Wanted, str]:
    """And what is wrong with it; then it is without dates."""
    pseudonym, topic, at, outcome, owner = (asked[name] for name in NAMED)
    wanted = Wanted(pseudonym, topic, at, outcome, owner, desks=_only_desks())
    try:
        since, until = _day(asked["since"]), _day(asked["until"])
        end = until + timedelta(days=1) if until else None
    except (ValueError, OverflowError):
        return wanted, BAD_DATE
    return replace(wanted, since=since, until=end), ""


def _only_desks() -> frozenset[str] | None:
    """Desk staff find what is referred to their desks, and nothing else."""
    return None if rights.has(me().role, Right.CONSULT) else frozenset(me().desks)


def _words() -> tuple[str, str]:
    """And what is wrong with them."""
    sealed = request.args.get("sealed", "")
    try:
        words = _open(sealed) if sealed else ""
    except (Unreadable, Error, ValueError):
        return "", BAD_WORDS
    if len(words) > LONGEST:
        return words[:LONGEST], TOO_LONG
    return words, NOTHING_TO_SEEK if words and not words_in.means_something(words) else ""


def _seal(words: str) -> str:
    keyring = sealing.given(desk().database.keyring)
    return urlsafe_b64encode(keyring.seal(SEALED_WORDS, me().id, words)).decode()


def _open(sealed: str) -> str:
    """Raises Unreadable, binascii.Error or ValueError."""
    keyring = sealing.given(desk().database.keyring)
    return keyring.open(SEALED_WORDS, me().id, urlsafe_b64decode(sealed))


def _topics() -> Choices:
    return [*wording.CRISES.items(), *((rule.intent, rule.title) for rule in rules().rules)]


def _desks() -> Choices:
    mine, directory = _only_desks(), desk().directory
    desks = [
        one
        for one in directory.facilities
        if not set(DESKS).isdisjoint(one.types) or one.id == directory.consultation_desk
    ]
    return [(one.id, one.name) for one in desks if mine is None or one.id in mine]


def _outcomes() -> Choices:
    return [(STILL_OPEN, "まだ終わっていません"), *wording.OUTCOMES.items()]


def _owners() -> Choices:
    with desk().database.read() as rows:
        return [
            (person.id, person.name)
            for person in staff.everyone(rows)
            if rights.has(person.role, Right.CONSULT)
        ]


def _day(text: str) -> datetime | None:
    """The beginning of a day in Tokyo."""
    return (
        datetime.combine(date.fromisoformat(text), datetime.min.time(), TOKYO).astimezone(UTC)
        if text
        else None
    )
