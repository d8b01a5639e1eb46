"""Staff meetings: minutes, their amendment and approval, where the staff meets, and what a next meeting asks for.

Rules: meetings are numbered from 1 without gaps; minutes may be amended until the crisis leader, and nobody else,
approves them, also after the staff stood down. A next meeting asks the authority for its situation picture, and us for
DDH-status once there is one, both some minutes before. A link to a meeting is https, so that nobody listens in.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ddh_beredskab.core.crisis_staff.filling import deadline
from ddh_beredskab.core.crisis_staff.search import Desk
from ddh_beredskab.core.crisis_staff.states import FIRST_MEETING, PICTURE_UPDATE, STATUS_DUE
from ddh_beredskab.core.crisis_staff.who_may import crisis_leader, of_the_staff
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Refused
from schemas import crisis_staff as s
from schemas.base import Actor, Event, Ref

HTTPS = re.compile(r"https://[^\s/@:]+(:\d{1,5})?([/?#]\S*)?")
LONGEST_LINK = 2_000


def hold_meeting(desk: Desk, command: s.HoldStaffMeeting, actor: Actor) -> list[Event]:
    """HoldStaffMeeting, by anybody of the staff."""
    of_the_staff(desk, actor)
    if command.number != desk.work.meetings + 1:
        raise Refused("meeting_number", expected=desk.work.meetings + 1)
    next_at = command.next_meeting_at
    _sensible(desk, command.attendance, next_at)
    held = s.StaffMeetingHeld(
        number=command.number,
        attendance=command.attendance,
        points=command.points,
        next_meeting_at=next_at,
    )
    names = [FIRST_MEETING, PICTURE_UPDATE, STATUS_DUE]
    stop = cancelled("crisis_staff", desk.work.deadlines, names, desk.at)
    return [held, *stop, *(_before(desk, next_at) if next_at else [])]


def amend_minutes(desk: Desk, command: s.AmendMinutes, actor: Actor, *, working: bool) -> list[Event]:
    """AmendMinutes, by the staff, while they wait for approval."""
    of_the_staff(desk, actor)
    _waits(desk, command.number)
    next_at = command.next_meeting_at if working else None
    _sensible(desk, command.attendance, next_at)
    amended = s.MinutesAmended(
        number=command.number, attendance=command.attendance, points=command.points, next_meeting_at=next_at
    )
    if next_at is None or command.number != desk.work.meetings or next_at == desk.work.next_meeting_at:
        return [amended]
    stop = cancelled("crisis_staff", desk.work.deadlines, [PICTURE_UPDATE, STATUS_DUE], desk.at)
    return [amended, *stop, *_before(desk, next_at)]


def approve_minutes(desk: Desk, command: s.ApproveMinutes, actor: Actor) -> list[Event]:
    """ApproveMinutes."""
    if not crisis_leader(desk, actor):
        raise Refused("only_crisis_leader_approves", person=actor.person)
    return [s.MinutesApproved(number=command.number, points=_waits(desk, command.number))]


def set_links(desk: Desk, command: s.SetMeetingLinks, actor: Actor) -> list[Event]:
    """SetMeetingLinks, by the crisis leader, the log keeper or the secretariat."""
    if actor.role in ("crisis_leader", "log_keeper"):
        of_the_staff(desk, actor)
    elif actor.role != "secretariat":
        raise Refused("role_may_not", role=actor.role, needed="log_keeper")
    links = {name: str(getattr(command, name)).strip() for name in s.SetMeetingLinks.model_fields}
    if not any(links.values()):
        raise Refused("meeting_links_missing")
    if (url := links["teams_url"]) and not is_link(url):
        raise Refused("link_not_https")
    return [s.MeetingLinksSet(**links)]


def is_link(url: str) -> bool:
    """Is it an address that can be opened, and only over https?"""
    return len(url) <= LONGEST_LINK and HTTPS.fullmatch(url) is not None


def status_due_at(desk: Desk, next_at: datetime) -> datetime | None:
    """When DDH-status must be approved for the next meeting; null: it is too late for that already."""
    due_at = next_at - timedelta(minutes=desk.limits.ddh_status_before_meeting_minutes)
    return due_at if due_at > desk.at else None


def _before(desk: Desk, next_at: datetime) -> list[Event]:
    """What is awaited before the next meeting. DDH-status is, from its first version on."""
    events: list[Event] = []
    due_at = next_at - timedelta(minutes=desk.limits.situation_update_before_meeting_minutes)
    if due_at > desk.at:
        events += [s.SituationPictureRequested(due_at=due_at), deadline(PICTURE_UPDATE, due_at)]
    if desk.work.status.version and (status_due := status_due_at(desk, next_at)) is not None:
        events.append(deadline(STATUS_DUE, status_due))
    return events


def _sensible(desk: Desk, attendance: tuple[Ref, ...], next_at: datetime | None) -> None:
    if not attendance:
        raise Refused("attendance_missing")
    if next_at is not None and next_at <= desk.at:
        raise Refused("next_meeting_in_the_past")


def _waits(desk: Desk, number: int) -> tuple[s.AgendaPoint, ...]:
    """The minutes' points, when they wait for approval."""
    if number > desk.work.meetings:
        raise Refused("no_such_meeting", number=number)
    if (points := desk.work.unapproved.get(number)) is None:
        raise Refused("minutes_already_approved", number=number)
    return points
