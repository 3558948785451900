"""What a durable acknowledgement costs: make bench-webhook, or python benchmarks/webhook.py [--quick]

Contestants, all on waitress with the same threads, measured in turns within one run, on loopback:
- signature: a bare Flask app that checks the signature and answers 200; it keeps nothing
- sqlite, postgresql, postgresql ×2: Tsunagu's webhook, which answers 200 after the commit (×2: two processes, a port each)
- sqlite, answering: the same, while the worker in the same process handles what was kept and answers LINE
- echo: a bot in the shape of the SDK's examples: it parses, answers LINE (a stub 50 ms away), and then says 200

Machines differ and this one is busy: read the ratios, not the figures. Every disk is honest (synchronous=FULL, fsync on).
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from driving import Result, drive
from processes import Served, postgresql, stage

Turn = tuple[Result, float]  # and the processor's seconds a request


@contextmanager
def contestants(threads: int) -> Iterator[list[Served]]:
    with stage(threads) as ours, postgresql() as server:
        ours.start_line()
        running = [ours.start("signature", ["signature"])]
        for name, kind in (("sqlite", "webhook"), ("sqlite, answering", "serve")):
            url = f"sqlite:///{ours.folder}/{kind}.db"
            ours.migrate(url)
            running.append(ours.start(name, [kind], url))
        if server:
            ours.migrate(server)
            running.append(ours.start("postgresql", ["webhook"], server))
            running.append(ours.start("postgresql ×2", ["webhook"] * 2, server))
        running.append(ours.start("echo", ["echo"]))
        for one in running:
            drive(one.ports, 4, 1)  # warm
            one.rest()
        yield running


def measure(running: list[Served], connections: int, seconds: float, rounds: int) -> dict[str, list[Turn]]:
    turns: dict[str, list[Turn]] = {one.name: [] for one in running}
    for number in range(rounds):
        for one in running if number % 2 else running[::-1]:
            one.wake()
            before = one.cpu
            result = drive(one.ports, connections, seconds)
            turns[one.name].append((result, (one.cpu - before) / max(1, result.answered)))
            one.rest()
    return turns


def report(connections: int, turns: dict[str, list[Turn]]) -> None:
    print(
        f"\n| {connections} connections | requests/s | p50 ms | p99 ms | CPU µs/request | ÷ signature | p99 ÷ | ÷ echo | refused | lost |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, mine in turns.items():
        triples = list(zip(mine, turns["signature"], turns["echo"], strict=True))
        columns = [
            f"{median(one.throughput for one, _ in mine):.0f}",
            f"{median(one.p50 for one, _ in mine):.1f}",
            f"{median(one.p99 for one, _ in mine):.1f}",
            f"{median(cpu for _, cpu in mine) * 1e6:.0f}",
            f"{median(one.throughput / bare.throughput for (one, _), (bare, _), _ in triples):.2f}",
            f"{median(one.p99 / bare.p99 for (one, _), (bare, _), _ in triples):.2f}",
            f"{median(one.throughput / bot.throughput for (one, _), _, (bot, _) in triples):.1f}",
            f"{sum(one.refused for one, _ in mine)}",
            f"{sum(one.lost for one, _ in mine)}",
        ]
        print(f"| {name} | {' | '.join(columns)} |")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--connections", default="1,16,64")
    options.add_argument("--threads", type=int, default=16)
    options.add_argument("--quick", action="store_true", help="a look, not a measurement")
    given = options.parse_args()
    if given.quick:
        given.seconds, given.rounds, given.connections = 1, 1, "16"
    with contestants(given.threads) as running:
        for connections in map(int, given.connections.split(",")):
            report(connections, measure(running, connections, given.seconds, given.rounds))
        memory = ", ".join(f"{one.name} {one.memory:.0f}" for one in running)
        print(f"\nMiB resident at the end: {memory}")


if __name__ == "__main__":
    main()
