"""What is left of an utterance to be understood: its sentences, without what was said not to be meant."""

import re
from dataclasses import dataclass
from typing import Final

from intents.ages import Stage, stages_in
from intents.matching import Index, longest
from intents.words import Sentence

_SENTENCE_END: Final = re.compile(r"[。．｡！？!?\r\n]+")

# What takes a word back when it follows at once: 「保育園じゃなくて」「学童以外で」「送迎はいらない」. Not 「発達障害じゃないか」,
# which asks, nor 「保育園だけじゃなく」, which adds.
_TAKEN_BACK: Final = re.compile(
    r"(?:の(?:こと|話|件|相談|ほう)|とか|など|に入れたいわけ|したいわけ)?(?:では|じゃ|で)なく(?!な)(?:って|て)?"
    r"|以外(?!に(?:も|は))"
    r"|(?:とか|など)?は(?:もう)?(?:いら|要ら|必要)(?:ない|ありません|なく)"
    r"|(?:とか|など)?は(?:使わ|利用し|希望し|考えて(?:い)?)(?:ない|ません|なく)"
)
_MAY_TAKE_BACK: Final = re.compile("なく|以外|ない|ません")
_CUT: Final = "、"  # keeps the neighbours of what was cut from becoming one word


@dataclass(frozen=True, slots=True)
class Reading:
    sentences: tuple[Sentence, ...]  # folded, none empty; what was negated is cut out
    negated: tuple[str, ...] = ()  # the words of the rules that were taken back
    stages: frozenset[Stage] = frozenset()

    @property
    def text(self) -> str:
        return "。".join(sentence.folded for sentence in self.sentences)


def read(utterance: str, index: Index) -> Reading:
    sentences: list[Sentence] = []
    negated: list[str] = []
    for written in _SENTENCE_END.split(utterance):
        folded, taken_back = _without_negated(index.fold(written), index)
        negated += taken_back
        if folded:
            sentences.append(Sentence(folded, written))
    stages = frozenset[Stage]().union(*(stages_in(sentence.folded) for sentence in sentences))
    return Reading(tuple(sentences), tuple(negated), stages)


def _without_negated(sentence: str, index: Index) -> tuple[str, list[str]]:
    """The sentence without the rules' words that it takes back at once, and those words."""
    if not _MAY_TAKE_BACK.search(sentence):
        return sentence, []
    left, upto, words = "", 0, []
    for span in longest(index.find(sentence)):
        if span.start >= upto and (taken_back := _TAKEN_BACK.match(sentence, span.end)):
            left += sentence[upto : span.start] + _CUT
            upto = taken_back.end()
            words.append(span.word)
    return left + sentence[upto:], words
