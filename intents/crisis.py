"""Signs of danger to life, abuse, partner violence and medical emergencies.

Code and reviewed data (crisis.yaml), apart from the routing rules: no edit of those can switch this off.

How a sign is found, so that it can be explained: the utterance is folded to one spelling; what the reviewed exceptions
cover (「死ぬほど眠い」, 「手を叩いて」) is blanked out; what is left is searched for the reviewed phrases. The gravest kind
wins (see Kind); within it the first sign listed gives the topic and the voice.
"""

from collections.abc import Iterable, Sequence

from intents.crisis_data import Catalogue, Clue, Sign, Speaker, catalogue
from intents.crisis_model import CrisisSign, Kind, Voice

__all__ = ["CrisisSign", "Kind", "Voice", "find_crisis"]

_BLANK = "\0"  # normalising removes it from every text, so no phrase can match it


def find_crisis(utterance: str) -> CrisisSign | None:
    """The gravest sign in the utterance, or None."""
    known = catalogue()
    folded = known.fold(utterance)
    clues = known.clues_near(folded)
    found = {
        kind: hits for kind in Kind if (hits := _hits(folded, [clue for clue in clues if clue.kind is kind]))
    }
    if not found:
        return None
    gravest, *less_grave = found
    return _sign(gravest, found[gravest], folded, known, tuple(less_grave))


def _hits(folded: str, clues: Sequence[Clue]) -> list[tuple[Sign, str]]:
    """Every sign among the clues of one kind with the words that gave it, the first listed first."""
    if all(clue.sign is None for clue in clues):
        return []
    everywhere = _blanked(folded, (clue for clue in clues if clue.everywhere))
    plain = _blanked(everywhere, (clue for clue in clues if clue.sign is None and not clue.everywhere))
    hits = [
        (clue.sign, match[0])
        for clue in clues
        if clue.sign and (match := clue.phrase.regex.search(everywhere if clue.sign.firm else plain))
    ]
    return sorted(hits, key=lambda hit: (hit[0].rank, hit[1]))


def _blanked(folded: str, exceptions: Iterable[Clue]) -> str:
    plain = folded
    for clue in exceptions:
        for match in clue.phrase.regex.finditer(folded):
            start, end = match.span()
            plain = plain[:start] + _BLANK * (end - start) + plain[end:]
    return plain


def _sign(
    kind: Kind, hits: list[tuple[Sign, str]], folded: str, known: Catalogue, also: tuple[Kind, ...]
) -> CrisisSign:
    first = hits[0][0]
    voice = _cued(folded, known.speakers[kind]) or first.voice or known.speakers[kind].usual
    matched = tuple(dict.fromkeys(words.replace(_BLANK, "") for _, words in hits))
    return CrisisSign(kind, voice, matched, topic=first.topic, also=also)


def _cued(folded: str, speaker: Speaker) -> Voice | None:
    for voice, phrases in speaker.cues:
        if any(phrase.regex.search(folded) for phrase in phrases):
            return voice
    return None
