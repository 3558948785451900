"""The small phrase language of crisis.yaml, compiled to regular expressions of bounded work.

    叩いて(しま|ちゃ)     one of several; an empty one makes the group optional: (もう|)
    子ども…首を絞め       … up to 12 characters of the same sentence, …… up to 40
    死にたい(!して)       not followed by
    生後##日              # one digit
    ^逃げたい$            the start and the end of the message
    <partner>に           any of the words listed under `words: partner`, which may name other lists
    死ぬ & 想像 & !虫       with 想像 within 40 characters of it, before or after, also in the next sentence; without 虫

Reviewers write ordinary Japanese: every literal part is folded like the utterance itself, so 「ころす」, 「コロス」 and
「ｺﾛｽ」 are one spelling here.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

Fold = Callable[[str], str]

_MARK = re.compile(r"……|…|\(!|[(|)#^$]|[^…(|)#^$]+")
_FIXED = {
    "…": "[^。!?]{0,12}?",
    "……": "[^。!?]{0,40}?",
    "#": "[0-9]",
    "^": r"\A",
    "$": r"[。!?、w]*\Z",
}
_REACHES = {"…": 12, "……": 40, "#": 1, "^": 0, "$": 1_000_000}  # $: to the end, however far
_NEXT = "字"  # stands for what follows in the text: folding drops a っ that ends a word
_DEEPEST_LIST = 3  # a list of words may name another, and that one a third
_COMPANY = 40  # letters before and after in which what stands behind a & is looked for
_MOST_GAPS = 3  # keeps the work on a hostile text of 5,000 characters within some tens of milliseconds


class Language(NamedTuple):
    fold: Fold  # a text as utterances are matched
    common: Callable[[str], int]  # how often letters stand in ordinary sentences


class BadPhrase(ValueError):
    """A phrase that cannot be compiled; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One phrase. It can only match a text that contains one of its `anchors`, and only within `reach` of it."""

    written: str  # as the reviewers wrote it
    pattern: str
    anchors: frozenset[str]
    reach: int  # letters; the longest match and what it looks ahead to
    company: tuple[str, ...] = ()  # patterns of what must stand near it
    unless: tuple[str, ...] = ()  # patterns of what must not

    @property
    def regex(self) -> re.Pattern[str]:
        """Compiled when a text first needs it: most phrases wait long for their first text."""
        return _compiled(self.pattern)

    def find(self, text: str, start: int, stop: int) -> Iterator["Found"]:
        """Where it stands in text[start:stop]; its company may stand outside."""
        for match in self.regex.finditer(text, start, stop):
            near = max(match.start() - _COMPANY, 0), match.end() + _COMPANY
            if any(_compiled(pattern).search(text, *near) for pattern in self.unless):
                continue
            company = [_compiled(pattern).search(text, *near) for pattern in self.company]
            beside = [each[0] for each in company if each]
            if len(beside) == len(company):
                yield Found(match.start(), match.end(), "+".join((match[0], *beside)))


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    words: str  # for the counselor: the phrase's own, and those of its company


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@dataclass(frozen=True, slots=True)
class _Part:
    regex: str
    anchors: frozenset[str] = frozenset()  # empty: the part may match nothing in particular
    common: int = 0  # how often one of them stands in ordinary sentences
    gaps: int = 0  # how many … follow each other at most
    reach: int = 0  # the most letters it can cover or look ahead to


def compile_phrase(written: str, words: Mapping[str, list[str]], language: Language) -> Phrase:
    """Anchored by the words that are rarest in ordinary texts.

    Raises BadPhrase: an unknown word list, unbalanced brackets, too many gaps, or nothing that must be there.
    """
    first, *others = written.split(" & ")
    part = _compile(first, words, language)
    if not part.anchors:
        raise BadPhrase("every part may be missing; write at least one word outside an optional group")
    company = tuple(_compile(each, words, language).regex for each in others if not each.startswith("!"))
    unless = tuple(_compile(each[1:], words, language).regex for each in others if each.startswith("!"))
    return Phrase(written, part.regex, part.anchors, part.reach, company, unless)


def _compile(written: str, words: Mapping[str, list[str]], language: Language) -> _Part:
    marks = _MARK.findall(_expand(written, words))
    part, ended_by = _alternatives(iter(marks), language)
    if ended_by:
        raise BadPhrase("a ')' without its '('")
    if part.gaps > _MOST_GAPS:
        raise BadPhrase(f"at most {_MOST_GAPS} gaps (…) one after another; make two phrases of it")
    return part


def _expand(written: str, words: Mapping[str, list[str]]) -> str:
    def listed(found: re.Match[str]) -> str:
        if found[1] not in words:
            raise BadPhrase(f"no list {found[1]!r} under words:")
        return "(" + "|".join(words[found[1]]) + ")"

    for _ in range(_DEEPEST_LIST):
        written = re.sub(r"<(\w+)>", listed, written)
    return written


def _alternatives(marks: Iterator[str], language: Language) -> tuple[_Part, str]:
    """Everything up to the closing bracket (or the end), and the mark that closed it ("" at the end)."""
    branches: list[_Part] = []
    sequence: list[_Part] = []
    closed_by = ""
    for mark in marks:
        if mark == ")":
            closed_by = mark
            break
        if mark == "|":
            branches.append(_joined(sequence))
            sequence = []
        else:
            sequence.append(_part(mark, marks, language))
    branches.append(_joined(sequence))
    return _either(branches), closed_by


def _part(mark: str, marks: Iterator[str], language: Language) -> _Part:
    if mark in _FIXED:
        return _Part(_FIXED[mark], gaps=mark in ("…", "……"), reach=_REACHES[mark])
    if mark in ("(", "(!"):
        inner, closed_by = _alternatives(marks, language)
        if not closed_by:
            raise BadPhrase("a '(' without its ')'")
        return inner if mark == "(" else _Part(f"(?!{inner.regex})", reach=inner.reach)
    return _literal(mark, language)


@cache
def _literal(written: str, language: Language) -> _Part:
    literal = language.fold(written + _NEXT).removesuffix(_NEXT)
    if not literal:
        raise BadPhrase(f"{written!r} is nothing once spaces and marks are removed")
    return _Part(re.escape(literal), frozenset({literal}), language.common(literal), reach=len(literal))


def _joined(sequence: list[_Part]) -> _Part:
    """The parts one after another; anchored by the part that is rarest in ordinary sentences."""
    regex = "".join(part.regex for part in sequence)
    anchored = [part for part in sequence if part.anchors]
    best = min(anchored, key=lambda part: part.common, default=_Part(""))
    gaps, reach = sum(part.gaps for part in sequence), sum(part.reach for part in sequence)
    return _Part(regex, best.anchors, best.common, gaps, reach)


def _either(branches: list[_Part]) -> _Part:
    if len(branches) == 1:
        return branches[0]
    regex = "(?:" + "|".join(branch.regex for branch in branches) + ")"
    gaps, reach = max(branch.gaps for branch in branches), max(branch.reach for branch in branches)
    if all(branch.anchors for branch in branches):
        anchors = frozenset[str]().union(*(branch.anchors for branch in branches))
        return _Part(regex, anchors, sum(branch.common for branch in branches), gaps, reach)
    return _Part(regex, gaps=gaps, reach=reach)
