"""Does LINE take our access token, know our webhook and our menus, leave the talking to us, and have the same time?"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from bot import line_setup
from bot.findings import Finding
from bot.program import Program
from storage import menus

if TYPE_CHECKING:
    from bot.line.account import Account

CLOCK_MAY_DIFFER: Final = timedelta(seconds=30)


def account(started: Program) -> Iterator[Finding]:
    # LINE's SDK takes more than a second to import: only here.
    from bot.line.account import Account

    account = Account(started.settings.line_api_host, started.settings.line_channel_access_token)
    try:
        yield from line_setup.told(lambda: _looks(started, account))
    finally:
        account.close()


def _looks(started: Program, account: "Account") -> Iterator[Finding]:
    info = account.info()
    yield True, "LINEのアクセストークンは有効です。"
    yield line_setup.chat(info)
    if info.answered_at:
        yield _clock(info.answered_at, started.clock())
    yield line_setup.webhook_set(account.webhook())
    with suppress(SQLAlchemyError):  # a database that cannot be looked into is told of elsewhere
        yield from line_setup.look_at_menus(account, started.database)


def switches(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        stuck = menus.stuck(session)
    if stuck:
        yield (
            False,
            f"相談中のメニューへの切りかえが、{stuck}人でできていません。ログの menu を見てください。",
        )


def _clock(answered_at: datetime, now: datetime) -> Finding:
    if abs(answered_at - now) < CLOCK_MAY_DIFFER:
        return True, "時計は合っています。"
    return False, "この機械の時計がずれています。時刻の同期を確かめてください。"
