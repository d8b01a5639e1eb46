"""What one does about the staffing: answer whether one comes, put somebody in a role, hand over, plan the relief.

Rule kept: that somebody is busy or rests gives way to a reason only after the page has said so and been told
"although"; everything else is the decider's to refuse.
"""

from __future__ import annotations

from datetime import timedelta

from ddh_beredskab.core.crisis_staff.filling import WRITES_FOR_OTHERS
from ddh_beredskab.web.acting import Action
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.pages import staff
from ddh_beredskab.web.pages.around import Asked, why_nots
from ddh_beredskab.web.plain_forms import text_of
from ddh_beredskab.web.visit import Mistake, Visit
from schemas import crisis_staff as s
from schemas.base import Command, Role


def _answer_as(visit: Visit, command: s.AnswerRoleOffer, on_behalf_of: str | None) -> Role | None:
    """One answers in the role one is asked to take; for others as whoever may write for them."""
    if on_behalf_of:
        return next((role for role in WRITES_FOR_OTHERS if role in visit.standings), None)
    return command.role


def _answer(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """Whoever comes late says when: in so many minutes, or at a time."""
    answer, delay = text_of(fields, "answer"), text_of(fields, "delay")
    given: dict[str, object] = {}
    if answer != "late":
        given["expected_at"] = None
    elif not fields.get("expected_at"):
        if not delay.isdecimal() or len(delay) > 4:
            return [Mistake("expected_at", visit.words.t("staff.offer.when_missing"))]
        given["expected_at"] = visit.now + timedelta(minutes=int(delay))
    made, mistakes = filled_in(s.AnswerRoleOffer, fields, visit.words, **given)
    return made if made is not None else mistakes


async def _assign(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    made, mistakes = filled_in(s.AssignRole, fields, visit.words)
    if made is None:
        return mistakes
    return await although(visit, made, ASSIGN) or made


async def _plan(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    made, mistakes = filled_in(s.PlanRelief, fields, visit.words)
    if made is None:
        return mistakes
    return await although(visit, made, PLAN) or made


async def although(visit: Visit, command: s.AssignRole | s.PlanRelief, action: Action) -> list[Mistake]:
    """What a reason would outweigh and nobody has said "although" to yet."""
    busy = {"although_busy": True}
    both = {"although_busy": True, "although_resting": True}
    reason = {} if isinstance(command, s.AssignRole) or command.note.strip() else {"note": "-"}
    kinds = [command.model_copy(update=more | reason) for more in ({}, busy, both)]
    plain, without_busy, without_both = await why_nots(visit, [Asked(each, action.route) for each in kinds])
    found: list[Mistake] = []
    if plain and plain != without_busy:
        found.append(Mistake("although_busy", plain))
    if without_busy and without_busy != without_both and not command.although_resting:
        found.append(Mistake("although_resting", without_busy))
    return found


def hand_over_as(visit: Visit, command: s.HandOverRole, _on_behalf_of: str | None) -> Role | None:
    """The holder hands his own role over; the crisis leader any."""
    held = visit.in_crisis.holders.get(command.role) if visit.in_crisis else None
    return command.role if visit.who is not None and held == visit.who.person else None


ANSWER = Action("stab/svar", s.AnswerRoleOffer, page=staff.page, back="/stab", read=_answer, acts_as=_answer_as)
ASSIGN = Action("stab/saet-paa", s.AssignRole, page=staff.page, back="/stab", read=_assign)
HAND_OVER = Action("stab/overdrag", s.HandOverRole, page=staff.page, back="/stab", acts_as=hand_over_as)
PLAN = Action("stab/afloesning", s.PlanRelief, page=staff.page, back="/stab#afloesning", read=_plan)
CANCEL = Action("stab/afloesning/aflys", s.CancelPlannedRelief, page=staff.page, back="/stab#afloesning")
ACTIONS = (ANSWER, ASSIGN, HAND_OVER, PLAN, CANCEL)
PAGES = tuple(action.door() for action in ACTIONS)
