"""How the API says no."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a request: what, and where (`messages[0].text`)."""

    message: str
    property: str


@dataclass(eq=False)
class Refused(Exception):
    """The API does not do what was asked; `body` and `headers` are what LINE answers."""

    status: int
    message: str
    problems: tuple[Problem, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        details = [{"message": problem.message, "property": problem.property} for problem in self.problems]
        return {"message": self.message} | ({"details": details} if details else {}) | self.more


def invalid(problems: tuple[Problem, ...]) -> Refused:
    """400 with every problem."""
    return Refused(400, f"The request body has {len(problems)} error(s)", problems)
