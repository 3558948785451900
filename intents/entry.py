"""One entry of `intents:` in routing_rules.yaml: which parts it has and what each may hold."""

import re
from typing import Final

import yaml

from intents.ids import INTENTS, NEEDED, OWN, is_id
from intents.rule import OUT_OF_SCOPE, STRENGTHS, Keyword, Rule, Together
from intents.source import Source, Text, line_of, meant
from intents.spelling import flatten

DESKS: Final = ("基本型", "こども家庭センター型", "特定型")
REQUIRED: Final = ("id", "group", "title", "answer", "keywords")
_WORDS: Final = ("answer", "keywords", "together", "unless", "examples", "must_not")
PARTS: Final = (
    "id",
    "group",
    "title",
    "desk",
    "places",
    "resources",
    "hotlines",
    "handoff",
    "retired",
    *_WORDS,
)
_LONGEST_TITLE: Final = 20  # a button of LINE shows no more
_LONGEST_ANSWER: Final = 1000
_LONGEST_WORD: Final = 50
_LONGEST_SENTENCE: Final = 1000
_MOST: Final = {
    "strong": 400,
    "normal": 400,
    "weak": 400,
    "unless": 400,
    "together": 100,
}  # else a typing slip, or a machine's
_MOST_SENTENCES: Final = 2000
_LETTER: Final = re.compile(r"\w")


def intent_entry(file: Source, number: int, node: yaml.Node) -> Rule:
    """One entry of `intents:`. What is missing or wrong reads as empty and is noted."""
    entry = _Entry(file.part(f"intents[{number}]{_id_in(node)}"), node, PARTS)
    entry.demand(REQUIRED)
    return entry.rule(entry.intent())


def out_of_scope_entry(file: Source, node: yaml.Node) -> Rule:
    """The entry for what the window is not for."""
    entry = _Entry(file.part(OUT_OF_SCOPE), node, _WORDS)
    entry.demand(("answer",))
    return entry.rule(OUT_OF_SCOPE)


class _Entry:
    """An entry, read part by part."""

    def __init__(self, source: Source, node: yaml.Node, known: tuple[str, ...]) -> None:
        self.source = source
        self.line = line_of(node)
        self.parts = source.mapping(node, known)

    def demand(self, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in self.parts:
                self.source.complain(self.line, f"`{name}` がありません。書き足してください。")

    def rule(self, intent: str) -> Rule:
        examples, must_not = self._texts("examples"), self._texts("must_not")
        return Rule(
            intent=intent,
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
            unless=tuple(word.value for word in self._texts("unless") if is_word(self.source, word)),
            retired=self._retired(intent),
            line=self.line,
            example_lines=tuple(text.line for text in examples),
            must_not_lines=tuple(text.line for text in must_not),
        )

    def intent(self) -> str:
        intent = self._text("id", _LONGEST_WORD)
        if intent and not is_id(intent):
            self.source.complain(
                line_of(self.parts["id"]),
                f"`{intent}` という id はありません。{meant(intent, sorted(INTENTS))}"
                f"新しい話題の id は `{OWN}` で始め、半角の小文字・数字・「_」で書きます。",
            )
        return intent or ""

    def _retired(self, intent: str) -> bool:
        retired = self.source.flag(self.parts.get("retired"), "retired")
        if retired and intent in NEEDED:
            message = f"`{intent}` は会話のしくみが使うので、やめられません。`retired` を消してください。"
            self.source.complain(line_of(self.parts["retired"]), message)
        return retired

    def _texts(self, name: str) -> tuple[Text, ...]:
        return self._not_too_many(name, self.parts.get(name))

    def _not_too_many(self, name: str, node: yaml.Node | None) -> tuple[Text, ...]:
        """Thousands would not be looked through by anybody: they are noted once, and not read."""
        most = _MOST.get(name, _MOST_SENTENCES)
        if isinstance(node, yaml.SequenceNode) and len(node.value) > most:
            message = f"`{name}` は{most}個までです（いま{len(node.value)}個）。見分けるのに要るものだけにしてください。"
            self.source.complain(line_of(node), message)
            return ()
        texts = self.source.texts(node, name)
        for text in texts:
            if len(text.value) > _LONGEST_SENTENCE:
                message = f"`{name}` の「{text.value[:10]}…」は{_LONGEST_SENTENCE}文字までにしてください。"
                self.source.complain(text.line, message)
        return texts

    def _text(self, name: str, longest: int) -> str | None:
        text = self.source.text(self.parts[name], name) if name in self.parts else None
        if text and len(text.value) > longest:
            message = f"`{name}` は{longest}文字までです（いま{len(text.value)}文字）。短くしてください。"
            self.source.complain(text.line, message)
        return text.value if text else None

    def _desk(self) -> str | None:
        desk = self._text("desk", _LONGEST_TITLE)
        if desk and desk not in DESKS:
            self.source.complain(line_of(self.parts["desk"]), f"`desk` は {'、'.join(DESKS)} のどれかです。")
        return desk

    def _keywords(self) -> tuple[Keyword, ...]:
        if "keywords" not in self.parts:
            return ()
        strengths = self.source.mapping(self.parts["keywords"], tuple(STRENGTHS))
        keywords = [
            Keyword(word.value, STRENGTHS[strength], word.line)
            for strength, node in strengths.items()
            for word in self._not_too_many(strength, node)
            if is_word(self.source, word)
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
            known = first.setdefault(flatten(keyword.text), keyword)
            if known is keyword:
                continue
            if keyword.text == known.text or keyword.factor != known.factor:
                same = f"「{known.text}」（{known.line} 行目）"
                message = f"キーワード「{keyword.text}」は{same}と同じ言葉です。どちらかを消してください。"
                self.source.complain(keyword.line, message)
        return tuple(first.values())

    def _together(self) -> tuple[Together, ...]:
        nodes = self.source.items(self.parts.get("together"), "together")
        if len(nodes) > _MOST["together"]:
            message = f"`together` は{_MOST['together']}行までです（いま{len(nodes)}行）。"
            self.source.complain(line_of(self.parts["together"]), message)
            return ()
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
        return tuple(choice.value for choice in choices if is_word(self.source, choice))


def is_word(source: Source, word: Text) -> bool:
    """Whether it can be searched for; says what is wrong with it."""
    if not _LETTER.search(flatten(word.value)):
        source.complain(
            word.line,
            f"「{word.value}」は記号や空白だけなので、言葉として探せません。消すか書き直してください。",
        )
        return False
    if len(word.value) > _LONGEST_WORD:
        source.complain(word.line, f"「{word.value[:10]}…」は{_LONGEST_WORD}文字までにしてください。")
    return True


def _values(texts: tuple[Text, ...]) -> tuple[str, ...]:
    return tuple(text.value for text in texts)


def _id_in(node: yaml.Node) -> str:
    """The id as " (temporary_care)", to name an entry before anything in it has been checked."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((f" ({value.value})" for key, value in pairs if key.value == "id"), "")
