"""What a decision may look at besides the conversation: the rules, the directory, the time."""

from dataclasses import dataclass
from datetime import date, datetime

from conversation.ahead import Turn
from directory.hours import TOKYO, OpeningHours
from directory.model import Directory, Facility
from intents.rule import Rule
from intents.rules import Rules

WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Scene:
    rules: Rules
    directory: Directory
    now: datetime
    heard: tuple[str, ...] = ()  # ids of what the parent just said, and of what that picks a place from
    waiting: tuple[Turn, ...] | None = None  # the others in the queue; None where nobody has looked

    @property
    def desk(self) -> Facility:
        """Where the counselors sit."""
        return self.directory.facility(self.directory.consultation_desk)

    @property
    def hours(self) -> OpeningHours:
        return self.desk.hours

    @property
    def staffed(self) -> bool:
        """A counselor is on duty. Unknown hours promise nothing."""
        return self.hours.is_open(self.now) is True

    @property
    def next_reading(self) -> datetime | None:
        return self.hours.next_opening(self.now)

    def knows(self, intent: str) -> bool:
        """False for an intent that was retired, or taken back, since the question was asked."""
        return any(rule.intent == intent for rule in self.rules.rules)

    def rule(self, intent: str | None) -> Rule | None:
        """None where there is none any more."""
        return self.rules.rule(intent) if intent and self.knows(intent) else None


def spoken(moment: datetime) -> str:
    """11月24日(火)8:30"""
    local = moment.astimezone(TOKYO)
    return f"{spoken_day(local.date())}{local:%-H:%M}"


def spoken_day(day: date) -> str:
    return f"{day.month}月{day.day}日({WEEKDAYS[day.weekday()]})"


def spoken_time(moment: datetime) -> str:
    return f"{moment.astimezone(TOKYO):%-H:%M}"
