"""Crisis staff: who fills which role, who comes, relief, meetings, the action list, situation picture and DDH-status.

Rules: a role has a holder by position, then deputies, then the pool, in each the trained first; all staff roles must be
covered before the staff is established; crisis leader and log keeper are kept apart; nobody works in two crises without
a logged reason. Kommunens situationsbillede is theirs and is received; DDH-status is ours and is written on the latest
version.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.activation import Position, StaffCandidate
from schemas.base import Command, CrisisId, Event, FreeText, Instant, Model, Personal, Ref, Role, StaffRole

OfferAnswer = Literal["coming", "late", "cannot", "no_answer"]
ActionStatus = Literal["waiting", "ongoing", "done"]


class AgendaPoint(Model):
    """One point of a staff meeting with what was said and decided."""

    point: str
    text: FreeText
    decision: FreeText = ""


# -- commands -------------------------------------------------------------------------------------


class AnswerRoleOffer(Command):
    """Hvem kommer? Each person answers for himself, for one role; the actor is the person."""

    role: StaffRole
    answer: Literal["coming", "late", "cannot"]
    expected_at: Instant | None = None
    note: FreeText = ""


class AssignRole(Command):
    """Crisis leader (or steering group before there is one) puts a named person in a role, with a reason."""

    role: StaffRole
    person: Ref
    reason: FreeText
    although_busy: bool = False
    """True: also when the person works in another crisis; the reason is logged."""
    although_resting: bool = False
    """True: also when the person should rest after relief (fravigelse); the reason is logged."""


class HandOverRole(Command):
    """Afløsning with overlap and overleveringsnotat; the actor is the leaving holder or the crisis leader."""

    role: StaffRole
    to: Ref
    note: FreeText
    overlap_minutes: int = Field(default=30, ge=0, le=240)


class HoldStaffMeeting(Command):
    """A staff meeting was held; the minutes wait for the crisis leader's approval."""

    number: int = Field(ge=1)
    attendance: tuple[Ref, ...]
    points: tuple[AgendaPoint, ...]
    next_meeting_at: Instant | None = None


class ApproveMinutes(Command):
    """Crisis leader approves the beslutningsreferat; its points then become log entries."""

    number: int = Field(ge=1)


class ReceiveSituationPicture(Command):
    """Kommunens situationsbillede arrived: by form, upload or phone. DDH never restates it as its own fact."""

    sender: Ref
    received_by: Ref
    by: Literal["form", "upload", "phone"]
    headings: dict[str, FreeText]
    """Heading -> text, as the authority said it."""


class AddAction(Command):
    """A task on the aktionsliste."""

    text: FreeText
    owner: Ref
    due_at: Instant | None = None


class ChangeActionStatus(Command):
    """A task moved."""

    number: int = Field(ge=1)
    status: ActionStatus
    note: FreeText = ""


class CompleteActivationStep(Command):
    """A step of aktiveringsforløbet that no event shows by itself was done, e.g. IVR refers to DDH."""

    step: int = Field(ge=1, le=14)
    note: FreeText = ""


class AmendMinutes(Command):
    """The minutes as they should read, before they are approved. A null next meeting leaves its time as it was."""

    number: int = Field(ge=1)
    attendance: tuple[Ref, ...]
    points: tuple[AgendaPoint, ...]
    next_meeting_at: Instant | None = None


class SetMeetingLinks(Command):
    """Where the staff meets: the Teams link and the phone bridge. An empty field takes the earlier value away."""

    teams_url: FreeText = ""
    phone_bridge: FreeText = ""
    phone_code: FreeText = ""


class AgreeAuthorityStatus(Command):
    """How often the authority sends its situation picture, as agreed with it; 0: before meetings only."""

    hours: int = Field(ge=0, le=24)
    note: FreeText = ""


class WriteDdhStatus(Command):
    """DDH-status, a new version: what stands under each section. Sections left out or empty have nothing to say."""

    sections: dict[str, FreeText]
    """Section key (`playbooks/status.yaml`) -> text."""
    based_on: int = Field(ge=0)
    """The version the writer had before him; 0: there was none. If another came since, the new one is refused."""


class ApproveDdhStatus(Command):
    """Crisis leader approves the latest version of DDH-status."""

    version: int = Field(ge=1)


