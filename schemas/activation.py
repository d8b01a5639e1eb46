"""Activation: from a leader's call for help, over scoring and the steering group's decision, to stepping down.

Rules: an incident is scored on three criteria as advice only; members of the affected municipality and the one
who asked never vote; a decision names channels, level and opening hours; stepping down is agreed and reversible.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.base import Command, CrisisId, Event, FreeText, Instant, Model, Ref, StaffRole

CrisisKind = Literal["stormflod", "it-nedbrud", "drikkevand", "stroemsvigt", "pandemi", "andet"]
Criterion = Literal["acute", "citizens", "functions"]
Recommendation = Literal["activate", "warn", "assess", "decline"]
Outcome = Literal["activate", "warn", "decline"]
Level = Literal["information", "staff", "operation"]
Channel = Literal["contact_centre", "chatbot", "voicebot", "sms"]
Scope = Literal["municipality", "municipalities", "region", "country"]
Position = Literal["holder", "deputy", "pool"]
Entry = Literal["form", "phone", "paper", "open_form"]
"""`open_form`: the form behind the printed QR and one-time code, without log-in; it counts when somebody rang back."""
Relation = Literal["duplicate_of", "related", "local_supplement_of"]
DebriefingFor = Literal["staff", "agents"]


# -- values ---------------------------------------------------------------------------------------


class SteeringMember(Model):
    """One line of the steering group's phone list, in call order."""

    person: Ref
    municipality: str
    on_duty: bool = False
    absent: bool = False


class StaffCandidate(Model):
    """A person who can be asked to take a role: by position (holder, deputies in order) or from the pool."""

    person: Ref
    municipality: str
    role: StaffRole
    position: Position
    order: int = 0
    """Order among deputies; in the pool, times used before (least used first)."""
    reachable: bool = True
    """False when no contact channel works."""
    trained: bool = True
    """Trained in the role within the last year."""


class Directory(Model):
    """The people as the door knew them when the incident was reported; the core never looks anybody up."""

    steering_group: tuple[SteeringMember, ...]
    project_leader: Ref | None = None
    strategic_leadership: tuple[Ref, ...] = ()
    candidates: tuple[StaffCandidate, ...]
    member_municipalities: int = Field(default=31, ge=1)
    """Contact-centre members; bars on the affected fall away when half or more of them are affected."""
    contact_centre_members: tuple[str, ...] = ()
    """Their codes, so that an affected municipality outside the contact centre does not count; empty: all count."""


class Authority(Model):
    """The affected authority (hændelsesmyndigheden)."""

    code: str
    """Municipality code, or a region's or state authority's short code; fictional ones begin with 9."""
    name: str
    scope: Scope = "municipality"
    affected: tuple[str, ...]
    """Codes of all affected municipalities; the lead authority first."""
    fictional: bool = False


class CriterionScore(Model):
    """0-4 on one criterion, with the reasons in plain Danish and the leader's own grounds."""

    criterion: Criterion
    points: int = Field(ge=0, le=4)
    reasons: tuple[str, ...]


class OpeningOutsideHours(Model):
    """DDH opens outside its opening hours: from-to, which channels, who staffs it."""

    opens_at: Instant
    closes_at: Instant
    channels: tuple[Channel, ...]
    staffed_by: str


class DecisionTerms(Model):
    """What a decision names besides its outcome."""

    channels: tuple[Channel, ...] = ()
    level: Level = "staff"
    service_target: str | None = None
    opening: tuple[OpeningOutsideHours, ...] = ()
    """Empty: no opening outside hours; IVR and chatbot carry a closed-hours text."""


class Ballot(Model):
    """A vote on the proposal that stood when it was cast."""

    person: Ref
    vote: Literal["for", "against"]
    grounds: FreeText


# -- commands -------------------------------------------------------------------------------------


