"""The routing rules as a whole: what `routing_rules.yaml` says, checked, and ready to be searched."""

from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache

from intents.form import read
from intents.likeness import Likeness
from intents.matching import Index
from intents.rule import DEFAULT_THRESHOLDS
from intents.rule import Keyword as Keyword
from intents.rule import Rule as Rule
from intents.rule import Spelling as Spelling
from intents.rule import Thresholds as Thresholds
from intents.rule import Together as Together
from intents.source import Problem as Problem


@dataclass(frozen=True, slots=True)
class Rules:
    version: int  # of the published ruleset; 0 for a text that was never published
    rules: tuple[Rule, ...]
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    spellings: tuple[Spelling, ...] = ()
    out_of_scope: Rule | None = None  # what the window is not for; competes with the others, and is no intent
    retired: tuple[Rule, ...] = ()  # take no part; what was kept still names them
    index: Index = field(init=False, repr=False, compare=False)
    likeness: Likeness = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", Index(self.everything, self.spellings))
        object.__setattr__(self, "likeness", Likeness(self.everything, self.index.fold))

    def published_as(self, version: int) -> "Rules":
        """The same rules, with all that was built for searching them."""
        same = copy(self)
        object.__setattr__(same, "version", version)
        return same

    @property
    def everything(self) -> tuple[Rule, ...]:
        return (*self.rules, self.out_of_scope) if self.out_of_scope else self.rules

    def rule(self, intent: str) -> Rule:
        """Also the one for what is out of scope, and a retired one. Raises KeyError for an intent without a rule."""
        for rule in (*self.everything, *self.retired):
            if rule.intent == intent:
                return rule
        raise KeyError(intent)


class BadRules(Exception):
    """The text cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def parse(text: str, *, version: int = 0) -> Rules:
    """The rules in a text of YAML. Raises BadRules with every problem found, in the order of the lines."""
    return _parsed(text).published_as(version)


@lru_cache(maxsize=4)
def _parsed(text: str) -> Rules:
    """Who publishes, who checks and who then answers by a text need not each read it."""
    problems: list[Problem] = []
    written = read(text, problems)
    if problems:
        raise BadRules(tuple(sorted(problems, key=lambda problem: problem.line)))
    used = tuple(rule for rule in written.rules if not rule.retired)
    retired = tuple(rule for rule in written.rules if rule.retired)
    return Rules(0, used, written.thresholds, written.spellings, written.out_of_scope, retired)
