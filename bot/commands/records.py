"""`tsunagu erase|export|hold`: one person's records, by staff at the shell. Each leaves a line in the audit."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from bot.commands.starting import PROBLEMS_FOUND, program
from bot.program import Program
from conversation.events import Event, HoldLifted, HoldPlaced, StaffErased
from conversation.handling import handle
from conversation.model import Act, Audit, OnHold, Refused, StillOpen
from storage import audit, exporting, people, staff
from storage.sealing import Unreadable
from storage.store import SqlStore

Command = Callable[..., Any]


def _who_and_why(command: Command) -> Command:
    command = click.option("--reason", required=True, help="Why; kept in the audit.")(command)
    command = click.option("--by", required=True, metavar="LOGIN", help="Who decided.")(command)
    return click.argument("person")(command)


@click.command()
@_who_and_why
@click.option("--yes", is_flag=True, help="Do not ask again.")
def erase(person: str, by: str, reason: str, yes: bool) -> None:
    """Erase everything of PERSON (a pseudonym, or a conversation's id). The person is told in LINE."""
    started, conversation_id = _found(person, by)
    if not yes:
        click.confirm(f"「{person}」の記録をすべて消します。元に戻せません。よろしいですか", abort=True)
    _happen(started, conversation_id, StaffErased(by, reason))
    started.close()
    click.echo(f"✓ 「{person}」の記録を消しました。バックアップの中の分は、バックアップの期限まで残ります。")


@click.command()
@_who_and_why
@click.argument("file", type=click.Path(path_type=Path))
def export(person: str, file: Path, by: str, reason: str) -> None:
    """Write everything kept of PERSON into FILE, as JSON that only its owner can read."""
    started, conversation_id = _found(person, by)
    with started.database.write() as session:
        known = exporting.everything(session, conversation_id)
        _write(file, json.dumps(known, ensure_ascii=False, indent=2))
        audit.add(session, known["pseudonym"], Audit(Act.EXPORTED, by, reason), started.clock())
    started.close()
    click.echo(f"✓ {file} に書き出しました。渡し終えたら、消してください。LINEでは送らないでください。")


@click.group()
def hold() -> None:
    """Legal hold: while it lasts, nothing of a person is deleted."""


@hold.command()
@_who_and_why
def place(person: str, by: str, reason: str) -> None:
    """Keep everything of PERSON until the hold is lifted."""
    started, conversation_id = _found(person, by)
    _happen(started, conversation_id, HoldPlaced(by, reason))
    started.close()
    click.echo(f"✓ 「{person}」の記録の保全を始めました。")


@hold.command()
@_who_and_why
def lift(person: str, by: str, reason: str) -> None:
    """Let the usual rules apply to PERSON again."""
    started, conversation_id = _found(person, by)
    _happen(started, conversation_id, HoldLifted(by, reason))
    started.close()
    click.echo(f"✓ 「{person}」の記録の保全を終えました。")


def _found(person: str, by: str) -> tuple[Program, str]:
    started = program()
    with started.database.read() as session:
        conversation_id, known = people.find(session, person), staff.find(session, by)
    if known is None:
        _fail(f"「{by}」というログイン名はありません。「tsunagu staff list」で確かめてください。")
    if conversation_id is None:
        _fail(f"「{person}」という相談者はいません。相談員の画面に出る名前(例: みどり-482)を書いてください。")
    return started, conversation_id


def _happen(started: Program, conversation_id: str, event: Event) -> None:
    try:
        with started.database.write() as session:
            handle(
                conversation_id,
                event,
                store=SqlStore(session),
                rules=started.rules(),
                directory=started.directory,
                now=started.clock(),
            )
    except Unreadable:
        _fail("この相談者の記録は読めません(こわれているか、鍵が足りません)。runbook.md を見てください。")
    except OnHold:
        _fail("記録の保全中のため、消せません。先に「tsunagu hold lift」で保全を終えてください。")
    except StillOpen:
        _fail("相談がまだ続いています。先に相談員の画面で「解決」にしてください。")
    except Refused:
        _fail("いまはその操作ができません。")


def _write(file: Path, text: str) -> None:
    """Nobody else may read it, from its first byte on; nothing that exists is overwritten."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        _fail(f"{file} に書けません({error.strerror})。別の名前にしてください。")
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text + "\n")


def _fail(words: str) -> NoReturn:
    click.echo(f"✗ {words}", err=True)
    sys.exit(PROBLEMS_FOUND)