class ReportIncident(Command):
    """Indmeld hændelse. `asked_by` counts as the one who asked, also when somebody else entered it."""

    kind: CrisisKind
    title: FreeText
    authority: Authority
    asked_by: Ref
    entered_by: Ref
    entry: Entry
    planned: bool = False
    what_happened: FreeText
    where: FreeText
    situation: FreeText
    started: FreeText
    answers: dict[str, str] = Field(default_factory=dict)
    """Answers to the criteria's questions: question id -> option id (`playbooks/criteria.yaml`)."""
    grounds: FreeText = ""
    expected_at: Instant | None = None
    """When it is expected to hit (a forecast), or the date of a planned peak."""
    expected_calls: int | None = Field(default=None, ge=0)
    directory: Directory


class SupplementIncident(Command):
    """More is known: new answers are added to the earlier ones and the incident is scored again."""

    answers: dict[str, str]
    grounds: FreeText = ""


class RecordContactAttempt(Command):
    """Somebody on the phone list (or a role candidate) was tried; each try is recorded."""

    person: Ref
    channel: Literal["phone", "sms", "mail", "teams", "in_person"]
    reached: bool
    note: FreeText = ""


class AskAgain(Command):
    """The phone list came to its end without a quorum: those who were not reached are called again, in order."""


class ConfirmIncident(Command):
    """Somebody rang back on a number we knew beforehand: the report from the open form is real."""

    reached: FreeText
    """Who answered, by name."""
    number_called: FreeText
    note: FreeText = ""


class RejectIncident(Command):
    """The report from the open form is false; the case ends."""

    reason: FreeText


class ProposeDecision(Command):
    """A steering-group member puts a decision forward; typed for him when the actor says on whose behalf."""

    outcome: Outcome
    terms: DecisionTerms
    grounds: FreeText
    instead: FreeText = ""
    """When not activating: what the authority should do instead."""


class CastVote(Command):
    """A member's vote on the proposal in front of the group.

    The actor is the voter, or types what the voter says on the phone: then `on_behalf_of` is the voter.
    """

    vote: Literal["for", "against"]
    grounds: FreeText


class GiveProvisionalActivation(Command):
    """Foreløbig aktivering by one reached member, or by the project leader by delegation."""

    terms: DecisionTerms
    grounds: FreeText


class ChangeLevel(Command):
    """Crisis leader or strategic leadership moves between informations-, stabs- and operationsberedskab."""

    level: Level
    grounds: FreeText


class DecideOpening(Command):
    """Crisis leader decides to open outside opening hours (added to what the decision named)."""

    opening: OpeningOutsideHours
    grounds: FreeText


class SetServiceTarget(Command):
    """The crisis gets its own service target."""

    target: str = Field(max_length=500)
    """In clear like the target in a decision's terms: it is no fact about anybody."""
    grounds: FreeText


class ChangeChannels(Command):
    """Other service channels than the decision named: all that are to be open now."""

    channels: tuple[Channel, ...]
    grounds: FreeText


class ExtendScope(Command):
    """More municipalities are hit: they are added to the affected ones, and the scope may grow with them."""

    affected: tuple[str, ...]
    """Codes; those that are affected already may be left out."""
    scope: Scope
    name: str | None = Field(default=None, min_length=1, max_length=200)
    """The authority's name from now on, if it changes."""
    grounds: FreeText


class LinkCrises(Command):
    """This crisis and another belong together. A duplicate that is not activated ends in the other."""

    other: CrisisId
    relation: Relation
    note: FreeText = ""


class PrioritiseCapacity(Command):
    """Prioriteringsbeslutning of the strategic leadership: capacity between crises and ordinary operation."""

    decision: FreeText
    grounds: FreeText
    other_crises: tuple[CrisisId, ...] = ()


class ProposeStepDown(Command):
    """Nedtrapning: one step, on facts ("if DDH stops at 16.00 ...")."""

    step: FreeText
    facts: FreeText
    effective_at: Instant
    final: bool = False
    """True: after this step DDH Beredskab ends."""