class AddExternalContact(Command):
    """Somebody outside the staff, and who of us holds the line to him."""

    name: Personal = ""
    organisation: FreeText
    function: FreeText = ""
    phone: Personal = ""
    held_by: Ref
    note: FreeText = ""


class ChangeExternalContact(Command):
    """The contact as it should read now, all fields."""

    number: int = Field(ge=1)
    name: Personal = ""
    organisation: FreeText
    function: FreeText = ""
    phone: Personal = ""
    held_by: Ref
    note: FreeText = ""


class CloseExternalContact(Command):
    """Nobody needs to hold this line any more."""

    number: int = Field(ge=1)
    note: FreeText = ""


class PlanRelief(Command):
    """Who is to hold a role from when to when; the handing over itself is `HandOverRole`."""

    role: StaffRole
    person: Ref
    begins_at: Instant
    ends_at: Instant
    note: FreeText = ""
    although_busy: bool = False
    """True: also when the person is planned or works elsewhere at that time; the note says why."""
    although_resting: bool = False
    """True: also when that leaves the person too little rest (fravigelse); the note says why."""


class CancelPlannedRelief(Command):
    """A line of the relief plan does not hold any more."""

    number: int = Field(ge=1)
    note: FreeText = ""


class ReassignAction(Command):
    """A task gets another owner or another deadline (null: none)."""

    number: int = Field(ge=1)
    owner: Ref
    due_at: Instant | None = None


class TickActionCard(Command):
    """A point of a role's actioncard was done, or was not after all. Points count from 1."""

    role: Role
    point: int = Field(ge=1)
    done: bool = True
    note: FreeText = ""


# -- events on the crisis' stream -----------------------------------------------------------------


class StaffPoolNoted(Event):
    """The concern remembers whom it may ask, from the incident's directory."""

    authority_code: str
    affected: tuple[str, ...]
    candidates: tuple[StaffCandidate, ...]
    strategic_leadership: tuple[Ref, ...]
    steering_group: tuple[Ref, ...] = ()


class StaffCallOutStarted(Event):
    """Call-out begins: the crisis is (provisionally) active."""

    activated_at: Instant


class RoleOffered(Event):
    """A person is asked to take a role."""

    role: StaffRole
    person: Ref
    position: Position
    attempt: int
    answer_before: Instant
    trained: Annotated[bool, Field(exclude_if=bool)] = True
    """False: not trained in the role within the last year, and nobody trained was left in that step of the order.
    Written only then, so that an offer to somebody trained is the same as before there was this field."""


class RoleOfferAnswered(Event):
    """What the person answered, or that no answer came in time."""

    role: StaffRole
    person: Ref
    answer: OfferAnswer
    expected_at: Instant | None = None
    note: FreeText = ""


class RoleAssumed(Event):
    """A person holds the role from now on."""

    role: StaffRole
    person: Ref
    deputy: bool
    also_in: CrisisId | None = None
    """Another crisis the person works in, when that was decided with a reason."""
    reason: FreeText = ""


class RoleEscalated(Event):
    """The search went on past a person: the answer was no, none came, or the person is taken by another crisis."""

    role: StaffRole
    person: Ref
    because: Literal["cannot", "no_answer", "busy_elsewhere", "unreachable", "kept_apart", "resting"]
    other_crisis: CrisisId | None = None
    next_person: Ref | None


class RoleUncovered(Event):
    """Nobody is left to ask for the role; the crisis leader or the steering group must assign somebody."""

    role: StaffRole
    tried: tuple[Ref, ...]


class StaffEstablished(Event):
    """All staff roles are covered."""

    holders: dict[StaffRole, Ref]
    minutes: float
    """From activation to established."""


class ReliefDue(Event):
    """The holder has worked so long that relief must be found."""

    role: StaffRole
    person: Ref
    hours: float


class ReliefOverdue(Event):
    """The holder should have been relieved."""

    role: StaffRole
    person: Ref
    hours: float


class RoleHandedOver(Event):
    """Afløsning: the role went from one person to another."""

    role: StaffRole
    from_person: Ref
    to_person: Ref
    note: FreeText
    overlap_minutes: int
    rest_until: Instant
    """Until when the relieved person rests."""


class StaffMeetingDue(Event):
    """The first staff meeting's target time has passed without a meeting."""

    target_minutes: int


