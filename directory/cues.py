"""The words beside a name that tell whether the person means a place, and to be there. All match flattened text."""

import re

from directory.spelling import KANJI

_COUNTER = r"\s*(?:[かがけゖ]月|箇月|歳|才|さい|人|年|時|日|回|週|月|か国|組|つ|円|万|千|%|km|m|分|番目|児|階|丁目|ちょうめ)"
_DIGIT = r"\d{1,2}|[一二三四五六七八九]|いっ|いち|に|さん|よん|ご|ろく|なな|はっ|はち|きゅう"
_CHOME = r"(?:丁目|丁め|町目|ちょうめ|ちょーめ|ちょめ)"
_KANJI_NUMBER = "[一二三四五六七八九十]"
# 江古田(えごた)2丁目
_IN_BRACKETS = r"(?:\([^()]{1,8}\))?"
CHOME = re.compile(
    rf"{_IN_BRACKETS}\s*の?\s*(?P<number>{_DIGIT})"
    rf"\s*(?:{_CHOME}|丁(?=[\d\s-]|$))(?P<banchi>\s*の?\s*(?:\d|{_KANJI_NUMBER}))?"
)
# えごた4, 江古田4-1-2, 若宮二の十三; not 若宮3歳, 沼袋 3-4か月, 野方 2人
NUMBER = re.compile(
    rf"\s?(?:(?P<number>\d{{1,2}})(?!\d)(?!{_COUNTER})"
    rf"(?:(?P<banchi>[-の]\d+(?!\d)(?!{_COUNTER})|番)"
    r"|(?=$|[\s、。,.!?)」]|[のにへ]|で|です|から|まで|あたり|辺|付近|近|周|在住|住))"
    rf"|(?P<kanji>[一二三四五六七八九])(?:の{_KANJI_NUMBER}|-\d|$))"
)
# 2・3丁目, 2丁目か3丁目, 2〜3丁目
TWO_CHOME = re.compile(
    rf"\s*の?\s*(?P<one>{_DIGIT})\s*(?:{_CHOME})?\s*(?:[か・、,とや〜~/-]|または|もしくは|それとも)\s*(?:たぶん|多分)?\s*"
    rf"(?P<two>{_DIGIT})\s*{_CHOME}"
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
    r"の?\s*(?:すぐ|いちばん|一番|もっと)?(?:近く|近所|近辺|ちかく|付近|周辺|あたり|辺り?|へん|ほう|方面|方(?=で|に|$)|側|まわり|周り|そば|傍"
    r"|裏|隣|となり|向かい|目の前|はし|端|はずれ|外れ|奥|真ん中|まん中|境"
    r"|[東西南北](?:側|の|部|より|寄り|口))"
)
# 野方の環七のそば
_BUILDING = "図書館|小学校|中学校|小|中|高校|病院|公園|団地|商店街|郵便局|交番|区民活動せんたー|体育館|神社|保育園|幼稚園"
_BESIDE_SOMETHING = rf"(?:の[^\s、。はがをにで]{{1,10}}|(?:{_BUILDING})の)\s*{_BESIDE.removeprefix('の?')}"
NEAR = re.compile(
    rf"{_BESIDE}|{_BESIDE_SOMETHING}|に近|から近|前(?:です|だ|に住|の?(?:近く|あたり)|[\s。]*$)"
    r"|(?:が|から)(?:一番|いちばん)?(?:最寄|もより|近い)|(?:から|まで)?の?(?:徒歩|歩いて|歩い?[てけき]|自転車)|から\d+分"
)
LIVING = re.compile(
    rf"(?:{_BESIDE}|{_BESIDE_SOMETHING})?(?:くらい|ぐらい)?\s*"
    r"(?:に(?:は)?(?:住|すん|すむ|すみ|すまい|引っ?越|ひっこ|越し|転居|転入|家が|自宅が|い(?:ます|る|て)|来(?:ま|て|た)|きま)"
    r"|で(?:暮ら|くら|子育て|育て)|へ(?:引っ?越|転居|転入)|在住|に在住|住み|住まい|民(?:です|な|だ|の|$))"
)
EVENT = re.compile(r"で(?!す)")  # 江古田駅で財布を落とした
LIVES = re.compile(rf"(?:{_BESIDE})?に住|在住")  # not 新居に引っ越し
_HAPPENED = r"[^。、]{0,24}(?:まし|[しいっん])[ただ](?![いがけらりほの])"
_WANTED = (
    r"一時|相談|保育|預|あずけ|遊|あそ|子育て|児童|ひろば|探|さが|どこ|おすすめ|教え|行け|使え|通え|でき|出来|病児|健診|接種|学童|支援"
    r"|さーくる|場所|ところ|とこ|施設|窓口|近"
)
# 若宮で一時保育を探しています; not 鷺宮で生まれました, 白鷺で遊んだ
_WANTED_THERE = rf"で(?=[^。、]{{0,14}}(?:{_WANTED}))(?!{_HAPPENED})"
# 若宮の児童館を教えて; not の病院に行った, の公園でけがをした, の保育園の先生
_ITS_DESK = (
    r"の(?:児童館|ひろば|保育園|幼稚園|こども園|学童|小学校|病院|公園|図書館|窓口|施設|相談|一時|すこやか|家|自宅|団地|社宅|まんしょん|あぱーと)"
    rf"(?!で{_HAPPENED}|に(?:行|通|い[きっ])|へ行|の(?:友|先生|人)|を(?!教|おしえ|探|さが|知り|しり|紹介|使い|つかい|利用し))"
)
ITS_DESK = re.compile(_ITS_DESK)
THERE = re.compile(
    rf"です|なんです|なので|だよ|だけど|{_WANTED_THERE}|から|へ|まで|にある|に[はも][^。、]{{0,12}}(?:あり|ある)"
    rf"|{_ITS_DESK}"
)
SAID = re.compile(r"です|だ|[、。,.!\s]|$")
GAP = re.compile(r"[\s、。,.!?「」(),・]")
AND_THEN = re.compile(rf"{GAP.pattern}|{THERE.pattern}|で")

