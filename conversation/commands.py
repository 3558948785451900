"""Words that steer the conversation itself, and answers to the bot's own questions. Each can be tapped or typed."""

from enum import Enum

from conversation.messages import Choice
from intents.normalize import normalize

TALK = Choice("相談員と話す")
WRONG = Choice("ちがう")
STOP = Choice("相談をやめる")
AGREE = Choice("同意して相談する")
DECLINE = Choice("やめておく")
NEARBY = Choice("近くの相談場所")
PRIVACY = Choice("くわしい説明")
LOCATE = Choice("位置情報を送る", locates=True)
NO_ANSWER = Choice("つながらない")
NO_VOICE = Choice("電話できない")
NONE_OF_THESE = Choice("どれでもない")
ERASE_NOW = Choice("消す")
URGENT = Choice("いま困っている(緊急)")
END = Choice("相談を終わる")
HELPED = Choice("はい、助かりました")
STILL = Choice("まだ困っている")
RATHER_NOT = Choice("答えない")

# What LINE's menu offers beside these, and what the bot asks back: at most four topics each.
LEAVING = Choice("預けたい")
GROWING = Choice("育ちの心配")
PAPERS = Choice("手続き・お金")
TOPICS = {
    LEAVING: ("temporary_care", "nursery_admission", "sick_child_care", "short_stay"),
    GROWING: ("development", "health_checkup", "feeding", "parenting_worry"),
    PAPERS: ("procedures", "allowance", "medical_subsidy", "financial_hardship"),
}


class Command(Enum):
    TALK = "wants a person"
    WRONG = "the answer missed"
    STOP = "ends the consultation"
    PRIVACY = "wants the full text"
    ERASE = "wants the record gone"
    URGENT = "needs somebody at once"
    MENU = "wants to choose among topics"


_COMMANDS = {
    Command.TALK: (
        TALK.label,
        "相談員",
        "相談員につないで",
        "相談したい",
        "相談したいです",
        "やっぱり相談したい",
        "やっぱり相談したいです",
    ),
    Command.WRONG: (WRONG.label, "違う", "違います", "ちがいます", "そうじゃない", "そうではない"),
    Command.STOP: (STOP.label, END.label, "相談終了", "相談をやめたい"),
    Command.PRIVACY: (PRIVACY.label, "説明", "プライバシー"),
    Command.ERASE: (
        "消してほしい",
        "消してください",
        "記録を消して",
        "記録を消したい",
        "記録を消してほしい",
        "記録を消してください",
        "データを消して",
        "データを消してほしい",
        "削除してほしい",
        "削除してください",
    ),
    Command.URGENT: (URGENT.label, "いま困っている", "緊急", "緊急です"),
    Command.MENU: tuple(choice.label for choice in TOPICS),
}
_YES = (
    "はい",
    "うん",
    "ok",
    "おk",
    "同意",
    "同意する",
    "同意します",
    "はいお願いします",
    "yes",
    "yes please",
    "お願いします",
    "よろしくお願いします",
    AGREE.label,
)
_NO = (
    "いいえ",
    "いや",
    "no",
    "やめる",
    "やめます",
    "やっぱりやめます",
    "もういい",
    "もういいです",
    "けっこうです",
    "結構です",
    "しない",
    "同意しない",
    DECLINE.label,
)
_ERASES = (ERASE_NOW.label, "消します", "消して")
_NO_ANSWER = (
    "つながらない",
    "繋がらない",
    "つながりません",
    "繋がりません",
    "出ない",
    "出てくれない",
    "話し中",
    "話中",
)
_NO_VOICE = (
    "電話できない",
    "電話できません",
    "電話は無理",
    "電話むり",
    "電話無理",
    "声が出せない",
    "声を出せない",
    "話せない",
)
_UNSURE = (
    "わからない",
    "わかりません",
    "わかんない",
    "わからないです",
    "知らない",
    "どこでもいい",
    "どこでもいいです",
    "どちらでもいい",
    "どっちでもいい",
    "言いたくない",
    "言いたくないです",
    "教えたくない",
)
_SEEN = (
    "そうですか",
    "そうなんですね",
    "そうなんだ",
    "わかりました",
    "わかった",
    "了解",
    "了解です",
    "なるほど",
    "そっか",
)
_HOW_LONG = (
    "まだ",
    "まだですか",
    "まだかな",
    "まだでしょうか",
    "返事まだ",
    "返事はまだですか",
    "お返事はまだですか",
    "いつですか",
    "いつ返事がきますか",
    "いつ読みますか",
    "あとどのくらいですか",
    "どのくらい待ちますか",
)
_WHETHER_HELPED = (  # in few words, where nothing else was asked
    ("はい", "うん", "助かりました", "助かった", "はい助かりました", "役に立ちました"),
    (
        "まだ",
        "まだです",
        "まだ困ってる",
        "まだ困っています",
        "まだ困ってます",
        "困っています",
        "いいえ",
        "いや",
        "ううん",
    ),
    ("答えたくない", "答えたくないです", "答えません", "やめておく"),
)
_LONGEST = 20  # a longer sentence tells more than that a line was busy


