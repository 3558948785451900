"""`tsunagu backup FILE` and `tsunagu restore FILE`"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.commands.starting import PROBLEMS_FOUND, check_keys, prepare, program
from storage import backups
from storage.archive import BadArchive
from storage.backups import MissingTool, NotEmpty, ToolFailed, WrongKind
from storage.sealing import UnknownKey


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database into FILE, encrypted with the first of ENCRYPTION_KEYS. May run while serving."""
    started = program()
    with _explained(file):
        backups.back_up(started.database, file)
    started.close()
    click.echo(
        f"✓ {file} に控えを取りました。開くには ENCRYPTION_KEYS が要ります。鍵は、控えとは別の所に置いてください。"
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Also over a database that is in use; what is in it is lost.")
def restore(file: Path, force: bool) -> None:
    """Put the backup FILE into the database. Stop `serve` and `worker` first."""
    started = program(needs_schema=False)
    with _explained(file):
        backups.restore(started.database, file, force=force)
    check_keys(started)
    prepare(started)
    started.close()
    click.echo("✓ 控えから戻しました。「tsunagu doctor」で確かめてから、起動してください。")


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        _fail(f"{file} はもうあります。別の名前にしてください。")
    except OSError as error:
        _fail(f"{file} を読み書きできません({error.strerror})。場所と空きを確かめてください。")
    except BadArchive:
        _fail(f"{file} は、つなぐ窓口の控えではないか、こわれています。データベースは変えていません。")
    except UnknownKey as missing:
        _fail(
            f"ENCRYPTION_KEYS: この控えを開く鍵 {missing} がありません。控えを取ったときの鍵を後ろに足してください。"
        )
    except WrongKind:
        _fail("控えを取ったデータベースと種類がちがいます(SQLiteとPostgreSQL)。")
    except NotEmpty:
        _fail("データベースに、もう記録があります。消して戻してよいときは、--force をつけてください。")
    except MissingTool as tool:
        _fail(
            f"{tool} がありません。PostgreSQLのクライアント(Debianでは postgresql-client)を入れてください。"
        )
    except ToolFailed as failed:
        _fail(f"PostgreSQLの道具が止まりました({failed})。接続先と、サーバーとの版の違いを確かめてください。")


def _fail(words: str) -> None:
    click.echo(f"✗ {words}", err=True)
    sys.exit(PROBLEMS_FOUND)