_SELF = r"(?:いま|今|現在|うち|(?<!実)家|自宅|我が家|わが家|住所|住まい|住み|居住地|場所|現在地|居場所|最寄り?駅?|もより駅?|私|わたし|自分|僕|こちら|ここ)"
_SELF_IS = rf"{_SELF}(?:の(?:家|住所|住まい|場所))?(?:は|が|も|なら|:|、|\s)*"
# Nothing but the name: 「いまは東京都中野区若宮です」
ALONE_BEFORE = re.compile(
    r"(?:(?:はい|えっ?と|えーと|あの|たぶん|うん|すみません)[、。\s]*)?"
    r"(?:〒?\s*\d{3}-?\d{4})?[\s、]*"
    rf"(?:{_SELF_IS})*[\s、:]*"
    rf"(?:[{KANJI}]{{2,3}}[都道府県])?[\s、の]*"
)
ALONE_AFTER = re.compile(
    r"(?:です|だよ|だ|なんです|ですが?|ですけど|でお願いします|かな|かも|だと思います|えりあ|地区|とか|らへん|あたり|辺り)?(?:ね|よ)?[\s。.!?、]*"
)
AT_HOME = re.compile(rf"{_SELF_IS}$|(?:じゃ|では)なく(?:て)?、?\s*$")
_SINCE = r"(?:来月|今月|先月|先週|来週|昨日|今日|今年|去年|昨年|来年|現在|最近|今度|先日|東京都|東京|都内)"
# What may stand right before a name though it is kanji itself: 今若宮, 自宅若宮, 来月野方
APART = re.compile(rf"(?:今|宅|在|所|家|寄|私|{_SINCE})$")

