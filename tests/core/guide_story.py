"""A guides story with everybody in place, and the few sentences its tests are told in."""

from __future__ import annotations

from datetime import datetime, timedelta

from ddh_beredskab.core.decider import Found, Receipts, ReceiptsNeeded
from ddh_beredskab.core.guides import GuidesState, guides_decider
from ddh_beredskab.core.guides.states import Open
from ddh_beredskab.core.playbook import SEVEN_QUESTIONS
from schemas.activation import OpeningOutsideHours
from schemas.base import DeadlineSet, Event, TimerFired
from schemas.guides import (
    ApproveGuideFacts,
    GuideContent,
    ReleaseFirstMessage,
    ReleaseGuide,
    WriteGuideDraft,
)
from tests.core.books import BOOKS
from tests.core.gwt import T0, Story
from tests.core.strandby import COMMUNICATIONS, CRISIS_LEADER, HOLDERS, INFORMATION_LEAD, activated, assumed

UNKNOWN = "Det ved vi ikke endnu"
LIMITS = BOOKS.limits
NOON = datetime.fromisoformat("2023-10-19T12:00+02:00")
"""A Thursday within opening hours (8-20)."""


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def full(**changes: object) -> GuideContent:
    """A guide with seven answers, though none is known yet."""
    content = GuideContent(
        answers=dict.fromkeys(SEVEN_QUESTIONS, UNKNOWN),
        does_not_answer=("Forsikring",),
        transfer=("Borgerservice, 00 12 34 56, hele døgnet, varm",),
        duty_number="00 12 34 56",
    )
    return content.model_copy(update=changes)


def opening(opens_at: datetime, closes_at: datetime) -> OpeningOutsideHours:
    return OpeningOutsideHours(
        opens_at=opens_at, closes_at=closes_at, channels=("contact_centre",), staffed_by="frivillige"
    )


class GuideStory(Story[GuidesState]):
    """Told on the Thursday of the surge, when DDH is open, unless a test says otherwise."""

    def __init__(self) -> None:
        super().__init__(guides_decider(BOOKS))

    @property
    def open(self) -> Open:
        assert isinstance(self.state, Open)
        return self.state

    def activated(self, *openings: OpeningOutsideHours, at: datetime = NOON) -> GuideStory:
        self.do(activated(*openings), at=at)
        return self

    def staffed(self, at: datetime = NOON) -> GuideStory:
        for actor in HOLDERS:
            self.do(assumed(actor), at=at)
        return self

    def first_message(self, at: datetime = NOON) -> GuideStory:
        self.do(ReleaseFirstMessage(lines=("Vandet stiger.", "Ring 112 ved livsfare.")), at=at, by=CRISIS_LEADER)
        return self

    def drafted(self, content: GuideContent | None = None, at: datetime = NOON) -> int:
        self.do(WriteGuideDraft(content=content or full()), at=at, by=INFORMATION_LEAD)
        return self.open.drafted

    def approved(self, at: datetime = NOON) -> int:
        draft = self.drafted(at=at)
        self.do(ApproveGuideFacts(draft=draft), at=at, by=INFORMATION_LEAD)
        return draft

    def released(self, at: datetime = NOON, *gaps: str) -> list[Event]:
        draft = self.approved(at)
        release = ReleaseGuide(draft=draft, reason="Nyt", channels=("contact_centre", "sms"), closes_gaps=gaps)
        return self.do(release, at=at, by=COMMUNICATIONS)

    def due(self, name: str) -> datetime:
        """When the deadline of that name that is waited for comes."""
        return next(waiting.due_at for waiting_for, waiting in self.open.deadlines.items() if waiting_for == name)

    def waits_for(self) -> set[str]:
        return set(self.open.deadlines)

    def fire(self, name: str, *, late: timedelta = timedelta(), seen: Receipts | None = None) -> list[Event]:
        """The deadline comes (late, when the system was down)."""
        found = Found()
        deadline = self.deadline(name)
        assert isinstance(deadline.message, DeadlineSet)
        due = deadline.message.due_at
        fired = TimerFired(concern="guides", name=name, deadline_id=deadline.id, due_at=due, fired_at=due + late)
        if seen is not None:
            (need,) = self.needs(fired, at=fired.fired_at)
            assert isinstance(need, ReceiptsNeeded)
            found = Found(receipts={need: seen})
        return self.do(fired, at=fired.fired_at, found=found)


def running(at: datetime = NOON) -> GuideStory:
    """Activated, everybody in place, version 1 in force."""
    story = GuideStory().activated(at=at).staffed(at)
    story.released(at)
    return story


def of(kind: type[Event], events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


__all__ = ["LIMITS", "NOON", "T0", "UNKNOWN", "GuideStory", "full", "minutes", "of", "opening", "running"]
