"""What every page keeps an eye on, whichever it is: cries that nobody has taken, what is unread, what stands still."""

from dataclasses import dataclass
from typing import cast

from flask import g

from console.desk import desk, me, now
from storage.staff import Switch
from storage.views import problems, queue
from storage.views.problems import Alarms


@dataclass(frozen=True, slots=True)
class Watch:
    """For people who consult."""

    alarms: Alarms
    unread: int  # in the queue and in one's own threads
    mine: int  # in one's own
    sound: bool
    notifications: bool

    @property
    def mark(self) -> str:
        """Changes with all that is shown of it. Ids, no words."""
        above = self.alarms
        counts = (above.problems, above.erasures, self.unread, self.mine)
        return ".".join(
            ["-".join(above.crisis_ids), "-".join(above.stopped), *(str(count) for count in counts)]
        )


def alarms() -> Alarms:
    """Once for the whole request."""
    if "alarms" not in g:
        with desk().database.read() as rows:
            g.alarms = problems.alarms(rows)
    return cast(Alarms, g.alarms)


def watch() -> Watch:
    if "watch" not in g:
        switches = me().switches
        with desk().database.read() as rows:
            g.watch = Watch(
                alarms(),
                queue.unread(rows, me().id, now()),
                queue.unread_by_holder(rows, me().id),
                sound=Switch.SOUND in switches,
                notifications=Switch.NOTIFICATIONS in switches,
            )
    return cast(Watch, g.watch)