# Left behind, denied, only wished for.
NOT_THERE = re.compile(
    r"から[^。]{0,14}?(?:引っ?越|ひっこ|越し|転入|転居|移っ|移り)"
    r"|に(?:住んで|すんで)い?(?:た|まし)|に(?:いた|いました)|(?:では|じゃ)(?:なく|ない|あり)|以外"
    r"|に(?:住み|すみ|引っ?越し|移り)たい|に(?:住む|引っ?越す)(?:か|なら|としたら|予定は)"
)
FORMER = re.compile(
    r"(?:以?前|昔|まえ|元々?|もともと|当時|出身)[はがに]、?\s*$"
    r"|(?:去年|昨年|先月|先週|昨日|最近|この間|こないだ|この前|春|夏|秋|冬|(?:\d+|数|[一二三四五六七八九十])(?:か?月|年|週間)前)まで(?:は|に)?、?\s*$"
)
_PEOPLE = (
    r"友達|友だち|友人|ともだち|ままとも|まま友|実家|義実家|両親|義両親|義母|義父|祖父母|祖母|祖父|おばあちゃん|おじいちゃん|ばあば|じいじ|"
    r"姉|妹|兄|弟|姪|甥|親戚|親せき|子の友だち|いとこ|おば|おじ|叔母|叔父|知人|知り合い|先輩|同僚|上司|元?(?:夫|妻|旦那|主人|嫁|彼氏?|かれし)|母|父|母親|父親|お母さん|お父さん"
)
_THEIR_PLACE = (
    r"職場|勤務先|会社|仕事|勤め先|学校|大学|小学校|中学校|高校|幼稚園|保育園|こども園|園|病院|実家|出身"
)
# Somebody else, or another place of mine: 友達が, 義母の家が, 職場は
OTHERS = re.compile(
    rf"(?:(?:{_PEOPLE})(?:たち|さん)?(?:の(?:家|実家|職場|会社|学校|園))?|(?:{_THEIR_PLACE}))"
    r"[はがも]、?(?:最近|今|いま|ずっと|昔から|同じ|近所の|まだ)?、?\s*$"
)

# 若宮と白鷺の間, 野方か沼袋
BETWEEN = re.compile(r"\s*(?:と|か|や|または|もしくは|それとも|・|/|、)\s*")
EITHER = re.compile(
    r"の?(?:間|あいだ|中間|境|さかい|どっち|どちら|あたり|辺り?|へん|くらい|ぐらい|付近|近く)"
)

# After another municipality: its own towns and numbers.
_ITS_PART = (
    rf"(?:[{KANJI}ぁ-ん]{{1,7}}[市区町村])?(?:の?[{KANJI}](?:[{KANJI}がの]{{0,9}}[{KANJI}])?)?"
    rf"(?:[\d{_KANJI_NUMBER[1:-1]}][\d\-の番号丁目ちょう]*)?"
)
PART_LIVING = re.compile(rf"{_ITS_PART}\s*(?:{LIVING.pattern})")
PART_ALONE = re.compile(rf"{_ITS_PART}(?:{ALONE_AFTER.pattern})")
PART_STATED = re.compile(rf"{_ITS_PART}(?:です|だ|なの|なん|に(?:住|すん|なり)|{GAP.pattern}|$)")
MAY_I = re.compile(
    r"(?:から)?でも[^。]{0,6}(?:使|利用|相談|いい|良い|大丈夫|行|参加|申)|の(?:人|者|住民)(?:です|なの|でも)"
)
A_STATION = re.compile("駅|えき")
PART_ONLY = re.compile(rf"の?[{KANJI}]*")
AN_ADDRESS = re.compile(
    rf"[{KANJI}](?:[{KANJI}がの]{{0,6}}[{KANJI}])?(?:\d+(?!{_COUNTER})|[一二三四五六七八九]丁目)"
)
PAUSE = re.compile(r"(?:^|[。、,.!?\s(])$")

POSTAL_CODE = re.compile(
    r"(?<![\d-])(?P<mark>(?:〒|(?:郵便番号|ゆうびんばんごう)[はが:]?)\s*)?(\d{3})(?P<dash>-?|(?<=〒\d{3}) | )(\d{4})(?![\d-])"
)
