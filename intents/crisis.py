"""Signs of danger to life, abuse, partner violence and medical emergencies.

Code and reviewed data (crisis.yaml), apart from the routing rules: no edit of those can switch this off.

How a sign is found, so that it can be explained: the utterance is folded to one spelling; what the reviewed exceptions
cover (「死ぬほど眠い」, 「手を叩いて」) is blanked out; what is left is searched for the reviewed phrases. The gravest kind
wins (see Kind); within it the first sign listed gives the topic and the voice. Where only an unsure sign is found
(「母親をやめたい」, 「死にたいわけではない」) nobody is alarmed: that is a Concern, and a person is asked in.
"""

from collections.abc import Iterable, Iterator

from intents.crisis_data import Catalogue, Clue, Sign, Spans, Speaker, catalogue
from intents.crisis_model import Concern, CrisisSign, Kind, Voice
from intents.crisis_phrases import Found

__all__ = ["Concern", "CrisisSign", "Kind", "Voice", "find_concern", "find_crisis", "find_danger"]

_BLANK = "\0"  # normalising removes it from every text, so no phrase can match it

_Hit = tuple[Sign, str]  # with the words that gave it


def find_crisis(utterance: str) -> CrisisSign | None:
    """The gravest sign in the utterance, or None."""
    danger = find_danger(utterance)
    return danger if isinstance(danger, CrisisSign) else None


def find_concern(utterance: str) -> Concern | None:
    """The gravest unsure sign in an utterance that has no sure one, or None."""
    danger = find_danger(utterance)
    return danger if isinstance(danger, Concern) else None


def find_danger(utterance: str) -> CrisisSign | Concern | None:
    """Both in one reading. A sure sign of any kind comes before every unsure one."""
    return find_in(catalogue().fold(utterance))


def find_in(folded: str) -> CrisisSign | Concern | None:
    """The same, in an utterance that is folded already."""
    known = catalogue()
    near = known.clues_near(folded)
    near = {clue: spans for clue, spans in near.items() if clue.sign is None or _stands(clue, folded, spans)}
    if not any(clue.sign for clue in near):
        return None  # most messages end here: the exceptions are not even looked at
    found = {kind: hits for kind in Kind if (hits := _hits(folded, near, kind))}
    if sure := {kind: certain for kind, hits in found.items() if (certain := _certain(hits))}:
        gravest, *less_grave = sure
        return _sign(gravest, sure[gravest], folded, known, tuple(less_grave))
    return next((_concern(kind, hits, folded, known) for kind, hits in found.items()), None)


def _hits(folded: str, near: dict[Clue, Spans], kind: Kind) -> list[_Hit]:
    """Every sign of one kind, sure or not, the first listed first."""
    signs = [(clue, clue.sign) for clue in near if clue.sign and clue.kind is kind]
    if not signs:
        return []
    everywhere = _blanked(folded, near, [clue for clue in near if clue.kind is None])
    plain = _blanked(everywhere, near, [clue for clue in near if clue.kind is kind and not clue.sign])
    hits = [
        (sign, found.words)
        for clue, sign in signs
        if (found := next(_found(clue, everywhere if sign.firm else plain, near[clue]), None))
    ]
    return sorted(hits, key=lambda hit: (hit[0].rank, hit[1]))


def _certain(hits: list[_Hit]) -> list[_Hit]:
    return [hit for hit in hits if not hit[0].unsure]


def _stands(clue: Clue, text: str, spans: Spans) -> bool:
    return next(_found(clue, text, spans), None) is not None


def _found(clue: Clue, text: str, spans: Spans) -> Iterator[Found]:
    for start, stop in spans:
        yield from clue.phrase.find(text, start, stop)


def _blanked(text: str, near: dict[Clue, Spans], exceptions: Iterable[Clue]) -> str:
    covered = [(found.start, found.end) for clue in exceptions for found in _found(clue, text, near[clue])]
    if not covered:
        return text
    letters = list(text)
    for start, stop in covered:
        letters[start:stop] = _BLANK * (stop - start)
    return "".join(letters)


def _sign(kind: Kind, hits: list[_Hit], folded: str, known: Catalogue, also: tuple[Kind, ...]) -> CrisisSign:
    first = hits[0][0]
    return CrisisSign(kind, _voice(first, folded, known), _words(hits), topic=first.topic, also=also)


def _concern(kind: Kind, hits: list[_Hit], folded: str, known: Catalogue) -> Concern:
    return Concern(kind, _voice(hits[0][0], folded, known), _words(hits))


def _voice(sign: Sign, folded: str, known: Catalogue) -> Voice:
    speaker = known.speakers[sign.kind]
    return _cued(folded, speaker) or sign.voice or speaker.usual


def _words(hits: list[_Hit]) -> tuple[str, ...]:
    """The plain phrases if there are any, and none that only repeats a part of a longer one."""
    said = dict.fromkeys(words.replace(_BLANK, "") for _, words in hits)
    plain = [words for words in said if "+" not in words] or list(said)
    return tuple(words for words in plain if not any(words in other for other in plain if other != words))


def _cued(folded: str, speaker: Speaker) -> Voice | None:
    for voice, phrases in speaker.cues:
        if any(phrase.regex.search(folded) for phrase in phrases):
            return voice
    return None
