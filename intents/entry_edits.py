"""One entry of `intents:` as a form has it: read from its lines, and written back into them.

Only what changed is written; other lines keep their comments, their order and their quotes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import yaml

from intents import parts
from intents.parts import Unreadable
from intents.rule import STRENGTHS
from intents.source import Problem

_WIDE: Final = 110
_LISTS: Final = ("examples", "must_not")  # a line each; the others stand in [ ]


@dataclass(frozen=True, slots=True)
class Form:
    group: str = ""
    title: str = ""
    answer: str = ""
    desk: str = ""
    places: str = ""
    handoff: bool = False
    retired: bool = False
    resources: tuple[str, ...] = ()
    hotlines: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    normal: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


_ORDER: Final = tuple(field.name for field in fields(Form))


def read(text: str, name: str) -> Form:
    """Raises KeyError, Unreadable."""
    return _form(parts.text_of(text, name), name)


def read_all(text: str) -> dict[str, Form]:
    """Every entry of `intents:` by its id. Raises Unreadable."""
    lines = text.splitlines(keepends=True)
    entries = {name: part for name, part in parts.split(text).items() if parts.is_entry(part)}
    return {name: _form("".join(lines[part.first : part.end]), name) for name, part in entries.items()}


def write(text: str, name: str, form: Form) -> str:
    """The whole text with the entry as the form has it. Raises KeyError, Unreadable."""
    entry = parts.text_of(text, name)
    old = _form(entry, name)
    differing = [each for each in _ORDER if getattr(old, each) != getattr(form, each)]
    for each in differing:
        entry = _changed(entry, each, form)
    return parts.with_part(text, name, entry) if differing else text


def with_example(text: str, name: str, sentence: str) -> str:
    """`name` may be out_of_scope. Raises KeyError, Unreadable."""
    form = read(text, name)
    return write(text, name, replace(form, examples=_added(form.examples, sentence)))


def with_keyword(text: str, name: str, word: str) -> str:
    """Of the usual strength."""
    form = read(text, name)
    known = word in (*form.strong, *form.normal, *form.weak)
    return text if known else write(text, name, replace(form, normal=(*form.normal, word)))


def new_entry(text: str, name: str, title: str, group: str, example: str = "") -> str:
    """With an entry that is still to be filled in. Raises Unreadable."""
    begun = parts.with_entry(text, f"  - id: {name}\n    title: {_scalar(title)}\n")
    examples = (example,) if example else ()
    form = Form(group=group, title=title, answer=title, strong=(title,), examples=examples)
    return write(begun, name, form)


def _form(entry: str, name: str) -> Form:
    said: Any = parts.values(entry)
    said = said.get(name, said)  # out_of_scope stands under its own key
    keywords = said.get("keywords") if isinstance(said, dict) else None
    flat = {**said, **keywords} if isinstance(keywords, dict) else said
    return Form(**{each: _value(each, flat.get(each)) for each in _ORDER})


def _added(sentences: tuple[str, ...], sentence: str) -> tuple[str, ...]:
    return sentences if sentence in sentences else (*sentences, sentence)


def _value(name: str, node: Any) -> Any:
    if name in ("handoff", "retired"):
        return str(node).lower() in ("true", "yes", "on")
    if name in ("resources", "hotlines", "unless", "strong", "normal", "weak", *_LISTS):
        return tuple(str(item).strip() for item in node) if isinstance(node, list) else ()
    return node.strip() if isinstance(node, str) else ""


def _changed(entry: str, name: str, form: Form) -> str:
    """The entry's own lines, with one key changed."""
    node = _mapping(entry)
    if name not in STRENGTHS:
        return _put(entry, node, name, getattr(form, name))
    found = next((value for key, value in node.value if key.value == "keywords"), None)
    if isinstance(found, yaml.MappingNode) and not found.flow_style and found.value:
        return _put(entry, found, name, getattr(form, name))
    words = {each: list(getattr(form, each)) for each in STRENGTHS if getattr(form, each)}
    return _put(entry, node, "keywords", words)


