"""The form of routing_rules.yaml: which parts there are, what each may hold, and how to mend what does not fit."""

import re
from typing import Final

import yaml

from intents.ids import INTENTS
from intents.normalize import normalize
from intents.rule import DEFAULT_THRESHOLDS, STRENGTHS, Keyword, Rule, Thresholds, Together
from intents.source import Problem, Source, Text, line_of, meant

_TOP: Final = ("format", "thresholds", "intents")
_THRESHOLDS: Final = ("answer", "ask", "gap")
_REQUIRED: Final = ("id", "group", "title", "answer", "keywords")
_RULE: Final = (
    *("id", "group", "title", "desk", "places", "resources", "hotlines", "handoff", "answer"),
    *("keywords", "together", "unless", "examples", "must_not"),
)
_DESKS: Final = ("基本型", "こども家庭センター型", "特定型")
_LONGEST_TITLE: Final = 20  # a button of LINE shows no more
_LONGEST_ANSWER: Final = 1000
_LONGEST_WORD: Final = 50
_LETTER: Final = re.compile(r"\w")


def read(text: str, problems: list[Problem]) -> tuple[Thresholds, tuple[Rule, ...]]:
    """What could be read; `problems` grows by everything that could not."""
    file = Source("routing_rules", problems)
    root = file.document(text)
    if root is None:
        return DEFAULT_THRESHOLDS, ()
    parts = file.mapping(root, _TOP)
    _check_format(file, root, parts.get("format"))
    thresholds = _thresholds(file.part("thresholds"), parts.get("thresholds"))
    nodes = file.items(parts.get("intents"), "intents")
    rules = tuple(_Form(file, number, node).rule() for number, node in enumerate(nodes))
    _check_ids(file, line_of(parts.get("intents", root)), rules)
    return thresholds, rules


def _check_format(file: Source, root: yaml.Node, node: yaml.Node | None) -> None:
    if node is None or node.value != "1":
        file.complain(line_of(node or root), "はじめに `format: 1` と書いてください。")


def _thresholds(source: Source, node: yaml.Node | None) -> Thresholds:
    parts = source.mapping(node, _THRESHOLDS) if node else {}
    read = {name: source.fraction(part, name) for name, part in parts.items()}
    thresholds = Thresholds(**{name: value for name, value in read.items() if value is not None})
    if node and thresholds.ask > thresholds.answer:
        source.complain(
            line_of(node),
            "`ask` は `answer` 以下にしてください（たずねる確信度は、答える確信度より低いはずです）。",
        )
    return thresholds


def _check_ids(file: Source, line: int, rules: tuple[Rule, ...]) -> None:
    first: dict[str, int] = {}
    for rule in rules:
        if rule.intent in first:
            file.complain(
                rule.line,
                f"id `{rule.intent}` は {first[rule.intent]} 行目にもあります。1つにまとめてください。",
            )
        first.setdefault(rule.intent, rule.line)
    if missing := sorted(INTENTS - first.keys()):
        file.complain(line, f"次の id のルールがありません。書き足してください: {'、'.join(missing)}")


