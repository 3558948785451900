"""Whatever the ward changes, somebody can be reached in a crisis."""

from collections.abc import Iterator
from typing import Final

from directory.model import Directory, Hotline

EMERGENCY: Final = frozenset({"110", "119"})  # their numbers are the law's
_KIND_NAMES: Final = {
    "crisis_suicide": "死にたい・消えたい",
    "crisis_abuse": "虐待・子どもの安全",
    "crisis_dv": "配偶者や恋人の暴力",
    "crisis_medical": "急な病気・大けが",
    "concern": "つらさの気づかい",
    "waiting": "相談員を待つあいだ",
}


_VOICES: Final = (
    ("sexual_child", "子ども本人・性の被害"), ("attempt_child", "子ども本人・行動のおそれ"), ("attempt", "行動のおそれ"), ("sexual", "性の被害"),
    ("infant_fever", "赤ちゃんの熱"), ("poison", "誤飲・中毒"), ("pregnancy", "妊娠中"), ("missing", "いなくなった"),
    ("parent", "保護者"), ("witness", "見た・聞いた人"), ("child", "子ども本人"),
)  # fmt: skip


def dangers(pack: Directory, live: Directory) -> Iterator[str]:
    """What a parent in danger would miss that the pack has, for a person. Nothing where all is well."""
    if not any(one.id == live.consultation_desk for one in live.facilities):
        yield "相談員のいる窓口は、使うのをやめられません。"
    yield from _changed_emergencies(pack, live)
    before, after = _by_id(pack), _by_id(live)
    for case, line_ids in live.lines:
        had = [before[one] for one in line_ids if one in before]
        has = [after[one] for one in line_ids if one in after]
        # One that nobody can reach would stand in the place of one that can be.
        yield from (
            f"{in_words(case)}: 「{one.name}」に、電話もページもありません。"
            for one in has
            if not _usable(one) and (one.id not in before or _usable(before[one.id]))
        )
        if any(map(_always, had)) and not any(map(_always, has)):
            yield f"{in_words(case)}: 24時間つながるところが1つもなくなります。"
        elif any(map(_usable, had)) and not any(map(_usable, has)):
            yield f"{in_words(case)}: 案内できる電話やチャットが1つもなくなります。"


def cases_of(hotline_id: str, directory: Directory) -> tuple[str, ...]:
    """The crisis answers that show it: "crisis_abuse.parent"."""
    return tuple(case for case, line_ids in directory.lines if hotline_id in line_ids)


def in_words(case: str) -> str:
    """ "crisis_abuse.parent" → 「虐待・子どもの安全」(保護者)."""
    need, _, voice = case.partition(".")
    about = [_KIND_NAMES[kind] for kind in _KIND_NAMES if voice.startswith(kind)]
    about += next(([word] for name, word in _VOICES if voice.endswith(name)), [])
    return f"「{_KIND_NAMES.get(need, need)}」" + (f"({'・'.join(about)})" if about else "")


def is_for_danger(hotline: Hotline, directory: Directory) -> bool:
    """Whether it is looked at twice before it is changed."""
    return bool(cases_of(hotline.id, directory)) or any(kind.startswith("crisis_") for kind in hotline.kinds)


def _changed_emergencies(pack: Directory, live: Directory) -> Iterator[str]:
    after = _by_id(live)
    for line in pack.hotlines:
        if line.id not in EMERGENCY:
            continue
        now = after.get(line.id)
        if now is None:
            yield f"{line.id}番は、使うのをやめられません。"
        elif [one.number for one in now.phones] != [
            one.number for one in line.phones
        ] or not now.hours.always:
            yield f"{line.id}番の番号と時間(24時間)は、変えられません。"


def _by_id(directory: Directory) -> dict[str, Hotline]:
    return {one.id: one for one in directory.hotlines}


def _usable(line: Hotline) -> bool:
    return bool(line.phones or line.url)


def _always(line: Hotline) -> bool:
    return _usable(line) and line.hours.always
