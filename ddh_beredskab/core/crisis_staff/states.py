"""Where the staff of a crisis stands: not called, called out and working, stood down.

Rule: a state holds what later decisions need and nothing more; it is the fold of crisis_staff's own stream. Numbers of
meetings, pictures and actions go on when a crisis is reopened; roles are filled anew.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ddh_beredskab.core.deadlines import Deadlines
from ddh_beredskab.core.playbook import STAFF_ROLES
from schemas.activation import Position, StaffCandidate
from schemas.base import FreeText, Instant, Model, Ref, Role, StaffRole
from schemas.crisis_staff import ActionStatus, AgendaPoint, OfferAnswer

# Names of the deadlines; those of a role carry it after the colon.
ROLE_ANSWER = "role_answer"
RELIEF_DUE = "relief_due"
RELIEF_OVERDUE = "relief_overdue"
FIRST_MEETING = "first_meeting"
PICTURE_ASK = "situation_picture_ask"
PICTURE_DUE = "situation_picture_due"
PICTURE_UPDATE = "situation_picture_update"
PICTURE_STATUS = "authority_status"
STATUS_DUE = "ddh_status_due"
ROUND_THE_CLOCK = "round_the_clock"


def of_role(name: str, role: StaffRole) -> str:
    """The name of a role's own deadline."""
    return f"{name}:{role}"


class Pool(Model):
    """Whom the concern may ask, as the door knew them when the incident was reported."""

    candidates: tuple[StaffCandidate, ...] = ()
    strategic_leadership: tuple[Ref, ...] = ()
    steering_group: tuple[Ref, ...] = ()


class Offer(Model):
    """A person was asked; `answer` is null while we wait."""

    person: Ref
    position: Position
    answer: OfferAnswer | None = None


class Search(Model):
    """One role: who holds it, and how far the search for a holder has come."""

    holder: Ref | None = None
    held_since: Instant | None = None
    offers: tuple[Offer, ...] = ()
    passed: tuple[Ref, ...] = ()
    """Those the search went on past, asked or not."""
    uncovered: bool = False

    @property
    def open_offer(self) -> Offer | None:
        """The offer we wait for."""
        last = self.offers[-1] if self.holder is None and self.offers else None
        return last if last and last.answer is None else None

    def offer_to(self, person: Ref) -> Offer | None:
        """The latest offer to the person."""
        return next((offer for offer in reversed(self.offers) if offer.person == person), None)


class Action(Model):
    """A line of the aktionsliste."""

    owner: Ref
    status: ActionStatus = "waiting"
    due_at: Instant | None = None


class Contact(Model):
    """Somebody outside the staff; the organisation is what the log calls him by."""

    organisation: FreeText
    open: bool = True


class Planned(Model):
    """A line of the relief plan."""

    role: StaffRole
    person: Ref
    begins_at: Instant
    ends_at: Instant
    cancelled: bool = False


class DdhStatus(Model):
    """How far DDH-status has come; 0: there is none."""

    version: int = 0
    written_by: Ref | None = None
    approved: int = 0


class Work(Model):
    """What the staff has done in this crisis so far."""

    activated_at: Instant
    searches: dict[StaffRole, Search] = Field(default_factory=dict[StaffRole, Search])
    established: bool = False
    round_the_clock: bool = False
    meetings: int = 0
    next_meeting_at: Instant | None = None
    unapproved: dict[int, tuple[AgendaPoint, ...]] = Field(default_factory=dict[int, tuple[AgendaPoint, ...]])
    pictures: int = 0
    last_picture_at: Instant | None = None
    status_hours: int = 0
    """How often the authority sends a picture, as agreed; 0: before meetings only."""
    status: DdhStatus = DdhStatus()
    actions: tuple[Action, ...] = ()
    contacts: tuple[Contact, ...] = ()
    plan: tuple[Planned, ...] = ()
    ticks: dict[Role, tuple[int, ...]] = Field(default_factory=dict[Role, tuple[int, ...]])
    """Role -> the points of its actioncard that are done."""
    steps: tuple[int, ...] = ()
    deadlines: Deadlines = Field(default_factory=dict)

    def search(self, role: StaffRole) -> Search:
        return self.searches.get(role) or Search()

    def holder(self, role: StaffRole) -> Ref | None:
        return self.search(role).holder

    def holders(self) -> dict[StaffRole, Ref]:
        """Role -> who holds it, always in the same order."""
        return {role: holder for role in STAFF_ROLES if (holder := self.search(role).holder) is not None}

    def roles_of(self, person: Ref) -> tuple[StaffRole, ...]:
        """What the person holds."""
        return tuple(role for role, holder in self.holders().items() if holder == person)


class NoStaff(Model):
    """Nothing is known yet."""

    kind: Literal["none"] = "none"


class Waiting(Model):
    """The incident is reported; nobody is called before it is activated."""

    kind: Literal["waiting"] = "waiting"
    pool: Pool


class Working(Model):
    """Called out: roles are offered, filled, relieved."""

    kind: Literal["working"] = "working"
    pool: Pool
    work: Work


class StoodDown(Model):
    """The crisis ended or was reversed; `work` is how the staff left it."""

    kind: Literal["stood_down"] = "stood_down"
    pool: Pool
    work: Work


CrisisStaffState: TypeAlias = Annotated[NoStaff | Waiting | Working | StoodDown, Field(discriminator="kind")]
