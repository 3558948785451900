"""Who has had which words before them: every screen that shows a conversation says so here."""

from collections.abc import Sequence

from console.desk import desk, me, now
from conversation.model import Act, Audit
from storage import audit
from storage.views.search import Hit
from storage.views.thread import Thread


def record(thread: Thread, *, live: bool = False) -> None:
    """Before it is shown: what cannot be recorded is not shown. `live`: the page fetched it by itself, perhaps only
    because a colleague did something; then what this person has just read is not recorded again."""
    entries = [entry.id for entry in thread.entries]
    if live:
        with desk().database.read() as rows:
            if audit.was_just_read(rows, thread.pseudonym, me().id, entries, now()):
                return
    beside = {one.id for one in (thread.first, thread.last, *thread.notes) if one} - set(entries)
    with desk().database.write() as rows:
        # What stands beside an older or newer page comes first: the page itself is what a look back is compared with.
        for entry_id in sorted(beside):
            audit.add(rows, thread.pseudonym, Audit(Act.READ, me().id), now(), [entry_id])
        audit.add(rows, thread.pseudonym, Audit(Act.READ, me().id), now(), entries)


def record_found(hits: Sequence[Hit]) -> None:
    """Before they are shown: each entry whose words a search brings to the screen."""
    if hits:
        with desk().database.write() as rows:
            for hit in hits:
                audit.add(rows, hit.pseudonym, Audit(Act.FOUND, me().id), now(), [hit.entry_id])
