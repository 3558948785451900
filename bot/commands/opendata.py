"""`tsunagu opendata check|import|export|history|undo`: 子育て施設一覧 of the open data standard, in and out."""

import getpass
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NoReturn

import click

from bot.commands.starting import PROBLEMS_FOUND, WRONG_USE, program
from bot.program import Program
from directory.hours import TOKYO
from directory.opendata import sheet, writing
from directory.opendata.comparing import Outcome, compare
from directory.opendata.decoding import NoTable
from directory.opendata.reading import Origin
from directory.stored import kind_of
from storage import facilities, imports
from storage.audit import OPERATOR
from storage.facilities import Why
from storage.imports import Import, Line, State

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
SHOWN: Final = 20  # rows of each outcome; --all shows every one
TELL_EVERY: Final = 5000  # lines
OUTCOMES: Final = {
    Outcome.NEW: "新しい",
    Outcome.CHANGED: "変わる",
    Outcome.UNCHANGED: "同じ",
    Outcome.REFUSED: "取り込まない",
}
by_whom = click.option("--by", default=getpass.getuser, help="Who; the account on this machine by default.")


@click.group()
def opendata() -> None:
    """Facilities as open data (自治体標準オープンデータセット 子育て施設一覧)."""


@opendata.command()
@click.argument("file", type=FILE)
@click.option("--all", "every", is_flag=True, help="Every row, not only the first of each kind.")
def check(file: Path, every: bool) -> None:
    """What an import of FILE would do. Nothing is written. 1 where a row would be refused."""
    started = program()
    counts, tell = dict.fromkeys(Outcome, 0), _Teller()
    kept: dict[str, list[Line]] = {outcome: [] for outcome in Outcome}
    try:
        table = sheet.read(_content(file))
    except NoTable as problem:
        _stop(f"✗ {file}: {problem}")
    for row in compare(table, started.directory, Origin("")):
        counts[row.outcome] += 1
        if every or len(kept[row.outcome]) < SHOWN:
            differences = tuple((one.what, one.before, one.after) for one in row.differences)
            kept[row.outcome].append(Line(row.line, row.name, row.outcome, row.reasons, differences))
        tell(row.line, table.lines)
    _show(table.form, table.encoding, table.remarks, counts, kept)
    sys.exit(PROBLEMS_FOUND if counts[Outcome.REFUSED] else 0)


