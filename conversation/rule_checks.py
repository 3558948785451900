"""Everything that is wrong with a text of rules, by line: where, and how to mend it. Examples are tried as well."""

from dataclasses import dataclass

from directory.model import Directory
from intents import slips
from intents.lint import ExampleReport, Finding, check_examples, in_order, lint
from intents.rules import BadRules, Rules, parse


@dataclass(frozen=True, slots=True)
class Checked:
    findings: tuple[Finding, ...]  # failing examples among them
    rules: Rules | None = None  # where they could be read
    examples: ExampleReport | None = None

    def told(self, name: str) -> list[str]:
        """A line each, as compilers have it."""
        return [f"{name}:{each.line}: {_where(each)}{each.message}" for each in self.findings]


def check(text: str, directory: Directory) -> Checked:
    try:
        rules = parse(text)
    except BadRules as bad:
        return Checked(unreadable(text, bad))
    examples = check_examples(rules)
    return Checked(tuple(in_order([*_findings(rules, directory), *examples.failed])), rules, examples)


def unreadable(text: str, bad: BadRules) -> tuple[Finding, ...]:
    """Slips that are the likely cause come first."""
    found = [Finding(line, "", message) for line, message in slips.find(text)]
    return (*found, *(Finding(each.line, each.where, each.message) for each in bad.problems))


def _where(finding: Finding) -> str:
    return f"{finding.where}: " if finding.where else ""


def _findings(rules: Rules, directory: Directory) -> list[Finding]:
    return lint(
        rules,
        resources=frozenset(resource.id for resource in directory.resources),
        desks=frozenset(name for facility in directory.facilities for name in facility.types),
        hotlines=frozenset(hotline.id for hotline in directory.hotlines),
    )
