"""How fast, how large and how right the classifier is, beside a bare scan and others' classifiers, in one run.

Prints Markdown. `make bench` installs what the others need and runs this; README.md says how to read it.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contestants import CONTESTANTS, Contestant
from judging import Accuracy, accuracy
from racing import Reload, Result, measure_reload, percentile_99, race
from workload import ROOT, RULES, Material, Message, labelled, material, resized, shuffled, unlabelled

EVAL = ROOT.parent / "shared" / "eval" / "dev.jsonl"
LIMIT, OURS, LIKE_FOR_LIKE = "pyahocorasick scan", "Tsunagu", "Tsunagu, like for like"
LEARNED = "scikit-learn"  # both of them
HEADER = (
    *("", "median µs", "p99 µs", "× the scan", "MiB", "load s"),
    *("top-1", "combined", "answered right", "asked right", "misrouted", "nulls answered"),
)


@dataclass(frozen=True, slots=True)
class Scale:
    rounds: int
    sizes: tuple[int, ...]
    messages_at_a_size: int
    reload_seconds: float
    seconds: float  # for the rounds with the rules as they are
    seconds_a_size: float


FULL = Scale(
    rounds=5,
    sizes=(100, 1_000, 2_000, 10_000),
    messages_at_a_size=80,
    reload_seconds=2.0,
    seconds=45.0,
    seconds_a_size=8.0,
)
QUICK = Scale(
    rounds=1, sizes=(2_000,), messages_at_a_size=30, reload_seconds=0.5, seconds=0.0, seconds_a_size=0.0
)


def main() -> None:
    began = time.monotonic()
    asked = _arguments()
    scale = QUICK if asked.quick else FULL
    contestants = [each for each in CONTESTANTS if not asked.only or each.name in (LIMIT, *asked.only)]
    text = asked.rules.read_text(encoding="utf-8")
    messages = shuffled(labelled(asked.eval) if asked.eval.is_file() else unlabelled(text))

    given = material(text)

    print(f"{_machine()}; {len(messages)} messages, at most {scale.rounds} round(s).", flush=True)
    results = race(contestants, given, messages, scale.rounds, time.monotonic() + scale.seconds)
    judged = _judged(results, messages)
    _print_results(given, results, judged)
    by_size = {size: _at_size(contestants, text, messages, size, scale) for size in scale.sizes}
    _print_by_size(by_size)
    reload = measure_reload(text, messages[:100], scale.reload_seconds)
    _print_reload(reload)
    print("\n## Goals\n")
    _table(("goal", "measured", "met"), _goals(results, judged, by_size, reload))
    print(f"\n{time.monotonic() - began:.0f} s in all.")


def _print_results(given: Material, results: list[Result], judged: dict[str, Accuracy]) -> None:
    limit = next(result.median for result in results if result.contestant.name == LIMIT)
    print(f"\n## With the rules as they are: {given.size:,} keywords, {len(given.examples)} examples\n")
    _table(HEADER, (_row(result, limit, judged.get(result.contestant.name)) for result in results))
    if not judged:
        print("\nNo accuracy: there are no labelled messages (`--eval`). These are the rules' own examples.")


def _print_by_size(by_size: dict[int, list[Result]]) -> None:
    print("\n## With fewer and more keywords: median µs a message (MiB)\n")
    rows = (
        (results[0].contestant.name, *map(_cell, results)) for results in zip(*by_size.values(), strict=True)
    )
    _table(("", *(f"{size:,}" for size in by_size)), rows)


def _print_reload(reload: Reload) -> None:
    print("\n## While the rules are read again and again\n")
    _table(("", "messages/s", "median µs", "p99 µs", "longest µs"), _reload_rows(reload))
    times = len(reload.reload_seconds)
    print(f"\nRead {times} times, {_reading(reload):.2f} s each; {reload.load_seconds:.2f} s alone.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, default=EVAL, help="labelled messages, one JSON object a line")
    parser.add_argument("--rules", type=Path, default=RULES)
    parser.add_argument(
        "--quick", action="store_true", help="one round and one size: a look, not a measurement"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=[each.name for each in CONTESTANTS],
        help="this one, beside the bare scan",
    )
    return parser.parse_args()


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"


def _at_size(
    contestants: list[Contestant], text: str, messages: list[Message], size: int, scale: Scale
) -> list[Result]:
    concerned = [each for each in contestants if each.uses_keywords]
    few = messages[: scale.messages_at_a_size]
    deadline = time.monotonic() + scale.seconds_a_size
    return race(concerned, material(resized(text, size)), few, scale.rounds, deadline)


def _judged(results: list[Result], messages: list[Message]) -> dict[str, Accuracy]:
    rows = [message.row for message in messages if message.row]
    return {
        result.contestant.name: accuracy(rows, opinions)
        for result in results
        if rows and (opinions := [each for each in result.opinions if each])
    }


def _row(result: Result, limit: float, judged: Accuracy | None) -> Iterable[str]:
    yield result.contestant.name
    if result.failure:
        yield result.failure
        yield from [""] * (len(HEADER) - 2)
        return
    yield f"{result.median:,.1f}"
    yield f"{result.p99:,.1f}"
    yield f"{result.median / limit:,.1f}"
    yield f"{result.memory_mib:.1f}"
    yield f"{result.load_seconds:.2f}"
    if judged is None:
        yield from ["–"] * 6
        return
    shares = (judged.top1, judged.combined, judged.answered, judged.asked, judged.misrouted)
    yield from (f"{share:.1%}" for share in (*shares, judged.null_answered))


def _cell(result: Result) -> str:
    return result.failure or f"{result.median:,.1f} ({result.memory_mib:.1f})"


def _reload_rows(reload: Reload) -> Iterable[Iterable[str]]:
    for name, times in (("alone", reload.alone), ("beside a reload", reload.beside)):
        rate = len(times) / sum(times) * 1e6
        half = sorted(times)[len(times) // 2]
        yield name, f"{rate:,.0f}", f"{half:,.1f}", f"{percentile_99(times):,.1f}", f"{max(times):,.1f}"


def _reading(reload: Reload) -> float:
    return sum(reload.reload_seconds) / len(reload.reload_seconds)


def _goals(
    results: list[Result], judged: dict[str, Accuracy], by_size: dict[int, list[Result]], reload: Reload
) -> Iterable[tuple[str, str, str]]:
    ran = {result.contestant.name: result for result in results if not result.failure}
    ours = ran.get(OURS)
    if ours is None:
        return
    for name, other in ran.items():
        if not name.startswith(LEARNED):
            continue
        if OURS in judged:
            our, theirs = judged[OURS], judged[name]
            yield _goal(f"top-1 above {name}", our.top1 > theirs.top1, f"{our.top1:.1%} : {theirs.top1:.1%}")
            said = f"{our.combined:.1%} : {theirs.combined:.1%}"
            yield _goal(f"combined above {name}", our.combined > theirs.combined, said)
        for mine in filter(None, map(ran.get, (LIKE_FOR_LIKE, OURS))):  # the others look for no danger
            faster = other.median / mine.median
            yield _goal(f"{mine.contestant.name}: ≥ 5 × faster than {name}", faster >= 5, f"{faster:.1f} ×")
    at_2000 = [each for each in by_size.get(2_000, ()) if each.contestant.name == OURS and not each.failure]
    for result in at_2000:
        yield _goal(
            "median ≤ 1 ms at 2,000 keywords", result.median <= 1000, f"{result.median / 1000:.3f} ms"
        )
    yield _goal("the rules load in < 1 s", reload.load_seconds < 1, f"{reload.load_seconds:.2f} s")
    longest = max(reload.beside) / 1e6
    said = f"longest answer {longest * 1000:.0f} ms, one reload {_reading(reload) * 1000:.0f} ms"
    yield _goal("a reload does not stop answering", longest < _reading(reload), said)


def _goal(goal: str, met: bool, measured: str) -> tuple[str, str, str]:
    return goal, measured, "yes" if met else "**no**"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    header = list(header)
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *map(list, rows)]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
