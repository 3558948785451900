"""How codes and moments are said to counselors."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from flask import Flask

from console.desk import desk, now, rules
from console.file_names import file_name
from conversation.model import Act, EntryKind, Helped, Outcome, Status, Urgency
from directory.hours import TOKYO
from directory.opendata.comparing import Outcome as RowOutcome
from storage.audit import OPERATOR, AccountAct, DataAct, RuleAct
from storage.enclosures import Problem
from storage.imports import State
from storage.staff import Role
from storage.views.queue import COUNTED_TO, Tab

Words = Mapping[str, str]

WEEKDAYS = "月火水木金土日"
URGENCIES: Words = {Urgency.CRISIS: "緊急", Urgency.DISTRESS: "つらい", Urgency.NORMAL: "ふつう"}
STATUSES: Words = {Status.BOT: "ボットが応対", Status.WAITING: "未対応", Status.ASSIGNED: "対応中"}
TABS: Words = {
    Tab.MINE: "自分",
    Tab.WAITING: "未対応",
    Tab.OPEN: "全部",
    Tab.SNOOZED: "保留",
    Tab.DONE: "対応済",
}
KINDS: Words = {
    EntryKind.UTTERANCE: "相談者",
    EntryKind.BOT: "ボット(自動)",
    EntryKind.COUNSELOR: "相談員",
    EntryKind.NOTE: "内部メモ",
    EntryKind.SYSTEM: "記録",
}
OUTCOMES: Words = {
    Outcome.ANSWERED: "質問に答えた",
    Outcome.REFERRED: "窓口やサービスを案内した",
    Outcome.STOPPED: "相談者が終わりにした",
    Outcome.NO_REPLY: "返信がなかった",
    Outcome.HANDED_BACK: "ボットに戻した",
    Outcome.OTHER: "その他",
}
HELPED: Words = {
    Helped.YES: "助かったとのこと",
    Helped.NO: "まだ困っているとのこと",
    Helped.UNSAID: "助けになったかは答えない",
}
CRISES: Words = {
    "crisis_suicide": "死にたい・消えたい",
    "crisis_abuse": "虐待・子どもの安全",
    "crisis_dv": "配偶者や恋人の暴力",
    "crisis_medical": "急な病気・大けが",
}
ACTIONS: Words = {
    "crisis": "緊急の案内をした",
    "answer": "答えた",
    "clarify": "たずね返した",
    "handoff": "人につなぐ案内をした",
}
DELIVERIES: Words = {
    "queued": "送信待ち",
    "sending": "送信中",
    "held": "送信数の上限のため、相談者の次のメッセージを待って送ります",
    "sent": "送信済み",
    "failed": "送れませんでした",
    "unknown": "届いたか不明",
}
ENCLOSED: Words = {
    "image": "保護者が送った写真",
    "video": "保護者が送った動画",
    "audio": "保護者が送った音声",
    "file": "保護者が送ったファイル",
}
NOT_KEPT: Words = {
    Problem.GONE: "LINEにもう残っていないため、受け取れませんでした。必要なら、もう一度送ってもらってください。",
    Problem.UNREACHED: "LINEから受け取れませんでした。必要なら、もう一度送ってもらってください。",
    Problem.TOO_LARGE: "大きすぎて保存できませんでした。小さくして送ってもらうか、内容を言葉で聞いてください。",
    Problem.KIND: "安全のため、この種類のファイルは保存していません。写真かPDFで送ってもらってください。",
    Problem.BROKEN: "こわれているか、大きすぎる画像のため、保存できませんでした。もう一度送ってもらってください。",
    Problem.ELSEWHERE: "LINEの外に置かれた画像のため、安全を考えて受け取っていません。内容は、言葉でたずねてください。",
}
FILE_TYPES: Words = {
    "application/pdf": "PDF",
    "video/mp4": "動画",
    "video/quicktime": "動画",
    "audio/mp4": "音声",
}
IMPORT_STATES: Words = {
    State.WANTED: "順番待ち",
    State.READING: "くらべています",
    State.READY: "見てから決める",
    State.PUBLISHED: "取り込み済み",
    State.FAILED: "読めません",
    State.DROPPED: "やめた",
}
ROW_OUTCOMES: Words = {
    RowOutcome.NEW: "新しい",
    RowOutcome.CHANGED: "変わる",
    RowOutcome.UNCHANGED: "同じ",
    RowOutcome.REFUSED: "取り込まない",
}
ROLES: Words = {
    Role.COUNSELOR: "相談員",
    Role.DESK: "窓口の担当者",
    Role.ADMIN: "管理者",
    Role.MANAGER: "責任者",
}
MAY: Words = {
    Role.COUNSELOR: "相談を読み、返信し、記録の消去の希望を決めます。",
    Role.DESK: "自分の窓口に紹介された相談だけを見ます。自分の窓口の時間・臨時休館・催しを直します。",
    Role.ADMIN: "相談員の仕事に加えて、ルール、データ、アカウント、閲覧・操作の記録を扱います。",
    Role.MANAGER: "閲覧・操作の記録を見ます。相談の中身は見えません。",
}
ACTS: Words = {
    Act.READ: "相談を読んだ",
    Act.FOUND: "検索で言葉を見た",
    Act.OPENED: "写真やファイルを開いた",
    Act.TOOK: "対応を始めた",
    Act.REPLIED: "返信した",
    Act.NOTED: "内部メモを書いた",
    Act.GAVE_UP: "送れなかった返信をそのままにした",
    Act.LET_GO: "担当をはずした",
    Act.PASSED_ON: "同僚に引きついだ",
    Act.SNOOZED: "保留にした",
    Act.WOKE: "保留をやめた",
    Act.HANDED_BACK: "ボットに戻した",
    Act.RESOLVED: "解決にした",
    Act.CHANGED: "相談を操作した",
    Act.ERASED: "記録を消した",
    Act.ERASURE_REFUSED: "消さないと決めた",
    Act.EXPORTED: "記録を書き出した",
    Act.HELD: "記録の保全を始めた",
    Act.RELEASED: "記録の保全を終えた",
    AccountAct.LOGGED_IN: "ログインした",
    AccountAct.RECOVERY_CODE_USED: "予備のコードを使った",
    AccountAct.SIGNED_OUT: "すべての端末からログアウトした",
    AccountAct.PASSWORD_CHANGED: "パスワードを変えた",
    AccountAct.PASSWORD_RESET: "仮のパスワードにした",
    AccountAct.PASSWORD_EXPIRED: "パスワードの変更を求めた",
    AccountAct.SECOND_FACTOR_ON: "確認アプリを登録した",
    AccountAct.SECOND_FACTOR_OFF: "確認アプリをはずした",
    AccountAct.RECOVERY_CODES_MADE: "予備のコードを作り直した",
    AccountAct.ADDED: "アカウントを登録した",
    AccountAct.CHANGED: "アカウントを変更した",
    AccountAct.DISABLED: "アカウントを止めた",
    AccountAct.ENABLED: "アカウントをまた使えるようにした",
    RuleAct.PUBLISHED: "ルールを公開した",
    RuleAct.ROLLED_BACK: "ルールを前の版に戻した",
    DataAct.EDITED: "データを変えた",
    DataAct.RETIRED: "データを使うのをやめた",
    DataAct.REOPENED: "データをまた使うことにした",
    DataAct.CONFIRMED: "データを最終確認した",
    DataAct.SETTLED: "同梱のデータとのちがいを決めた",
    DataAct.UNDONE: "データの変更を取り消した",
    DataAct.IMPORTED: "オープンデータを取り込んだ",
    RuleAct.SENTENCES_READ: "ルールのために、名前などをかくした最初の言葉を見た",
}
ACTORS: Words = {"parent": "相談者", OPERATOR: "運用の担当者"}
STOPS: Words = {
    "line_401": "LINEの認証エラーで、送信が止まっています。管理者に、チャネルアクセストークンの確認を頼んでください。"
}
REFUSALS: Words = {
    "400": "LINEが受け取れない内容でした",
    "401": "LINEの認証エラー",
    "403": "LINEの利用権限がありません",
    "404": "送り先が見つかりません",
    "429": "送信数の上限に達しました",
    "unsent": "相談者が言葉を取り消したため、送りません",
    "unreadable": "記録がこわれているか、鍵が足りないため、読めません",
    "blocked": "相談者がこの窓口をブロックしています",
}


def teach(app: Flask) -> None:
    """Makes the words known to the templates, as filters."""
    named: dict[str, Callable[..., str]] = {
        "urgency": _from(URGENCIES),
        "status": _from(STATUSES),
        "tab": _from(TABS),
        "kind": _from(KINDS),
        "outcome": _from(OUTCOMES),
        "helped": _from(HELPED),
        "action": _from(ACTIONS),
        "delivery": _from(DELIVERIES),
        "enclosed": _from(ENCLOSED),
        "not_kept": _from(NOT_KEPT),
        "file_type": _from(FILE_TYPES),
        "bytes": size,
        "file_name": file_name,
        "act": _from(ACTS),
        "actor": _from(ACTORS),
        "import_state": _from(IMPORT_STATES),
        "row_outcome": _from(ROW_OUTCOMES),
        "role": _from(ROLES),
        "may": _from(MAY),
        "stop": lambda code: STOPS.get(
            code, f"自動の処理が止まっています({code})。管理者に知らせてください。"
        ),
        "failure": failure,
        "sureness": sureness,
        "topic": topic,
        "desk_name": desk_name,
        "moment": lambda at: moment(at, now()),
        "waited": lambda since: waited(since, now()),
        "count": lambda number: f"{COUNTED_TO - 1}+" if number >= COUNTED_TO else str(number),
    }
    app.jinja_env.filters.update(named)


def _from(words: Words) -> Callable[[str], str]:
    """A code that has no words yet is shown as it is."""
    return lambda code: words.get(code, code)


def topic(intent: str | None) -> str:
    """The title in today's rules; the id where the rule is gone."""
    if not intent:
        return "話題は未定"
    if intent in CRISES:
        return CRISES[intent]
    try:
        return rules().rule(intent).title
    except KeyError:
        return intent


