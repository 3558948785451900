"""Trouble for as long as you like: python soak.py [--minutes 5] [--burst 10000], or `make soak MINUTES=60`.

A burst of shuffled events; then two webhook and two worker processes on PostgreSQL, of which one is killed every two
seconds, under a load of parents, with every fault of LINE, and the database restarted every minute; then as long with the one
process that SQLite has. `--only load` and the like for one of them. Ends with a report, and with 1 where anything accepted was
lost, doubled, out of order or sent twice. A reply whose outcome is unknown is pushed once its token may be too old: LINE cannot
tell whether it had arrived. Such answers are told apart, as "pushed blindly".
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from books import KINDS_OF_WRONG, Accounts, audit
from bursting import burst
from fleet import SECRET, TOKEN, Fleet, Parents, Trouble, wait_until
from postgres_server import HOW_TO_GET_IT, Server, binaries
from sqlalchemy import NullPool, create_engine, text

from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.platform import Platform
from simulator.server import serving

Drill = Callable[[Fleet, Platform], tuple[Accounts, float]]

RESTART_EVERY = 60.0  # seconds
PACE = 3.0  # seconds: what the workers of a small machine can follow
PATIENCE = 3600.0


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--minutes", type=float, default=5)
    arguments.add_argument("--burst", type=int, default=10_000)
    arguments.add_argument("--parents", type=int, default=12)
    arguments.add_argument("--only", choices=("burst", "load", "sqlite"), nargs="*", default=())
    given = arguments.parse_args()
    if binaries() is None:
        print(HOW_TO_GET_IT)
        return 1
    server = Server(settings=())  # an honest disk
    seconds, every = given.minutes * 60, []
    drills: dict[str, Drill] = {
        "burst": lambda fleet, line: _burst(fleet, line, given.burst),
        "load": lambda fleet, line: _load(fleet, line, server, seconds, given.parents),
        "sqlite": lambda fleet, line: _load_sqlite(fleet, line, seconds, given.parents),
    }
    with tempfile.TemporaryDirectory(prefix="tsunagu-soak-") as folder:
        for name in given.only or drills:
            _empty(server)  # LINE begins anew, too: its ids would be those of the drill before
            (Path(folder) / name).mkdir()
            url = f"sqlite:///{folder}/{name}/soak.db" if name == "sqlite" else server.url
            accounts, took = _with_fleet(Path(folder) / name, url, drills[name])
            _report(name, accounts, took)
            every.append(accounts)
    server.remove()
    _sum_up(every)
    return 1 if any(accounts.wrong for accounts in every) else 0


def _with_fleet(folder: Path, database_url: str, drill: Drill) -> tuple[Accounts, float]:
    platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
    with serving(create_simulator(platform, parents=()), threads=16) as url:
        fleet = Fleet(folder, database_url, url + API_PREFIX)
        try:
            return drill(fleet, platform)
        finally:
            fleet.close()
            platform.close()


def _empty(server: Server) -> None:
    engine = create_engine(server.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def _burst(fleet: Fleet, platform: Platform, events: int) -> tuple[Accounts, float]:
    parents, took = burst(fleet, platform, events, patience=PATIENCE)
    return audit(fleet, parents), took


def _load(
    fleet: Fleet, platform: Platform, server: Server, seconds: float, names: int
) -> tuple[Accounts, float]:
    for start in (fleet.web, fleet.web, fleet.worker, fleet.worker):
        start()
    parents = Parents(platform, lambda: [web.port for web in fleet.webs], names=names, pace=PACE)
    trouble = Trouble(fleet, platform, kill_every=2)
    over, restarts = threading.Event(), Counter[str]()

    def restart() -> None:
        while not over.wait(RESTART_EVERY):
            server.stop()
            time.sleep(1)
            server.start()
            restarts["database restarted"] += 1

    restarting = threading.Thread(target=restart)
    started = time.monotonic()
    with parents.writing():
        restarting.start()
        trouble.make(seconds)
        over.set()
        restarting.join()
    wait_until(fleet.settled, PATIENCE)
    accounts = audit(fleet, parents)
    accounts.faults = trouble.counted + restarts
    return accounts, time.monotonic() - started


def _load_sqlite(fleet: Fleet, platform: Platform, seconds: float, names: int) -> tuple[Accounts, float]:
    """A new process needs a second or two before it answers: killed every five, it is up most of the time."""
    fleet.web()
    parents = Parents(platform, lambda: [web.port for web in fleet.webs], names=names, pace=PACE)
    trouble = Trouble(fleet, platform, kill_every=5)
    started = time.monotonic()
    with parents.writing():
        trouble.make(seconds)
    wait_until(fleet.settled, PATIENCE)
    accounts = audit(fleet, parents)
    accounts.faults = trouble.counted
    return accounts, time.monotonic() - started


def _report(name: str, accounts: Accounts, seconds: float) -> None:
    print(f"\n{name}: {seconds:.0f} s", flush=True)
    print(f"  faults injected       {sum(accounts.faults.values())}  {dict(accounts.faults)}")
    print(
        f"  events accepted       {accounts.accepted}  (refused and sent again: {accounts.delivered_again})"
    )
    for what in (*KINDS_OF_WRONG, "pushed_blindly"):
        print(f"  {what.replace('_', ' '):21} {len(getattr(accounts, what))}")
        for one in getattr(accounts, what)[:5]:
            print(f"      {one}")
    print(f"  shown to people       {dict(accounts.shown)}", flush=True)


def _sum_up(every: list[Accounts]) -> None:
    faults = sum(sum(accounts.faults.values()) for accounts in every)
    wrong = ", ".join(
        f"{kind.replace('_', ' ')} {sum(len(getattr(accounts, kind)) for accounts in every)}"
        for kind in KINDS_OF_WRONG
    )
    accepted = sum(accounts.accepted for accounts in every)
    blindly = sum(len(accounts.pushed_blindly) for accounts in every)
    print(
        f"\nfaults injected {faults}, events accepted {accepted}, {wrong}, pushed blindly {blindly}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
