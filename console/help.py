"""Short help for each page: what it is, what its marks mean, and which keys do what. Opened by 「?」, or as a page."""

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from console.desk import me
from console.rights import Right, has, needs

help_ = Blueprint("help", __name__)

Keys = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Topic:
    title: str
    says: tuple[str, ...]
    marks: tuple[tuple[str, str, str], ...] = ()  # icon, word, what it means
    right: Right = Right.OWN_ACCOUNT  # who has the page, has its help
    guide: str = "counselor"
    keys: tuple[tuple[str, Keys], ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    title: str
    right: Right


GUIDES: Final = {  # of docs/ja
    "counselor": Guide("相談員の手引き", Right.CONSULT),
    "admin": Guide("管理者の手引き", Right.ACCOUNTS),
    "rules": Guide("ルールの手引き", Right.RULES),
    "desk": Guide("窓口の手引き", Right.DESK_DATA),
    "privacy": Guide("個人の情報の扱い", Right.OWN_ACCOUNT),
}
EVERYWHERE: Final[Keys] = (
    ("?", "この画面の使い方を開く"),
    ("q", "相談一覧へ"),
    ("/", "相談をさがす"),
    ("c", "だれも対応していない緊急の相談を開く"),
)
IN_LIST: Final[Keys] = (
    ("j", "一覧で次の相談へ"),
    ("k", "一覧で前の相談へ"),
    ("o または Enter", "選んでいる相談を開く"),
    ("1〜5", "自分・未対応・全部・保留・対応済に切りかえる"),
)
IN_THREAD: Final[Keys] = (
    ("t", "対応する"),
    ("r", "返信を書く"),
    ("n", "内部メモを書く"),
    ("Ctrl+Enter", "書いた文を送る、内部メモを残す(書くところで)"),
    ("Esc", "書くところから出る"),
    ("s", "保留を選ぶ"),
    ("e", "「どうなりましたか」を選ぶ"),
    ("d", "解決して次へ(「どうなりましたか」を選んだあとで)"),
    ("Ctrl+Enter", "解決して次へ(「どうなりましたか」のところで)"),
)
DESK: Final = (("一覧", IN_LIST), ("やりとり", IN_THREAD), ("どの画面でも", EVERYWHERE))
ELSEWHERE: Final = (("どの画面でも", EVERYWHERE),)

URGENCIES: Final = (
    (
        "crisis",
        "緊急",
        "命や安全にかかわる言葉がありました。だれかが「対応する」を押すまで、どの画面にも赤い帯が出ます。",
    ),
    ("distress", "つらい", "つらさや、はっきりしない心配な言葉がありました。"),
    ("normal", "ふつう", "急がない相談です。"),
)
TOPICS: Final = {
    "queue": Topic(
        "相談一覧",
        (
            "相談員を待っている人の一覧です。緊急、つらい人と0歳の赤ちゃん、約束の時刻を過ぎた人、長く待っている人の順に並びます。",
            "時間は、相談者の言葉からの待ち時間です。一覧は自動で新しくなります。",
        ),
        (
            *URGENCIES,
            ("baby", "0歳", "1歳になる前の赤ちゃんの話が出ています。"),
            ("system", "約束の時刻を過ぎています", "「◯時から読みます」と伝えた時刻を30分過ぎました。"),
            (
                "utterance",
                "未読",
                "まだ読んでいないメッセージの数です。担当のいる相談では担当の人が、いない相談ではだれかが開くと消えます。",
            ),
        ),
        Right.CONSULT,
        keys=DESK,
    ),
    "threads": Topic(
        "やりとり",
        (
            "1人の相談者とのやりとりです。「対応する」を押した人が担当になり、返信できます。内部メモはだれでも残せます。",
            "ほかの相談員が同じ相談を見ているときや書いているときは、上に名前が出ます。書いているあいだにだれかが返信したときは、送る前に止まって知らせます。",
        ),
        (
            ("eye", "◯◯さんも見ています", "同じ相談を、いま開いている人です。"),
            ("pen", "◯◯さんが書いています", "返信か内部メモを、いま書いている人です。"),
            ("counselor", "返信", "青い枠。相談者に送られます。"),
            ("note", "内部メモ", "黄色の点線の枠。職員だけが読めます。"),
            (
                "bot",
                "ボット(自動)",
                "自動の案内です。「ボットの理解」で、何の話だと思ったか、どの言葉で決めたかが分かります。",
            ),
            ("error", "送れませんでした・届いたか不明", "返信の下に、送り直す方法が出ます。"),
        ),
        Right.CONSULT,
        keys=DESK,
    ),
    "finding": Topic(
        "相談をさがす",
        (
            "話題・窓口・担当・日付・相談者の名前と、やりとりの中の言葉でさがします。条件は組み合わせられます。",
            "見つかった言葉を見たことは、記録に残ります。",
        ),
        right=Right.FIND,
    ),
    "canned": Topic(
        "定型文",
        (
            "よく使う文を入れておくところです。返信の文で「/」を打つと選べます。",
            "自分の定型文は自分だけに、みんなの定型文は全員に出ます。",
        ),
        right=Right.CONSULT,
    ),
    "problems": Topic(
        "送信・受信の問題",
        (
            "送れなかった返信や、うまく扱えなかった出来事が並びます。「もう一度」を押すと、やり直します。",
            "「届いたか不明」をもう一度送ると、2回届くことがあります。",
        ),
        right=Right.MEND,
    ),
    "erasures": Topic(
        "消去の希望",
        (
            "記録を消してほしいと言った人の一覧です。理由を書いて「消す」か「消さない」を決めます。",
            "「消す」と元に戻せません。",
        ),
        right=Right.ERASE,
    ),
    "referrals": Topic(
        "紹介された相談", ("あなたの窓口に紹介された相談だけが出ます。",), right=Right.REFERRALS
    ),
    "rules": Topic(
        "ルール",
        (
            "ボットが何を分かり、何を答えるかを直すところです。下書きで試し、例文を確かめてから公開します。",
            "公開したあとも、前の版に戻せます。",
        ),
        right=Right.RULES,
        guide="admin",
    ),
    "data": Topic(
        "データ",
        (
            "保護者に案内する施設・サービス・電話・団体の内容です。保存すると、5秒以内にボットの答えが変わります。",
            "窓口の担当者は、自分の窓口の時間・臨時休館・催しを直し、内容を確認できます。変更は、いつでも取り消せます。",
        ),
        right=Right.DESK_DATA,
        guide="desk",
    ),
    "opendata": Topic(
        "オープンデータ",
        ("施設の一覧をオープンデータから取り込みます。1行ずつ見てから決め、あとで取り消せます。",),
        right=Right.DATA,
        guide="admin",
    ),
    "accounts": Topic(
        "アカウント",
        ("職員のアカウントを加え、役割を変え、止めるところです。",),
        right=Right.ACCOUNTS,
        guide="admin",
    ),
    "audit": Topic(
        "閲覧・操作の記録",
        ("だれが、いつ、だれの記録を読み、何をしたかの記録です。だれにも書きかえられません。",),
        right=Right.AUDIT,
        guide="admin",
    ),
    "account": Topic(
        "あなたの設定",
        ("パスワード、確認アプリ、ショートカット、音と通知を自分で変えるところです。",),
    ),
}
# Of a blueprint that has no topic by its name.
SAME_AS: Final = {
    "actions": "threads",
    "replies": "threads",
    "own_account": "account",
    "new_password": "account",
    "second_factor": "account",
    "account_form": "accounts",
    "data_edit": "data",
    "data_desks": "data",
    "help": "",
    "guides": "",
}
FIRST: Final = ("queue", "referrals", "audit", "account")


@help_.get("/help")
@needs(Right.OWN_ACCOUNT)
def page() -> ResponseReturnValue:
    """With `part` only what the dialog shows."""
    topics = {name: topic for name, topic in TOPICS.items() if has(me().role, topic.right)}
    about = request.args.get("about", "")
    if about not in topics:
        about = next(name for name in FIRST if name in topics)
    keys = topics[about].keys or (ELSEWHERE if has(me().role, Right.CONSULT) else ())
    shown: dict[str, Any] = {"topic": topics[about], "about": about, "topics": topics, "keys": keys}
    shown["guides"] = {name: one for name, one in GUIDES.items() if has(me().role, one.right)}
    return render_template("_help.html" if "part" in request.args else "help.html", **shown)


def topic_of(blueprint: str | None) -> str:
    """Which help goes with a page."""
    name = blueprint or ""
    return "rules" if name.startswith("rules_") else SAME_AS.get(name, name)
