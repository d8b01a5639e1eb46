"""The crisis_staff concern as one table: what it hears, whose streams it needs, and which function answers.

Rule: every refusal has a code of its own; each code has its Danish sentence in `playbooks/texts.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from ddh_beredskab.core.crisis_staff import (
    contacts,
    filling,
    meetings,
    pictures,
    relief,
    relief_plan,
    statuses,
    tasks,
)
from ddh_beredskab.core.crisis_staff import states as st
from ddh_beredskab.core.crisis_staff.evolve import evolve, pool_of
from ddh_beredskab.core.crisis_staff.search import Desk, find, persons_needed
from ddh_beredskab.core.deadlines import waits_for
from ddh_beredskab.core.decider import Decider, Emit, Found, Need, Recorded, Refused
from ddh_beredskab.core.playbook import STAFF_ROLES, Playbooks
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import Actor, Event, Message, StaffRole, TimerFired

TableCommand = (
    s.HoldStaffMeeting
    | s.AmendMinutes
    | s.ApproveMinutes
    | s.SetMeetingLinks
    | s.ReceiveSituationPicture
    | s.AgreeAuthorityStatus
    | s.WriteDdhStatus
    | s.ApproveDdhStatus
    | s.AddExternalContact
    | s.ChangeExternalContact
    | s.CloseExternalContact
    | s.PlanRelief
    | s.CancelPlannedRelief
    | s.AddAction
    | s.ChangeActionStatus
    | s.ReassignAction
    | s.TickActionCard
    | s.CompleteActivationStep
)
StaffCommand = s.AnswerRoleOffer | s.AssignRole | s.HandOverRole | TableCommand
Activated = a.CrisisProvisionallyActivated | a.CrisisActivated | a.CrisisReopened
Ended = a.ActivationReversed | a.CrisisDeactivated


def crisis_staff_decider(playbooks: Playbooks) -> Decider[st.CrisisStaffState]:
    """The concern, deciding by these playbooks."""

    def decide(state: st.CrisisStaffState, given: Recorded[Message], found: Found) -> Sequence[Emit]:
        match given.message:
            case a.IncidentReported():
                return _reported(state, given.message, given, found, playbooks)
            case a.CrisisProvisionallyActivated() | a.CrisisActivated() | a.CrisisReopened():
                return _activated(state, given, found, playbooks)
            case a.ActivationReversed() | a.CrisisDeactivated() if isinstance(state, st.Working):
                return relief.stand_down(_desk(state, given, found, playbooks))
            case TimerFired() if isinstance(state, st.Working):
                if not waits_for(state.work.deadlines, given.message):
                    return []
                return _own(_timer(_desk(state, given, found, playbooks), given.message.name))
            case message if isinstance(message, StaffCommand):
                return _command(state, message, given, found, playbooks)
            case _:
                return []

    def needs(state: st.CrisisStaffState, given: Recorded[Message]) -> tuple[Need, ...]:
        return _needs(state, given)

    return Decider(
        concern="crisis_staff",
        initial=st.NoStaff(),
        state_type=st.CrisisStaffState,
        decide=decide,
        evolve=evolve,
        needs=needs,
    )


def _needs(state: st.CrisisStaffState, given: Recorded[Message]) -> tuple[Need, ...]:
    """Everybody who may be asked, taken or released by the decision."""
    match given.message, state:
        case a.IncidentReported(), st.Working():
            return persons_needed(st.Pool(candidates=given.message.directory.candidates), STAFF_ROLES)
        case (
            (a.CrisisProvisionallyActivated() | a.CrisisActivated() | a.CrisisReopened()),
            (st.Waiting() | st.StoodDown()),
        ):
            return persons_needed(state.pool, STAFF_ROLES)
        case ((a.ActivationReversed() | a.CrisisDeactivated()), st.Working()):
            return persons_needed(state.pool, (), *state.work.holders().values())
        case TimerFired(), st.Working() if (role := _role_of(given.message.name)) is not None:
            return persons_needed(state.pool, (role,))
        case s.AnswerRoleOffer(), st.Working():
            return persons_needed(state.pool, (given.message.role,), filling.answering(given.actor))
        case s.AssignRole(), st.Working():
            before = state.work.holder(given.message.role)
            return persons_needed(state.pool, (), given.message.person, before)
        case s.HandOverRole(), st.Working():
            return persons_needed(state.pool, (), given.message.to, state.work.holder(given.message.role))
        case s.PlanRelief(), st.Working():
            return persons_needed(state.pool, (), given.message.person)
        case _:
            return ()


def _desk(state: st.Working | st.StoodDown, given: Recorded[Message], found: Found, playbooks: Playbooks) -> Desk:
    return Desk(
        crisis=given.subject,
        at=given.time,
        pool=state.pool,
        work=state.work,
        roles=playbooks.roles,
        limits=playbooks.limits,
        persons=found.persons,
    )


def _own(events: Iterable[Event]) -> list[Emit]:
    return [Emit(event) for event in events]


def _reported(
    state: st.CrisisStaffState,
    reported: a.IncidentReported,
    given: Recorded[Message],
    found: Found,
    playbooks: Playbooks,
) -> list[Emit]:
    """Remember whom to ask. Heard after the call-out (it had been quarantined), the search begins now."""
    if reported.planned or isinstance(state, (st.Waiting, st.StoodDown)):
        return []
    directory = reported.directory
    noted = s.StaffPoolNoted(
        authority_code=reported.authority.code,
        affected=reported.authority.affected,
        candidates=directory.candidates,
        strategic_leadership=directory.strategic_leadership,
        steering_group=tuple(member.person for member in directory.steering_group),
    )
    if isinstance(state, st.NoStaff):
        return [Emit(noted)]
    if state.pool.candidates:
        return []
    desk = _desk(state.model_copy(update={"pool": pool_of(noted)}), given, found, playbooks)
    open_roles: list[StaffRole] = [r for r in playbooks.roles.to_fill() if state.work.holder(r) is None]
    return _own([noted, *(event for role in open_roles for event in find(desk, role))])


def _activated(state: st.CrisisStaffState, given: Recorded[Message], found: Found, playbooks: Playbooks) -> list[Emit]:
    """Call out, once: a confirmation finds the staff at work."""
    if isinstance(state, st.Working):
        return []
    pool = st.Pool() if isinstance(state, st.NoStaff) else state.pool
    fresh = st.Working(pool=pool, work=st.Work(activated_at=given.time))
    return _own(filling.call_out(_desk(fresh, given, found, playbooks)))


def _command(
    state: st.CrisisStaffState,
    command: StaffCommand,
    given: Recorded[Message],
    found: Found,
    playbooks: Playbooks,
) -> list[Emit]:
    if isinstance(state, (st.NoStaff, st.Waiting)):
        raise Refused("staff_not_called_out")
    if isinstance(state, st.StoodDown) and not isinstance(command, (s.AmendMinutes, s.ApproveMinutes)):
        raise Refused("staff_has_stood_down")
    desk, actor = _desk(state, given, found, playbooks), given.actor
    match command:
        case s.AnswerRoleOffer():
            return filling.answer(desk, command, actor)
        case s.AssignRole():
            return filling.assign(desk, command, actor)
        case s.HandOverRole():
            return relief.hand_over(desk, command, actor)
        case _:
            return _own(_at_the_table(desk, command, actor, playbooks, working=isinstance(state, st.Working)))


def _at_the_table(
    desk: Desk, command: TableCommand, actor: Actor, playbooks: Playbooks, *, working: bool
) -> list[Event]:
    """What changes nobody's role."""
    match command:
        case s.HoldStaffMeeting():
            return meetings.hold_meeting(desk, command, actor)
        case s.AmendMinutes():
            return meetings.amend_minutes(desk, command, actor, working=working)
        case s.ApproveMinutes():
            return meetings.approve_minutes(desk, command, actor)
        case s.SetMeetingLinks():
            return meetings.set_links(desk, command, actor)
        case s.ReceiveSituationPicture():
            return pictures.receive_picture(desk, command, actor)
        case s.AgreeAuthorityStatus():
            return pictures.agree_status(desk, command, actor)
        case s.WriteDdhStatus():
            return statuses.write_status(desk, command, actor, playbooks.status)
        case s.ApproveDdhStatus():
            return statuses.approve_status(desk, command, actor)
        case s.AddExternalContact():
            return contacts.add_contact(desk, command, actor)
        case s.ChangeExternalContact():
            return contacts.change_contact(desk, command, actor)
        case s.CloseExternalContact():
            return contacts.close_contact(desk, command, actor)
        case s.PlanRelief():
            return relief_plan.plan_relief(desk, command, actor)
        case s.CancelPlannedRelief():
            return relief_plan.cancel_planned_relief(desk, command, actor)
        case s.AddAction():
            return tasks.add_action(desk, command, actor)
        case s.ChangeActionStatus():
            return tasks.change_action(desk, command, actor)
        case s.ReassignAction():
            return tasks.reassign_action(desk, command, actor)
        case s.TickActionCard():
            return tasks.tick_card(desk, command, actor)
        case s.CompleteActivationStep():
            return tasks.complete_step(desk, command, actor, playbooks.steps)
        case _:  # pragma: no cover
            assert_never(command)


