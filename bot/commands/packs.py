"""`tsunagu pack check`: whether a municipality's pack is whole, and what a family would miss in it."""

import sys

import click

from bot.commands.starting import PROBLEMS_FOUND
from bot.program import first_rules
from conversation import rule_checks
from directory.findings import findings
from directory.pack import BadPack, folder, read_pack


@click.group()
def pack() -> None:
    """A municipality's data, rules and lines: see docs/packs.md."""


@pack.command()
@click.argument("municipality", envvar="MUNICIPALITY", default="nakano")
def check(municipality: str) -> None:
    """Check a pack by its name or its folder (./here): tables, references, rules, examples. 1 where something is wrong."""
    try:
        directory = read_pack(folder(municipality))
    except BadPack as bad:
        for problem in bad.problems:
            click.echo(f"✗ {problem}")
        sys.exit(PROBLEMS_FOUND)
    for remark in findings(directory):
        click.echo(f"! {remark}")
    checked = rule_checks.check(first_rules(municipality), directory)
    problems = checked.told("routing_rules.yaml")
    for problem in problems:
        click.echo(f"✗ {problem}")
    rows = (
        directory.facilities,
        directory.resources,
        directory.hotlines,
        directory.towns,
        directory.stations,
    )
    counts = zip(("施設", "制度", "電話", "町丁目", "駅"), rows, strict=True)
    click.echo(f"{directory.municipality}: {'、'.join(f'{name}{len(table)}' for name, table in counts)}")
    if checked.examples:
        click.echo(f"例文: {checked.examples.total}文のうち{checked.examples.passed}文が期待どおりです。")
    click.echo(f"✗ 直すところが{len(problems)}つあります。" if problems else "✓ 使えます。")
    sys.exit(PROBLEMS_FOUND if problems else 0)
