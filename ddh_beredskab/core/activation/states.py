"""Where a crisis stands: one type for each phase, so that an impossible move has no place to be written.

Rule: a state holds what later decisions need and nothing more; it is the fold of activation's own stream.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ddh_beredskab.core.deadlines import Deadlines
from schemas.activation import Authority, Ballot, CrisisKind, DecisionTerms, Directory, Outcome, Relation
from schemas.base import CrisisId, Instant, Model, Ref, StaffRole

# Names of the deadlines; the texts and the screens know them too.
DECISION_TARGET = "decision_target"
PHONE_LIST = "phone_list"
CONTACT_ANSWER = "contact_answer"
FOREWARNING_LAPSE = "forewarning_lapse"
CONFIRMATION = "provisional_confirmation"
SUSTAINED = "sustained_operation"
EVALUATION = "evaluation"
ROUND = (CONTACT_ANSWER, PHONE_LIST, DECISION_TARGET)

Side = Literal["authority", "ddh"]


class Case(Model):
    """What is known of the incident whatever its phase."""

    crisis_kind: CrisisKind
    authority: Authority
    asked_by: Ref
    expected_at: Instant | None
    directory: Directory
    unconfirmed: bool = False
    """Reported on the open form, and nobody has rung back yet: it cannot be activated."""
    answers: dict[str, str] = Field(default_factory=dict)
    voted: tuple[Ref, ...] = ()
    """Who voted on the latest decision; the others may still have their vote kept beside it."""
    holders: dict[StaffRole, Ref] = Field(default_factory=dict[StaffRole, Ref])
    deadlines: Deadlines = Field(default_factory=dict)
    links: dict[CrisisId, Relation] = Field(default_factory=dict[CrisisId, Relation])


class Proposal(Model):
    """What the group votes on. Its free text stays here only until the vote is over."""

    outcome: Outcome
    terms: DecisionTerms
    grounds: str
    instead: str


class Round(Model):
    """One run through the phone list until the group has decided.

    It starts with the report, and again when the case is taken up anew; the decision's minutes count from here.
    """

    started_at: Instant
    asked: tuple[Ref, ...] = ()
    waiting_for: Ref | None = None
    """The member who is being called right now."""
    reached: tuple[Ref, ...] = ()
    exhausted: bool = False
    """The list came to its end once; from then on one member may act alone."""
    calling_again: bool = False
    """Those who were not reached are called once more."""
    overdue: bool = False
    """The target has passed: we go on down the list although enough were reached."""
    proposal: Proposal | None = None
    ballots: tuple[Ballot, ...] = ()

    def heard_from(self, person: Ref) -> Round:
        """Whoever answers, proposes or votes is reached."""
        reached = self.reached if person in self.reached else (*self.reached, person)
        waiting_for = None if self.waiting_for == person else self.waiting_for
        return self.model_copy(update={"reached": reached, "waiting_for": waiting_for})

    def once_more(self) -> Round:
        """Those who were not reached are to be called again."""
        return self.model_copy(update={"asked": (), "waiting_for": None, "calling_again": True})

    def not_waiting(self) -> Round:
        return self.model_copy(update={"waiting_for": None})


class Step(Model):
    """One step of nedtrapning, proposed by one side."""

    number: int
    effective_at: Instant
    final: bool
    proposed_by: Ref
    side: Side


class Running(Model):
    """A crisis that is (provisionally) active."""

    terms: DecisionTerms
    activated_at: Instant
    hours_before: float = 0
    """Active hours before it was closed and reopened."""
    sustained: bool = False
    steps_proposed: int = 0
    pending: Step | None = None
    agreed: tuple[Step, ...] = ()


class NotReported(Model):
    """Nothing has happened yet."""

    kind: Literal["not_reported"] = "not_reported"


class PlannedPeak(Model):
    """Varsling om planlagt spidsbelastning: with the secretariat's shift plan, never a crisis."""

    kind: Literal["planned"] = "planned"


class Assessing(Model):
    """Under vurdering: the steering group is called, one by one."""

    kind: Literal["assessing"] = "assessing"
    case: Case
    round: Round


class Warned(Model):
    """Forvarsel. A round is there only while the case is taken up again."""

    kind: Literal["warned"] = "warned"
    case: Case
    terms: DecisionTerms
    round: Round | None = None


class Provisional(Model):
    """Foreløbigt aktiveret: works like active; the round goes on until a quorum confirms or reverses."""

    kind: Literal["provisional"] = "provisional"
    case: Case
    running: Running
    round: Round
    confirm_before: Instant


class Active(Model):
    """Aktiveret, and with `running.sustained` vedvarende drift."""

    kind: Literal["active"] = "active"
    case: Case
    running: Running


class SteppingDown(Model):
    """Nedtrapning: at least one step is agreed."""

    kind: Literal["stepping_down"] = "stepping_down"
    case: Case
    running: Running


class NotActivated(Model):
    """Ikke aktiveret, or false, or put together with another. A member may take it up again: it may get worse."""

    kind: Literal["not_activated"] = "not_activated"
    case: Case
    why: Literal["declined", "lapsed", "reversed", "rejected", "merged"]


class Closed(Model):
    """Afsluttet: the evaluation is still to come."""

    kind: Literal["closed"] = "closed"
    case: Case
    running: Running
    hours_active: float
    led_by: Ref | None


class Evaluated(Model):
    """Evalueret: done."""

    kind: Literal["evaluated"] = "evaluated"
    case: Case


ActivationState: TypeAlias = Annotated[
    NotReported
    | PlannedPeak
    | Assessing
    | Warned
    | Provisional
    | Active
    | SteppingDown
    | NotActivated
    | Closed
    | Evaluated,
    Field(discriminator="kind"),
]

VotingState = Assessing | Warned | Provisional
"""Where the steering group may be at work."""

RunningState = Provisional | Active | SteppingDown
"""Where the crisis staff is at work."""

WithCase = Assessing | Warned | Provisional | Active | SteppingDown | NotActivated | Closed | Evaluated
