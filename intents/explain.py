"""Why the bot would do what it would do, for the person who edits the rules."""

from collections.abc import Iterator

from intents.classify import CHOICES, Action, Classification, classify, contenders, gap
from intents.rules import Rules
from intents.scoring import Evidence, Findings, Score, look, sentences


def explain(utterance: str, rules: Rules) -> str:
    """Several lines of Japanese: what was read, what matched how strongly, the runner-up, and what would happen."""
    result = classify(utterance, rules)
    found = look(sentences(utterance), rules)
    ranked = contenders(found, rules)
    lines = [
        f"読み取った文: {result.normalized or '（空）'}",
        *_scores(ranked, rules),
        *_ruled_out(found, rules),
    ]
    if ranked:
        lines.append(_gap(ranked, rules))
    return "\n".join([*lines, f"→ {_outcome(result, rules)}"])


def _scores(ranked: list[Score], rules: Rules) -> Iterator[str]:
    if not ranked:
        yield "合うキーワードはありませんでした。"
    for place, score in enumerate(ranked, start=1):
        yield f"{place}位 {_name(score.intent, rules)} 確信度 {score.confidence:.2f}"
        yield from (f"    {_evidence(evidence)}" for evidence in score.evidence)


def _evidence(evidence: Evidence) -> str:
    mistyped = "の打ちまちがい？" if evidence.typo else ""
    return f"「{evidence.word}」{mistyped} {evidence.weight:.2f}"


def _ruled_out(found: Findings, rules: Rules) -> Iterator[str]:
    for intent in sorted(found.evidence):
        if words := found.ruled_out_by(intent, rules):
            yield f"外したもの: {_name(intent, rules)} — 除外する言葉「{'」「'.join(sorted(words))}」があるため"


def _gap(ranked: list[Score], rules: Rules) -> str:
    limits = rules.thresholds
    needed = f"答えるには確信度 {limits.answer:.2f} 以上で差 {limits.gap:.2f} 以上、たずねるには {limits.ask:.2f} 以上"
    return f"2位との差 {gap(ranked):.2f}（{needed}）"


def _outcome(result: Classification, rules: Rules) -> str:
    if result.crisis:
        return f"危機のことば「{'」「'.join(result.crisis.matched)}」（{result.crisis.kind}）: ルールより先に、電話の案内を出します。"
    if result.action is Action.ANSWER:
        return f"{_name(result.candidates[0].intent, rules)} として答えます。"
    if result.action is Action.CLARIFY:
        choices = "、".join(_name(candidate.intent, rules) for candidate in result.candidates[:CHOICES])
        return f"1回だけたずねます: {choices}"
    return "相談員につなぎます。"


def _name(intent: str, rules: Rules) -> str:
    return f"{intent}「{rules.rule(intent).title}」"
