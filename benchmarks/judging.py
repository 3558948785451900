"""Opinions against labels: the counts of the evaluation's own scorer, and thresholds for who has none."""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

CHOICES = 4  # a question offers so many
ASKED_BACK = 0.5  # a right question is worth half a right answer
WORTH = {"answered": 1.0, "asked": ASKED_BACK, "misrouted": -1.0, "null answered": -1.0}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opinion:
    action: str | None  # "answer", "clarify", "handoff", "crisis"; None: thresholds are to be found
    ranked: list[tuple[str, float]]  # intents with a confidence, best first

    @property
    def confidence(self) -> float:
        return self.ranked[0][1] if self.ranked else 0.0


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares (0–1): of the rows with an intent, and of those without one."""

    answered: float
    asked: float
    misrouted: float
    null_answered: float
    top1: float
    combined: float  # (answered + ½ asked - misrouted - nulls answered) / rows with an intent


def is_scored(row: Row) -> bool:
    """Crisis rows are judged elsewhere; a crisis is no topic."""
    return not row.get("crisis") and row.get("scored") is not False and "intent" in row


def judge(row: Row, action: str, intents: list[str]) -> str:
    right = {row["intent"], *row.get("also", [])}
    answered_right = action == "answer" and bool(intents) and intents[0] in right
    if row["intent"] is None:
        return (
            "null answered" if action == "crisis" or (action == "answer" and not answered_right) else "null"
        )
    if answered_right:
        return "answered"
    if action == "clarify" and right & set(intents[:CHOICES]):
        return "asked"
    if action == "handoff":
        return "answered" if right & {"talk_to_human", "unsure_where"} else "handed"
    return "misrouted"


def accuracy(rows: list[Row], opinions: list[Opinion]) -> Accuracy:
    pairs = [(row, opinion) for row, opinion in zip(rows, opinions, strict=True) if is_scored(row)]
    kinds = Counter(
        judge(row, action, [intent for intent, _ in opinion.ranked])
        for (row, opinion), action in zip(pairs, _actions(pairs), strict=True)
    )
    nulls = kinds["null"] + kinds["null answered"]
    topics = kinds.total() - nulls
    return Accuracy(
        answered=_share(kinds["answered"], topics),
        asked=_share(kinds["asked"], topics),
        misrouted=_share(kinds["misrouted"], topics),
        null_answered=_share(kinds["null answered"], nulls),
        top1=_share(sum(_first_is_right(row, opinion) for row, opinion in pairs), topics),
        combined=_share(sum(worth * kinds[kind] for kind, worth in WORTH.items()), topics),
    )


def _actions(pairs: list[tuple[Row, Opinion]]) -> list[str]:
    """The contestant's own, or else the best that two thresholds could have given on these very rows.

    From the highest confidence down, the first rows are answered, the next are asked about and the rest handed off;
    rows of one confidence are treated alike.
    """
    if all(opinion.action for _, opinion in pairs):
        return [str(opinion.action) for _, opinion in pairs]
    order = sorted(range(len(pairs)), key=lambda index: -pairs[index][1].confidence)
    gains = {
        action: [0.0, *accumulate(_worth(*pairs[index], action) for index in order)]
        for action in ("answer", "clarify", "handoff")
    }
    answer, ask, handoff = gains["answer"], gains["clarify"], gains["handoff"]
    confidences = [pairs[index][1].confidence for index in order]
    cuts = [cut for cut in range(len(order) + 1) if _may_cut(confidences, cut)]
    _, first, second = max(
        (answer[first] + ask[second] - ask[first] - handoff[second], first, second)
        for first in cuts
        for second in cuts
        if first <= second
    )
    actions = dict.fromkeys(order[:first], "answer")
    actions |= dict.fromkeys(order[first:second], "clarify")
    return [actions.get(index, "handoff") for index in range(len(pairs))]


def _may_cut(confidences: list[float], cut: int) -> bool:
    return cut in (0, len(confidences)) or confidences[cut - 1] != confidences[cut]


def _worth(row: Row, opinion: Opinion, action: str) -> float:
    return WORTH.get(judge(row, action, [intent for intent, _ in opinion.ranked]), 0.0)


def _first_is_right(row: Row, opinion: Opinion) -> bool:
    if row["intent"] is None:
        return False
    return bool(opinion.ranked) and opinion.ranked[0][0] in {row["intent"], *row.get("also", [])}


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
