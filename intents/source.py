"""Reading an admin's YAML by hand: values with their lines, and every problem noted instead of raised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

import yaml

LOADER: Final = getattr(
    yaml, "CBaseLoader", yaml.BaseLoader
)  # every value as it is written: 119 and はい are words
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's where it is there: ten times faster
_DEEPEST = 20  # the form needs 5
_TEXT, _INT, _FLOAT, _BOOL = (f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool"))


@dataclass(frozen=True, slots=True)
class Problem:
    line: int  # 1-based
    where: str  # "intents[3] (temporary_care)"
    message: str  # what is wrong and how to mend it; Japanese, for the admin


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text, and the line it stands in."""

    value: str
    line: int


@dataclass(slots=True)
class Source:
    """One part of the file: reads it, and adds what is wrong to `problems`, which all parts share."""

    where: str
    problems: list[Problem] = field(default_factory=list)

    def part(self, where: str) -> "Source":
        return Source(where, self.problems)

    def complain(self, line: int, message: str) -> None:
        self.problems.append(Problem(line, self.where, message))

    def document(self, text: str) -> yaml.Node | None:
        """The root of the YAML text; None where it is not YAML, or empty."""
        try:
            if line := _too_deep(text):
                self.complain(
                    line, "かっこや字下げが深すぎます。この行の近くのかっこの閉じ忘れを確かめてください。"
                )
                return None
            if line := _reference(text):
                self.complain(
                    line,
                    "「*」で始まる参照は使えません。言葉なら引用符(')で囲み、参照なら中身を書いてください。",
                )
                return None
            root: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
        except (yaml.YAMLError, UnicodeEncodeError) as error:
            self.complain(_error_line(error), _error_message(error))
            return None
        if root is None:
            self.complain(1, "中身がありません。`format: 1` から書き始めてください。")
        return root

    def mapping(self, node: yaml.Node, known: tuple[str, ...]) -> dict[str, yaml.Node]:
        """The values of the known keys; unknown and doubled keys are noted."""
        if not isinstance(node, yaml.MappingNode):
            self.complain(
                line_of(node), f"`名前: 値` の組で書いてください（使える名前: {'、'.join(known)}）。"
            )
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                self.complain(line_of(key), f"`{name}` という項目はありません。{meant(name, known)}")
            elif name in found:
                self.complain(line_of(key), f"`{name}` が2回あります。1つにまとめてください。")
            else:
                found[name] = value
        return found

    def pairs(self, node: yaml.Node | None) -> Iterator[tuple[Text, yaml.Node]]:
        """The `word: value` pairs, whatever the words are."""
        if node is not None and not isinstance(node, yaml.MappingNode):
            self.complain(line_of(node), "`言葉: [別の書き方]` の組で書いてください。")
        elif node is not None:
            for key, value in node.value:
                if word := self.text(key, "言葉"):
                    yield word, value

    def items(self, node: yaml.Node | None, name: str) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.complain(line_of(node), f"`{name}` は [ ] か「- 」の並びで書いてください。")
            return []
        return list(node.value)

    def texts(self, node: yaml.Node | None, name: str) -> tuple[Text, ...]:
        read = (self.text(item, name) for item in self.items(node, name))
        return tuple(text for text in read if text is not None)

    def text(self, node: yaml.Node, name: str) -> Text | None:
        """A non-empty text. Numbers and yes/no are taken as they are written: 119 and はい are words here."""
        if not isinstance(node, yaml.ScalarNode):
            self.complain(line_of(node), f"`{name}` は1つの文字列で書いてください。")
            return None
        if not node.value.strip():
            self.complain(line_of(node), f"`{name}` が空です。文字を入れるか、この行を消してください。")
            return None
        return Text(node.value.strip(), line_of(node))

    def flag(self, node: yaml.Node | None, name: str) -> bool:
        if node is None:
            return False
        if node.tag != _BOOL:
            self.complain(line_of(node), f"`{name}` は true か false で書いてください。")
            return False
        return str(node.value).lower() in ("true", "yes", "on")

    def fraction(self, node: yaml.Node, name: str) -> float | None:
        """A number from 0 to 1."""
        try:
            number = float(node.value) if node.tag in (_INT, _FLOAT) else -1.0
        except ValueError:  # 0x1F, 1:30 and other numbers of YAML's own
            number = -1.0
        if not 0 <= number <= 1:
            self.complain(line_of(node), f"`{name}` は 0 から 1 までの数（例: 0.6）で書いてください。")
            return None
        return number


def line_of(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


def meant(name: str, known: Sequence[str]) -> str:
    """How to mend an unknown name: the likely one, or all there are."""
    near = get_close_matches(name, known, n=1)
    return f"`{near[0]}` のことですか？" if near else f"使えるのは {'、'.join(known)} です。"


def _too_deep(text: str) -> int | None:
    """The line where parts within parts go deeper than the form needs; libyaml would crash on thousands of them."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return event.start_mark.line + 1 if event.start_mark else 1
    return None


def _reference(text: str) -> int | None:
    """The line of an alias: a few lines of them can stand for billions."""
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            return event.start_mark.line + 1 if event.start_mark else 1
    return None


def _error_line(error: Exception) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark else 1


def _error_message(error: Exception) -> str:
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
    return f"YAMLとして読めません。字下げ・「:」のあとの空白・かっこの閉じ忘れを、この行と前の行で確かめてください（{said}）。"
