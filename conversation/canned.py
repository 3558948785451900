"""What stands in braces in a canned reply, and is filled in for the thread it goes to."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from conversation.scene import spoken
from directory.model import Directory, Facility

BRACES: Final = re.compile("[{\uff5b]([^{}\uff5b\uff5d\n]{1,20})[}\uff5d]")  # also as wide as kanji

Fill = Callable[[Facility, datetime], str]


def _phone(desk: Facility, _now: datetime) -> str:
    return desk.phones[0].number if desk.phones else ""


def _next_opening(desk: Facility, now: datetime) -> str:
    moment = desk.hours.next_opening(now)
    return spoken(moment) if moment else ""


BLANKS: Final[Mapping[str, tuple[str, Fill]]] = {  # what it is for, and how it is filled
    "窓口": ("相談の窓口の名前", lambda desk, _: desk.name),
    "電話": ("その窓口の電話番号", _phone),
    "開庁時間": ("その窓口の開いている時間", lambda desk, _: desk.hours.describe()),
    "次の開庁": ("次に開く日と時刻", _next_opening),
}


def unknown(text: str) -> list[str]:
    """Names in braces that nothing is known for."""
    return [name for name in BRACES.findall(text) if name not in BLANKS]


def filled(text: str, desk_id: str | None, directory: Directory, now: datetime) -> str:
    """For a consultation at this desk. What is not known stays in its braces, for the counselor to see."""
    desk = _desk(desk_id, directory)

    def fill(found: re.Match[str]) -> str:
        if found[1] not in BLANKS:
            return found[0]
        return BLANKS[found[1]][1](desk, now) or found[0]

    return BRACES.sub(fill, text)


def _desk(desk_id: str | None, directory: Directory) -> Facility:
    try:
        return directory.facility(desk_id or directory.consultation_desk)
    except KeyError:  # retired since
        return directory.facility(directory.consultation_desk)
