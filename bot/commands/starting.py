"""What most commands begin with: settings, or every problem with them."""

import logging
import sys
from pathlib import Path

import click
from dotenv import load_dotenv
from sqlalchemy.exc import SQLAlchemyError

from bot import logs, settings
from bot.program import Program
from storage import keys, migrations
from storage.migrations import Standing

PROBLEMS_FOUND = 1
WRONG_USE = 2
SCHEMA_PROBLEMS = {
    Standing.OLDER: "データベースの準備がまだか、このプログラムより古い形です。「tsunagu db upgrade」を実行してください。",
    Standing.TOO_NEW: "データベースは、より新しいプログラムの形になっています。このプログラムでは使えません。プログラムを新しくしてください。",
}

log = logging.getLogger(__name__)


def program(*, needs_schema: bool = True, serving: bool = False) -> Program:
    """Ends the process with what to mend, never with a traceback."""
    if Path(".env").is_file():
        load_dotenv(".env")
    try:
        known = settings.read(serving=serving)
        logs.set_up(known.log_format)
        started = Program(known)
    except settings.BadSettings as bad:
        for problem in bad.problems:
            click.echo(f"✗ {problem}", err=True)
        sys.exit(PROBLEMS_FOUND)
    click.get_current_context().call_on_close(started.close)  # however the command ends
    if needs_schema:
        _check_schema(started)
        check_keys(started)
    return started


def _check_schema(started: Program) -> None:
    try:
        standing = migrations.standing(started.database)
    except SQLAlchemyError as error:
        click.echo(
            f"✗ データベースにつながりません({type(error).__name__})。DATABASE_URL を確かめてください。",
            err=True,
        )
        sys.exit(PROBLEMS_FOUND)
    if standing is Standing.NEWER:
        log.warning("the database's schema is newer than this program")
    if not standing.usable:
        click.echo(f"✗ {SCHEMA_PROBLEMS[standing]}", err=True)
        sys.exit(PROBLEMS_FOUND)


def prepare(started: Program) -> None:
    """The newest schema, or the end of the process where only a newer program may touch it."""
    try:
        started.prepare()
    except migrations.TooNew:
        click.echo(f"✗ {SCHEMA_PROBLEMS[Standing.TOO_NEW]}", err=True)
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