def _timer(desk: Desk, name: str) -> list[Event]:
    if (role := _role_of(name)) is not None:
        return _role_timer(desk, name.partition(":")[0], role)
    match name:
        case st.FIRST_MEETING:
            return [s.StaffMeetingDue(target_minutes=desk.limits.first_meeting_minutes)]
        case st.PICTURE_ASK:
            return pictures.ask_for_picture(desk)
        case st.PICTURE_DUE | st.PICTURE_UPDATE | st.PICTURE_STATUS:
            return pictures.picture_missed(desk, name)
        case st.STATUS_DUE:
            return statuses.status_missed(desk)
        case _:
            hours = round((desk.at - desk.work.activated_at).total_seconds() / 3600, 2)
            return [] if desk.work.round_the_clock else [s.RoundTheClockStarted(hours=hours)]


def _role_timer(desk: Desk, name: str, role: StaffRole) -> list[Event]:
    match name:
        case st.ROLE_ANSWER:
            return filling.no_answer(desk, role)
        case st.RELIEF_DUE:
            return relief.relief_due(desk, role, overdue=False)
        case _:
            return relief.relief_due(desk, role, overdue=True)


def _role_of(name: str) -> StaffRole | None:
    named = name.partition(":")[2]
    return next((role for role in STAFF_ROLES if role == named), None)


