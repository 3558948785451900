"""One process a contestant, so that each has its own memory; they take turns, so that a busy machine is busy for all.

Times are the processor's, which on an idle machine is what a clock on the wall shows; only the reload is about waiting.
"""

import gc
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle, zip_longest
from math import inf
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles

from contestants import Contestant
from judging import Opinion
from workload import Material, Message

ROUND_SECONDS = 1.5  # a slow contestant gets no further through the messages than this in a round
PATIENCE_SECONDS = 60.0  # who says nothing for so long has given up

_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Ready:
    load_seconds: float  # the processor's: imports, building or learning, and the first answer
    opinions: list[Opinion | None]


@dataclass(slots=True)
class Result:
    contestant: Contestant
    failure: str = ""
    load_seconds: float = 0.0
    memory_mib: float = 0.0
    opinions: list[Opinion | None] = field(default_factory=list)
    rounds: list[list[float]] = field(
        default_factory=list
    )  # microseconds of the processor, message by message

    @property
    def microseconds(self) -> list[float]:
        """One a message, the best of its rounds: what else runs on the machine only ever adds."""
        return [min(times) for times in zip_longest(*self.rounds, fillvalue=inf)]

    @property
    def median(self) -> float:
        return median(self.microseconds)

    @property
    def p99(self) -> float:
        return percentile_99(self.microseconds)


@dataclass(frozen=True, slots=True)
class Reload:
    """Answering while a thread parses the rules over and over, and while it doesn't."""

    load_seconds: float  # the processor's: parsing the rules with nothing beside it, imports done
    alone: list[float]  # microseconds a message, waiting included
    beside: list[float]
    reload_seconds: list[float]


def race(
    contestants: list[Contestant], given: Material, messages: list[Message], rounds: int, deadline: float
) -> list[Result]:
    """No round begins after the deadline (of time.monotonic), but one is always run."""
    os.environ["PYTHONHASHSEED"] = (
        "0"  # some break ties in the order of a set: let every run break them alike
    )
    racers = [_Racer(contestant, given, messages) for contestant in contestants]
    try:
        for racer in racers:
            racer.get_ready()
        for made in range(rounds):
            if made and time.monotonic() > deadline:
                break
            for racer in racers:
                racer.run()
    finally:
        results = [racer.retire() for racer in racers]
    return results


def measure_reload(text: str, messages: list[Message], seconds: float) -> Reload:
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(
        target=_reload, args=(theirs, text, [message.raw for message in messages], seconds)
    )
    process.start()
    theirs.close()
    try:
        found: Reload = ours.recv()
    finally:
        process.join()
    return found


def percentile_99(values: list[float]) -> float:
    return quantiles(values, n=100)[98] if len(values) > 1 else values[0]


class _Racer:
    def __init__(self, contestant: Contestant, given: Material, messages: list[Message]) -> None:
        self.result = Result(contestant)
        self.given = given.as_file() if contestant.reads_file else given.as_lists()
        self.texts = [message.raw if contestant.reads_raw else message.normalized for message in messages]
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_compete, args=(theirs, contestant), daemon=True)
        self.process.start()
        theirs.close()

    def get_ready(self) -> None:
        ready = self._ask((self.given, self.texts))
        if isinstance(ready, Ready):
            self.result.load_seconds, self.result.opinions = ready.load_seconds, ready.opinions

    def run(self) -> None:
        times = self._ask("round")
        if isinstance(times, list):
            self.result.rounds.append(times)

    def retire(self) -> Result:
        memory = self._ask("memory")
        if isinstance(memory, float):
            self.result.memory_mib = memory
        self.process.terminate()
        self.process.join()
        return self.result

    def _ask(self, what: object) -> object:
        if self.result.failure:
            return None
        try:
            self.pipe.send(what)
            said = self.pipe.recv() if self.pipe.poll(PATIENCE_SECONDS) else TimeoutError("gave up")
        except (EOFError, OSError):
            said = ChildProcessError("stopped")
        if isinstance(said, Exception):
            self.result.failure = "not installed" if isinstance(said, ImportError) else str(said)
        return said


def _compete(pipe: Connection, contestant: Contestant) -> None:
    before = _memory_mib()  # the material comes later, so it counts
    given, texts = pipe.recv()
    start = time.process_time()
    try:
        built = contestant.build(given)
    except ImportError as error:
        pipe.send(error)
        return
    built.answer(texts[0])
    load_seconds = time.process_time() - start
    pipe.send(Ready(load_seconds, [built.read(built.answer(text)) for text in texts]))
    while pipe.recv() == "round":
        pipe.send(_timed(built.answer, texts, time.process_time))
    pipe.send(_memory_mib() - before)


def _timed(
    answer: Callable[[str], object],
    texts: Iterable[str],
    clock: Callable[[], float],
    seconds: float = ROUND_SECONDS,
) -> list[float]:
    """Microseconds an answer, without those of reading the clock; stops early once the time is up."""
    gc.collect()
    reading = min(-(clock() - clock()) for _ in range(100))
    end = time.monotonic() + seconds
    times = []
    for text in texts:
        start = clock()
        answer(text)
        times.append((clock() - start - reading) * 1e6)
        if time.monotonic() > end:
            break
    return times


def _reload(pipe: Connection, text: str, texts: list[str], seconds: float) -> None:
    from intents.classify import classify, prepare
    from intents.rules import parse

    def load(clock: Callable[[], float]) -> float:
        nonlocal current
        another = f"{text}\n# {next(reading)}\n"  # the same text again would not be read again
        start = clock()
        fresh = parse(another)
        spent = clock() - start
        prepare(fresh)  # as a running process does before it takes them up
        current = fresh
        return spent

    reading = count()
    current = parse(text)
    load_seconds = median(load(time.process_time) for _ in range(5))
    took: list[float] = []

    @contextmanager
    def reloading() -> Iterator[None]:
        enough = threading.Event()

        def reload() -> None:
            while not enough.is_set():
                took.append(load(time.perf_counter))

        thread = threading.Thread(target=reload)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()

    def answering() -> list[float]:
        return _timed(lambda each: classify(each, current), cycle(texts), time.perf_counter, seconds)

    answering()
    alone, beside = [], []
    for _ in range(2):
        alone += answering()
        with reloading():
            beside += answering()
    pipe.send(Reload(load_seconds, alone, beside, took))


def _memory_mib() -> float:
    """Resident now; where /proc is not there, the most that ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (2**20 if sys.platform == "darwin" else 2**10)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
