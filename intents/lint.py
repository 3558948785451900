"""Findings in rules that can be read but will not do what their author meant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from intents.classify import Action, Classification, classify
from intents.normalize import normalize
from intents.rule import OUT_OF_SCOPE, STRONG, Keyword, Rule
from intents.rules import Rules

_SHORTEST_KEYWORD = 2  # characters, normalised


@dataclass(frozen=True, slots=True)
class Finding:
    line: int  # 1-based
    where: str  # the id of the rule
    message: str  # what is wrong and how to mend it; Japanese, for the admin


@dataclass(frozen=True, slots=True)
class ExampleReport:
    """How the rules' own sentences fared: the number that did as they should, and those that did not."""

    passed: int
    failed: tuple[Finding, ...]

    @property
    def total(self) -> int:
        return self.passed + len(self.failed)


def lint(
    rules: Rules, *, resources: frozenset[str], desks: frozenset[str], hotlines: frozenset[str]
) -> list[Finding]:
    """Every finding but those of `check_examples`, in the order of the lines.

    `resources` and `hotlines` are the ids of the municipality's data, `desks` the types of its facilities.
    """
    findings = [*_shared(rules), *_swallowed(rules)]
    for rule in rules.rules:
        findings += _unknown(rule, "resources", rule.resources, resources)
        findings += _unknown(rule, "hotlines", rule.hotlines, hotlines)
        findings += _unknown(rule, "desk", (rule.desk,) if rule.desk else (), desks)
        findings += _unknown(rule, "places", (rule.places,) if rule.places else (), desks)
        findings += [*_too_short(rule), *_self_defeating(rule), *_without_examples(rule)]
    return in_order(findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """As their lines stand in the file."""
    return sorted(findings, key=lambda finding: (finding.line, finding.where, finding.message))


def check_examples(rules: Rules) -> ExampleReport:
    """Runs every example and must_not through the classifier."""
    outcomes = [*_examples(rules), *_must_nots(rules)]
    failed = tuple(finding for finding in outcomes if finding)
    return ExampleReport(len(outcomes) - len(failed), failed)


def _examples(rules: Rules) -> Iterator[Finding | None]:
    """An example must be found: answered, or asked about with its topic among the choices."""
    for rule in rules.everything:
        for sentence, line in zip(rule.examples, rule.example_lines, strict=True):
            result = classify(sentence, rules)
            message = f"examples「{sentence}」がこの用件になりません（{_happened(result)}）。キーワードを見直すか、この文を消してください。"
            yield None if _is_found(rule.intent, result) else Finding(line, rule.intent, message)


def _is_found(intent: str, result: Classification) -> bool:
    if intent == OUT_OF_SCOPE:
        return result.action in (Action.HANDOFF, Action.CLARIFY)
    return result.intent == intent or intent in result.offered


def _must_nots(rules: Rules) -> Iterator[Finding | None]:
    for rule in rules.everything:
        for sentence, line in zip(rule.must_not, rule.must_not_lines, strict=True):
            result = classify(sentence, rules)
            bad = result.intent == rule.intent or (result.out_of_scope and rule.intent == OUT_OF_SCOPE)
            words = "」「".join(result.candidates[0].matched) if bad and result.candidates else ""
            message = f"must_not「{sentence}」にこの用件として答えてしまいます（「{words}」）。`unless` に言葉を足すか、キーワードを弱めてください。"
            yield Finding(line, rule.intent, message) if bad else None


def _happened(result: Classification) -> str:
    if result.crisis:
        return f"危機と判断: {'、'.join(result.crisis.matched)}"
    ranked = "、".join(f"{each.intent} {each.confidence:.2f}" for each in result.candidates[:3])
    did = {Action.ANSWER: "答えたのは", Action.CLARIFY: "たずねた候補は", Action.HANDOFF: "相談員へ。候補は"}
    return f"{did[result.action]} {ranked or 'なし'}"


def _unknown(rule: Rule, field: str, ids: Iterable[str], known: frozenset[str]) -> Iterator[Finding]:
    for each in ids:
        if each not in known:
            yield Finding(
                rule.line,
                rule.intent,
                f"`{field}` の「{each}」はデータにありません。つづりを確かめてください。",
            )


def _too_short(rule: Rule) -> Iterator[Finding]:
    for keyword in rule.keywords:
        if len(normalize(keyword.text)) < _SHORTEST_KEYWORD:
            message = f"キーワード「{keyword.text}」は短すぎて、関係のない文にも当たります。2文字以上にしてください。"
            yield Finding(keyword.line, rule.intent, message)


def _self_defeating(rule: Rule) -> Iterator[Finding]:
    unless = [(word, normalize(word)) for word in rule.unless]
    for keyword in rule.keywords:
        flat = normalize(keyword.text)
        for word, flat_word in unless:
            if flat_word in flat:
                message = f"キーワード「{keyword.text}」は `unless` の「{word}」を含むので、決して効きません。どちらかを消してください。"
                yield Finding(keyword.line, rule.intent, message)


def _without_examples(rule: Rule) -> Iterator[Finding]:
    for name, sentences in (("examples", rule.examples), ("must_not", rule.must_not)):
        if not sentences:
            yield Finding(
                rule.line, rule.intent, f"`{name}` がありません。文の例を書くと、直すたびに確かめられます。"
            )


def _strong(rules: Rules) -> dict[str, list[tuple[Rule, Keyword]]]:
    uses: defaultdict[str, list[tuple[Rule, Keyword]]] = defaultdict(list)
    for rule in rules.rules:
        for keyword in rule.keywords:
            if keyword.factor == STRONG:
                uses[normalize(keyword.text)].append((rule, keyword))
    return uses


def _shared(rules: Rules) -> Iterator[Finding]:
    for (first, _), *others in _strong(rules).values():
        for rule, keyword in others:
            message = f"「{keyword.text}」は {first.intent} でも strong なので、どちらとも決められません。片方を normal に下げてください。"
            yield Finding(keyword.line, rule.intent, message)


def _swallowed(rules: Rules) -> Iterator[Finding]:
    """A strong keyword inside another intent's longer but less strong one: the longest match wins, and silences it."""
    strong = _strong(rules)
    for rule in rules.rules:
        for keyword in rule.keywords:
            if keyword.factor == STRONG:
                continue
            flat = normalize(keyword.text)
            for span in rules.index.find(flat):
                for other, inner in strong.get(span.word, ()):
                    if span.word != flat and other is not rule:
                        message = f"「{keyword.text}」があると、{other.intent} の strong「{inner.text}」が効かなくなります。strong にするか、消してください。"
                        yield Finding(keyword.line, rule.intent, message)
