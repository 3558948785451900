"""`tsunagu doctor`: one line each, ✓ or what to do."""

import sys
from typing import Final

import click

from bot.commands.starting import PROBLEMS_FOUND, program
from bot.findings import alerts, data, database, flow, line, rules

# What looks into the database, where it can be looked into.
INSIDE: Final = (
    database.sealing_keys,
    rules.live_rules,
    flow.queues,
    flow.loops,
    flow.jobs,
    flow.quota,
    alerts.failing,
    line.switches,
    data.confirmed,
)


@click.command()
def doctor() -> None:
    """Check settings, database, LINE, rules and data."""
    started = program(needs_schema=False)
    findings = [(True, "設定はそろっています。"), *database.schema(started)]
    usable = all(good for good, _ in findings)
    looks = (*(INSIDE if usable else ()), alerts.ways, line.account, data.pack)
    findings += [finding for look in looks for finding in look(started)]
    for good, words in findings:
        click.echo(f"{'✓' if good else '✗'} {words}")
    sys.exit(0 if all(good for good, _ in findings) else PROBLEMS_FOUND)