class AgreeStepDown(Command):
    """The authority's local leader or the crisis leader agrees; both are needed."""


class ReverseStepDown(Command):
    """It got worse: the steps are taken back and the crisis is active again."""

    grounds: FreeText


class CloseCrisis(Command):
    """Afslut DDH Beredskab; debriefing offered, evaluation due within 14 days.

    Messages from before the three last fields leave them all out; whoever gives one gives them all.
    """

    debriefing: FreeText
    summary: FreeText
    debriefing_offered_to: tuple[DebriefingFor, ...] | None = None
    debriefing_at: Instant | None = None
    evaluation_at: Instant | None = None


class ReopenCrisis(Command):
    """Genåbn: a closed crisis becomes active again."""

    grounds: FreeText


class MarkSustained(Command):
    """Crisis leader declares vedvarende drift before it is declared by the clock."""

    grounds: FreeText


class RecordEvaluation(Command):
    """The evaluation has been held; the crisis is done."""

    findings: FreeText


# -- events ---------------------------------------------------------------------------------------


class IncidentReported(Event):
    """An authority has asked for help."""

    kind: CrisisKind
    title: FreeText
    authority: Authority
    asked_by: Ref
    entered_by: Ref
    entry: Entry
    planned: bool
    what_happened: FreeText
    where: FreeText
    situation: FreeText
    started: FreeText
    grounds: FreeText
    expected_at: Instant | None
    expected_calls: int | None
    directory: Directory


class IncidentAssessed(Event):
    """Vejledende vurdering: points per criterion and a recommendation. Advice, never the decision."""

    answers: dict[str, str]
    scores: tuple[CriterionScore, CriterionScore, CriterionScore]
    """acute, citizens, functions - in this order."""
    recommendation: Recommendation
    explanation: str
    grounds: FreeText


class PlannedPeakNoted(Event):
    """Varsling om planlagt spidsbelastning: goes to the secretariat's shift plan, is no crisis."""

    expected_at: Instant | None
    expected_calls: int | None


class SteeringMemberAsked(Event):
    """A member is next on the phone list and is being asked."""

    person: Ref
    order: int
    barred: bool
    """True: informs but cannot vote (own municipality affected, or the one who asked)."""
    reason: Literal["own_municipality", "asker"] | None = None


class ContactAttemptRecorded(Event):
    """A try to reach somebody, with its result."""

    person: Ref
    channel: Literal["phone", "sms", "mail", "teams", "in_person"]
    reached: bool
    note: FreeText


class PhoneListExhausted(Event):
    """Nobody left to ask and no quorum: one reached member or the project leader may act alone."""

    tried: int
    reached: int


class PhoneListCalledAgain(Event):
    """The members who were not reached are called once more."""

    persons: tuple[Ref, ...]


class IncidentConfirmed(Event):
    """The report from the open form was confirmed by ringing back."""

    reached: FreeText
    number_called: FreeText
    note: FreeText


class IncidentRejected(Event):
    """The report from the open form was false; the case has ended."""

    reason: FreeText


class DecisionProposed(Event):
    """A decision is in front of the group."""

    proposed_by: Ref
    outcome: Outcome
    terms: DecisionTerms
    grounds: FreeText
    instead: FreeText


class VoteCast(Event):
    """A vote with its grounds; dissent is kept."""

    person: Ref
    vote: Literal["for", "against"]
    grounds: FreeText


class ProposalRejected(Event):
    """The quorum voted the proposal down; the incident waits for another proposal."""

    outcome: Outcome
    ballots: tuple[Ballot, ...]


class CrisisWarned(Event):
    """Forvarsel: standby. Guide skeleton and drafted shifts, no call-out; lapses or becomes an activation."""

    kind: CrisisKind
    authority: Authority
    terms: DecisionTerms
    ballots: tuple[Ballot, ...]
    minutes: float
    """From the report (or the proposal's predecessor) to the decision."""


