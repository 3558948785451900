"""What changed between two texts of the rules, for a person.

Compares what the YAML says, whatever parts the form has: versions that this program can no longer use are compared, too.
"""

import json
from collections import Counter
from collections.abc import Iterator
from difflib import ndiff, unified_diff
from typing import Any, Final

import yaml

from intents.source import LOADER

_KINDS: Final = {"examples": "文", "must_not": "文", "together": "組み合わせ"}  # the rest: 言葉
_LONG: Final = 40  # characters; longer ones are shown line by line


def summary(before: str, after: str) -> list[str]:
    """Lines of Japanese; none where only comments, order and spacing differ. Raises yaml.YAMLError."""
    old, new = _mapping(yaml.load(before, LOADER)), _mapping(yaml.load(after, LOADER))  # noqa: S506 - a safe one
    return [line for name in _names(old, new) for line in _top(name, old.get(name), new.get(name))]


def unified(before: str, after: str, names: tuple[str, str]) -> str:
    """As `diff -u` has it."""
    lines = unified_diff(before.splitlines(True), after.splitlines(True), *names)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _top(name: str, old: Any, new: Any) -> Iterator[str]:
    before, after = _by_id(old), _by_id(new)
    if not before and not after:
        yield from _under(name, _part("", old, new))
    for entry in _names(before, after):
        yield from _entry(entry, before.get(entry), after.get(entry))


def _entry(entry: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> Iterator[str]:
    title = _mapping(old or new).get("title")
    heading = f"{entry}「{title}」" if title else entry
    if old is None or new is None:
        yield f"{heading}: {'新しい項目です' if old is None else '項目がなくなりました'}。"
        return
    yield from _under(heading, _parts(old, new))


def _under(heading: str, lines: Iterator[str]) -> Iterator[str]:
    if found := list(lines):
        yield heading
        yield from (f"  {line}" for line in found)


def _parts(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for name in _names(old, new):
        if name == "keywords":
            yield from _keywords(_mapping(old.get(name)), _mapping(new.get(name)))
        else:
            yield from _part(name, old.get(name), new.get(name))


def _keywords(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """A word that only got another strength is said to have moved, not to have gone and come."""
    was, now = _strengths(old), _strengths(new)
    moved = [word for word in was if word in now and now[word] != was[word]]
    yield from (f"{was[word]} から {now[word]} に移した言葉: 「{word}」" for word in moved)
    for strength in _names(old, new):
        before, after = _items(old.get(strength)), _items(new.get(strength))
        yield from _list(
            strength,
            [each for each in before if each not in moved],
            [each for each in after if each not in moved],
        )


def _strengths(keywords: dict[str, Any]) -> dict[str, str]:
    return {str(word): strength for strength, words in keywords.items() for word in _items(words)}


def _part(name: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = _mapping(old), _mapping(new)
        for each in _names(before, after):
            yield from _part(f"{name}.{each}" if name else each, before.get(each), after.get(each))
    elif isinstance(old, list) or isinstance(new, list):
        yield from _list(name, _items(old), _items(new))
    else:
        yield from _value(name, (old or "").strip(), (new or "").strip())


def _list(name: str, old: list[Any], new: list[Any]) -> Iterator[str]:
    before, after = (Counter(map(_shown, items)) for items in (old, new))
    kind = _KINDS.get(name, "言葉")
    if added := after - before:
        yield f"{name} に足した{kind}: {''.join(added.elements())}".lstrip()
    if removed := before - after:
        yield f"{name} から消した{kind}: {''.join(removed.elements())}".lstrip()


def _value(name: str, old: str, new: str) -> Iterator[str]:
    if old == new:
        return
    if "\n" in old + new or len(old + new) > 2 * _LONG:
        yield f"{name} を変えました:"
        yield from (f"  {line}" for line in ndiff(old.splitlines(), new.splitlines()) if line[0] != "?")
    else:
        yield f"{name}: {_quoted(old)} → {_quoted(new)}"


def _quoted(value: str) -> str:
    return f"「{value}」" if value else "(なし)"


def _shown(item: Any) -> str:
    if isinstance(item, list):
        return f"[{', '.join(map(str, item))}]"
    return f"「{item}」" if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _by_id(node: Any) -> dict[str, dict[str, Any]]:
    """The entries of a list in which each has an id; nothing for any other part."""
    entries = _items(node)
    if not all(isinstance(entry, dict) and "id" in entry for entry in entries):
        return {}
    return {str(entry["id"]): entry for entry in entries}


def _names(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [*old, *(name for name in new if name not in old)]


def _mapping(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _items(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
