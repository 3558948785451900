"""Who else is at a thread: said beside it, so that two people do not answer the same words."""

from typing import Any, Final

from sqlmodel import Session

from console.desk import desk, me, now
from storage import presence
from storage.presence import Colleague

NAMED: Final = 3  # more are counted


def come(conversation_id: str, *, writes: bool = False) -> None:
    """This counselor is here. Written down no more often than colleagues need."""
    with desk().database.read() as rows:
        due = presence.is_due(rows, conversation_id, me().id, now(), writes=writes)
    if due:
        with desk().database.write(wakes=False) as rows:
            presence.note(rows, conversation_id, me().id, now(), writes=writes)


def mark(others: tuple[Colleague, ...]) -> str:
    return "-".join(f"{one.id}{':' if one.writes else ''}" for one in others)


def company(rows: Session, conversation_id: str) -> dict[str, Any]:
    """What its line needs."""
    others = presence.others(rows, conversation_id, me().id, now())
    return {
        "writing": _names([one.name for one in others if one.writes]),
        "looking": _names([one.name for one in others if not one.writes]),
        "company_mark": mark(others),
    }


def _names(names: list[str]) -> str:
    """佐藤さん、森さん、ほか2人"""
    shown = [f"{name}さん" for name in names[:NAMED]]
    return "、".join(shown + ([f"ほか{len(names) - NAMED}人"] if len(names) > NAMED else []))
