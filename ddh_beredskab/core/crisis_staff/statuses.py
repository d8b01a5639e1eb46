"""DDH-status: ours, apart from kommunens situationsbillede. Written in versions, approved by the crisis leader.

Rules: sections are data and a status is one to two pages; a version is written on the latest one, or it is refused, so
that nothing somebody else wrote is lost; only the latest version is approved. From the first version on a status is
due before each meeting (ours): a staff that never writes one is not reminded of a form it does not use.
"""

from __future__ import annotations

from ddh_beredskab.core.crisis_staff.filling import deadline
from ddh_beredskab.core.crisis_staff.meetings import status_due_at
from ddh_beredskab.core.crisis_staff.search import Desk
from ddh_beredskab.core.crisis_staff.states import STATUS_DUE
from ddh_beredskab.core.crisis_staff.who_may import crisis_leader, of_the_staff
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Refused
from ddh_beredskab.core.playbook import StatusForms
from schemas import crisis_staff as s
from schemas.base import Actor, Event


def write_status(desk: Desk, command: s.WriteDdhStatus, actor: Actor, forms: StatusForms) -> list[Event]:
    """WriteDdhStatus, by anybody of the staff."""
    of_the_staff(desk, actor)
    known = [section.key for section in forms.ddh_status]
    if strange := sorted(set(command.sections) - set(known)):
        raise Refused("status_section_unknown", sections=", ".join(strange))
    sections = {key: command.sections[key] for key in known if command.sections.get(key, "").strip()}
    if not sections:
        raise Refused("status_is_empty")
    length, most = sum(map(len, sections.values())), desk.limits.ddh_status_most_characters
    if length > most:
        raise Refused("status_too_long", length=length, most=most, over=length - most)
    before = desk.work.status
    if command.based_on > before.version:
        raise Refused("no_such_status", version=command.based_on)
    if command.based_on < before.version:
        raise Refused("status_written_meanwhile", version=before.version, written_by=before.written_by)
    version = before.version + 1
    written = s.DdhStatusWritten(
        version=version, based_on=before.version, sections=sections, written_by=actor.on_behalf_of or actor.person
    )
    next_at = desk.work.next_meeting_at
    due_at = status_due_at(desk, next_at) if version == 1 and next_at else None
    return [written, *([deadline(STATUS_DUE, due_at)] if due_at else [])]


def approve_status(desk: Desk, command: s.ApproveDdhStatus, actor: Actor) -> list[Event]:
    """ApproveDdhStatus."""
    if not crisis_leader(desk, actor):
        raise Refused("only_crisis_leader_approves_status", person=actor.person)
    status = desk.work.status
    if command.version > status.version:
        raise Refused("no_such_status", version=command.version)
    if command.version < status.version:
        raise Refused("status_overtaken", version=command.version, latest=status.version)
    if command.version == status.approved:
        raise Refused("status_already_approved", version=command.version)
    approved = s.DdhStatusApproved(version=command.version, approved_by=actor.person)
    return [approved, *cancelled("crisis_staff", desk.work.deadlines, [STATUS_DUE], desk.at)]


def status_missed(desk: Desk) -> list[Event]:
    """No status was approved in time for the meeting."""
    return [s.DdhStatusOverdue(due_at=desk.work.deadlines[STATUS_DUE].due_at)]