def _mapping(entry: str) -> yaml.MappingNode:
    root = next(iter(_nodes(entry)), None)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise Unreadable(Problem(1, "", "この話題は { } で書かれているため、YAMLの画面で直してください。"))
    return root


def _nodes(entry: str) -> list[yaml.Node]:
    node = yaml.compose(entry, Loader=yaml.SafeLoader)
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    return [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else []


def _put(entry: str, node: yaml.MappingNode, name: str, value: Any) -> str:
    """`value` empty: the key goes."""
    lines = parts.ended(entry).splitlines(keepends=True)
    column = node.start_mark.column
    keys = parts.pairs(node, _end(node, lines, column))
    for key, old, end in keys:
        if key.value == name:
            first, last = parts.line(key), parts.trimmed(lines, parts.line(key), end, column)
            lead = lines[first][: key.start_mark.column]
            if name in _LISTS and value and isinstance(old, yaml.SequenceNode) and not old.flow_style:
                return "".join([*lines[: first + 1], *_listed(old, value, lines, last), *lines[last:]])
            return "".join([*lines[:first], *_written(lead, name, value, column), *lines[last:]])
    end = parts.trimmed(lines, 0, keys[-1][2], column)
    return "".join([*lines[:end], *_written(" " * column, name, value, column), *lines[end:]])


def _end(node: yaml.MappingNode, lines: list[str], column: int) -> int:
    """The first line behind the mapping that is further left than its keys."""
    start = node.start_mark.line
    for number in range(start + 1, len(lines)):
        bare = lines[number].lstrip()
        if bare and not bare.startswith("#") and len(lines[number]) - len(bare) < column:
            return number
    return len(lines)


def _listed(old: yaml.SequenceNode, value: Sequence[str], lines: list[str], end: int) -> list[str]:
    """The lines of the sentences that stay, then the new ones."""
    column = old.start_mark.column
    firsts = [parts.line(item) for item in old.value]
    kept: list[str] = []
    for item, first, last in zip(old.value, firsts, [*firsts[1:], end], strict=True):
        block = lines[first:last]
        if str(item.value).strip() in value:
            kept += block
        else:
            kept += [each for each in block[1:] if each.lstrip().startswith("#")]
    known = {str(item.value).strip() for item in old.value}
    new = [each for each in dict.fromkeys(value) if each not in known]
    return [*kept, *(f"{' ' * column}- {_scalar(each)}\n" for each in new)]


def _written(lead: str, name: str, value: Any, column: int) -> list[str]:
    if not value:
        return [] if lead.strip() != "-" else [f"{lead}{name}:\n"]
    return [f"{lead}{name}:{_SHAPES.get(name, _flow)(value, column)}\n"]


def _literal(value: str, column: int) -> str:
    body = "\n".join(f"{' ' * (column + 2)}{each.rstrip()}".rstrip() for each in value.strip().splitlines())
    return f" |-\n{body}"


def _bullets(value: Sequence[str], column: int) -> str:
    return "\n" + "\n".join(f"{' ' * (column + 2)}- {_scalar(each)}" for each in value)


def _plain(value: str, _column: int) -> str:
    return f" {_scalar(value)}"


def _flag(value: bool, _column: int) -> str:
    return f" {str(value).lower()}"


def _flow(value: Sequence[str], column: int) -> str:
    lines = _dumped(list(value)).rstrip("\n").split("\n")
    return f" {lines[0]}" + "".join(f"\n{' ' * (column + 2)}{each.strip()}" for each in lines[1:])


def _words(value: dict[str, list[str]], column: int) -> str:
    return "".join(
        f"\n{' ' * (column + 2)}{name}:{_flow(words, column + 2)}" for name, words in value.items()
    )


_SHAPES: Final[dict[str, Callable[[Any, int], str]]] = {
    "answer": _literal,
    "group": _plain,
    "title": _plain,
    "desk": _plain,
    "places": _plain,
    "handoff": _flag,
    "retired": _flag,
    "keywords": _words,
    **dict.fromkeys(_LISTS, _bullets),
}


def _scalar(value: str) -> str:
    dumped = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=1_000_000)
    return str(dumped).strip()[1:-1]


def _dumped(value: Any) -> str:
    return str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=_WIDE))
