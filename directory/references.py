"""What one table of a pack says about another."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from directory.model import Directory, Facility, Hotline, Resource

# Without a line for each of these the bot would have nothing to say where it matters most.
_ALWAYS: Final = ("crisis_suicide", "crisis_abuse", "crisis_dv", "crisis_medical", "concern", "waiting")

_LONGEST_ROLE: Final = 20  # it stands before a reply


def wrong_references(directory: Directory) -> Iterator[str]:
    """Ids given twice or to nothing, and telephones copied from a facility. Names the table and the id."""
    yield from _doubles("facilities.csv", directory.facilities)
    yield from _doubles("resources.csv", directory.resources)
    yield from _doubles("hotlines.csv", directory.hotlines)
    yield from _wrong_desks(directory)
    yield from _wrong_counselors(directory)
    hotlines = {hotline.id for hotline in directory.hotlines}
    named = {case for case, line_ids in directory.lines if line_ids}
    yield from (
        f"crisis_lines.toml: [{need}] needs a list `usual` with a hotline in it"
        for need in _ALWAYS
        if f"{need}.usual" not in named
    )
    for case, line_ids in directory.lines:
        unknown = [line_id for line_id in line_ids if line_id not in hotlines]
        yield from (f"crisis_lines.toml: {case} names {line_id}, which is no hotline" for line_id in unknown)


def _doubles(table: str, rows: Iterable[Facility | Resource | Hotline]) -> Iterator[str]:
    counts = Counter(row.id for row in rows)
    return (f"{table}: {row_id} is there {count} times" for row_id, count in counts.items() if count > 1)


def _wrong_counselors(directory: Directory) -> Iterator[str]:
    known = {facility.id for facility in directory.facilities}
    for desk, role in directory.counselors:
        if desk not in known:
            yield f"pack.toml: [counselors] names {desk}, which is no facility"
        if not isinstance(role, str) or not 0 < len(role.strip()) <= _LONGEST_ROLE:
            yield f"pack.toml: [counselors] {desk} needs a role of 1 to {_LONGEST_ROLE} characters"


def _wrong_desks(directory: Directory) -> Iterator[str]:
    phones = {facility.id: {phone.number for phone in facility.phones} for facility in directory.facilities}
    if directory.consultation_desk not in phones:
        yield f"pack.toml: consultation_desk {directory.consultation_desk!r} is no facility"
    for resource in directory.resources:
        for facility_id in resource.facilities:
            if facility_id not in phones:
                yield f"resources.csv: {resource.id} points to {facility_id}, which is no facility"
            elif copied := phones[facility_id] & {phone.number for phone in resource.phones}:
                yield f"resources.csv: {resource.id} copies {', '.join(sorted(copied))} of {facility_id}"
