"""What `tsunagu line setup` does at LINE, and finds there. Every step may be taken again: it looks first, and changes what differs."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.findings import Finding
from storage import leases, menus
from storage.database import Database

if TYPE_CHECKING:  # LINE's SDK takes more than a second to import
    from bot.line.account import Account, Endpoint, Found, Info, Tried
    from bot.line.menus import Menu

WEBHOOK_PATH: Final = "/line/webhook"
LONGEST_ADDRESS: Final = 500  # characters; LINE's own limit
LEASE_NAME: Final = "line setup"
LEASE: Final = timedelta(minutes=5)  # longer than LINE can make it take

BY_HAND: Final = (
    "LINE公式アカウントの管理画面 → 設定 → 応答設定: 「チャット」オフ、「あいさつメッセージ」オフ、「応答メッセージ」オフ、「Webhook」オン",
    "LINE Developers → Messaging API設定: 「Webhookの利用」オン、「Webhookの再送」オン、「エラーの統計情報」オン",
    "LINE Developers → Messaging API設定: 「グループトーク・複数人トークへの参加を許可する」オフ",
)
CALLED_BACK: Final = {
    "COULD_NOT_CONNECT": "LINEからつながりません。アドレス(DNS)、ファイアウォール、証明書(公的な認証局のもの。TLS 1.2以上)を確かめてください",
    "REQUEST_TIMEOUT": "2秒以内に返事がありません。「tsunagu serve」が動いているか、間にある機器が遅くないかを確かめてください",
    "UNCLASSIFIED": "LINEが理由を言いませんでした。証明書(公的な認証局のもの。TLS 1.2以上)を確かめてください",
}
STATUSES: Final = {
    401: "署名が合いません。LINE_CHANNEL_SECRET が、このチャネルのものか確かめてください",
    404: f"そのアドレスに受け口がありません。{WEBHOOK_PATH} を「tsunagu serve」に渡しているか確かめてください",
    503: "「tsunagu serve」が受け取れていません。「tsunagu doctor」で確かめてください",
}

log = logging.getLogger(__name__)


def told(steps: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings; and where LINE says no or nothing, that and what to do, as the last one."""
    from bot.line.account import NoAnswer, Refused

    try:
        yield from steps()
    except Refused as refused:
        yield False, _refused(refused.status)
    except NoAnswer as error:
        yield (
            False,
            f"LINEにつながりません({error})。ネットワークを確かめて、もう一度実行してください。途中まで済んだことは、次に続きから行います。",
        )


def _refused(status: int) -> str:
    match status:
        case 401:
            return "LINEのアクセストークンが無効です。LINE Developers で発行し直し、LINE_CHANNEL_ACCESS_TOKEN に入れてください。"
        case 403:
            return "LINEに、この操作の許可がありません(403)。Messaging API のチャネルのトークンか、確かめてください。"
        case 429:
            return "LINEの回数の上限に当たりました(429)。1時間ほど待って、もう一度実行してください。途中まで済んだことは、次に続きから行います。"
        case _ if status >= 500:
            return f"LINEがエラーを返しました({status})。少し待って、もう一度お試しください。"
        case _:
            return f"LINEが断りました({status})。プログラムを新しくして、もう一度実行してください。続くときは、この数字を開発者に伝えてください。"


# The account


def chat(info: "Info") -> Finding:
    if info.chat_mode == "bot":
        return True, "LINEの応答モードは「Bot」です。"
    return (
        False,
        "LINEの「チャット」がオンです。相談の内容がLINEの管理画面に残るので、応答設定でオフにしてください。",
    )


# The webhook


def is_acceptable(address: str, *, practising: bool) -> bool:
    """https, to our path. With a stand-in for LINE on this machine, http on this machine."""
    parts = urlsplit(address)
    safe = parts.scheme == "https" or (practising and parts.scheme == "http" and _is_here(parts.hostname))
    whole = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    return safe and whole and parts.path.endswith(WEBHOOK_PATH) and len(address) <= LONGEST_ADDRESS


def is_practising(api_host: str) -> bool:
    return _is_here(urlsplit(api_host).hostname)


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def set_webhook(account: "Account", address: str) -> Iterator[Finding]:
    """A new address is tried first: one that does not work replaces none that may."""
    known = account.webhook()
    if known.address != address:
        tried = account.try_webhook(address)
        if not tried.good:
            yield (
                False,
                f"{address} は使えません。{_why(tried)}。LINEのWebhookのURLは変えていません({known.address or '未設定'})。",
            )
            return
        account.set_webhook(address)
        yield True, f"LINEのWebhookのURLを {address} にしました。LINEが使い始めるまで、1分ほどかかります。"
        known = account.webhook()
    yield from look_at_webhook(account, known)


