"""Those who compete. Each is built from the same material; libraries are imported only by who needs them.

`answer` is what is timed; `read` turns what it returned into an opinion, and is not timed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from judging import Opinion
from workload import Material, Word

PAD = "x"  # hassil's wildcards match at least one character


@dataclass(frozen=True, slots=True)
class Built:
    answer: Callable[[str], Any]
    read: Callable[[Any], Opinion | None]


@dataclass(frozen=True, slots=True)
class Contestant:
    name: str
    build: Callable[[Material], Built]
    reads_raw: bool = False  # takes the message as it was typed; all others get it normalised, for nothing
    reads_file: bool = (
        False  # takes the rules as they are written; all others get lists of words and examples
    )
    uses_keywords: bool = True


def scan(material: Material) -> Built:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for word in material.words:
        automaton.add_word(word.text, word.text)
    automaton.make_automaton()
    return Built(lambda text: list(automaton.iter(text)), lambda found: None)


def tsunagu(material: Material) -> Built:
    from intents.classify import classify
    from intents.rules import parse

    rules = parse(material.text)
    return Built(lambda text: classify(text, rules), _read_classification)


def tsunagu_like_for_like(material: Material) -> Built:
    """Does what the others do: no look for danger, and the text comes normalised."""
    from intents.classify import judge
    from intents.reading import read_lines
    from intents.rules import parse

    rules = parse(material.text)
    return Built(lambda text: judge(read_lines(text, [text], rules.index), rules), _read_classification)


def rapidfuzz(material: Material) -> Built:
    from rapidfuzz import fuzz, process

    meanings = _meanings(material.words)
    words = list(meanings)

    def answer(text: str) -> Any:
        return process.extract(text, words, scorer=fuzz.partial_ratio, score_cutoff=90, limit=None)

    def read(found: Any) -> Opinion:
        return _vote(meaning for word, _, _ in found for meaning in meanings[word])

    return Built(answer, read)


def hassil(material: Material) -> Built:
    from hassil.intents import Intents
    from hassil.recognize import recognize_all

    intents: defaultdict[str, defaultdict[float, list[str]]] = defaultdict(lambda: defaultdict(list))
    for word in material.words:
        if word.text.isalnum():  # other marks are hassil's own grammar
            intents[word.intent][word.weight].append("{before}" + word.text + "{after}")
    templates = Intents.from_dict(
        {
            "language": "ja",
            "settings": {"ignore_whitespace": True},
            "lists": {"before": {"wildcard": True}, "after": {"wildcard": True}},
            "intents": {
                intent: {
                    "data": [
                        {"sentences": sentences, "metadata": {"weight": weight}}
                        for weight, sentences in by_weight.items()
                    ]
                }
                for intent, by_weight in intents.items()
            },
        }
    )

    def read(found: Any) -> Opinion:
        matched = {
            (match.intent.name, match.intent_sentence.text, match.intent_data.metadata["weight"])
            for match in found
        }
        return _vote(Word(text, intent, weight) for intent, text, weight in matched)

    return Built(lambda text: list(recognize_all(PAD + text + PAD, templates)), read)


def adapt(material: Material) -> Built:
    from adapt.engine import IntentDeterminationEngine
    from adapt.intent import IntentBuilder

    class Characters:
        """adapt knows no Japanese: every character is a token to it."""

        def tokenize(self, text: str) -> list[str]:
            return text.split()

    engine = IntentDeterminationEngine(tokenizer=Characters())
    kinds: defaultdict[str, set[float]] = defaultdict(set)
    for word in material.words:
        engine.register_entity(" ".join(word.text), f"{word.intent}/{word.weight}")
        kinds[word.intent].add(word.weight)
    for intent, weights in kinds.items():
        for needed in sorted(weights)[-2:]:  # a strong or a normal keyword; the others help
            parser = IntentBuilder(intent).require(f"{intent}/{needed}")
            for weight in weights - {needed}:
                parser.optionally(f"{intent}/{weight}")
            engine.register_intent_parser(parser.build())

    def read(found: Any) -> Opinion:
        best: dict[str, float] = {}
        for each in found:
            best[each["intent_type"]] = max(best.get(each["intent_type"], 0.0), each["confidence"])
        return Opinion(None, _ranked(best.items()))

    return Built(lambda text: list(engine.determine_intent(" ".join(text), num_results=5)), read)


def sklearn_examples(material: Material) -> Built:
    return _sklearn([(example.text, example.intent) for example in material.examples])


def sklearn_keywords(material: Material) -> Built:
    texts = [(example.text, example.intent) for example in material.examples]
    return _sklearn(texts + [(word.text, word.intent) for word in material.words])


CONTESTANTS = (
    Contestant("pyahocorasick scan", scan),
    Contestant("Tsunagu", tsunagu, reads_raw=True, reads_file=True),
    Contestant("Tsunagu, like for like", tsunagu_like_for_like, reads_file=True),
    Contestant("rapidfuzz", rapidfuzz),
    Contestant("hassil", hassil),
    Contestant("adapt-parser", adapt),
    Contestant("scikit-learn, examples", sklearn_examples, uses_keywords=False),
    Contestant("scikit-learn, examples + keywords", sklearn_keywords),
)


def _read_classification(found: Any) -> Opinion:
    ranked = [(candidate.intent, candidate.confidence) for candidate in found.candidates]
    return Opinion(str(found.action), ranked)


def _sklearn(texts: list[tuple[str, str]]) -> Built:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    # The best of 30 settings on the labelled messages; SAGA learns as well as L-BFGS here, in a tenth of the time.
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    model = LogisticRegression(C=10, solver="saga", tol=1e-2, max_iter=200, random_state=0)
    model.fit(vectorizer.fit_transform([text for text, _ in texts]), [intent for _, intent in texts])
    intents = model.classes_.tolist()

    def read(probabilities: Any) -> Opinion:
        return Opinion(None, _ranked(zip(intents, probabilities[0].tolist(), strict=True)))

    return Built(lambda text: model.predict_proba(vectorizer.transform([text])), read)


def _meanings(words: Iterable[Word]) -> dict[str, list[Word]]:
    meanings: defaultdict[str, list[Word]] = defaultdict(list)
    for word in words:
        meanings[word.text].append(word)
    return dict(meanings)


def _vote(words: Iterable[Word]) -> Opinion:
    """1 - Π(1 - weight) an intent: what the rules' strengths mean, lent to who finds words but does not weigh them."""
    doubt: defaultdict[str, float] = defaultdict(lambda: 1.0)
    for word in words:
        doubt[word.intent] *= 1 - word.weight
    return Opinion(None, _ranked((intent, 1 - left) for intent, left in doubt.items()))


def _ranked(confidences: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Best first; equals in the order of their ids, as Tsunagu does it."""
    return sorted(confidences, key=lambda item: (-item[1], item[0]))