def sureness(confidence: float) -> str:
    """確か 86% · たぶん 55% · 自信なし 20%, by what today's rules call sure enough to answer, or to ask back."""
    sure = rules().thresholds
    word = "確か" if confidence >= sure.answer else "たぶん" if confidence >= sure.ask else "自信なし"
    return f"{word} {round(confidence * 100)}%"


def desk_name(facility_id: str) -> str:
    try:
        return desk().directory.facility(facility_id).name
    except KeyError:
        return facility_id


def failure(problem: str) -> str:
    """A cause in plain words, then the code for whoever mends it. `problem` begins with the channel's status code."""
    code = problem.split(maxsplit=1)[0] if problem else ""
    if code in {"blocked", "unreadable", "unsent"}:
        return REFUSALS[code]
    cause = "LINE側の不調" if code.startswith("5") else REFUSALS.get(code, "通信できませんでした")
    return f"{cause}({problem})" if problem else cause


def size(count: int) -> str:
    """1KB · 240KB · 3.2MB"""
    if count < 1_000_000:
        return f"{max(round(count / 1000), 1)}KB"
    return f"{count / 1_000_000:.1f}MB"


def moment(at: datetime, now: datetime) -> str:
    """今日 14:05 · 11/22(日) 21:10 · 2025/11/22(土) 21:10"""
    local, today = at.astimezone(TOKYO), now.astimezone(TOKYO).date()
    if local.date() == today:
        return f"今日 {local:%H:%M}"
    year = "" if local.year == today.year else f"{local.year}/"
    return f"{year}{local.month}/{local.day}({WEEKDAYS[local.weekday()]}) {local:%H:%M}"


def waited(since: datetime, now: datetime) -> str:
    """たった今 · 5分 · 2時間5分 · 3日4時間"""
    minutes = max(now - since, timedelta()) // timedelta(minutes=1)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}日{hours}時間" if hours else f"{days}日"
    if hours:
        return f"{hours}時間{minutes}分" if minutes else f"{hours}時間"
    return f"{minutes}分" if minutes else "たった今"