class _Form:
    """One entry of `intents:`, read part by part. What is missing or wrong reads as empty and is noted."""

    def __init__(self, file: Source, number: int, node: yaml.Node) -> None:
        self.source = file.part(f"intents[{number}]{_id_in(node)}")
        self.line = line_of(node)
        self.parts = self.source.mapping(node, _RULE)

    def rule(self) -> Rule:
        for name in _REQUIRED:
            if name not in self.parts:
                self.source.complain(self.line, f"`{name}` がありません。書き足してください。")
        examples, must_not = self._texts("examples"), self._texts("must_not")
        return Rule(
            intent=self._intent(),
            title=self._text("title", _LONGEST_TITLE) or "",
            group=self._text("group", _LONGEST_TITLE) or "",
            answer=self._text("answer", _LONGEST_ANSWER) or "",
            desk=self._desk(),
            places=self._text("places", _LONGEST_TITLE),
            resources=_values(self._texts("resources")),
            hotlines=_values(self._texts("hotlines")),
            handoff=self.source.flag(self.parts.get("handoff"), "handoff"),
            examples=_values(examples),
            must_not=_values(must_not),
            keywords=self._keywords(),
            together=self._together(),
            unless=tuple(word.value for word in self._texts("unless") if self._is_word(word)),
            line=self.line,
            example_lines=tuple(text.line for text in examples),
            must_not_lines=tuple(text.line for text in must_not),
        )

    def _texts(self, name: str) -> tuple[Text, ...]:
        return self.source.texts(self.parts.get(name), name)

    def _text(self, name: str, longest: int) -> str | None:
        text = self.source.text(self.parts[name], name) if name in self.parts else None
        if text and len(text.value) > longest:
            message = f"`{name}` は{longest}文字までです（いま{len(text.value)}文字）。短くしてください。"
            self.source.complain(text.line, message)
        return text.value if text else None

    def _intent(self) -> str:
        intent = self._text("id", _LONGEST_WORD)
        if intent and intent not in INTENTS:
            self.source.complain(
                line_of(self.parts["id"]),
                f"`{intent}` という id はありません。{meant(intent, sorted(INTENTS))}",
            )
        return intent or ""

    def _desk(self) -> str | None:
        desk = self._text("desk", _LONGEST_TITLE)
        if desk and desk not in _DESKS:
            self.source.complain(line_of(self.parts["desk"]), f"`desk` は {'、'.join(_DESKS)} のどれかです。")
        return desk

    def _keywords(self) -> tuple[Keyword, ...]:
        if "keywords" not in self.parts:
            return ()
        strengths = self.source.mapping(self.parts["keywords"], tuple(STRENGTHS))
        keywords = [
            Keyword(word.value, STRENGTHS[strength], word.line)
            for strength, node in strengths.items()
            for word in self.source.texts(node, strength)
            if self._is_word(word)
        ]
        if not keywords and isinstance(self.parts["keywords"], yaml.MappingNode):
            self.source.complain(
                line_of(self.parts["keywords"]), "キーワードがありません。`strong:` に1つは書いてください。"
            )
        return self._without_doubles(keywords)

    def _without_doubles(self, keywords: list[Keyword]) -> tuple[Keyword, ...]:
        """Another spelling of a keyword does no harm and is left out; the same word again is a slip."""
        first: dict[str, Keyword] = {}
        for keyword in keywords:
            known = first.setdefault(normalize(keyword.text), keyword)
            if known is keyword:
                continue
            if keyword.text == known.text or keyword.weight != known.weight:
                same = f"「{known.text}」（{known.line} 行目）"
                message = f"キーワード「{keyword.text}」は{same}と同じ言葉です。どちらかを消してください。"
                self.source.complain(keyword.line, message)
        return tuple(first.values())

    def _together(self) -> tuple[Together, ...]:
        nodes = self.source.items(self.parts.get("together"), "together")
        return tuple(Together(self._members(node), line_of(node)) for node in nodes)

    def _members(self, node: yaml.Node) -> tuple[tuple[str, ...], ...]:
        members = self.source.texts(node, "together")
        if isinstance(node, yaml.SequenceNode) and len(node.value) < 2:
            self.source.complain(
                line_of(node), "`together` の1行には2つ以上の言葉が要ります（例: [預け, 歯医者|美容院]）。"
            )
        return tuple(self._choices(member) for member in members)

    def _choices(self, member: Text) -> tuple[str, ...]:
        choices = [Text(choice.strip(), member.line) for choice in member.value.split("|")]
        return tuple(choice.value for choice in choices if self._is_word(choice))

    def _is_word(self, word: Text) -> bool:
        if not _LETTER.search(normalize(word.value)):
            message = (
                f"「{word.value}」は記号や空白だけなので、言葉として探せません。消すか書き直してください。"
            )
            self.source.complain(word.line, message)
            return False
        if len(word.value) > _LONGEST_WORD:
            self.source.complain(
                word.line, f"「{word.value[:10]}…」は{_LONGEST_WORD}文字までにしてください。"
            )
        return True


def _values(texts: tuple[Text, ...]) -> tuple[str, ...]:
    return tuple(text.value for text in texts)


def _id_in(node: yaml.Node) -> str:
    """The id as " (temporary_care)", to name an entry before anything in it has been checked."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((f" ({value.value})" for key, value in pairs if key.value == "id"), "")
