"""What the staff does at the table: meetings, minutes, the authority's situation picture, the aktionsliste, steps.

Rules: meetings, pictures and actions are numbered from 1; the crisis leader alone approves minutes, also after the
staff stood down. The situation picture is asked for after 30 minutes, due after 60, and then before each next meeting;
it comes from anybody of the authority, or whoever took it by phone, and is never refused for its sender's rank.
"""

from __future__ import annotations

from datetime import timedelta

from ddh_beredskab.core.crisis_staff.filling import acts_as, deadline
from ddh_beredskab.core.crisis_staff.search import Desk
from ddh_beredskab.core.crisis_staff.states import FIRST_MEETING, PICTURE_ASK, PICTURE_DUE, PICTURE_UPDATE
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Refused
from ddh_beredskab.core.playbook import Steps
from schemas import crisis_staff as s
from schemas.base import Actor, Event, Role, StaffRole

STAFF: tuple[StaffRole, ...] = (
    "crisis_leader",
    "log_keeper",
    "process_lead",
    "personnel_lead",
    "communications_lead",
)
AUTHORITY: tuple[Role, ...] = ("local_leader", "local_information_lead", "municipal_leader")
AROUND: tuple[Role, ...] = ("secretariat", "project_leader", "strategic_leadership", "steering_group", "operator")


def hold_meeting(desk: Desk, command: s.HoldStaffMeeting, actor: Actor) -> list[Event]:
    """HoldStaffMeeting, by anybody of the staff."""
    _of_the_staff(desk, actor)
    if command.number != desk.work.meetings + 1:
        raise Refused("meeting_number", expected=desk.work.meetings + 1)
    if not command.attendance:
        raise Refused("attendance_missing")
    next_at = command.next_meeting_at
    if next_at is not None and next_at <= desk.at:
        raise Refused("next_meeting_in_the_past")
    held = s.StaffMeetingHeld(
        number=command.number,
        attendance=command.attendance,
        points=command.points,
        next_meeting_at=next_at,
    )
    stop = cancelled("crisis_staff", desk.work.deadlines, [FIRST_MEETING, PICTURE_UPDATE], desk.at)
    if next_at is None:
        return [held, *stop]
    due_at = next_at - timedelta(minutes=desk.limits.situation_update_before_meeting_minutes)
    if due_at <= desk.at:
        return [held, *stop]
    return [held, *stop, s.SituationPictureRequested(due_at=due_at), deadline(PICTURE_UPDATE, due_at)]


def approve_minutes(desk: Desk, command: s.ApproveMinutes, actor: Actor) -> list[Event]:
    """ApproveMinutes."""
    if not acts_as(desk.pool, desk.work, actor, "crisis_leader"):
        raise Refused("only_crisis_leader_approves", person=actor.person)
    if command.number > desk.work.meetings:
        raise Refused("no_such_meeting", number=command.number)
    if (points := desk.work.unapproved.get(command.number)) is None:
        raise Refused("minutes_already_approved", number=command.number)
    return [s.MinutesApproved(number=command.number, points=points)]


def receive_picture(desk: Desk, command: s.ReceiveSituationPicture, actor: Actor) -> list[Event]:
    """ReceiveSituationPicture."""
    _of_the_crisis(actor)
    if not any(text.strip() for text in command.headings.values()):
        raise Refused("picture_is_empty")
    received = s.SituationPictureReceived(
        number=desk.work.pictures + 1,
        sender=command.sender,
        received_by=command.received_by,
        by=command.by,
        headings=command.headings,
        minutes_after_activation=round((desk.at - desk.work.activated_at).total_seconds() / 60, 2),
    )
    names = [PICTURE_ASK, PICTURE_DUE, PICTURE_UPDATE]
    return [received, *cancelled("crisis_staff", desk.work.deadlines, names, desk.at)]


def ask_for_picture(desk: Desk) -> list[Event]:
    """The authority has not sent its situation picture by itself."""
    due_at = desk.work.activated_at + timedelta(minutes=desk.limits.situation_picture_due_minutes)
    return [s.SituationPictureRequested(due_at=due_at)]


def picture_missed(desk: Desk, name: str) -> list[Event]:
    """No situation picture by its due time."""
    return [s.SituationPictureOverdue(due_at=desk.work.deadlines[name].due_at)]


def add_action(desk: Desk, command: s.AddAction, actor: Actor) -> list[Event]:
    """AddAction."""
    _of_the_staff(desk, actor)
    if not command.text.strip():
        raise Refused("action_text_missing")
    number = len(desk.work.actions) + 1
    return [s.ActionAdded(number=number, text=command.text, owner=command.owner, due_at=command.due_at)]


def change_action(desk: Desk, command: s.ChangeActionStatus, actor: Actor) -> list[Event]:
    """ChangeActionStatus, by the staff or by the one who has the task."""
    if command.number > len(desk.work.actions):
        raise Refused("no_such_action", number=command.number)
    action = desk.work.actions[command.number - 1]
    if actor.person != action.owner:
        _of_the_staff(desk, actor)
    if action.status == command.status:
        raise Refused("action_status_unchanged", number=command.number, status=command.status)
    return [s.ActionStatusChanged(number=command.number, status=command.status, note=command.note)]


def complete_step(desk: Desk, command: s.CompleteActivationStep, actor: Actor, steps: Steps) -> list[Event]:
    """CompleteActivationStep: only steps that no event shows by itself, and each once."""
    _of_the_crisis(actor)
    step = next((each for each in steps.steps if each.no == command.step), None)
    if step is None or not step.manual:
        raise Refused("step_is_not_by_hand", step=command.step)
    if command.step in desk.work.steps:
        raise Refused("step_already_done", step=command.step)
    return [s.ActivationStepCompleted(step=command.step, note=command.note)]


def _of_the_staff(desk: Desk, actor: Actor) -> None:
    if actor.role not in STAFF:
        raise Refused("role_may_not", role=actor.role, needed="log_keeper")
    if not acts_as(desk.pool, desk.work, actor, actor.role):
        raise Refused("not_the_role_holder", person=actor.person, role=actor.role)


def _of_the_crisis(actor: Actor) -> None:
    if actor.role not in (*STAFF, *AUTHORITY, *AROUND):
        raise Refused("role_may_not", role=actor.role, needed="log_keeper")
