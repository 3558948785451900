"""What English and romanised Japanese say of where the person is. All match lower case, with the known names between < and >."""

import re
from collections.abc import Iterator

_CHOME = r"\d[\s-]*cho-?u?me"
_BANCHI = r"\d{1,2}(?:-\d{1,4})+"
_NUMBERED = re.compile(
    rf"<[^<>]+>[\s,-]*(?:{_CHOME}|{_BANCHI})|\b(?P<number>{_BANCHI}|{_CHOME})[\s,]*(?P<name><[^<>]+>)"
)
NAMED = re.compile(
    rf"<(?P<name>[^<>]+)>"
    rf"(?:[\s,-]*(?:(?P<chome>{_CHOME}|\d(?=\s*(?:$|desu|に|で|の)))|(?P<banchi>{_BANCHI}))"
    r"|[\s-]*(?P<station>(?:station|stn|sta|eki)(?![a-z])\.?))?"
)
_COUNTRY = re.compile(r"[\s,]*\b(?:tokyo(?:-to)?|japan)\b[\s,]*")
_ELSEWHERE = r"(?P<elsewhere><[^<>]*[市区町村]>)"
_ITS_PART = rf"<[^<>]+>(?:[\s,-]*(?:{_CHOME}|{_BANCHI}|\d\b))?"
_PART_ELSEWHERE = re.compile(
    rf"{_ITS_PART}[\s,]*{_ELSEWHERE}|{_ELSEWHERE.replace('elsewhere', 'first')}[\s,]*{_ITS_PART}"
)
_SENTENCE = re.compile(r"[.!?;。\n]|\b(?:but|now)\b")
_OTHERS = re.compile(
    r"\b(?:he|she|they|his|her|their|friends?|mother|mom|mum|father|dad|parents?|husband|wife|sister|brother|in-?laws?"
    r"|work(?:s|ing)?|office|company|school|used|lived|was|were|not|never|between|or|want|if|would|from|\w+n'?t|tomodachi|jikka)\b"
)
_AROUND = r"(?:near|around|close to|next to|by)(?: the)?"
_LIVES = re.compile(
    rf"\b(?:i|we)(?:'?m|'?re| am| are)? ?(?:now|currently|both|just)? ?(?:live|living|stay|staying)(?: (?:in|at|{_AROUND}))?\s*$"
)
_NEAR = re.compile(rf"\b{_AROUND}\s*$")
_HOME = re.compile(
    r"[\s:,]*(?:(?:hi|hello|yes|so|and|it'?s|(?:i'?m|i am|we'?re|we are) (?:in|at)|in|at|my|our|the|address|home|house|place|apartment|nearest|closest|station"
    r"|is|ima|uchi|ie|watashi|wa|ha|juusho|jusho)\b[\s:,]*)*"
)
_LIVES_AFTER = re.compile(r"\s*(?:ni (?:sunde|sumi)|zaiju)")
_NEAR_AFTER = re.compile(r"\s*(?:no (?:chikaku|soba)|fukin)")
_A_CITY = re.compile(r",\s*[a-z]")  # that may be anywhere: Chuo 3-1, Osaka
_NO_MORE = re.compile(r"\s*(?:desu(?: ?ga| ?kedo| ?ne)?\b|dayo\b)?\s*(?:[,.!?)#]|$)")


def stated(marked: str, here: str) -> Iterator[str]:
    """What the text says of where the person is, in Japanese."""
    within = f"<{here}>" in marked
    text = _COUNTRY.sub(" ", marked).replace(f"<{here}>", ",")
    text = _NUMBERED.sub(_name_first, text)
    text = _PART_ELSEWHERE.sub(lambda found: found["elsewhere"] or found["first"], text)
    for named in NAMED.finditer(text):
        before, tail = text[: named.start()], text[named.end() :]
        if said := _said(named, before, tail, within=within):
            yield f"{in_japanese(named)}{said}"


def in_japanese(named: re.Match[str]) -> str:
    chome, station = named["chome"], named["station"]
    number = f"{chome[0]}丁目" if chome else named["banchi"] or ""
    return f"{named['name']}{'駅' if station else number}"


def _name_first(numbered: re.Match[str]) -> str:
    """3-12-5 Wakamiya, the way addresses are written abroad."""
    return f"{numbered['name']} {numbered['number']}" if numbered["name"] else numbered[0]


def _said(named: re.Match[str], before: str, tail: str, *, within: bool) -> str:
    """What to say behind the name, if it is where the person is; "" if it may be another's, or of the past."""
    lead = _SENTENCE.split(before)[-1]
    if _OTHERS.search(lead):
        return ""
    at_home = _is_home(named, before, within=within)
    if _LIVES.search(lead) or (at_home and _LIVES_AFTER.match(tail)):
        return "に住んでいます"
    if _OTHERS.search(_SENTENCE.split(tail)[0]):
        return ""
    if _NEAR.search(lead) or (at_home and _NEAR_AFTER.match(tail)):
        return "の近く"
    clear = within or not _A_CITY.search(tail)
    return "です" if at_home and clear and (named["banchi"] or _NO_MORE.match(tail)) else ""


def _is_home(named: re.Match[str], before: str, *, within: bool) -> bool:
    """A bare name may be somebody's ("Ms. Arai"), so nothing but 「my address is」 may come before it."""
    if not (named["chome"] or named["banchi"] or named["station"]):
        return bool(_HOME.fullmatch(before))
    lead = _SENTENCE.split(before)[-1]
    return bool(_HOME.fullmatch(lead.rpartition(",")[2].strip() if within else lead))
