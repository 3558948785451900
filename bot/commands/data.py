"""`tsunagu data confirm|stale`: which facts of the ward an officer stands for."""

import sys
from collections.abc import Iterable
from datetime import datetime, timedelta

import click

from bot.commands.starting import PROBLEMS_FOUND, program
from directory.facts import KINDS, confirmable, facts
from directory.hours import TOKYO
from storage import confirmations
from storage.confirmations import STALE_AFTER, Stale, Why

LONGEST_NAME = 60  # characters
WHY = {Why.NEVER: "未確認", Why.CHANGED: "確認のあとに変更", Why.OLD: "確認から時間がたっています"}


@click.group()
def data() -> None:
    """The hotlines, facilities and resources that parents are told of."""


@data.command()
@click.argument("rows", nargs=-1, required=True, metavar="ID…")
@click.option("--by", required=True, metavar="OFFICER", help="Who looked: a name, or a section and a name.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day, if not today.")
def confirm(rows: tuple[str, ...], by: str, on: datetime | None) -> None:
    """Note that OFFICER has checked what is said of each ID, such as 119 or facility:nogata."""
    started = program()
    known = confirmable(started.directory)
    subjects = [_subject(row, known) for row in rows]
    now = started.clock()
    at = on.replace(tzinfo=TOKYO) if on else now
    if not by.strip() or len(by) > LONGEST_NAME:
        raise click.UsageError(f"--by: 確認した人を{LONGEST_NAME}文字までで書いてください。")
    if at > now:
        raise click.UsageError("--on: これからの日付は書けません。")
    with started.database.write() as session:
        for subject in subjects:
            confirmations.confirm(session, subject, known[subject], by.strip(), at)
    for subject in subjects:
        click.echo(f"✓ {subject}\t{facts(known[subject])}")


@data.command()
@click.option("--kind", type=click.Choice(KINDS), help="Only these.")
@click.option(
    "--days",
    type=click.IntRange(1),
    default=STALE_AFTER.days,
    show_default=True,
    help="Older than this is stale.",
)
def stale(kind: str | None, days: int) -> None:
    """What nobody has confirmed, or what was confirmed too long ago or before it changed. 1 where there is any."""
    started = program()
    with started.database.read() as session:
        found = [
            one
            for one in confirmations.stale(session, started.directory, started.clock(), timedelta(days=days))
            if kind is None or one.subject.startswith(f"{kind}:")
        ]
        for one in found:
            click.echo(_line(one))
    sys.exit(PROBLEMS_FOUND if found else 0)


def _line(one: Stale) -> str:
    last = f"{one.last.at.astimezone(TOKYO):%Y-%m-%d} {one.last.confirmed_by}" if one.last else "-"
    return f"{one.subject}\t{WHY[one.why]}\t{last}\t{facts(one.row)}"


def _subject(row: str, known: Iterable[str]) -> str:
    """With or without its kind."""
    meant = [subject for subject in known if row in (subject, subject.partition(":")[2])]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise click.UsageError(f"「{row}」は1つに決まりません。{'・'.join(meant)} のどれかを書いてください。")
    raise click.UsageError(f"「{row}」というデータはありません。「tsunagu data stale」で確かめてください。")
