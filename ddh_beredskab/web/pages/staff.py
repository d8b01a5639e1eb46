"""Bemanding: who comes, who holds which role since when, who relieves whom, and what of it is one's own.

Rule kept: the one who is asked finds his own offer first, with the answers as buttons; a move that is not allowed now
stands there with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from starlette.responses import Response

from ddh_beredskab.core.crisis_staff.filling import WRITES_FOR_OTHERS
from ddh_beredskab.core.crisis_staff.search import candidates_for
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.acting import CRISIS, with_answer
from ddh_beredskab.web.pages.around import (
    Asked,
    Table,
    me,
    meeting_place,
    people_to_choose,
    phones,
    role_choices,
    standing_of,
    table,
    why_nots,
)
from ddh_beredskab.web.pages.staff_board import View, board, own_answers, own_offers, relief_plan
from ddh_beredskab.web.pages.tasks_board import card_of, own_cards, task_lines
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from schemas import crisis_staff as s
from schemas.base import Role, StaffRole

DOOR = f"POST {CRISIS}/stab"
SOMEBODY = "nogen"
"""Nobody's ref: to ask whether a move is allowed at all."""
DELAYS = (15, 30, 60, 120)


async def page(visit: Visit) -> Response:
    """Everything about the staffing; `?rolle=` opens the moves of one role."""
    await with_answer(visit)
    _name_form(visit)
    found = await table(visit, "relief_plan", "meetings", "actions", "cards")
    playbooks, now, person = visit.site.playbooks, visit.now, me(visit)
    staffing = board(visit.roster, found.pool, playbooks, now)
    role = _role_asked(visit)
    line = next((each for each in staffing["lines"] if each["role"] == role), None)
    somebody = any(each["holder"] for each in staffing["lines"])
    plans = found.working and somebody and visit.audience != "everyone"
    return visit.page(
        "staff/page.html",
        visit.words.t("staff.heading"),
        board=staffing,
        offers=own_offers(staffing["lines"], person),
        answered=own_answers(staffing["lines"], person, now),
        delay_choices=[(minutes, _in(visit, timedelta(minutes=minutes))) for minutes in DELAYS],
        mine=_mine(visit, found, staffing),
        place=meeting_place(visit, found.parts["meetings"]),
        next_meeting=(found.parts["meetings"] or {}).get("next_at"),
        inside=visit.may(f"GET {CRISIS}/opgaver"),
        bodies=_bodies(visit, found),
        working=found.working,
        may_move=visit.may_do("stab/saet-paa") or visit.may_do("stab/overdrag") or _writes_as(visit) is not None,
        line=line,
        moves=await _moves(visit, found, line) if line else None,
        plan=relief_plan(found.parts["relief_plan"], playbooks, now) if plans else None,
        plan_moves=await _plan_moves(visit, found) if plans else None,
        cancellable=_cancellable(found),
    )


def _in(visit: Visit, delay: timedelta) -> str:
    """om 30 min, kl. 02.55"""
    words = visit.words
    return words.t("staff.offer.in_minutes", span=words.span(delay), clock=words.clock(visit.now + delay))


def _role_asked(visit: Visit) -> StaffRole | None:
    """The role whose moves are open: asked for, or that of the form that is shown again."""
    shown_again = visit.filled.name in ("stab/svar-for", "stab/saet-paa", "stab/overdrag")
    asked = visit.query.get("rolle") or (visit.filled.values.get("role") if shown_again else "")
    return next((role for role in visit.site.playbooks.roles.to_fill() if role == asked), None)


def _name_form(visit: Visit) -> None:
    """Several forms go through one door: each is known by what it is about."""
    filled = visit.filled
    if filled.name == "stab/svar":
        filled.name += "-for" if filled.values.get("on_behalf_of") else f"-{filled.values.get('role', '')}"
    elif filled.name == "stab/afloesning/aflys":
        filled.name += f"-{filled.values.get('number', '')}"


def _mine(visit: Visit, found: Table, staffing: View) -> View | None:
    """My page in this crisis: what I am, since when, when I am relieved, what I have to do."""
    person, playbooks, now = me(visit), visit.site.playbooks, visit.now
    lines = [each for each in staffing["lines"] if each["holder"] and each["holder"]["person"] == person]
    tasks = task_lines(found.parts["actions"], now)
    own = [task for task in tasks if task["owner"] == person and task["status"] != "done"]
    cards = [card_of(playbooks, role, found.parts["cards"]) for role in own_cards(visit)]
    lasting = [each for each in found.part("relief_plan", "plan") if not each["cancelled"]]
    plan = [each for each in lasting if instant(each["ends_at"]) > now]
    mine = [each | {"name": playbooks.roles.name(each["role"])} for each in plan if each["person"] == person]
    held = {line["role"] for line in lines}
    after = [each for each in plan if each["role"] in held and each["person"] != person]
    rest = next((rest for rest in staffing["resting"] if rest["person"] == person), None)
    if not (lines or own or mine or rest or cards):
        return None
    return {"lines": lines, "tasks": own, "cards": cards, "planned": mine, "after": after, "rest": rest}


