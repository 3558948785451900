"""What staff did with a conversation, for the audit. What the parent and the bot do is in the timeline."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from conversation.events import (
    CounselorGaveUp,
    CounselorHandedBack,
    CounselorLetGo,
    CounselorNoted,
    CounselorPassedOn,
    CounselorReplied,
    CounselorResolved,
    CounselorSnoozed,
    CounselorTook,
    CounselorWoke,
    Event,
)
from conversation.model import Act, Audit, Decision

ACTS: Final[Mapping[type[Event], Act]] = {
    CounselorTook: Act.TOOK,
    CounselorReplied: Act.REPLIED,
    CounselorNoted: Act.NOTED,
    CounselorGaveUp: Act.GAVE_UP,
    CounselorLetGo: Act.LET_GO,
    CounselorPassedOn: Act.PASSED_ON,
    CounselorSnoozed: Act.SNOOZED,
    CounselorWoke: Act.WOKE,
    CounselorHandedBack: Act.HANDED_BACK,
    CounselorResolved: Act.RESOLVED,
}


def audited(event: Event, decision: Decision) -> Decision:
    """With a line for the audit where staff acted and `decide` has not written one, with its reason, already."""
    actor = getattr(event, "staff", None)
    if actor is None or decision.audits:
        return decision
    return replace(decision, audits=(Audit(ACTS.get(type(event), Act.CHANGED), actor),))
