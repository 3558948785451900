"""What a sound pack may still lack: nothing that keeps the bot from running, all that a family would notice."""

from collections.abc import Iterator
from typing import Final

from directory.locating import misplaced
from directory.model import Directory

_DESKS: Final = {
    "基本型": "近くで相談できる場所を案内できません",
    "こども家庭センター型": "妊娠や乳幼児の健康の窓口を案内できません",
    "特定型": "保育の窓口を案内できません",
}


def findings(directory: Directory) -> Iterator[str]:
    """For whoever makes the pack, a line each."""
    for kind, missed in _DESKS.items():
        if not any(True for _ in directory.of_type(kind)):
            yield f"facilities.csv: 種類が「{kind}」の施設がありません。{missed}。"
    if not directory.facility(directory.consultation_desk).hours.known:
        yield "facilities.csv: 相談員のいる窓口(consultation_desk)の時間がありません。いつ人が読むかを約束できません。"
    for facility in directory.facilities:
        if facility.point and (problem := misplaced(facility.point, facility.address, directory)):
            yield f"facilities.csv: {facility.id}: {problem}"
        if not facility.phones:
            yield f"facilities.csv: {facility.id}: 電話番号がありません。"
    if not any(hotline.hours.always for hotline in directory.hotlines):
        yield "hotlines.csv: 24時間の電話がありません。"
    if not directory.attribution:
        yield "pack.toml: attribution が空です。データの出典と利用条件を書いてください。"