@opendata.command("import")
@click.argument("file", type=FILE)
@click.option("--note", required=True, help="Why, for the history.")
@click.option(
    "--source", default="オープンデータ 子育て施設一覧", show_default=True, help="Shown as the source."
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day the data are of; today by default.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--all", "every", is_flag=True, help="Show every row.")
@by_whom
def import_(file: Path, note: str, source: str, as_of: object, yes: bool, every: bool, by: str) -> None:
    """Take FILE up into the facilities, after showing what it changes and asking."""
    started = program()
    today = started.clock().astimezone(TOKYO).date()
    day = str(as_of.date() if hasattr(as_of, "date") else today)
    content, why = _content(file), Why(by, note, source, day)
    with started.database.write() as session:
        import_id = imports.add(session, file.name, content, why, started.clock())
        imports.claim(session, import_id, started.clock())
    live = started.live_directory
    imports.read(started.database, import_id, live, started.clock, _Teller(), live.pack)
    found = _found(started, import_id)
    if found.state == State.FAILED:
        _drop(started, import_id)
        _stop(f"✗ {file}: {found.problem}")
    kept = _kept(started, import_id, every)
    _show(found.form, found.encoding, found.remarks, found.counts, kept)
    if not found.counts[Outcome.NEW] + found.counts[Outcome.CHANGED]:
        _drop(started, import_id)
        click.echo("取り込むものはありません。何も書いていません。")
        return
    if not yes and not click.confirm("このとおりに取り込みますか"):
        _drop(started, import_id)
        click.echo("やめました。何も書いていません。")
        return
    _agree(started, import_id, by)


@opendata.command()
@click.option("-o", "target", type=click.Path(dir_okay=False, path_type=Path), help="A file; else standard output.")  # fmt: skip
def export(target: Path | None) -> None:
    """Our facilities in the standard's form: UTF-8 with BOM, CRLF."""
    data = writing.table(program().directory).encode("utf-8-sig")
    if target is None:
        click.echo(data, nl=False)
        return
    try:
        target.write_bytes(data)
    except OSError as error:
        _stop(f"✗ {target} に書けません({error.strerror})。")
    click.echo(f"✓ {target} に書き出しました。")


@opendata.command()
@click.option("--facility", help="Of this facility's id only.")
def history(facility: str | None) -> None:
    """Every edition of the facilities: when, who, why, from where. The newest first."""
    started = program()
    with started.database.read() as session:
        for one in facilities.history(session, facility_id=facility):
            at = f"{one.at.astimezone(TOKYO):%Y-%m-%d %H:%M}"
            source = f"{one.source}({one.as_of})" if one.as_of else one.source
            click.echo(f"第{one.number}版\t{at}\t{one.by}\t{one.note}\t{source}\t{one.changes}件".rstrip())


@opendata.command()
@click.argument("edition", type=click.IntRange(1, 2**31 - 1))
@click.option("--note", required=True, help="Why, for the history.")
@by_whom
def undo(edition: int, note: str, by: str) -> None:
    """Take back EDITION. What later editions have changed stays."""
    started = program()
    try:
        with started.database.write() as session:
            if any(kind_of(key) != "facility" for key in facilities.touched_by(session, edition)):
                _stop(
                    f"✗ 第{edition}版は施設の版ではありません。管理画面の「データ」で、その行から取り消してください。"
                )
            number = facilities.undo(session, edition, Why(by, note), started.clock(), OPERATOR)
    except facilities.NoSuchEdition:
        _stop(f"✗ 第{edition}版はありません。", status=WRONG_USE)
    except facilities.NothingToUndo:
        _stop(f"✗ 第{edition}版で変えたものは、あとの版で変わっています。戻すものはありません。")
    click.echo(f"✓ 第{edition}版を取り消しました(第{number}版)。5秒以内に、このデータで答えはじめます。")


def _agree(started: Program, import_id: str, by: str) -> None:
    try:
        with started.database.write() as session:
            number = imports.agree(session, import_id, by, started.clock(), OPERATOR)
    except facilities.Outdated:
        _drop(started, import_id)
        _stop("✗ 見ているあいだに、ほかの変更がありました。何も書いていません。もう一度お試しください。")
    click.echo(f"✓ 第{number}版として取り込みました。5秒以内に、このデータで答えはじめます。")
    click.echo(f"元に戻す: tsunagu opendata undo {number} --note …")


def _content(file: Path) -> bytes:
    if file.stat().st_size > imports.LARGEST:
        _stop(f"✗ {file}: {imports.LARGEST // 2**20}MBより大きいファイルは扱えません。")
    return file.read_bytes()


def _found(started: Program, import_id: str) -> Import:
    with started.database.read() as session:
        found = imports.find(session, import_id)
    if found is None:
        _stop("✗ 取り込みが消されました。")
    return found


def _kept(started: Program, import_id: str, every: bool) -> dict[str, list[Line]]:
    most = 2**31 - 1 if every else SHOWN
    with started.database.read() as session:
        return {
            outcome: [line for _, line in imports.lines(session, import_id, outcome, most=most)]
            for outcome in Outcome
        }


def _drop(started: Program, import_id: str) -> None:
    with started.database.write() as session:
        imports.drop(session, import_id)


class _Teller:
    """How far one is, on standard error, for files that take a while."""

    def __init__(self) -> None:
        self._next = TELL_EVERY

    def __call__(self, line: int, lines: int) -> None:
        if line >= self._next:
            click.echo(f"{line:,} / {lines:,}行", err=True)
            self._next = line + TELL_EVERY


def _show(
    form: str, encoding: str, remarks: Iterable[str], counts: dict[Outcome, int] | dict[str, int], kept: dict[str, list[Line]]
) -> None:  # fmt: skip
    click.echo(f"{form}しい形・{encoding}" if form == "新" else f"古い形・{encoding}")
    for remark in remarks:
        click.echo(f"! {remark}")
    for outcome, title in OUTCOMES.items():
        many = dict(counts)[outcome]
        click.echo(f"{title}: {many}件")
        for line in kept[outcome] if outcome is not Outcome.UNCHANGED else ():
            _show_line(line)
        if outcome is not Outcome.UNCHANGED and many > len(kept[outcome]):
            click.echo(f"  ほか{many - len(kept[outcome])}件(--all で全部)")


def _show_line(line: Line) -> None:
    click.echo(f"  {line.line}行目\t{line.name or '(名称なし)'}\t{''.join(line.reasons)}".rstrip())
    for what, before, after in line.differences:
        click.echo(f"    {what}: {before or '(なし)'} → {after or '(なし)'}")


def _stop(*lines: str, status: int = PROBLEMS_FOUND) -> NoReturn:
    click.echo("\n".join(lines), err=True)
    sys.exit(status)
