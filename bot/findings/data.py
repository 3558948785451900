"""Does an officer stand for what parents are told?"""

from collections.abc import Iterator

from bot.findings import Finding
from bot.program import Program
from directory.facts import is_for_a_crisis
from storage import confirmations


def pack(started: Program) -> Iterator[Finding]:
    known = started.directory
    yield (
        True,
        f"{known.municipality}のデータ: 施設{len(known.facilities)}、制度{len(known.resources)}、電話{len(known.hotlines)}",
    )


def confirmed(started: Program) -> Iterator[Finding]:
    """What is shown in a crisis must be; of the rest the number is told."""
    with started.database.read() as session:
        stale = list(confirmations.stale(session, started.directory, started.clock()))
    urgent = sum(is_for_a_crisis(one.row) for one in stale)
    yield (
        urgent == 0,
        f"緊急の電話{urgent}件は、区の担当者の確認がないか、古くなっています。「tsunagu data stale --kind hotline」で見て、「tsunagu data confirm」で記録してください。"
        if urgent
        else "緊急の電話は、区の担当者が確認しています。",
    )
    if others := len(stale) - urgent:
        yield True, f"そのほか{others}件も、確認がないか、古くなっています(「tsunagu data stale」)。"
