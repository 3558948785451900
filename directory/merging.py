"""A row that the ward has changed, when the pack ships it newer: what only one of the two changed is taken from that one;
what both changed stays as the ward has it, and is pointed out."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final

from directory.stored import Row, plain

_TOGETHER: Final = (("address", "postal_code", "point", "approximate"), ("hours", "hours_of_desks"))
_BESIDE: Final = frozenset({"source", "as_of"})  # they tell where the rest is from: no question of their own
_NOT_KEPT: Final = frozenset({"confirmed"})


@dataclass(frozen=True, slots=True)
class Merged:
    row: Row
    both: tuple[str, ...] = ()  # fields that ward and pack changed, each otherwise
    from_pack: tuple[str, ...] = ()  # fields that only the pack has changed since


def merged(base: Row, ours: Row, pack: Row) -> Merged:
    """`base` is the pack's row as it was when the ward changed it."""
    base, ours, pack = plain(base), plain(ours), plain(pack)
    both: list[str] = []
    from_pack: list[str] = []
    taken: dict[str, Any] = {}
    for names in _units(ours):
        was, is_ours, is_packs = (tuple(getattr(row, name) for name in names) for row in (base, ours, pack))
        if is_packs in (was, is_ours):
            continue
        if is_ours == was:
            taken |= dict(zip(names, is_packs, strict=True))
            from_pack += [name for name in names if name not in _BESIDE]
        elif not _BESIDE.issuperset(names):
            both += names
    return Merged(replace(ours, **taken), tuple(both), tuple(from_pack))


def _units(row: Row) -> list[tuple[str, ...]]:
    names = [field.name for field in fields(row) if field.name not in _NOT_KEPT]
    units = [unit for unit in _TOGETHER if set(unit) <= set(names)]
    joined = {name for unit in units for name in unit}
    return [*units, *((name,) for name in names if name not in joined)]