REFUSALS: tuple[str, ...] = (
    "action_is_done",
    "action_owner_unchanged",
    "action_status_unchanged",
    "action_text_missing",
    "already_holds_role",
    "attendance_missing",
    "authority_status_unchanged",
    "card_point_unchanged",
    "contact_is_closed",
    "contact_organisation_missing",
    "crisis_leader_assigns",
    "holder_hands_over",
    "link_not_https",
    "meeting_links_missing",
    "meeting_number",
    "minutes_already_approved",
    "next_meeting_in_the_past",
    "no_such_action",
    "no_such_card_point",
    "no_such_contact",
    "no_such_meeting",
    "no_such_planned_relief",
    "no_such_status",
    "not_the_role_holder",
    "note_missing",
    "only_crisis_leader_approves",
    "only_crisis_leader_approves_status",
    "person_busy_elsewhere",
    "person_rests",
    "picture_is_empty",
    "reason_missing",
    "relief_already_cancelled",
    "relief_ends_before_it_begins",
    "relief_is_over",
    "relief_planned_twice",
    "relief_too_long",
    "relief_without_rest",
    "role_has_no_holder",
    "role_is_covered",
    "role_may_not",
    "role_not_offered",
    "roles_kept_apart",
    "staff_has_stood_down",
    "staff_not_called_out",
    "status_already_approved",
    "status_is_empty",
    "status_overtaken",
    "status_section_unknown",
    "status_too_long",
    "status_written_meanwhile",
    "step_already_done",
    "step_is_not_by_hand",
)
"""Every code this concern refuses with."""
