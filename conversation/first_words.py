"""What a counselor's first reply in a consultation begins with: the role, never a name."""

from dataclasses import dataclass

from conversation.replies import words
from directory.model import Directory


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is known of a consultation before a counselor says something in it."""

    desk: str | None = None  # facility id; None where none is open
    introduced: str | None = None  # staff id of who has said their role last
    discreet: bool = False


def first_words(spoken: Spoken, staff: str, directory: Directory) -> str:
    """ "" once this counselor has said it, and nobody else since."""
    if spoken.introduced == staff:
        return ""
    desk = spoken.desk or directory.consultation_desk
    # Whoever else looks at the phone learns no more than the sender's name says anyway.
    role = "" if spoken.discreet else dict(directory.counselors).get(desk, "")
    name = "first_words_changed" if spoken.introduced else "first_words"
    return words(name, role=role or words("counselor"))
