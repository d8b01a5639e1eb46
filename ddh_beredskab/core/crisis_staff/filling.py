"""Hvem kommer? Call-out, answers, and putting people into roles.

Rules where the plan is silent (ours):
- All roles are offered at once, the ones that matter most first. A confirmation of a provisional activation calls
  nobody again.
- Each answers for himself; what somebody says on the phone is entered by the secretariat or the log keeper på vegne af.
- A late yes still counts while the role is open; when somebody else has it, the answer is a friendly no.
- Whoever says yes but was taken by another crisis meanwhile is passed over like one who was busy from the start.
- A holder does not leave by saying "kan ikke": he hands over, or the crisis leader assigns somebody else.
- The crisis leader assigns; the strategic leadership may too; the steering group while there is no crisis leader, or
  to replace him; the local leader for the authority's own roles. Being busy or resting gives way to a reason, the
  separation of crisis leader and log keeper to nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ddh_beredskab.core.crisis_staff.search import Desk, Obstacle, candidates_for, find, obstacles
from ddh_beredskab.core.crisis_staff.states import (
    FIRST_MEETING,
    PICTURE_ASK,
    PICTURE_DUE,
    RELIEF_DUE,
    RELIEF_OVERDUE,
    ROLE_ANSWER,
    ROUND_THE_CLOCK,
    Pool,
    Work,
    of_role,
)
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Emit, PersonNeeded, Refused
from ddh_beredskab.core.playbook import Limits
from schemas import crisis_staff as s
from schemas.activation import Position
from schemas.base import Actor, DeadlineSet, Event, Ref, Role, StaffRole

WRITES_FOR_OTHERS: tuple[Role, ...] = ("secretariat", "log_keeper")
AUTHORITY_ROLES: tuple[StaffRole, ...] = ("local_leader", "local_information_lead")


def call_out(desk: Desk) -> list[Event]:
    """The crisis is (provisionally) active: everybody is asked, and the first targets run."""
    limits, at = desk.limits, desk.at
    return [
        s.StaffCallOutStarted(activated_at=at),
        *(event for role in desk.roles.to_fill() for event in find(desk, role)),
        deadline(FIRST_MEETING, at + timedelta(minutes=limits.first_meeting_minutes)),
        deadline(PICTURE_ASK, at + timedelta(minutes=limits.situation_picture_ask_minutes)),
        deadline(PICTURE_DUE, at + timedelta(minutes=limits.situation_picture_due_minutes)),
        deadline(ROUND_THE_CLOCK, at + timedelta(hours=limits.round_the_clock_after_hours)),
    ]


def answer(desk: Desk, command: s.AnswerRoleOffer, actor: Actor) -> list[Emit]:
    """AnswerRoleOffer: each person for himself."""
    role, person = command.role, answering(actor)
    search = desk.work.search(role)
    if (offer := search.offer_to(person)) is None:
        raise Refused("role_not_offered", role=role, person=person)
    answered = s.RoleOfferAnswered(
        role=role, person=person, answer=command.answer, expected_at=command.expected_at, note=command.note
    )
    waited_for = search.open_offer is offer
    if command.answer == "cannot":
        if search.holder == person:
            raise Refused("holder_hands_over", role=role)
        further = _go_on(desk, role, person, Obstacle("cannot")) if waited_for else []
        return [Emit(event) for event in (answered, *further)]
    if search.holder == person:
        return [Emit(answered)]
    if search.holder is not None:
        raise Refused("role_is_covered", role=role, holder=search.holder)
    if found := obstacles(desk, role, person):
        if not waited_for:
            raise refusal_of(found[0], person)
        return [Emit(event) for event in (answered, *_go_on(desk, role, person, found[0]))]
    assumed = s.RoleAssumed(role=role, person=person, deputy=offer.position == "deputy")
    return [Emit(answered), *take(desk, assumed)]


def answering(actor: Actor) -> Ref:
    """Whose answer it is: the actor's, or that of the one he writes for."""
    writes = actor.role in WRITES_FOR_OTHERS and not actor.deputy
    return actor.on_behalf_of if writes and actor.on_behalf_of is not None else actor.person


def no_answer(desk: Desk, role: StaffRole) -> list[Event]:
    """The one we asked has not answered in time."""
    if (offer := desk.work.search(role).open_offer) is None:
        return []
    answered = s.RoleOfferAnswered(role=role, person=offer.person, answer="no_answer")
    return [answered, *_go_on(desk, role, offer.person, Obstacle("no_answer"))]


def assign(desk: Desk, command: s.AssignRole, actor: Actor) -> list[Emit]:
    """AssignRole, also to put somebody in the place of a holder who stays away."""
    role, person = command.role, command.person
    _may_assign(desk, role, actor)
    if not command.reason.strip():
        raise Refused("reason_missing")
    if desk.work.holder(role) == person:
        raise Refused("already_holds_role", role=role, person=person)
    outweighed = {"busy_elsewhere": command.although_busy, "resting": command.although_resting}
    for found in obstacles(desk, role, person):
        if not outweighed.get(found.because, False):
            raise refusal_of(found, person)
    assumed = s.RoleAssumed(
        role=role,
        person=person,
        deputy=position_of(desk.pool, role, person) == "deputy",
        also_in=desk.persons[person].busy_elsewhere(desk.crisis),
        reason=command.reason,
    )
    return take(desk, assumed)


