"""What lies outside of the municipality: prefectures, other municipalities and parts of them."""

from collections.abc import Iterator

from directory.model import Directory, Place

_PREFECTURES = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
]


def neighbours(directory: Directory) -> Iterator[tuple[str, Place]]:
    """横浜 or 荻窪 without 市: also names of families and of journeys, so only who lives there means the place."""
    for prefecture in _PREFECTURES:
        if prefecture not in (directory.prefecture, "北海道"):
            yield prefecture[:-1], _outside(prefecture[:-1])
    for other in directory.elsewhere:
        if len(other) > 2:
            yield other[:-1], _outside(other if other.endswith("区") else other[:-1])
    for part in (*directory.neighbourhoods, "海外"):
        yield part, _outside(part)
    kind = directory.municipality[-1]
    for said in (f"{kind}外", f"{directory.municipality}外", f"{directory.municipality}の外"):
        yield said, _outside(f"{directory.municipality}の外")


def municipalities(directory: Directory) -> Iterator[tuple[str, Place]]:
    for other in (*_PREFECTURES, *directory.elsewhere):
        if other != directory.prefecture:
            yield other, _outside(other)
    for kana, other in directory.elsewhere_kana:
        yield kana, _outside(other)


def _outside(name: str) -> Place:
    return Place("outside", name, None, inside=False)