class ForewarningLapsed(Event):
    """The forewarning ran out without an activation."""


class CrisisProvisionallyActivated(Event):
    """Foreløbigt aktiveret: works like active, and must be confirmed by quorum before `confirm_before`."""

    kind: CrisisKind
    authority: Authority
    decided_by: Ref
    by_delegation: bool
    terms: DecisionTerms
    grounds: FreeText
    confirm_before: Instant
    minutes: float


class ProvisionalConfirmationOverdue(Event):
    """The quorum's answer to a provisional activation is late; it stands, loudly, until they answer."""

    confirm_before: Instant


class CrisisActivated(Event):
    """DDH Beredskab is activated by quorum (also when a provisional activation is confirmed)."""

    kind: CrisisKind
    authority: Authority
    terms: DecisionTerms
    ballots: tuple[Ballot, ...]
    confirms_provisional: bool
    minutes: float


class ActivationReversed(Event):
    """The quorum reversed a provisional activation."""

    ballots: tuple[Ballot, ...]


class ActivationDeclined(Event):
    """Ikke aktiveret, with the reason and what to do instead."""

    ballots: tuple[Ballot, ...]
    grounds: FreeText
    instead: FreeText
    minutes: float


class DecisionOverdue(Event):
    """No decision within the target."""

    waited_minutes: int


class LevelChanged(Event):
    """The level of preparedness moved."""

    level: Level
    previous: Level
    grounds: FreeText


class OpeningDecided(Event):
    """DDH opens outside its opening hours."""

    opening: OpeningOutsideHours
    grounds: FreeText


class ServiceTargetSet(Event):
    """The crisis has a service target of its own."""

    target: str
    previous: str | None
    grounds: FreeText


class ChannelsChanged(Event):
    """Other service channels are open now."""

    channels: tuple[Channel, ...]
    previous: tuple[Channel, ...]
    grounds: FreeText


class AuthorityScopeChanged(Event):
    """More municipalities are affected; who may vote is worked out anew from now on."""

    authority: Authority
    """As it is now."""
    added: tuple[str, ...]
    previous_scope: Scope
    grounds: FreeText


class CrisesLinked(Event):
    """This crisis and another belong together."""

    other: CrisisId
    relation: Relation
    note: FreeText
    ended: bool
    """True: it was a duplicate that had not been activated, and has ended in the other."""


class CapacityPrioritised(Event):
    """A prioriteringsbeslutning was taken."""

    decision: FreeText
    grounds: FreeText
    other_crises: tuple[CrisisId, ...]


class SustainedOperationEntered(Event):
    """Vedvarende drift: the crisis has gone on past 24 hours (or was declared so)."""

    hours: float


class StepDownProposed(Event):
    """A step of nedtrapning is proposed, on facts."""

    number: int
    step: FreeText
    facts: FreeText
    effective_at: Instant
    final: bool
    proposed_by: Ref


class StepDownAgreed(Event):
    """Both the authority and the crisis leader agree to the step."""

    number: int
    effective_at: Instant
    final: bool
    agreed_by: tuple[Ref, ...]


class StepDownReversed(Event):
    """The steps were taken back."""

    grounds: FreeText


class AftercareArranged(Event):
    """Before closing: who is offered debriefing and when, and when the evaluation is held."""

    debriefing_offered_to: tuple[DebriefingFor, ...]
    debriefing_at: Instant
    evaluation_at: Instant


class CrisisDeactivated(Event):
    """DDH Beredskab has ended for this crisis."""

    debriefing: FreeText
    summary: FreeText
    evaluation_before: Instant
    hours_active: float


class EvaluationOverdue(Event):
    """The evaluation was not held in time."""


class CrisisReopened(Event):
    """A closed crisis is active again."""

    kind: CrisisKind
    authority: Authority
    terms: DecisionTerms
    grounds: FreeText


class EvaluationRecorded(Event):
    """The evaluation has been held."""

    findings: FreeText
