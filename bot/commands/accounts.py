"""`tsunagu staff add|list|disable|reset`"""

import sys
from typing import NoReturn

import click

from bot.commands.starting import PROBLEMS_FOUND, program
from bot.program import Program
from storage import audit, second_factors
from storage import staff as accounts
from storage.audit import OPERATOR, AccountAct
from storage.staff import BadName, EmailTaken, NameTaken, Role

ROLE_NAMES = {
    Role.COUNSELOR: "相談員",
    Role.DESK: "窓口の担当者",
    Role.ADMIN: "管理者",
    Role.MANAGER: "責任者",
}


@click.group()
def staff() -> None:
    """Accounts for the console."""


@staff.command()
@click.argument("login")
@click.option("--name", required=True, help="Shown to colleagues.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.COUNSELOR.value)
@click.option("--desk", "desks", multiple=True, help="A facility's id; for --role desk, once or more.")
@click.option("--email", default="", help="Of the organisation's sign-in (OIDC).")
@click.option("--keep-password", is_flag=True, help="The person typed it: no change at the first log-in.")
@click.password_option(help="Asked for if it is not given.")
def add(
    login: str, name: str, role: str, desks: tuple[str, ...], email: str, keep_password: bool, password: str
) -> None:
    """Add an account. LOGIN is what the person types to log in."""
    from console import passwords

    if weakness := passwords.weakness(password, login, name, email):
        _fail(weakness)
    started = program()
    _check_desks(started, role, desks)
    try:
        with started.database.write() as session:
            accounts.add(
                session,
                login,
                name,
                Role(role),
                passwords.hashed(password),
                started.clock(),
                desks=desks,
                email=email,
                must_change_password=not keep_password,
            )
            audit.add_about_account(session, login, AccountAct.ADDED, OPERATOR, started.clock(), reason=role)
    except NameTaken:
        _fail(f"「{login}」はもう使われています。別のログイン名にしてください。")
    except EmailTaken:
        _fail("このメールアドレスは、ほかのアカウントに登録されています。")
    except BadName:
        _fail("ログイン名は、半角の英小文字・数字・「.」「-」「_」で、英小文字か数字から始めてください。")
    click.echo(f"✓ {ROLE_NAMES[Role(role)]}「{name}」({login})を登録しました。")
    if not keep_password:
        click.echo("  最初のログインで、パスワードを変えてもらいます。")


@staff.command("list")
def list_() -> None:
    """Everyone, with role and state."""
    started = program()
    with started.database.read() as session:
        for account in accounts.everyone(session):
            state = "停止中" if account.disabled else "有効"
            role = ROLE_NAMES[Role(account.role)] if account.role in set(Role) else account.role
            click.echo("\t".join([account.id, account.name, role, state, ",".join(account.desks)]).rstrip())


@staff.command()
@click.argument("login")
def disable(login: str) -> None:
    """Stop an account: it is thrown out at its next click."""
    started = program()
    with started.database.write() as session:
        if accounts.find(session, login) is None:
            _unknown(login)
        accounts.disable(session, login, started.clock())
        audit.add_about_account(session, login, AccountAct.DISABLED, OPERATOR, started.clock())
    click.echo(f"✓ 「{login}」を停止しました。")


@staff.command()
@click.argument("login")
def reset(login: str) -> None:
    """For an admin who cannot get in any more: a temporary password, and no second factor."""
    from console import passwords

    started, password = program(), passwords.temporary()
    with started.database.write() as session:
        if accounts.find(session, login) is None:
            _unknown(login)
        accounts.set_password(session, login, passwords.hashed(password), must_change=True)
        second_factors.remove(session, login)
        for act in (AccountAct.PASSWORD_RESET, AccountAct.SECOND_FACTOR_OFF):
            audit.add_about_account(session, login, act, OPERATOR, started.clock())
    click.echo(f"✓ 「{login}」の仮のパスワード: {password}")
    click.echo("  本人に直接伝えてください。最初のログインで変えてもらいます。確認アプリは登録し直しです。")


def _check_desks(started: Program, role: str, desks: tuple[str, ...]) -> None:
    known = {facility.id for facility in started.directory.facilities}
    if unknown := [one for one in desks if one not in known]:
        _fail(
            f"「{'・'.join(unknown)}」という施設はありません。directory/data の facilities を見てください。"
        )
    if (role == Role.DESK) != bool(desks):
        _fail("窓口の担当者には --role desk と、--desk 施設のid を1つ以上、一緒に書いてください。")


def _unknown(login: str) -> NoReturn:
    _fail(f"「{login}」というログイン名はありません。「tsunagu staff list」で確かめてください。")


def _fail(words: str) -> NoReturn:
    click.echo(f"✗ {words}", err=True)
    sys.exit(PROBLEMS_FOUND)