def _flat(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalize(word) for word in words)


_BY_WORDS = {word: command for command, words in _COMMANDS.items() for word in _flat(words)}
_TOPICS_BY_WORDS = {normalize(choice.label): topics for choice, topics in TOPICS.items()}
_YES_FLAT, _NO_FLAT = _flat(_YES), _flat(_NO)
_ERASES_FLAT = _flat(_ERASES)
_UNSURE_FLAT, _SEEN_FLAT = _flat(_UNSURE), _flat(_SEEN)
_HOW_LONG_FLAT = _flat(_HOW_LONG)
_WHETHER_HELPED_FLAT = tuple(_flat(words) for words in _WHETHER_HELPED)
_NO_ANSWER_FLAT, _NO_VOICE_FLAT = _flat(_NO_ANSWER), _flat(_NO_VOICE)


def command(text: str) -> Command | None:
    return _BY_WORDS.get(_bare(text))


def topics_of(text: str) -> tuple[str, ...]:
    """The topics behind a word of the menu."""
    return _TOPICS_BY_WORDS.get(_bare(text), ())


def is_nearby(text: str) -> bool:
    return _bare(text) == normalize(NEARBY.label)


def agrees(text: str) -> bool:
    return _bare(text) in _YES_FLAT


def erases(text: str) -> bool:
    """An answer to 「消すと、元に戻せません」."""
    return _bare(text) in _ERASES_FLAT or agrees(text)


def declines(text: str) -> bool:
    return _bare(text) in _NO_FLAT


def cannot_speak(text: str) -> bool:
    """「電話できない」: only a written service helps."""
    return _mentions(text, _NO_VOICE_FLAT)


def cannot_get_through(text: str) -> bool:
    """「つながらない」: the next line, please."""
    return _mentions(text, _NO_ANSWER_FLAT)


def chosen(text: str, labels: tuple[str, ...]) -> int | None:
    """Which option was meant, by its number from 1 or by its label. Counts from 0."""
    bare = _bare(text)
    by_number = {str(number): number - 1 for number in range(1, len(labels) + 1)}
    by_label = {normalize(label): index for index, label in enumerate(labels)}
    return by_number.get(bare.removesuffix("番"), by_label.get(bare))


def whether_helped(text: str, choices: tuple[Choice, ...], *, briefly: bool) -> int | None:
    """Which of the three was meant. `briefly`: by its number or in few words, too."""
    if not briefly:
        return next((at for at, choice in enumerate(choices) if _bare(text) == normalize(choice.label)), None)
    said = (at for at, words in enumerate(_WHETHER_HELPED_FLAT) if _bare(text) in words)
    chosen_ = chosen(text, tuple(choice.label for choice in choices))
    return next(said, None) if chosen_ is None else chosen_


def is_unsure(text: str) -> bool:
    """「わからない」 about a place is an answer, not a slip."""
    return _bare(text) in _UNSURE_FLAT


def asks_how_long(text: str) -> bool:
    """「まだですか」, of who waits."""
    return _bare(text) in _HOW_LONG_FLAT


def acknowledges(text: str) -> bool:
    return _bare(text) in _YES_FLAT | _NO_FLAT | _SEEN_FLAT


def rejects(text: str) -> bool:
    return command(text) is Command.WRONG or declines(text) or refuses_all(text)


def refuses_all(text: str) -> bool:
    return _bare(text) == normalize(NONE_OF_THESE.label)


def _mentions(text: str, words: frozenset[str]) -> bool:
    flat = normalize(text)
    return len(flat) <= _LONGEST and any(word in flat for word in words)


def _bare(text: str) -> str:
    return normalize(text).strip("。、.,!?！？「」")
