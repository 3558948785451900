"""The words beside a name that tell whether the person means a place, and to be there. All match flattened text."""

import re

from directory.spelling import KANJI

_COUNTER = r"\s*(?:[かがけゖ]月|箇月|歳|才|さい|人|年|時|日|回|週|月|か国|組|つ|円|万|千|%|km|m|分|番目|児|階|丁目|ちょうめ)"
CHOME = re.compile(
    r"\s*の?\s*(?P<number>\d{1,2}|[一二三四五六七八九]|いっ|いち|に|さん|よん|ご|ろく|なな|はっ|はち|きゅう)"
    r"\s*(?:丁目|町目|ちょうめ|ちょーめ|ちょめ|丁(?=[\d\s-]|$))(?P<banchi>\s*の?\s*\d)?"
)
# えごた4, 江古田4-1-2; not 若宮3歳, 沼袋 3-4か月, 野方 2人
NUMBER = re.compile(
    rf"\s?(?P<number>\d{{1,2}})(?!\d)(?!{_COUNTER})"
    rf"(?:(?P<banchi>[-の]\d+(?!\d)(?!{_COUNTER})|番)"
    r"|(?=$|[\s、。,.!?)」]|[のにへ]|で|です|から|まで|あたり|辺|付近|近|周|在住|住))"
)
NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "一 いち いっ",
            "二 に",
            "三 さん",
            "四 よん",
            "五 ご",
            "六 ろく",
            "七 なな",
            "八 はち はっ",
            "九 きゅう",
        ),
        start=1,
    )
    for word in words.split()
}

_BESIDE = (
    r"の?\s*(?:すぐ)?(?:近く|近所|近辺|ちかく|付近|周辺|あたり|辺り?|へん|ほう|方面|側|まわり|周り|そば"
    r"|[東西南北](?:側|の|部|より|寄り|口))"
)
NEAR = re.compile(rf"{_BESIDE}|に近|から近")
LIVING = re.compile(
    rf"(?:{_BESIDE})?\s*"
    r"(?:に(?:住|すん|すむ|引っ?越|ひっこ|越し|転居|転入|家が|い(?:ます|る|て))|在住|住み|住まい|民です)"
)
THERE = re.compile(
    r"です|なんです|なので|だよ|だけど|で(?!し|は)|から|へ|まで|にある"
    r"|の(?:児童館|ひろば|保育園|幼稚園|こども園|学童|小学校|病院|公園|図書館|窓口|施設|相談|一時|すこやか|家|自宅|まんしょん|あぱーと)"
)
GAP = re.compile(r"[\s、。,.!?「(・]")

# Nothing but the name: 「いまは東京都中野区若宮です」
ALONE_BEFORE = re.compile(
    r"(?:〒?\d{3}-?\d{4})?[\s、]*"
    r"(?:(?:いま|今|うち|家|自宅|住所|住まい|場所|現在地|居場所|最寄り?駅?)[はが]?)?[\s、:]*"
    rf"(?:[{KANJI}]{{2,3}}[都道府県])?[\s、の]*"
)
ALONE_AFTER = re.compile(r"(?:です|だよ|だ|なんです|ですが?|でお願いします|えりあ|地区)?[\s。.!?、]*")

LEFT_BEHIND = re.compile(
    r"から[^。]{0,12}?(?:引っ?越|ひっこ|越して|転入|転居|移っ|移り)"
    r"|に(?:住んで|すんで)い?(?:た|まし)|に(?:いた|いました)|(?:では|じゃ)(?:なく|ない|あり)"
)
FORMER = re.compile(r"(?:前|以前|昔|まえ|元々?|もともと|実家|出身|職場|勤務先)[はが]、?\s*$")

AN_ADDRESS = re.compile(rf"[{KANJI}ぁ-ん]{{1,7}}(?:\d|[一二三四五六七八九]丁目)")
POSTAL_CODE = re.compile(
    r"(?<![\d-])(?P<mark>(?:〒|郵便番号[はが:]?)\s*)?(\d{3})(?P<dash>-?)(\d{4})(?![\d-])"
)
