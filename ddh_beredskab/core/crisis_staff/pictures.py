"""Kommunens situationsbillede: received, asked for, missed, and how often it was agreed to come.

Rules: asked for after 30 minutes, due after 60, then before each next meeting, and every so many hours when that was
agreed with the authority. It comes from anybody of the authority, or whoever took it by phone, and is never refused
for its sender's rank. DDH only receives it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ddh_beredskab.core.crisis_staff.filling import deadline
from ddh_beredskab.core.crisis_staff.search import Desk
from ddh_beredskab.core.crisis_staff.states import PICTURE_ASK, PICTURE_DUE, PICTURE_STATUS, PICTURE_UPDATE
from ddh_beredskab.core.crisis_staff.who_may import AUTHORITY, of_the_crisis, staff_or_secretariat
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Refused
from schemas import crisis_staff as s
from schemas.base import Actor, Event


def receive_picture(desk: Desk, command: s.ReceiveSituationPicture, actor: Actor) -> list[Event]:
    """ReceiveSituationPicture."""
    of_the_crisis(actor)
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
    names = [PICTURE_ASK, PICTURE_DUE, PICTURE_UPDATE, PICTURE_STATUS]
    stop = cancelled("crisis_staff", desk.work.deadlines, names, desk.at)
    next_at = _next(desk.at, desk.work.status_hours)
    return [received, *stop, *([deadline(PICTURE_STATUS, next_at)] if next_at else [])]


def agree_status(desk: Desk, command: s.AgreeAuthorityStatus, actor: Actor) -> list[Event]:
    """AgreeAuthorityStatus, by the staff, the secretariat or the authority's own people."""
    if actor.role not in AUTHORITY:
        staff_or_secretariat(desk, actor)
    if command.hours == desk.work.status_hours:
        raise Refused("authority_status_unchanged", hours=command.hours)
    due_at = _next(desk.work.last_picture_at or desk.at, command.hours)
    if due_at is not None and due_at <= desk.at:
        due_at = _next(desk.at, command.hours)
    agreed = s.AuthorityStatusAgreed(hours=command.hours, due_at=due_at, note=command.note)
    stop = cancelled("crisis_staff", desk.work.deadlines, [PICTURE_STATUS], desk.at)
    return [agreed, *stop, *([deadline(PICTURE_STATUS, due_at)] if due_at else [])]


def ask_for_picture(desk: Desk) -> list[Event]:
    """The authority has not sent its situation picture by itself."""
    due_at = desk.work.activated_at + timedelta(minutes=desk.limits.situation_picture_due_minutes)
    return [s.SituationPictureRequested(due_at=due_at)]


def picture_missed(desk: Desk, name: str) -> list[Event]:
    """No situation picture by its due time."""
    return [s.SituationPictureOverdue(due_at=desk.work.deadlines[name].due_at)]


def _next(since: datetime, hours: int) -> datetime | None:
    """When the next picture is due; null when no hours are agreed."""
    return since + timedelta(hours=hours) if hours else None