def take(desk: Desk, assumed: s.RoleAssumed) -> list[Emit]:
    """The person holds the role from now on: everybody sees it, and relief is due in time."""
    role, person, work = assumed.role, assumed.person, desk.work
    names = (ROLE_ANSWER, RELIEF_DUE, RELIEF_OVERDUE)
    stop = cancelled("crisis_staff", work.deadlines, [of_role(name, role) for name in names], desk.at)
    before = work.holder(role)
    left = [] if before is None else [released(desk.crisis, role, before)]
    return [
        Emit(assumed),
        *(Emit(event) for event in stop),
        *(Emit(event) for event in relief_deadlines(role, desk.at, desk.limits)),
        *_established(desk, {**work.holders(), role: person}),
        *left,
        taken(desk.crisis, role, person),
    ]


def relief_deadlines(role: StaffRole, at: datetime, limits: Limits) -> list[Event]:
    """When relief must be found, and when it must be done."""
    return [
        deadline(of_role(RELIEF_DUE, role), at + timedelta(hours=limits.relief_due_hours)),
        deadline(of_role(RELIEF_OVERDUE, role), at + timedelta(hours=limits.relief_done_hours)),
    ]


def taken(crisis: str, role: StaffRole, person: Ref) -> Emit:
    """Other crises see it on the person's own stream."""
    return Emit(s.PersonTaken(person=person, crisis_id=crisis, role=role), PersonNeeded(person).stream)


def released(crisis: str, role: StaffRole, person: Ref, rest_until: datetime | None = None) -> Emit:
    """The person no longer holds the role."""
    event = s.PersonReleased(person=person, crisis_id=crisis, role=role, rest_until=rest_until)
    return Emit(event, PersonNeeded(person).stream)


def acts_as(pool: Pool, work: Work, actor: Actor, role: StaffRole) -> bool:
    """Is the actor the holder of the role, or a named deputy who says that he acts for the holder?"""
    holder = work.holder(role)
    if actor.role != role or holder is None:
        return False
    stands_in = actor.deputy and actor.on_behalf_of == holder and position_of(pool, role, actor.person) is not None
    return actor.person == holder or stands_in


def position_of(pool: Pool, role: StaffRole, person: Ref) -> Position | None:
    """How the person stands to the role in the directory."""
    return next((each.position for each in candidates_for(pool, role) if each.person == person), None)


def refusal_of(found: Obstacle, person: Ref) -> Refused:
    """The refusal that names the obstacle."""
    codes = {"busy_elsewhere": "person_busy_elsewhere", "resting": "person_rests", "kept_apart": "roles_kept_apart"}
    return Refused(codes[found.because], person=person, other_crisis=found.other_crisis or "")


def deadline(name: str, due_at: datetime) -> DeadlineSet:
    return DeadlineSet(concern="crisis_staff", name=name, due_at=due_at)


def _may_assign(desk: Desk, role: StaffRole, actor: Actor) -> None:
    leader = desk.work.holder("crisis_leader")
    match actor.role:
        case "crisis_leader":
            allowed = acts_as(desk.pool, desk.work, actor, "crisis_leader")
        case "strategic_leadership":
            allowed = actor.person in desk.pool.strategic_leadership
        case "steering_group":
            allowed = actor.person in desk.pool.steering_group
            if allowed and leader is not None and role != "crisis_leader":
                raise Refused("crisis_leader_assigns", leader=leader)
        case "local_leader" if role in AUTHORITY_ROLES:
            allowed = acts_as(desk.pool, desk.work, actor, "local_leader")
        case _:
            raise Refused("role_may_not", role=actor.role, needed="crisis_leader")
    if not allowed:
        raise Refused("not_the_role_holder", person=actor.person, role=actor.role)


def _go_on(desk: Desk, role: StaffRole, person: Ref, found: Obstacle) -> list[Event]:
    stop = cancelled("crisis_staff", desk.work.deadlines, [of_role(ROLE_ANSWER, role)], desk.at)
    return [*stop, *find(desk, role, (person, found))]


def _established(desk: Desk, holders: dict[StaffRole, Ref]) -> list[Emit]:
    if desk.work.established or any(role not in holders for role in desk.roles.must_cover()):
        return []
    minutes = round((desk.at - desk.work.activated_at).total_seconds() / 60, 2)
    in_order: dict[StaffRole, Ref] = {role: holders[role] for role in desk.roles.to_fill() if role in holders}
    return [Emit(s.StaffEstablished(holders=in_order, minutes=minutes))]
