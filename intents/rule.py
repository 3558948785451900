"""One rule: what a parent wants, the words that speak for it, and what is answered."""

from dataclasses import dataclass
from typing import Final

# How many times likelier a keyword makes its intent.
STRONG: Final = 8.0
NORMAL: Final = 2.0
WEAK: Final = 1.5
STRENGTHS: Final = {"strong": STRONG, "normal": NORMAL, "weak": WEAK}

OUT_OF_SCOPE: Final = "out_of_scope"  # the id of the rule for what the window is not for; no intent


@dataclass(frozen=True, slots=True)
class Keyword:
    text: str  # as the admin wrote it
    factor: float  # one of STRENGTHS; a weak one counts only beside another
    line: int = 0


@dataclass(frozen=True, slots=True)
class Together:
    """Counts like a strong keyword when every member is in the utterance; a member is a choice of words."""

    members: tuple[tuple[str, ...], ...]  # as the admin wrote them
    line: int = 0


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words that count as one: what people type, and the word that it is read as."""

    kept: str
    variants: tuple[str, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    intent: str
    title: str  # on buttons and in 「“…”のことですね」: at most 20 characters
    group: str
    answer: str  # what the parent reads
    desk: str | None = None  # type of desk to show: "基本型", "こども家庭センター型", "特定型"; None: no desk
    places: str | None = (
        None  # a type of facility to show nearest of, instead of the desk: "児童館", "子育てひろば" …
    )
    resources: tuple[str, ...] = ()  # ids in the municipality's pack
    hotlines: tuple[str, ...] = ()  # ids of telephones worth showing with this answer (night lines)
    handoff: bool = False  # a person is offered at once, not only on request
    examples: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    together: tuple[Together, ...] = ()
    unless: tuple[str, ...] = ()
    retired: bool = False  # nothing is understood so any more; the id stays known to what was kept
    line: int = 0  # 1-based; 0 for a rule that was not read from a text
    example_lines: tuple[int, ...] = ()
    must_not_lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidences (0–1) that decide between answering, asking back and a person."""

    answer: float = 0.65  # from here on the bot answers …
    ask: float = 0.14  # (from here on it asks back, once)
    gap: float = 0.15  # … if the runner-up is at least so far behind


DEFAULT_THRESHOLDS: Final = Thresholds()