def _bodies(visit: Visit, found: Table) -> list[View]:
    """Those above the staff: bodies, not persons."""
    roles = visit.site.playbooks.roles
    bodies: list[tuple[Role, tuple[str, ...]]] = [
        ("strategic_leadership", found.pool.strategic_leadership),
        ("steering_group", found.pool.steering_group),
    ]
    return [
        {"name": roles.name(role), "task": roles.roles[role].task, "people": people}
        for role, people in bodies
        if people
    ]


async def _moves(visit: Visit, found: Table, line: View) -> View:
    """What one may do about a role, and why not; whom one can choose."""
    role: StaffRole = line["role"]
    candidates = candidates_for(found.pool, role)
    others = [offer["person"] for offer in line["offers"] if not line["holder"]]
    mine = bool(line["holder"]) and line["holder"]["person"] == me(visit)
    writes = _writes_as(visit)
    assign = s.AssignRole(role=role, person=SOMEBODY, reason="-")
    hand_over = s.HandOverRole(role=role, to=SOMEBODY, note="-")
    answer = s.AnswerRoleOffer(role=role, answer="coming")
    asked = [
        Asked(assign, f"{DOOR}/saet-paa"),
        Asked(hand_over, f"{DOOR}/overdrag", role=role if mine else None),
        Asked(answer, f"{DOOR}/svar", role=writes, on_behalf_of=others[-1] if others else SOMEBODY),
    ]
    why_assign, why_hand_over, why_answer = await why_nots(visit, asked)
    choices = await people_to_choose(visit, found.pool, *(each.person for each in candidates))
    standing = await standing_of(visit, [*(each.person for each in candidates), *found.pool.strategic_leadership])
    rings_up = writes is not None or visit.may_do("stab/saet-paa")
    numbers = await phones(visit) if rings_up else {}
    apart = visit.site.playbooks.roles.kept_apart_from(role)
    holders: Mapping[str, str] = visit.in_crisis.holders if visit.in_crisis else {}
    called: dict[str, str] = {name: card.name for name, card in visit.site.playbooks.roles.roles.items()}
    kept = {person for other, person in holders.items() if other in apart}
    people: list[Json] = [
        {
            "person": each.person,
            "position": each.position,
            "reachable": each.reachable,
            "phone": numbers.get(each.person, ""),
            "busy": standing[each.person].busy_in is not None,
            "rests_until": standing[each.person].rests_until,
            "kept_apart": each.person in kept,
            "roles": [called[name] for name, person in holders.items() if person == each.person],
        }
        for each in candidates
    ]
    holder = line["holder"]["person"] if line["holder"] else None
    notes = {each["person"]: _note(visit, each) for each in people}
    return {
        "candidates": people,
        "choices": [(ref, _with_note(name, notes.get(ref))) for ref, name in choices if ref != holder],
        "answerers": [(ref, visit.setting.names.person(ref)) for ref in others],
        "assign": why_assign,
        "hand_over": why_hand_over,
        "answer": why_answer,
        "may_assign": visit.may_do("stab/saet-paa"),
        "may_hand_over": bool(line["holder"]) and (mine or "crisis_leader" in visit.standings),
        "may_answer": writes is not None,
        "overlap": visit.site.playbooks.limits.relief_overlap_minutes,
        "in_the_way": any(each["busy"] or each["rests_until"] for each in people),
    }


def _writes_as(visit: Visit) -> Role | None:
    """In which role one writes down what others say on the phone."""
    return next((role for role in WRITES_FOR_OTHERS if role in visit.standings), None)


def _with_note(name: str, note: str | None) -> str:
    return f"{name} – {note}" if note else name


def _note(visit: Visit, each: Json) -> str:
    """What one should know of somebody before one chooses him."""
    words = visit.words
    told = [words.t(f"staff.position.{each['position']}")]
    told += [words.t("staff.no_channel_short")] if not each["reachable"] else []
    told += [words.t("staff.busy")] if each["busy"] else []
    told += [words.t("staff.kept_apart")] if each["kept_apart"] else []
    if each["rests_until"]:
        told.append(words.t("staff.rests_until", moment=words.moment(each["rests_until"], visit.now)))
    return ", ".join(told)


async def _plan_moves(visit: Visit, found: Table) -> View | None:
    """The form that plans a relief; null for whoever never may."""
    if not visit.may_do("stab/afloesning"):
        return None
    now = visit.now
    roles = visit.site.playbooks.roles.to_fill()
    own = "local_leader" in visit.standings and visit.audience != "staff"
    sample: StaffRole = "local_leader" if own else roles[0]
    begins, ends = now + timedelta(hours=1), now + timedelta(hours=2)
    command = s.PlanRelief(role=sample, person=SOMEBODY, begins_at=begins, ends_at=ends)
    (why,) = await why_nots(visit, [Asked(command, f"{DOOR}/afloesning")])
    return {
        "why": why,
        "people": await people_to_choose(visit, found.pool),
        "roles": role_choices(visit, [r for r in roles if not own or r in ("local_leader", "local_information_lead")]),
    }


def _cancellable(found: Table) -> dict[int, Json]:
    """The lines of the plan that can still be called off, by number."""
    plan = found.part("relief_plan", "plan")
    return {each["number"]: each for each in plan if not each["cancelled"]}


PAGES = (Page("GET", f"{CRISIS}/stab", page, tab="tab.staff", order=30),)
