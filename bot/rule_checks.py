"""Everything that is wrong with a file of rules, a line each: file:line, where, and how to mend it."""

from bot import rule_slips
from bot.rules_file import RulesFile
from directory.model import Directory
from intents.lint import Finding, lint
from intents.rules import BadRules, Rules, parse


def check(file: RulesFile, directory: Directory) -> tuple[list[str], Rules | None]:
    """The problems, failing examples among them, and the rules where they could be read."""
    try:
        rules = parse(file.text)
    except BadRules as bad:
        return told(file, bad), None
    findings = _findings(rules, directory)
    return [f"{file.name}:{each.line}: {each.where}: {each.message}" for each in findings], rules


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
