"""The crisis staff's story for tests: one crisis told step by step, with the shared streams of its people beside it."""

from __future__ import annotations

from datetime import datetime

from ddh_beredskab.core.crisis_staff import CrisisStaffState, crisis_staff_decider
from ddh_beredskab.core.crisis_staff.states import StoodDown, Working
from ddh_beredskab.core.decider import Found, PersonNeeded
from ddh_beredskab.core.persons import PersonState, evolve_person
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import SYSTEM, Actor, DeadlineSet, Event, Message, StaffRole, TimerFired
from tests.core.books import BOOKS
from tests.core.cast import (
    AUTHORITY,
    DAY,
    DIRECTORY,
    TERMS,
    actor,
    minutes,
)
from tests.core.gwt import Story

INCIDENT = a.IncidentReported(
    kind="stormflod",
    title="Stormflod",
    authority=AUTHORITY,
    asked_by="lis",
    entered_by="rikke",
    entry="phone",
    planned=False,
    what_happened="",
    where="",
    situation="",
    started="",
    grounds="",
    expected_at=None,
    expected_calls=None,
    directory=DIRECTORY,
)
ACTIVATED = a.CrisisActivated(
    kind="stormflod", authority=AUTHORITY, terms=TERMS, ballots=(), confirms_provisional=False, minutes=1
)
CONFIRMED = ACTIVATED.model_copy(update={"confirms_provisional": True})
PROVISIONAL = a.CrisisProvisionallyActivated(
    kind="stormflod",
    authority=AUTHORITY,
    decided_by="bo",
    by_delegation=False,
    terms=TERMS,
    grounds="",
    confirm_before=DAY,
    minutes=1,
)
REOPENED = a.CrisisReopened(kind="stormflod", authority=AUTHORITY, terms=TERMS, grounds="")
DEACTIVATED = a.CrisisDeactivated(debriefing="", summary="", evaluation_before=DAY, hours_active=1)
REVERSED = a.ActivationReversed(ballots=())


class Staff(Story[CrisisStaffState]):
    """The staff's story; people's own streams are folded beside it and shared between crises."""

    def __init__(self, subject: str = "k1", town: dict[str, PersonState] | None = None) -> None:
        super().__init__(crisis_staff_decider(BOOKS), subject)
        self.town: dict[str, PersonState] = {} if town is None else town

    def tell(self, message: Message, at: datetime = DAY, by: Actor = SYSTEM) -> list[Event]:
        """Handle one input with just the persons it asked for; folds what happened to people."""
        found = self._found(message, at, by)
        before = len(self.foreign)
        events = self.do(message, at=at, by=by, found=found)
        for stream, event in self.foreign[before:]:
            person = stream.removeprefix("person-")
            assert person in found.persons, "a shared stream is appended to only where its version was checked"
            self.town[person] = evolve_person(self.person(person), event)
        return events

    def no(self, message: Message, at: datetime = DAY, by: Actor = SYSTEM) -> str:
        """The code of the refusal."""
        return self.refused(message, at=at, by=by, found=self._found(message, at, by)).code

    def person(self, ref: str) -> PersonState:
        return self.town.get(ref, PersonState())

    def fire(self, name: str) -> list[Event]:
        kept = self.deadline(name).message
        assert isinstance(kept, DeadlineSet)
        return self.tell(self.firing(name), kept.due_at)

    def firing(self, name: str) -> TimerFired:
        kept = self.deadline(name)
        assert isinstance(kept.message, DeadlineSet)
        due_at = kept.message.due_at
        return TimerFired(concern="crisis_staff", name=name, deadline_id=kept.id, due_at=due_at, fired_at=due_at)

    @property
    def holders(self) -> dict[StaffRole, str]:
        assert isinstance(self.state, (Working, StoodDown))
        return self.state.work.holders()

    def _found(self, message: Message, at: datetime, by: Actor) -> Found:
        needed = [need for need in self.needs(message, at=at, by=by) if isinstance(need, PersonNeeded)]
        return Found(persons={need.person: self.person(need.person) for need in needed})


def called_out(*candidates: a.StaffCandidate, subject: str = "k1", town: dict[str, PersonState] | None = None) -> Staff:
    staff = Staff(subject, town)
    directory = DIRECTORY.model_copy(update={"candidates": candidates}) if candidates else DIRECTORY
    staff.tell(INCIDENT.model_copy(update={"directory": directory}))
    staff.tell(ACTIVATED)
    return staff


def says(role: StaffRole, answer: str = "coming") -> s.AnswerRoleOffer:
    return s.AnswerRoleOffer.model_validate({"role": role, "answer": answer})


def established(staff: Staff | None = None) -> Staff:
    staff = staff or called_out()
    come: tuple[tuple[str, StaffRole], ...] = (
        ("asta", "crisis_leader"),
        ("jonas", "log_keeper"),
        ("line", "communications_lead"),
        ("kasper", "process_lead"),
        ("dorte", "personnel_lead"),
        ("birgit", "local_leader"),
    )
    for person, role in come:
        staff.tell(says(role), DAY + minutes(6), actor(person, role))
    return staff