def look_at_webhook(account: "Account", known: "Endpoint | None" = None) -> Iterator[Finding]:
    known = known or account.webhook()
    yield webhook_set(known)
    if known.address:
        tried = account.try_webhook(known.address)
        yield (
            tried.good,
            "LINEからWebhookを呼んで、返事があることを確かめました。"
            if tried.good
            else f"LINEからWebhookを呼べません。{_why(tried)}。",
        )


def webhook_set(known: "Endpoint") -> Finding:
    if not known.address.endswith(WEBHOOK_PATH):
        return (
            False,
            f"LINEのWebhookのURLがちがいます({known.address or '未設定'})。「tsunagu line setup --webhook-url https://…{WEBHOOK_PATH}」を実行してください。",
        )
    if not known.active:
        return False, "LINEのWebhookがオフです。LINE Developers で「Webhookの利用」をオンにしてください。"
    return True, f"LINEのWebhookは {known.address} です。"


def _why(tried: "Tried") -> str:
    if tried.status > 0:
        return STATUSES.get(
            tried.status, f"{tried.status} が返りました。「tsunagu doctor」で確かめてください"
        )
    return CALLED_BACK.get(tried.reason, CALLED_BACK["UNCLASSIFIED"])


# The menus


def set_up_menus(account: "Account", database: Database, clock: Callable[[], datetime]) -> Iterator[Finding]:
    """One run at a time. Whatever it was killed at, the next one goes on from there."""
    with database.write() as session:
        lease = leases.take(session, LEASE_NAME, clock(), LEASE)
    if lease is None:
        yield (
            False,
            "ほかの「line setup」が動いています。終わってから、もう一度実行してください(途中で止まったときは、5分待てば実行できます)。",
        )
        return
    try:
        yield from _set_up_menus(account, database, clock)
    finally:
        with database.write() as session:
            leases.give_back(session, LEASE_NAME, lease)


def _set_up_menus(account: "Account", database: Database, clock: Callable[[], datetime]) -> Iterator[Finding]:
    from bot.line.menus import MENUS

    there = ours(account)
    made = {kind: _put(account, database, menu, there) for kind, menu in MENUS.items()}
    if account.default_menu() != made[menus.NORMAL]:
        account.set_default_menu(made[menus.NORMAL])
    with database.write() as session:
        known = menus.known(session)
        for kind, menu_id in made.items():
            if kind not in known or known[kind].menu_id != menu_id or known[kind].name != MENUS[kind].name:
                menus.note(session, kind, menu_id, MENUS[kind].name, clock())
    # Last: whoever is shown one of them sees the default until the worker has linked the new one.
    old = [one for one in there if one.id not in made.values()]
    for one in old:
        account.delete_menu(one.id)
    new = sum(all(one.id != menu_id for one in there) for menu_id in made.values())
    log.info("menus set up", extra={"new": new, "removed": len(old)})
    changed = f"新しく{new}枚を登録し、古い{len(old)}枚を消しました" if new or old else "変わりはありません"
    yield True, f"メニュー(ふだん・相談中)は登録してあります。{changed}。"


def ours(account: "Account") -> "list[Found]":
    from bot.line.menus import OURS

    return [one for one in account.menus() if one.name.startswith(OURS)]


def _put(account: "Account", database: Database, menu: "Menu", there: "list[Found]") -> str:
    """The menu's id at LINE. One that is there under its name is the same, whoever made it; it may lack its picture."""
    from bot.line.menus import IMAGE_TYPE

    with database.read() as session:
        noted = menus.known(session).get(menu.kind)
    same = [one.id for one in there if one.name == menu.name]
    if noted and noted.name == menu.name and noted.menu_id in same:
        return noted.menu_id
    menu_id = same[0] if same else account.create_menu(menu.request)
    if not same or not account.has_picture(menu_id):
        account.put_picture(menu_id, menu.image, IMAGE_TYPE)
    return menu_id


def look_at_menus(account: "Account", database: Database) -> Iterator[Finding]:
    from bot.line.menus import MENUS

    again = "「tsunagu line setup」を実行してください。"
    with database.read() as session:
        known = menus.known(session)
    if not known:
        yield False, f"LINEのメニューを、まだ登録していません。{again}"
        return
    there = {one.id: one.name for one in ours(account)}
    if any(kind not in known or known[kind].name != menu.name for kind, menu in MENUS.items()):
        yield False, f"LINEのメニューが、このプログラムのものより古いままです。{again}"
    elif any(there.get(row.menu_id) != row.name for row in known.values()):
        yield False, f"登録したメニューが、LINEにありません。{again}"
    elif account.default_menu() != known[menus.NORMAL].menu_id:
        yield False, f"ふだんのメニューが、ほかのものに変わっています。{again}"
    elif len(there) > len(known):
        yield False, f"使っていない古いメニューが、LINEに残っています。{again}"
    else:
        yield True, "LINEのメニュー(ふだん・相談中)は登録してあります。"
