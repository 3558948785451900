"""The photos and files that a parent sent: each opening of one is a reading, and nothing in it may act."""

from typing import Final

from flask import Blueprint, Response, abort, make_response
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from console.desk import LARGEST_ID, desk, me, now
from console.file_names import file_name
from console.rights import Right, needs
from console.threads import check_counselor_may_read
from conversation.model import Act, Audit
from storage import audit
from storage import enclosures as kept
from storage.enclosures import Opened
from storage.views import thread as view

enclosures = Blueprint("enclosures", __name__, url_prefix="/threads/<conversation_id>/enclosures")

ONE: Final = f"/<int(max={LARGEST_ID}):enclosure_id>"
SHOWN: Final = "image/jpeg"  # what bot.pictures has drawn; everything else is only handed out as a download
LOCKED_UP: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"


@enclosures.get(ONE)
@needs(Right.CONSULT)
def whole(conversation_id: str, enclosure_id: int) -> ResponseReturnValue:
    opened, pseudonym = _opened(conversation_id, enclosure_id, thumbnail=False)
    with desk().database.write() as rows:  # before it is shown
        audit.add(rows, pseudonym, Audit(Act.OPENED, me().id), now(), [opened.entry_id])
    return _answer(opened)


@enclosures.get(f"{ONE}/thumbnail")
@needs(Right.CONSULT)
def thumbnail(conversation_id: str, enclosure_id: int) -> ResponseReturnValue:
    """A part of the thread, whose reading is recorded; looked at without it, it is a reading of its own."""
    opened, pseudonym = _opened(conversation_id, enclosure_id, thumbnail=True)
    seen = [opened.entry_id]
    with desk().database.read() as rows:
        recorded = audit.was_just_read(rows, pseudonym, me().id, seen, now())
    if not recorded:
        with desk().database.write() as rows:
            audit.add(rows, pseudonym, Audit(Act.READ, me().id), now(), seen)
    return _answer(opened)


def _opened(conversation_id: str, enclosure_id: int, *, thumbnail: bool) -> tuple[Opened, str]:
    with desk().database.read() as rows:
        check_counselor_may_read(rows, conversation_id)
        opened = kept.opened(rows, conversation_id, enclosure_id, thumbnail=thumbnail)
        pseudonym = view.pseudonym(rows, conversation_id)
    return opened or abort(404), pseudonym


def _answer(opened: Opened) -> Response:
    response = make_response(opened.content)
    response.content_type = opened.media_type
    response.headers["Content-Security-Policy"] = LOCKED_UP
    if opened.media_type != SHOWN:
        response.headers["Content-Disposition"] = dump_options_header(
            "attachment", {"filename": file_name(opened.name, opened.media_type)}
        )
    return response
