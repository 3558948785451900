"""The routing rules: parsed from a text (this module never opens a file), with every problem and its place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keyword:
    text: str  # as the admin wrote it
    weight: float


@dataclass(frozen=True, slots=True)
class Rule:
    intent: str
    title: str  # on buttons and in 「“…”のことですね」: at most 20 characters
    group: str
    answer: str  # what the parent reads
    desk: str | None  # type of desk to show: "基本型", "こども家庭センター型", "特定型"; None: no desk
    places: str | None  # another type of facility to show nearest of, instead of the desk: "児童館", "子育てひろば" …
    resources: tuple[str, ...]  # ids in the municipality's pack
    hotlines: tuple[str, ...]  # ids of telephones worth showing with this answer (night lines)
    handoff: bool  # a person is offered at once, not only on request
    examples: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    line: int  # 1-based
    where: str  # "intents[3] (temporary_care)"
    message: str  # what is wrong and how to mend it; Japanese, for the admin


@dataclass(frozen=True, slots=True)
class Rules:
    version: int  # of the published ruleset; 0 for a text that was never published
    rules: tuple[Rule, ...]

    def rule(self, intent: str) -> Rule:
        """Raises KeyError for an intent without a rule."""
        raise NotImplementedError


class BadRules(Exception):
    """The text cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def parse(text: str, *, version: int = 0) -> Rules:
    """Raises BadRules with every problem found."""
    raise NotImplementedError
