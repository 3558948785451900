"""Who read and changed what: for looking at, never for changing."""

from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from console.desk import desk, whole_number
from console.rights import Right, needs
from conversation.model import Act
from directory.hours import TOKYO
from storage import audit as log
from storage import staff
from storage.audit import AccountAct, DataAct, RuleAct, Wanted

audit = Blueprint("audit", __name__, url_prefix="/audit")

ACTS = (*Act, *RuleAct, *DataAct, *AccountAct)
BAD_DATE = "日付は「2026-11-24」の形で入れてください。"


@audit.get("")
@needs(Right.AUDIT)
def page() -> ResponseReturnValue:
    asked = {name: request.args.get(name, "").strip() for name in ("actor", "act", "about", "since", "until")}
    wanted, problem = _wanted(asked)
    with desk().database.read() as rows:
        lines = log.page(rows, wanted, request.args.get("before", type=whole_number), log.PAGE + 1)
        names = {person.id: person.name for person in staff.everyone(rows)}
    return render_template(
        "audit.html",
        lines=lines[: log.PAGE],
        older=lines[log.PAGE - 1].id if len(lines) > log.PAGE else None,
        names=names,
        acts=ACTS,
        asked=asked,
        problem=problem,
    ), (422 if problem else 200)


def _wanted(asked: dict[str, str]) -> tuple[Wanted, str]:
    """And what is wrong with it; then it is without dates."""
    wanted = Wanted(asked["actor"], asked["act"], asked["about"])
    try:
        since, until = _day(asked["since"]), _day(asked["until"])
    except (ValueError, OverflowError):
        return wanted, BAD_DATE
    end = until + timedelta(days=1) if until else None
    return Wanted(wanted.actor, wanted.act, wanted.about, since, end), ""


def _day(text: str) -> datetime | None:
    """The beginning of a day in Tokyo."""
    return (
        datetime.combine(date.fromisoformat(text), datetime.min.time(), TOKYO).astimezone(UTC)
        if text
        else None
    )
