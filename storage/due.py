"""What may be taken up now: a part of the questions of inbox, outbox and enclosures."""

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, or_
from sqlalchemy.orm import Mapped


def is_past(moment: Mapped[datetime | None], farthest: str) -> ColumnElement[bool]:
    """Asked with `now`, and with the parameter that `farthest` names. None is past; so is what lies farther ahead than
    anybody writes: it was written before the clock was set back."""
    return or_(moment.is_(None), moment <= bindparam("now"), moment > bindparam(farthest))
