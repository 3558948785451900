"""`tsunagu staff add|list|disable`"""

import sys

import click

from bot.commands.starting import PROBLEMS_FOUND, program
from storage import staff as accounts
from storage.staff import NameTaken, Role

SHORTEST_PASSWORD = 12  # characters
ROLE_NAMES = {Role.COUNSELOR: "相談員", Role.ADMIN: "管理者"}


@click.group()
def staff() -> None:
    """Accounts for the console."""


@staff.command()
@click.argument("login")
@click.option("--name", required=True, help="Shown to colleagues.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.COUNSELOR.value)
@click.password_option(help="Asked for if it is not given.")
def add(login: str, name: str, role: str, password: str) -> None:
    """Add an account. LOGIN is what the person types to log in."""
    from console.passwords import hashed

    if len(password) < SHORTEST_PASSWORD:
        click.echo(f"✗ パスワードが短すぎます。{SHORTEST_PASSWORD}文字以上にしてください。", err=True)
        sys.exit(PROBLEMS_FOUND)
    started = program()
    try:
        with started.database.write() as session:
            accounts.add(session, login, name, Role(role), hashed(password), started.clock())
    except NameTaken:
        click.echo(f"✗ 「{login}」はもう使われています。別のログイン名にしてください。", err=True)
        sys.exit(PROBLEMS_FOUND)
    except ValueError:
        click.echo(
            "✗ ログイン名は、半角の英小文字・数字・「.」「-」「_」で、英小文字か数字から始めてください。",
            err=True,
        )
        sys.exit(PROBLEMS_FOUND)
    click.echo(f"✓ {ROLE_NAMES[Role(role)]}「{name}」({login})を登録しました。")


@staff.command("list")
def list_() -> None:
    """Everyone, with role and state."""
    started = program()
    with started.database.read() as session:
        for account in accounts.everyone(session):
            state = "停止中" if account.disabled else "有効"
            role = (
                ROLE_NAMES.get(Role(account.role), account.role)
                if account.role in set(Role)
                else account.role
            )
            click.echo(f"{account.id}\t{account.name}\t{role}\t{state}")


@staff.command()
@click.argument("login")
def disable(login: str) -> None:
    """Stop an account: it is thrown out at its next click."""
    started = program()
    with started.database.write() as session:
        if accounts.find(session, login) is None:
            click.echo(
                f"✗ 「{login}」というログイン名はありません。「tsunagu staff list」で確かめてください。",
                err=True,
            )
            sys.exit(PROBLEMS_FOUND)
        accounts.disable(session, login, started.clock())
    click.echo(f"✓ 「{login}」を停止しました。")
