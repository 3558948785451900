"""A text of rules by its parts, so that one is changed and every other line stays as it is, comments and all.

A part is one entry of `intents:` (by its id) or one of the file's other keys (`thresholds`, `spellings`, `out_of_scope`).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import yaml

from intents.source import LOADER, Problem, Source

INTENTS: Final = "intents"


class Unreadable(Exception):
    """The text, or what was to stand in it, has no such form: `problems` says where. Lines count from the text's own first."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    first: int  # the line it begins in, from 0
    end: int  # the line behind it
    node: yaml.Node


def split(text: str) -> dict[str, Part]:
    """In the order of the text. Raises Unreadable."""
    root = _root(text)
    lines = text.splitlines()
    found: dict[str, Part] = {}
    for key, value, end in pairs(root, len(lines)):
        if key.value == INTENTS:
            for part in _entries(value, end, lines):
                if part.name in found:
                    raise Unreadable(Problem(part.first + 1, part.name, f"id `{part.name}` が2回あります。"))
                found[part.name] = part
        else:
            first = line(key)
            found[key.value] = Part(key.value, first, trimmed(lines, first, end, 0), value)
    return found


def text_of(text: str, name: str) -> str:
    """Raises KeyError, Unreadable."""
    part = split(text)[name]
    return "".join(text.splitlines(keepends=True)[part.first : part.end])


def with_part(text: str, name: str, new: str) -> str:
    """With other words in the place of a part, which keeps its name. Raises KeyError, Unreadable."""
    part, new = split(text)[name], ended(new)
    _check(new, name)
    lines = text.splitlines(keepends=True)
    changed = "".join([*lines[: part.first], new, *lines[part.end :]])
    names = set(split(changed))
    if names != set(split(text)):
        raise Unreadable(
            Problem(1, name, f"ここには `{name}` の分だけを書いてください。id と字下げは変えられません。")
        )
    return changed


def with_entry(text: str, new: str) -> str:
    """With a further entry at the end of `intents:`. Raises Unreadable."""
    entries = [part for part in split(text).values() if is_entry(part)]
    if not entries:
        raise Unreadable(Problem(1, INTENTS, "`intents:` がありません。"))
    lines = ended(text).splitlines(keepends=True)
    end = entries[-1].end
    changed = "".join([*lines[:end], "\n", ended(new), *lines[end:]])
    split(changed)
    return changed


def merged(base: str, mine: str, theirs: str) -> tuple[str, tuple[str, ...]]:
    """Theirs, with what I changed since the base; and the parts that both changed, where mine stands. Raises Unreadable."""
    was, own, other = (_texts(text) for text in (base, mine, theirs))
    changed = [name for name, words in own.items() if was.get(name) != words]
    both = [name for name in changed if other.get(name) not in (was.get(name), own[name])]
    for name in changed:
        theirs = with_part(theirs, name, own[name]) if name in other else with_entry(theirs, own[name])
    return theirs, tuple(both)


def _texts(text: str) -> dict[str, str]:
    lines = text.splitlines(keepends=True)
    return {name: "".join(lines[part.first : part.end]) for name, part in split(text).items()}


def changed(before: str, after: str) -> tuple[str, ...]:
    """The parts that differ. Raises Unreadable."""
    old, new = _texts(before), _texts(after)
    return tuple(name for name in {**new, **old} if old.get(name) != new.get(name))


def is_entry(part: Part) -> bool:
    return isinstance(part.node, yaml.MappingNode) and any(key.value == "id" for key, _ in part.node.value)


def pairs(node: yaml.Node, end: int) -> list[tuple[yaml.ScalarNode, yaml.Node, int]]:
    """The keys and values of a mapping, each with the line behind it."""
    found = list(node.value) if isinstance(node, yaml.MappingNode) else []
    ends = [*(line(key) for key, _ in found[1:]), end]
    return [(key, value, last) for (key, value), last in zip(found, ends, strict=True)]


def line(node: yaml.Node) -> int:
    return int(node.start_mark.line)


def trimmed(lines: list[str], first: int, end: int, column: int) -> int:
    """Without empty lines and comments that stand before what comes next."""
    while end > first + 1 and _is_between(lines[end - 1], column):
        end -= 1
    return end


def ended(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") or not text else f"{text}\n"


def _is_between(text: str, column: int) -> bool:
    bare = text.lstrip()
    return not bare or (bare.startswith("#") and len(text) - len(bare) <= column)


def _entries(node: yaml.Node, end: int, lines: list[str]) -> list[Part]:
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    firsts = [line(item) for item in items]
    column = node.start_mark.column
    return [
        Part(_id(item), first, trimmed(lines, first, last, column), item)
        for item, first, last in zip(items, firsts, [*firsts[1:], end], strict=True)
    ]


def _id(node: yaml.Node) -> str:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == "id" and isinstance(value, yaml.ScalarNode) and value.value.strip():
            return str(value.value.strip())
    raise Unreadable(Problem(line(node) + 1, INTENTS, "`id` がありません。書き足してください。"))


@lru_cache(maxsize=4)
def _root(text: str) -> yaml.MappingNode:
    """Nobody changes a node: one page asks for several parts of the same text, and of the one before."""
    problems: list[Problem] = []
    root = Source("routing_rules", problems).document(text)
    if problems:
        raise Unreadable(*problems)
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable(Problem(1, "routing_rules", "`format:` や `intents:` の組で書いてください。"))
    return root


def _check(new: str, name: str) -> None:
    """It is read alone first, so that a slip is told in its own lines."""
    problems: list[Problem] = []
    Source(name, problems).document(new)
    if problems:
        raise Unreadable(*problems)


def values(text: str) -> dict[str, object]:
    """What an entry says, every scalar as it is written."""
    loaded = yaml.load(text, LOADER)  # noqa: S506 - a safe one: it makes texts, lists and mappings
    first = loaded[0] if isinstance(loaded, list) and loaded else loaded
    return first if isinstance(first, dict) else {}
