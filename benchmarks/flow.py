"""From a parent's message to our reply at LINE: make bench-flow, or python benchmarks/flow.py [--quick]

We are LINE: events go to the webhook, replies come to an address of ours and are taken `--away` seconds later. Real processes
of `tsunagu`: one with SQLite, 2 `serve` and 2 `worker` on PostgreSQL. Parents who are known already write what the bot can
answer by itself, each the next message when the last one is answered:
- one parent: what a message takes from the first byte to the webhook until the reply reaches LINE
- many parents: messages a second, from written to answered
Beside it, in the same run and process: what reading and deciding alone take (`classify` and `decide`), as a share of the first.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median, quantiles

from driving import signed
from processes import Served, postgresql, read_request, stage

TEXTS = ("一時保育どこ", "病児保育を使いたい", "児童手当の手続き", "保育園の申込", "離乳食の相談")
PATIENCE = 30.0  # seconds


@dataclass
class Line:
    """Ours, for as long as the benchmark runs."""

    away: float
    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)  # by reply token and by parent

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                asked = json.loads(await read_request(reader))
                waits = self.waiting.get(asked.get("replyToken") or asked.get("to"))
                if waits and not waits.done():
                    waits.set_result(time.perf_counter())
                await asyncio.sleep(self.away)
                sent = [{"id": "1", "quoteToken": "q"} for _ in asked["messages"]]
                answer = json.dumps({"sentMessages": sent}).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(answer), answer)
                )
        writer.close()


class Parent:
    def __init__(self, number: int, line: Line, port: int) -> None:
        self._user = f"U{number:032x}"
        self._line, self._port = line, port
        self._texts = itertools.islice(itertools.cycle(TEXTS), number % len(TEXTS), None)
        self._numbers = itertools.count()
        self.took: list[float] = []  # seconds
        self.unanswered = 0

    async def write(self, until: float, pause: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while time.perf_counter() < until:
            await self._say(reader, writer)
            await asyncio.sleep(pause)
        writer.close()

    async def _say(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        token = f"{self._user}-{next(self._numbers)}"
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._line.waiting[token] = self._line.waiting[self._user] = answered
        request = signed(next(self._texts), self._user, token)
        began = time.perf_counter()
        writer.write(request)
        await read_request(reader)  # the 200
        try:
            self.took.append(await asyncio.wait_for(answered, PATIENCE) - began)
        except TimeoutError:
            self.unanswered += 1
        del self._line.waiting[token]


@dataclass(frozen=True, slots=True)
class Told:
    took: list[float]
    seconds: float
    unanswered: int


async def talk(line: Line, ports: list[int], parents: int, seconds: float, pause: float) -> Told:
    people = [Parent(number, line, ports[number % len(ports)]) for number in range(parents)]
    began = time.perf_counter()
    await asyncio.gather(*(one.write(began + seconds, pause) for one in people))
    took = [one for parent in people for one in parent.took]
    return Told(took, time.perf_counter() - began, sum(one.unanswered for one in people))


async def perform(one: Served, line_port: int, given: argparse.Namespace) -> tuple[Told, Told]:
    """One parent alone, and many at once."""
    line = Line(given.away)
    server = await asyncio.start_server(line.talk, "127.0.0.1", line_port)
    await talk(line, one.ports, given.parents, 1, 0)  # they get to know each other
    alone = await talk(line, one.ports, 1, given.seconds, 0.05)
    crowd = await talk(line, one.ports, given.parents, given.seconds, 0)
    server.close()
    return alone, crowd


def thinking() -> float:
    """Seconds for reading and deciding one message, the median."""
    from bot.program import seed_rules
    from conversation.engine import decide
    from conversation.events import ParentWrote
    from conversation.model import Conversation
    from directory.pack import load
    from intents.rules import parse

    rules, directory, now = parse(seed_rules()), load("nakano"), datetime.now(UTC)
    took = []
    for number in range(60):
        event = ParentWrote(now, TEXTS[number % len(TEXTS)], str(number))
        began = time.perf_counter()
        decide(Conversation("c"), event, rules=rules, directory=directory, now=now)
        took.append(time.perf_counter() - began)
    return median(took[10:])


def report(one: Served, alone: Told, crowd: Told, parents: int, thought: float) -> None:
    cuts = quantiles(alone.took, n=100)
    print(
        f"| {one.name} | {cuts[49] * 1e3:.1f} | {cuts[98] * 1e3:.1f} | {thought / cuts[49]:.1%} | {parents} |"
        f" {len(crowd.took) / crowd.seconds:.0f} | {median(crowd.took) * 1e3:.0f} | {one.memory:.0f} |"
        f" {alone.unanswered + crowd.unanswered} |"
    )


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=15)
    options.add_argument("--parents", type=int, default=64)
    options.add_argument("--away", type=float, default=0.05, help="seconds that LINE takes for a request")
    options.add_argument("--quick", action="store_true", help="a look, not a measurement")
    given = options.parse_args()
    if given.quick:
        given.seconds, given.parents = 2, 8
    with stage(8) as ours, postgresql() as server:
        running = []
        wanted = [("SQLite, 1 process", ["serve"], f"sqlite:///{ours.folder}/flow.db")]
        if server:
            wanted.append(("PostgreSQL, 2 + 2", ["serve", "serve", "worker", "worker"], server))
        for name, kinds, url in wanted:
            ours.migrate(url)
            running.append(ours.start(name, kinds, url))
            running[-1].rest()
        thought = thinking()
        print(f"reading and deciding: {thought * 1e3:.2f} ms\n")
        print(
            "| | alone: p50 ms | p99 ms | thought ÷ p50 | parents | answered/s | p50 ms | MiB | unanswered |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        for one in running:
            one.wake()
            alone, crowd = asyncio.run(perform(one, ours.line_port, given))
            report(one, alone, crowd, given.parents, thought)
            one.rest()


if __name__ == "__main__":
    main()
