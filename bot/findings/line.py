"""Does LINE take our access token, know our webhook, leave the talking to us, and have the same time?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.findings import Finding
from bot.program import Program

if TYPE_CHECKING:
    from bot.line.client import LineClient

CLOCK_MAY_DIFFER: Final = timedelta(seconds=30)
WEBHOOK_PATH: Final = "/line/webhook"


def account(started: Program) -> Iterator[Finding]:
    # LINE's SDK takes more than a second to import: only here.
    from linebot.v3.messaging.exceptions import ApiException, UnauthorizedException
    from urllib3.exceptions import HTTPError

    from bot.line.client import LineClient

    client = LineClient(started.settings.line_api_host, started.settings.line_channel_access_token)
    try:
        chat_mode, answered_at = client.bot_info()
        yield True, "LINEのアクセストークンは有効です。"
        yield _chat(chat_mode)
        if answered_at:
            yield _clock(answered_at, started.clock())
        yield _webhook(client)
    except UnauthorizedException:
        yield (
            False,
            "LINEのアクセストークンが無効です。LINE Developers で発行し直し、LINE_CHANNEL_ACCESS_TOKEN に入れてください。",
        )
    except ApiException as error:
        yield False, f"LINEがエラーを返しました({error.status})。少し待って、もう一度お試しください。"
    except HTTPError as error:
        yield False, f"LINEにつながりません({type(error).__name__})。ネットワークを確かめてください。"
    finally:
        client.close()


def _chat(mode: str) -> Finding:
    if mode == "bot":
        return True, "LINEの応答モードは「Bot」です。"
    return (
        False,
        "LINEの「チャット」がオンです。相談の内容がLINEの管理画面に残るので、応答設定でオフにしてください。",
    )


def _clock(answered_at: datetime, now: datetime) -> Finding:
    if abs(answered_at - now) < CLOCK_MAY_DIFFER:
        return True, "時計は合っています。"
    return False, "この機械の時計がずれています。時刻の同期を確かめてください。"


def _webhook(client: "LineClient") -> Finding:
    address, active = client.webhook()
    if not address.endswith(WEBHOOK_PATH):
        return (
            False,
            f"LINEのWebhookのURLがちがいます({address or '未設定'})。LINE Developers で https://…{WEBHOOK_PATH} にしてください。",
        )
    if not active:
        return False, "LINEのWebhookがオフです。LINE Developers で「Webhookの利用」をオンにしてください。"
    return True, f"LINEのWebhookは {address} です。"
