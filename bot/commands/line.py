"""`tsunagu line setup`: what can be set at LINE from here is set, and the rest is said."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bot import line_setup
from bot.commands.starting import PROBLEMS_FOUND, program
from bot.findings import Finding

if TYPE_CHECKING:
    from bot.line.account import Account
    from bot.program import Program


@click.group()
def line() -> None:
    """The account at LINE: its menus and its webhook."""


@line.command()
@click.option("--webhook-url", metavar="URL", help="Where LINE is to send events: https://…/line/webhook.")
@click.option("--check", is_flag=True, help="Change nothing; say what is not as it should be.")
def setup(webhook_url: str | None, check: bool) -> None:
    """Put the two menus at LINE, set and test the webhook, check the account. Safe to run again."""
    if webhook_url and check:
        raise click.UsageError("--check は何も変えません。--webhook-url と一緒には使えません。")
    started = program()
    practising = line_setup.is_practising(started.settings.line_api_host)
    if webhook_url and not line_setup.is_acceptable(webhook_url, practising=practising):
        raise click.BadParameter(
            f"https:// で始まり {line_setup.WEBHOOK_PATH} で終わる、500文字までのアドレスにしてください"
            "(LINEは、公的な証明書のある https だけを呼びます)。",
            param_hint="--webhook-url",
        )
    good = _say(_findings(started, webhook_url, check))
    click.echo("\nここからは見えないので、画面で確かめてください:")
    for place in line_setup.BY_HAND:
        click.echo(f"・{place}")
    sys.exit(0 if good else PROBLEMS_FOUND)


def _findings(started: "Program", webhook_url: str | None, check: bool) -> Iterator[Finding]:
    from bot.line.account import Account

    account = Account(started.settings.line_api_host, started.settings.line_channel_access_token)
    try:
        yield from line_setup.told(lambda: _steps(started, account, webhook_url, check))
    finally:
        account.close()


def _steps(started: "Program", account: "Account", webhook_url: str | None, check: bool) -> Iterator[Finding]:
    info = account.info()
    yield True, f"LINEのアカウント: {info.name}({info.basic_id})"
    yield line_setup.chat(info)
    if check:
        yield from line_setup.look_at_menus(account, started.database)
    else:
        yield from line_setup.set_up_menus(account, started.database, started.clock)
    if webhook_url:
        yield from line_setup.set_webhook(account, webhook_url)
    else:
        yield from line_setup.look_at_webhook(account)


def _say(findings: Iterator[Finding]) -> bool:
    """Each as soon as it is known. Whether all are good."""
    good = True
    for fine, words in findings:
        click.echo(f"{'✓' if fine else '✗'} {words}")
        good = good and fine
    return good
