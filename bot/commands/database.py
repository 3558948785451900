"""`tsunagu db upgrade` and `tsunagu db copy`"""

import sys
from contextlib import closing
from datetime import timedelta
from typing import Final

import click
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot import logs
from bot.commands.starting import PROBLEMS_FOUND, prepare, program
from bot.program import utc_now
from storage import copying, heartbeats, migrations
from storage.database import Database
from storage.migrations import Standing

RUNNING: Final = timedelta(seconds=30)  # a process that runs gives a sign of life every ten


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the schema to the newest, and publish the seed rules where there are none."""
    started = program(needs_schema=False)
    prepare(started)
    started.close()
    click.echo("✓ データベースの準備ができました。")


@db.command()
@click.option("--from", "source", required=True, help="sqlite:///var/tsunagu.db")
@click.option("--to", "target", required=True, help="postgresql+psycopg://user@host/database, empty")
def copy(source: str, target: str) -> None:
    """Copy everything into an empty database, as from SQLite to PostgreSQL. Stop the service first."""
    logs.set_up()
    try:
        with closing(Database(source)) as old, closing(Database(target)) as new:
            _check(old)
            counts = copying.copy(old, new)
    except copying.NotEmpty as error:
        _refuse(f"コピー先の {error.table} に、すでにデータがあります。空のデータベースを指定してください。")
    except copying.Incomplete as error:
        _refuse(
            f"{error.table} の件数が合いません。コピー先には何も書いていません。止めてから、もう一度お試しください。"
        )
    except (ArgumentError, SQLAlchemyError) as error:
        _refuse(f"データベースを使えません({type(error).__name__})。--from と --to を確かめてください。")
    for table, count in counts.items():
        click.echo(f"{table}\t{count}")
    click.echo("✓ コピーしました。DATABASE_URL をコピー先に変えて、起動してください。")


def _check(old: Database) -> None:
    if migrations.standing(old) is not Standing.CURRENT:
        _refuse("コピー元が古い形です。先に「tsunagu db upgrade」を実行してください。")
    with old.read() as session:
        last = max((beat.at for beat in heartbeats.all_(session).values()), default=None)
    if last and utc_now() - last < RUNNING:
        _refuse("コピー元はまだ動いています。止めて、30秒待ってから実行してください。")


def _refuse(why: str) -> None:
    click.echo(f"✗ {why}", err=True)
    sys.exit(PROBLEMS_FOUND)
