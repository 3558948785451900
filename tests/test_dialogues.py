"""Whole conversations as transcripts: webhook → inbox → engine → outbox → LINE, with the simulator as the only stand-in.

A transcript is a list of steps. What the parent, a counselor or the clock does, then every bubble that follows, in
order: `bot:` (or `counselor says:`) holds words of a text bubble, `cards:` titles of a Flex message; `silence` nothing.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Service
from quick_yaml import loaded
from sqlmodel import select

from conversation.events import (
    ConsultationFellQuiet,
    CounselorHandedBack,
    CounselorLetGo,
    CounselorNoted,
    CounselorPassedOn,
    CounselorReplied,
    CounselorResolved,
    CounselorTook,
    ErasureApproved,
    ErasureRefused,
)
from conversation.model import Outcome
from simulator.screen import Bubble
from storage.tables import ConsultationRow, ConversationRow
from storage.views import queue

ON_BOTH = True
FOLDER = Path(__file__).parent / "dialogues"
DIALOGUES = [
    pytest.param(dialogue, id=f"{file.stem}: {dialogue['name']}")
    for file in sorted(FOLDER.glob("*.yaml"))
    for dialogue in loaded(file.read_text(encoding="utf-8"))
]
SENDERS = {"bot": "つなぐ窓口(自動)", "counselor says": "相談員"}


class Reader:
    """Plays one transcript."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.phone = service.phone()
        self.seen = 0

    def play(self, step: Any) -> None:
        action, value = next(iter(step.items())) if isinstance(step, dict) else (step, None)
        getattr(self, "on_" + action.replace(" ", "_"))(value)

    # ---- what happens

    def on_follow(self, _: None) -> None:
        self._act(self.phone.follow)

    def on_block(self, _: None) -> None:
        self._act(self.phone.block)

    def on_unblock(self, _: None) -> None:
        self._act(self.phone.unblock)

    def on_parent(self, text: str) -> None:
        self._act(lambda: self.phone.say(text))

    def on_tap(self, label: str) -> None:
        self._act(lambda: self.phone.tap(label))

    def on_position(self, point: list[float]) -> None:
        self._act(lambda: self.phone.share_location(*point))

    def on_sends(self, kind: str) -> None:
        self._act(getattr(self.phone, f"send_{kind}"))

    def on_unsends(self, text: str) -> None:
        message = next(
            bubble for bubble in self.phone.screen if bubble.mine and bubble.message.get("text") == text
        )
        self._act(lambda: self.phone.unsend(message.id))

    def on_at(self, when: str) -> None:
        self.service.clock.set(when)

    def on_minutes_later(self, minutes: int) -> None:
        self.service.clock.forward(minutes=minutes)

    def on_others_wait(self, number: int) -> None:
        """Other parents, who asked for a person a minute before."""
        self.service.clock.forward(minutes=-1)
        for one in range(number):
            other = self.service.phone(f"ほかの保護者{one + 1}")
            other.follow()
            self.service.settle()
            for words in ("相談員と話す", "はい"):
                other.say(words)
                self.service.settle()
        self.service.clock.forward(minutes=1)

    def on_takes(self, staff: str) -> None:
        self._counselor(CounselorTook(staff))

    def on_replies(self, said: dict[str, str]) -> None:
        ((staff, text),) = said.items()
        self._counselor(CounselorReplied(staff, text))

    def on_notes(self, said: dict[str, str]) -> None:
        ((staff, text),) = said.items()
        self._counselor(CounselorNoted(staff, text))

    def on_passes_on(self, given: dict[str, str]) -> None:
        ((staff, colleague),) = given.items()
        self._counselor(CounselorPassedOn(staff, colleague, f"相談員 {colleague}"))

    def on_hands_back(self, staff: str) -> None:
        self._counselor(CounselorHandedBack(staff))

    def on_lets_go(self, staff: str) -> None:
        self._counselor(CounselorLetGo(staff))

    def on_resolves(self, staff: str) -> None:
        self._counselor(CounselorResolved(staff, Outcome.ANSWERED))

    def on_falls_quiet(self, days: int) -> None:
        with self.service.program.database.read() as session:
            since = queue.last_said_at(session, self.service.conversation_id())
        assert since
        self._counselor(ConsultationFellQuiet(since, days))

    def on_agrees_to_erase(self, said: dict[str, str]) -> None:
        ((staff, reason),) = said.items()
        self._counselor(ErasureApproved(staff, reason))

    def on_refuses_to_erase(self, said: dict[str, str]) -> None:
        ((staff, reason),) = said.items()
        self._counselor(ErasureRefused(staff, reason))

    # ---- what is seen

    def on_bot(self, words: str) -> None:
        self._expect_text("bot", words)

    def on_counselor_says(self, words: str) -> None:
        self._expect_text("counselor says", words)

    def on_cards(self, titles: list[str]) -> None:
        bubble = self._next()
        written = json.dumps(bubble.message, ensure_ascii=False)
        assert bubble.message["type"] == "flex"
        assert [title for title in titles if title not in written] == []
        places = [written.index(title) for title in titles]
        assert places == sorted(places), f"not in this order: {titles}"

    def on_no_card(self, title: str) -> None:
        assert title not in json.dumps([bubble.message for bubble in self.phone.screen], ensure_ascii=False)

    def on_has_words(self, words: str) -> None:
        assert words in self._last()

    def on_no_words(self, words: str) -> None:
        assert words not in self._last()

    def on_preview(self, words: str) -> None:
        assert self.phone.screen[self.seen - 1].message["altText"] == words

    def on_choices(self, labels: list[str]) -> None:
        assert [choice["label"] for choice in self.phone.quick_replies] == labels

    def on_silence(self, _: None) -> None:
        assert self._unread() == []

    def on_status(self, status: str) -> None:
        assert self._row().status == status

    def on_waiting_since(self, when: str) -> None:
        self_row, before = self._row(), self.service.clock.at
        self.service.clock.set(when)
        expected, self.service.clock.at = self.service.clock.at, before
        assert self_row.waiting_since is not None
        assert abs((self_row.waiting_since - expected).total_seconds()) < 60

    def on_wants_erasure(self, wanted: bool) -> None:
        assert (self._row().erasure_wanted_at is not None) is wanted

    def on_in_one_request(self, bubbles: int) -> None:
        """What came last: each request is counted as one message, however many bubbles it has."""
        ways = ("/message/reply", "/message/push")
        requests = [one for one in self.service.platform.requests if one.path.endswith(ways)]
        assert len(requests[-1].body["messages"]) == bubbles

    def on_helped(self, answer: str | None) -> None:
        """What is kept with the first consultation."""
        with self.service.program.database.read() as session:
            row = session.get_one(ConsultationRow, f"{self.service.conversation_id()}.1")
        assert row.helped == answer
        assert (row.helped_at is not None) is (answer is not None)

    def on_urgency(self, urgency: str) -> None:
        assert self._row().urgency == urgency

    def on_topic(self, topic: str) -> None:
        assert self._row().topic == topic

    def finish(self) -> None:
        assert self._unread() == [], "bubbles that the transcript does not mention"

    # ---- how

    def _act(self, act: Any) -> None:
        assert self._unread() == [], "bubbles that the transcript does not mention"
        self.service.clock.forward(seconds=3)
        act()
        self.service.settle()
        self._skip_mine()

    def _counselor(self, event: Any) -> None:
        assert self._unread() == [], "bubbles that the transcript does not mention"
        self.service.clock.forward(seconds=3)
        self.service.happen(event)
        self.service.settle()

    def _expect_text(self, who: str, words: str) -> None:
        bubble = self._next()
        said = bubble.message.get("text") or _letter(bubble)
        assert words in said
        assert bubble.sender == SENDERS[who]

    def _next(self) -> Bubble:
        self._skip_mine()
        assert self.seen < len(self.phone.screen), "nothing more was said"
        self.seen += 1
        return self.phone.screen[self.seen - 1]

    def _last(self) -> str:
        """The words of the bubble that the transcript has just mentioned."""
        bubble = self.phone.screen[self.seen - 1]
        return str(bubble.message.get("text") or _letter(bubble))

    def _skip_mine(self) -> None:
        while self.seen < len(self.phone.screen) and self.phone.screen[self.seen].mine:
            self.seen += 1

    def _unread(self) -> list[str]:
        return [
            json.dumps(one.message, ensure_ascii=False)[:200]
            for one in self.phone.screen[self.seen :]
            if not one.mine
        ]

    def _row(self) -> ConversationRow:
        with self.service.program.database.read() as session:
            return session.exec(
                select(ConversationRow).where(ConversationRow.id == self.service.conversation_id())
            ).one()


def _letter(bubble: Bubble) -> str:
    """The words of a discreet message, which travels as Flex."""
    body = bubble.message["contents"].get("body", {})
    return "".join(str(part.get("text", "")) for part in body.get("contents", []))


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_dialogue(dialogue: dict[str, Any], service: Service) -> None:
    reader = Reader(service)
    service.clock.set(dialogue.get("at", "2026-11-24 10:00"))
    for number, step in enumerate(dialogue["talk"], 1):
        try:
            reader.play(step)
        except AssertionError as error:
            error.add_note(f"step {number}: {step}\nunread: {reader._unread()}")
            raise
    reader.finish()
