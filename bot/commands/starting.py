"""What most commands begin with: settings, or every problem with them."""

import sys
from pathlib import Path

import click
from dotenv import load_dotenv
from sqlalchemy.exc import SQLAlchemyError

from bot import logs, settings
from bot.program import Program
from storage import keys, migrations

PROBLEMS_FOUND = 1
WRONG_USE = 2


def program(*, needs_schema: bool = True) -> Program:
    """Ends the process with what to mend, never with a traceback."""
    if Path(".env").is_file():
        load_dotenv(".env")
    try:
        known = settings.read()
        logs.set_up(known.log_format)
        started = Program(known)
    except settings.BadSettings as bad:
        for problem in bad.problems:
            click.echo(f"✗ {problem}", err=True)
        sys.exit(PROBLEMS_FOUND)
    if needs_schema:
        _check_schema(started)
        check_keys(started)
    return started


def _check_schema(started: Program) -> None:
    try:
        current = migrations.is_current(started.database)
    except SQLAlchemyError as error:
        click.echo(
            f"✗ データベースにつながりません({type(error).__name__})。DATABASE_URL を確かめてください。",
            err=True,
        )
        sys.exit(PROBLEMS_FOUND)
    if not current:
        click.echo("✗ データベースの準備がまだです。「tsunagu db upgrade」を実行してください。", err=True)
        sys.exit(PROBLEMS_FOUND)


def check_keys(started: Program) -> None:
    """Before anything is read: half the words would be there and the other half not."""
    with started.database.read() as session:
        missing, noted = keys.missing(session), keys.is_noted(session)
    for key in missing:
        click.echo(
            f"✗ ENCRYPTION_KEYS: 鍵 {key} がありません。この鍵で閉じた言葉を読めなくなるので、起動しません。"
            "前の鍵を、新しい鍵の後ろにカンマで区切って書いてください。",
            err=True,
        )
    if missing:
        sys.exit(PROBLEMS_FOUND)
    if not noted:
        with started.database.write() as session:
            keys.note(session, started.clock())
