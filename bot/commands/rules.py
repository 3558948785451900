"""`tsunagu rules check FILE` and `tsunagu rules try TEXT`"""

import os
import sys
from pathlib import Path

import click

from bot.commands.starting import PROBLEMS_FOUND
from bot.program import seed_rules
from directory.model import Directory
from directory.pack import load
from intents.explain import explain
from intents.lint import Finding, check_examples, lint
from intents.rules import BadRules, Rules, parse


@click.group()
def rules() -> None:
    """The routing rules."""


@rules.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Every problem with file:line and how to mend it, then the examples."""
    try:
        known = parse(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        click.echo(f"{file}:1: UTF-8で保存されていません。UTF-8で保存し直してください。")
        sys.exit(PROBLEMS_FOUND)
    except BadRules as bad:
        for problem in bad.problems:
            click.echo(f"{file}:{problem.line}: {problem.where}: {problem.message}")
        sys.exit(PROBLEMS_FOUND)
    findings = _findings(known, load(os.environ.get("MUNICIPALITY", "nakano")))
    for finding in findings:
        click.echo(f"{file}:{finding.line}: {finding.where}: {finding.message}")
    report = check_examples(known)
    click.echo(f"例文: {report.total}文のうち{report.passed}文が期待どおりです。")
    sys.exit(PROBLEMS_FOUND if findings else 0)


@rules.command("try")
@click.argument("text")
@click.option("--rules", "rules_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def try_(text: str, rules_file: Path | None) -> None:
    """Explain what the bot makes of TEXT, and why."""
    source = rules_file.read_text(encoding="utf-8") if rules_file else seed_rules()
    try:
        click.echo(explain(text, parse(source)))
    except BadRules as bad:
        for problem in bad.problems:
            click.echo(f"{rules_file}:{problem.line}: {problem.where}: {problem.message}")
        sys.exit(PROBLEMS_FOUND)


def _findings(known: Rules, directory: Directory) -> list[Finding]:
    return lint(
        known,
        resources=frozenset(resource.id for resource in directory.resources),
        desks=frozenset(name for facility in directory.facilities for name in facility.types),
        hotlines=frozenset(hotline.id for hotline in directory.hotlines),
    )
