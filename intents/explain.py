"""Why the bot would do what it would do, for the person who edits the rules."""

from collections.abc import Iterable, Iterator

from intents.classify import Action, Classification, classify, gap
from intents.matching import Evidence, Kind
from intents.reading import Reading, read
from intents.rule import OUT_OF_SCOPE
from intents.rules import Rules
from intents.scoring import Findings, Score, look, score

_SHOWN = 4  # intents; what is behind them decides nothing
_LONGEST = 40  # characters of an example


def explain(utterance: str, rules: Rules) -> str:
    """Several lines of Japanese: what was read, what matched where and how strongly, the runner-up, what would happen."""
    result = classify(utterance, rules)
    reading = read(utterance, rules.index)
    found = look(reading, rules)
    ranked = score(found, rules)
    lines = [*_read(reading), *_scores(ranked[:_SHOWN], reading, rules), *_ruled_out(found, rules)]
    if ranked:
        lines += [f"例文やキーワードで分かった割合 {found.alike.explained:.0%}", _gap(ranked, rules)]
    return "\n".join([*lines, f"→ {_outcome(result, rules)}"])


def _read(reading: Reading) -> Iterator[str]:
    yield f"読み取った文: {reading.text or '（空）'}"
    if reading.negated:
        yield f"打ち消されたことば: {_quoted(reading.negated)}（数えません）"
    if reading.stages:
        yield f"子どもの年齢: {'、'.join(sorted(reading.stages))}"


def _scores(ranked: list[Score], reading: Reading, rules: Rules) -> Iterator[str]:
    if not any(one.evidence for one in ranked):
        yield "合うキーワードはありませんでした。"
    for place, one in enumerate(ranked, start=1):
        others = "（年齢が合わないので下げました）" if one.for_others else ""
        yield f"{place}位 {_name(one.intent, rules)} 確信度 {one.confidence:.2f}{others}"
        yield from (f"    {_evidence(evidence, reading, rules)}" for evidence in one.evidence)
        if one.likeness:
            example = rules.likeness.nearest_example(reading, one.intent)
            short = example if len(example) <= _LONGEST else f"{example[:_LONGEST]}…"
            near = f"（いちばん近い例文『{short}』）" if example else ""
            yield f"    例文に似ている {one.likeness:.2f}{near}"


def _evidence(evidence: Evidence, reading: Reading, rules: Rules) -> str:
    match evidence.kind:
        case Kind.KEYWORD:
            return f"「{evidence.word}」 ×{evidence.factor:g}{_where(evidence, reading, rules)}"
        case Kind.SOUND:
            return f"「{evidence.word}」の変換まちがい？ ×{evidence.factor:g}"
        case Kind.TYPO:
            return f"「{evidence.word}」の打ちまちがい？ ×{evidence.factor:g}"


def _where(evidence: Evidence, reading: Reading, rules: Rules) -> str:
    """Where its words stand in the text that was read, counted in characters from 1."""
    words = map(rules.index.fold, evidence.word.split("＋"))
    starts = ((reading.text.find(word), word) for word in words)
    places = [f"{start + 1}〜{start + len(word)}" for start, word in starts if start >= 0]
    return f"（{'と'.join(places)}文字目）" if places else ""


def _ruled_out(found: Findings, rules: Rules) -> Iterator[str]:
    for intent, words in sorted(found.ruled_out.items()):
        if found.evidence[intent]:
            yield f"外したもの: {_name(intent, rules)} — 除外する言葉{_quoted(words)}があるため"


def _gap(ranked: list[Score], rules: Rules) -> str:
    limits = rules.thresholds
    needed = f"答えるには確信度 {limits.answer:.2f} 以上で差 {limits.gap:.2f} 以上、たずねるには {limits.ask:.2f} 以上"
    return f"2位との差 {gap(ranked):.2f}（{needed}）"


def _outcome(result: Classification, rules: Rules) -> str:
    if result.crisis:
        return f"危機のことば{_quoted(result.crisis.matched)}（{result.crisis.kind}）: ルールより先に、電話の案内を出します。"
    if result.concern:
        return f"気がかりなことば{_quoted(result.concern.matched)}（{result.concern.kind}）: ルールより先に、そっと人をすすめます。"
    if result.action is Action.ANSWER:
        return f"{_name(result.candidates[0].intent, rules)} として答えます。"
    if result.action is Action.CLARIFY:
        choices = "、".join(_name(intent, rules) for intent in result.offered)
        return f"1回だけたずねます: {choices}"
    if result.out_of_scope:
        return "この窓口でできることを伝え、相談員と話す道も示します。"
    return "相談員につなぎます。"


def _name(intent: str, rules: Rules) -> str:
    return "対象外の話" if intent == OUT_OF_SCOPE else f"{intent}「{rules.rule(intent).title}」"


def _quoted(words: Iterable[str]) -> str:
    return "".join(f"「{word}」" for word in words)