class StaffMeetingHeld(Event):
    """A staff meeting with attendance and points; minutes await approval."""

    number: int
    attendance: tuple[Ref, ...]
    points: tuple[AgendaPoint, ...]
    next_meeting_at: Instant | None


class MinutesApproved(Event):
    """The beslutningsreferat was approved by the crisis leader."""

    number: int
    points: tuple[AgendaPoint, ...]


class SituationPictureRequested(Event):
    """The authority was asked for its situation picture."""

    due_at: Instant


class SituationPictureReceived(Event):
    """Kommunens situationsbillede, as received."""

    number: int
    sender: Ref
    received_by: Ref
    by: Literal["form", "upload", "phone"]
    headings: dict[str, FreeText]
    minutes_after_activation: float


class SituationPictureOverdue(Event):
    """No situation picture by its due time."""

    due_at: Instant


class ActionAdded(Event):
    """A task on the aktionsliste."""

    number: int
    text: FreeText
    owner: Ref
    due_at: Instant | None


class ActionStatusChanged(Event):
    """A task moved."""

    number: int
    status: ActionStatus
    note: FreeText


class ActivationStepCompleted(Event):
    """A step of aktiveringsforløbet was done by hand."""

    step: int
    note: FreeText


class MinutesAmended(Event):
    """The minutes were changed before they were approved."""

    number: int
    attendance: tuple[Ref, ...]
    points: tuple[AgendaPoint, ...]
    next_meeting_at: Instant | None


class MeetingLinksSet(Event):
    """Where the staff meets from now on."""

    teams_url: FreeText
    phone_bridge: FreeText
    phone_code: FreeText


class AuthorityStatusAgreed(Event):
    """How often the authority sends its situation picture; 0: before meetings only. `due_at` is the next one's time."""

    hours: int
    due_at: Instant | None
    note: FreeText


class DdhStatusWritten(Event):
    """A version of DDH-status; it waits for the crisis leader's approval."""

    version: int
    based_on: int
    sections: dict[str, FreeText]
    written_by: Ref


class DdhStatusApproved(Event):
    """The version is DDH's status as others may see it."""

    version: int
    approved_by: Ref


class DdhStatusOverdue(Event):
    """No DDH-status was approved in time for the next meeting."""

    due_at: Instant


class ExternalContactAdded(Event):
    """Somebody outside the staff, and who holds the line."""

    number: int
    name: Personal
    organisation: FreeText
    function: FreeText
    phone: Personal
    held_by: Ref
    note: FreeText


class ExternalContactChanged(Event):
    """The contact as it reads now."""

    number: int
    name: Personal
    organisation: FreeText
    function: FreeText
    phone: Personal
    held_by: Ref
    note: FreeText


class ExternalContactClosed(Event):
    """The line is not held any more."""

    number: int
    organisation: FreeText
    note: FreeText


class ReliefPlanned(Event):
    """A line of the relief plan."""

    number: int
    role: StaffRole
    person: Ref
    begins_at: Instant
    ends_at: Instant
    note: FreeText
    although: tuple[Literal["busy_elsewhere", "planned_elsewhere", "too_little_rest"], ...] = ()
    """What spoke against it and gave way to the note."""


class PlannedReliefCancelled(Event):
    """The line does not hold any more."""

    number: int
    role: StaffRole
    person: Ref
    begins_at: Instant
    note: FreeText


class ActionReassigned(Event):
    """The task has another owner or another deadline."""

    number: int
    owner: Ref
    previous: Ref
    due_at: Instant | None


class ActionCardTicked(Event):
    """A point of an actioncard was done, or was not after all; `text` is how the point read then."""

    role: Role
    point: int
    text: str
    done: bool
    note: FreeText


class RoundTheClockStarted(Event):
    """Døgnrytme: the staff works in shifts with two fixed meetings a day."""

    hours: float


class StaffStoodDown(Event):
    """The crisis ended or was reversed: all roles are released."""

    holders: dict[StaffRole, Ref]


# -- events on a person's own stream (`person-<ref>`) ---------------------------------------------


class PersonTaken(Event):
    """The person works in this crisis; another crisis sees it and asks the next one."""

    person: Ref
    crisis_id: CrisisId
    role: StaffRole


class PersonReleased(Event):
    """The person no longer holds the role in this crisis, and rests until `rest_until` when relieved."""

    person: Ref
    crisis_id: CrisisId
    role: StaffRole
    rest_until: Instant | None = None
