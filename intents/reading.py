"""What is left of an utterance to be understood: its sentences, without what was said not to be meant."""

import re
from collections.abc import Iterable
from itertools import chain
from typing import Final, NamedTuple

from intents.ages import Stage, stages_in
from intents.matching import Index, longest
from intents.normalize import normalize_lines

_SENTENCE_END: Final = re.compile("[。!?]+")

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


class Reading(NamedTuple):
    """An utterance as it was understood."""

    written: str  # as it was typed: a dictionary wants its words whole
    sentences: tuple[str, ...]  # folded, none empty; what was negated is cut out
    negated: tuple[str, ...] = ()  # the words of the rules that were taken back
    stages: frozenset[Stage] = frozenset()

    @property
    def text(self) -> str:
        return "。".join(self.sentences)


def read(utterance: str, index: Index) -> Reading:
    return read_lines(utterance, normalize_lines(utterance), index)


def read_lines(utterance: str, lines: Iterable[str], index: Index) -> Reading:
    """The same, where its lines are normalised already."""
    sentences: list[str] = []
    negated: list[str] = []
    for flat in chain.from_iterable(map(_SENTENCE_END.split, lines)):
        left, taken_back = _without_negated(index.respell(flat), index)
        negated += taken_back
        if left:
            sentences.append(left)
    stages = frozenset[Stage]().union(*map(stages_in, sentences))
    return Reading(utterance, tuple(sentences), tuple(negated), stages)


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
