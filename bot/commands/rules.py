"""`tsunagu rules …`: check, try, diff, publish, history and export, for whoever edits the rules."""

import getpass
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn

import click
import yaml
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session

from bot import rules_file
from bot.commands.starting import PROBLEMS_FOUND, WRONG_USE, program
from bot.rules_file import RulesFile, Unreadable
from conversation import rule_checks
from conversation.rule_checks import Checked
from directory.hours import TOKYO
from directory.model import Directory
from directory.pack import BadPack, load
from intents import changes
from intents.explain import explain
from intents.rules import BadRules, parse
from storage import rulesets

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
VERSION: Final = click.IntRange(1, 2**31 - 1)


def _one_line(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    """Text that the history can show and the database can keep."""
    line = " ".join(value.split())
    if not line:
        raise click.BadParameter("空です。ひとこと書いてください。")
    try:
        line.encode()
    except UnicodeEncodeError:
        raise click.BadParameter("読めない文字が入っています。") from None
    return line


@click.group()
def rules() -> None:
    """The routing rules."""


@rules.command()
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Every problem with file:line and how to mend it, then the examples."""
    source = _read(file)
    checked = rule_checks.check(source.text, _directory())
    for problem in checked.told(source.name):
        click.echo(problem)
    if report := checked.examples:
        click.echo(f"例文: {report.total}文のうち{report.passed}文が期待どおりです。")
    else:
        click.echo("例文は、まちがいを直したあとでためします。")
    many = len(checked.findings)
    click.echo(f"✗ 直すところが{many}つあります。" if many else "✓ 直すところはありません。")
    sys.exit(PROBLEMS_FOUND if many else 0)


@rules.command("try")
@click.argument("text")
@click.option(
    "--rules", "given", type=FILE, help="Without it, routing_rules.yaml here, or the one that ships."
)
def try_(text: str, given: Path | None) -> None:
    """Explain what the bot makes of TEXT, and why."""
    file = _read(given or rules_file.at_hand())
    try:
        click.echo(explain(text, parse(file.text)))
    except BadRules as bad:
        _stop(*_told(file, bad))


@rules.command()
@click.argument("file", type=FILE)
@click.option("--note", required=True, callback=_one_line, help="Why, for the history.")
@click.option(
    "--by", default=getpass.getuser, callback=_one_line, help="Who; the account on this machine by default."
)
def publish(file: Path, note: str, by: str) -> None:
    """Make FILE the live rules, if nothing is wrong with it."""
    started = program()
    source = _read(file)
    problems = rule_checks.check(source.text, started.directory).told(source.name)
    if problems:
        _stop(*problems, "✗ 公開していません。上のところを直して、もう一度お試しください。")
    try:
        with started.database.write() as session:
            version = rulesets.publish(session, source.text, by=by, note=note, now=started.clock())
    except rulesets.AlreadyLive as same:
        _stop(f"✗ 公開中の第{same.version}版とまったく同じです。公開するものはありません。")
    except rulesets.LosesIntents as lost:
        _stop(
            f"✗ 公開中の話題がなくなっています: {'、'.join(lost.intents)}。"
            "記録が使っているので、消さずに `retired: true` と書いてください。"
        )
    click.echo(f"✓ 第{version}版として公開しました。5秒以内に、この版で答えはじめます。")
    if version > 1:
        click.echo(f"変わったところ: tsunagu rules diff --from {version - 1} --to {version}")
    started.close()


@rules.command()
@click.argument("file", type=FILE, required=False)
@click.option("--from", "before", type=VERSION, help="A version; the live one by default.")
@click.option("--to", "after", type=VERSION, help="A version, instead of a file.")
@click.option("--unified", is_flag=True, help="Line by line, as `diff -u`.")
def diff(file: Path | None, before: int | None, after: int | None, unified: bool) -> None:
    """What FILE would change: words, answers, sentences. Without FILE, routing_rules.yaml here or the one that ships."""
    if file and after:
        raise click.UsageError("FILE と --to は、どちらか1つにしてください。")
    started = program()
    with started.database.read() as session:
        old = _published(session, before or _live(session))
        new = _published(session, after) if after else None
    started.close()
    new = new or _read(file or rules_file.at_hand())
    if unified:
        click.echo(changes.unified(old.text, new.text, (old.name, new.name)), nl=False)
        return
    if not after:
        _stop_if_broken(new)
    click.echo("\n".join([f"{old.name} → {new.name}", *_differences(old, new)]))


@rules.command()
@click.option("--version", "version", type=VERSION, help="The live one by default.")
@click.option(
    "-o", "target", type=click.Path(dir_okay=False, path_type=Path), help="A file; else standard output."
)
@click.option("--force", is_flag=True, help="Write over a file that says something else.")
def export(version: int | None, target: Path | None, force: bool) -> None:
    """The text of a version, exactly as it was published."""
    started = program()
    with started.database.read() as session:
        source = _published(session, version or _live(session))
    started.close()
    data = source.text.encode()
    if target is None:
        click.echo(data, nl=False)
        return
    try:
        if target.exists() and target.read_bytes() != data and not force:
            _stop(
                f"✗ {target} には別の内容があります。ほかの名前にするか、上書きしてよければ --force をつけてください。"
            )
        target.write_bytes(data)
    except OSError as error:
        _stop(f"✗ {target} に書けません({error.strerror})。")
    click.echo(f"✓ {source.name}を {target} に書き出しました。")


@rules.command()
def history() -> None:
    """Every version: when, who, why. The newest comes first; it is the live one."""
    started = program()
    with started.database.read() as session:
        live = _live(session)
        for each in rulesets.history(session):
            mark = "公開中" if each.version == live else ""
            agreed = f"確認: {each.confirmed_by}" if each.confirmed_by else ""
            told = (f"第{each.version}版", _in_tokyo(each.at), each.by, each.note, mark, agreed)
            click.echo("\t".join(told).rstrip())
    started.close()


def _told(file: RulesFile, bad: BadRules) -> list[str]:
    return Checked(rule_checks.unreadable(file.text, bad)).told(file.name)


def _stop_if_broken(file: RulesFile) -> None:
    try:
        parse(file.text)
    except BadRules as bad:
        _stop(*_told(file, bad))


def _differences(old: RulesFile, new: RulesFile) -> list[str]:
    if old.text == new.text:
        return ["まったく同じです。"]
    try:
        lines = changes.summary(old.text, new.text)
    except yaml.YAMLError:  # a version that a later program published
        return ["このプログラムでは読めない版です。--unified で見てください。"]
    return lines or ["言葉も答えも同じです。説明(#)・並び順・空白だけがちがいます(--unified で見られます)。"]


def _published(session: Session, version: int) -> RulesFile:
    try:
        return RulesFile(f"第{version}版", rulesets.text_of(session, version))
    except NoResultFound:
        _stop(f"✗ 第{version}版はありません。いちばん新しいのは第{_live(session)}版です。", status=WRONG_USE)


def _live(session: Session) -> int:
    return rulesets.newest_version(session) or _stop(
        "✗ 公開したルールがまだありません。「tsunagu db upgrade」を実行してください。"
    )


def _read(path: Path) -> RulesFile:
    try:
        file = rules_file.read(path)
    except Unreadable as unreadable:
        _stop(f"{path}:{unreadable.line}: {unreadable.message}")
    if file.marked:
        click.echo(f"{path}: ファイルの先頭の目に見えない印(BOM)は、外して読みました。", err=True)
    return file


def _directory() -> Directory:
    try:
        return load(os.environ.get("MUNICIPALITY", "nakano"))
    except BadPack as bad:
        _stop(*bad.problems)


def _in_tokyo(moment: datetime) -> str:
    return moment.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M")


def _stop(*lines: str, status: int = PROBLEMS_FOUND) -> NoReturn:
    click.echo("\n".join(lines), err=True)
    sys.exit(status)
