"""Everything that is wrong with a file of rules, a line each: file:line, where, and how to mend it."""

from dataclasses import dataclass

from bot import rule_slips
from bot.rules_file import RulesFile
from directory.model import Directory
from intents.lint import ExampleReport, Finding, check_examples, in_order, lint
from intents.rules import BadRules, Rules, parse


@dataclass(frozen=True, slots=True)
class Checked:
    problems: list[str]  # a line each, failing examples among them
    rules: Rules | None = None  # where they could be read
    examples: ExampleReport | None = None


def check(file: RulesFile, directory: Directory) -> Checked:
    try:
        rules = parse(file.text)
    except BadRules as bad:
        return Checked(told(file, bad))
    examples = check_examples(rules)
    findings = in_order([*_findings(rules, directory), *examples.failed])
    problems = [f"{file.name}:{each.line}: {each.where}: {each.message}" for each in findings]
    return Checked(problems, rules, examples)


def told(file: RulesFile, bad: BadRules) -> list[str]:
    slips = [f"{file.name}:{line}: {message}" for line, message in rule_slips.find(file.text)]
    return slips + [f"{file.name}:{each.line}: {each.where}: {each.message}" for each in bad.problems]


def _findings(rules: Rules, directory: Directory) -> list[Finding]:
    return lint(
        rules,
        resources=frozenset(resource.id for resource in directory.resources),
        desks=frozenset(name for facility in directory.facilities for name in facility.types),
        hotlines=frozenset(hotline.id for hotline in directory.hotlines),
    )
