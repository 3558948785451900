"""The ward's data as the pages about them see it: with what is out of use, and with one's own last change already in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import abort, current_app, request
from sqlmodel import Session

from console.desk import desk, me
from console.rights import Right, has
from directory.model import Directory, Happening, Hotline, SpecialDays
from directory.safety import is_for_danger
from directory.stored import Kept, Row, key, kind_of
from directory.typed import Form
from intents.rules import Rules
from storage.ward import Book, subject_of

LONGEST = 200  # characters of a reason


def pack() -> Directory:
    """What ships, without any change."""
    shipped = getattr(desk().live_directory, "pack", None)
    return shipped if isinstance(shipped, Directory) else desk().live_directory()


def book() -> Book:
    """As it is now. Kept from one request to the next: only what is new is read."""
    kept = current_app.extensions.get("ward_book") or Book(pack())
    with desk().database.read() as rows:
        newest: Book = kept.updated(rows)
    current_app.extensions["ward_book"] = newest
    return newest


def book_in(session: Session) -> Book:
    """As it is within a transaction, its own changes included."""
    return Book(pack()).updated(session)


def find(kind: str, row_id: str, book: Book) -> Kept:
    """Or 404."""
    kept = book.kept(key(kind, row_id)) if kind not in {"special"} else None
    if kept is None or kind_of(key(kind, row_id)) != kind:
        abort(404)
    return kept


def keeps(row: Row) -> bool:
    """Whether one may keep the hours, closures and events of it: an admin everywhere, desk staff at their own desks."""
    if has(me().role, Right.DATA):
        return True
    facility = row.facility if isinstance(row, Happening | SpecialDays) else subject_of(row)
    return facility.removeprefix("facility:") in me().desks


def only_keepers(row: Row) -> None:
    if not keeps(row):
        abort(403)


def form() -> Form:
    several = request.form.to_dict(flat=False)
    return Form({name: values[-1] for name, values in several.items()}, several)


def reason(problems: list[str], *, usual: str = "") -> str:
    text = request.form.get("why", "").replace("\0", "").strip() or usual
    if not 0 < len(text) <= LONGEST:
        problems.append(f"理由を、{LONGEST}文字までで書いてください。")
    return text


def needs_second_look(row: Row) -> bool:
    return isinstance(row, Hotline) and is_for_danger(row, pack())


def rules_that_show(row_id: str, kind: str, rules: Rules) -> list[str]:
    """Titles of the live rules that name it."""
    named = {"resource": "resources", "hotline": "hotlines"}.get(kind)
    return [one.title for one in rules.rules if named and row_id in getattr(one, named)]


def rules_left_without(types: frozenset[str], row_id: str, live: Directory, rules: Rules) -> list[str]:
    """Titles of the live rules that would find no desk of their type any more."""
    lonely = {name for name in types if not any(one.id != row_id for one in live.of_type(name))}
    return [one.title for one in rules.rules if {one.places, one.desk} & lonely]


def flat_form(values: Mapping[str, str], several: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field again, for a page that asks once more."""
    for name in several or values:
        if name not in {"csrf_token", "look"}:
            yield from ((name, value) for value in several.get(name, [values.get(name, "")]))
