"""What the steering group's page is made of: the round as the decider sees it, with names, numbers and reasons.

Rule kept: who is called, barred or enough is asked of the same functions that decide it; nothing is worked out anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ddh_beredskab.core.activation.deciding import confirm_by
from ddh_beredskab.core.activation.members import barred, call_order, entitled, quorum
from ddh_beredskab.core.activation.states import (
    CONTACT_ANSWER,
    FOREWARNING_LAPSE,
    ActivationState,
    Assessing,
    Case,
    NotReported,
    PlannedPeak,
    Provisional,
    Round,
    Warned,
)
from ddh_beredskab.core.opening_hours import NeverStaffedError, closes_next, is_open, opens_next
from ddh_beredskab.people.directory import extra_municipalities
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.pages.around import phones
from ddh_beredskab.web.visit import Visit
from schemas.activation import SteeringMember

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """The case, and the round the steering group is in; null when there is nothing to vote on."""

    state: ActivationState
    case: Case | None
    round: Round | None


async def desk_of(visit: Visit) -> Desk:
    """As it stands now."""
    environment, crisis, moves = visit.environment, visit.crisis, visit.site.moves
    state: ActivationState = await environment.read(
        lambda conn: moves.state(conn, environment.name, crisis, "activation")
    )
    case = None if isinstance(state, NotReported | PlannedPeak) else state.case
    current = state.round if isinstance(state, Assessing | Warned | Provisional) else None
    return Desk(state, case, current)


async def municipality_names(visit: Visit) -> dict[str, str]:
    """Code -> name; the register wins over the file."""
    listed = {each.code: each.name for each in visit.site.municipalities.lines}
    own = await visit.site.people.read(extra_municipalities)
    return listed | {code: name for code, name, _, _ in own}


def clocks(visit: Visit, desk: Desk) -> View:
    """What is due: a decision by somebody, the group's answer, the end of a forewarning."""
    limits, current = visit.site.playbooks.limits, desk.round
    found: View = {"provisional_due": None, "quorum_due": None, "confirm_before": None, "lapses_at": None}
    if isinstance(desk.state, Provisional):
        return found | {"confirm_before": desk.state.confirm_before}
    if isinstance(desk.state, Warned) and (lapse := desk.state.case.deadlines.get(FOREWARNING_LAPSE)):
        found["lapses_at"] = lapse.due_at
    if current is not None:
        found["provisional_due"] = current.started_at + timedelta(minutes=limits.provisional_within_minutes)
        found["quorum_due"] = confirm_by(current.started_at, limits)
    return found


async def members_of(visit: Visit, desk: Desk, situation: Json) -> list[View]:
    """The phone list in the order of calling, those who are absent last: who was asked, reached, barred, has voted."""
    if desk.case is None:
        return []
    limits, case, current = visit.site.playbooks.limits, desk.case, desk.round
    towns, numbers = await municipality_names(visit), await phones(visit)
    asked = {each["person"]: each for each in situation.get("asked", [])}
    votes = {each["person"]: each for each in _votes(situation)}
    order = call_order(case.directory)
    there = {member.person for member in order}
    absent = {m.person: m for m in case.directory.steering_group if m.person not in there}
    following = next_of(order, current)

    def line(member: SteeringMember, number: int | None) -> View:
        tries = asked.get(member.person)
        return {
            "person": member.person,
            "number": number,
            "municipality": towns.get(member.municipality, member.municipality),
            "phone": numbers.get(member.person, ""),
            "on_duty": member.on_duty,
            "absent": member.absent,
            "barred": barred(case, member, limits),
            "asked": tries,
            "reached": bool(current and member.person in current.reached) or bool(tries and tries["reached"]),
            "calling": bool(current and current.waiting_for == member.person),
            "next": member.person == following,
            "vote": votes.get(member.person),
        }

    lines = [line(member, number) for number, member in enumerate(order, start=1)]
    return lines + [line(member, None) for member in absent.values()]


def next_of(order: tuple[SteeringMember, ...], current: Round | None) -> str | None:
    """Who comes after the one who is being called; null when nobody is left, or there is no round."""
    if current is None:
        return None
    left = (m.person for m in order if m.person not in current.asked and m.person not in current.reached)
    return next(left, None)


def somebody_entitled(visit: Visit, desk: Desk) -> str | None:
    """A member who may vote, to ask whether one could type for such a one."""
    return next(iter(entitled(desk.case, visit.site.playbooks.limits)), None) if desk.case else None


def answer_due(desk: Desk, now: datetime) -> datetime | None:
    """Until when we wait for the member who is being called."""
    if desk.case is None or desk.round is None or desk.round.waiting_for is None:
        return None
    due = desk.case.deadlines.get(CONTACT_ANSWER)
    return due.due_at if due and due.due_at > now else None


def tally(visit: Visit, desk: Desk) -> View | None:
    """How far the vote is."""
    if desk.case is None or desk.round is None:
        return None
    ballots = desk.round.ballots
    needed = quorum(desk.case, visit.site.playbooks.limits)
    return {
        "needed": needed,
        "cast": len(ballots),
        "for": sum(ballot.vote == "for" for ballot in ballots),
        "against": sum(ballot.vote == "against" for ballot in ballots),
        "missing": max(0, needed - len(ballots)),
        "reached": len(desk.round.reached),
        "exhausted": desk.round.exhausted,
        "overdue": desk.round.overdue,
    }


def criteria(visit: Visit, situation: Json) -> View | None:
    """The three criteria as the form of the decision: points, reasons, the leader's grounds, the recommendation."""
    score: Json | None = situation.get("score")
    if score is None:
        return None
    rules = visit.site.playbooks.criteria
    lines = [
        {"name": name, "points": score[name], "reasons": score.get("reasons", {}).get(name, [])}
        for name in ("acute", "citizens", "functions")
    ]
    return {
        "lines": lines,
        "sum": sum(int(score[line["name"]]) for line in lines),
        "recommendation": score["recommendation"],
        "grounds": score.get("grounds") or part(situation, "report").get("grounds", ""),
        "explanation": score["explanation"],
        "in_doubt": rules.in_doubt,
        "advisory": rules.advisory,
    }


def opening_now(visit: Visit, situation: Json) -> View:
    """Is anybody there by the opening hours and what was decided beside them, and until or from when?"""
    openings: list[Json] = part(situation, "terms").get("opening", [])
    extra = [(instant(each["opens_at"]), instant(each["closes_at"])) for each in openings]
    hours, now = visit.site.playbooks.opening_hours, visit.now
    there = is_open(hours, now, extra)
    try:
        return {"open": there, "at": closes_next(hours, now, extra) if there else opens_next(hours, now, extra)}
    except NeverStaffedError:
        return {"open": there, "at": None}


def part(doc: Json, name: str) -> Json:
    """A part of a document that may not be there yet."""
    return doc.get(name) or {}


def _votes(situation: Json) -> list[Json]:
    """Those on the proposal in front of the group, or on the decision that was taken (with dissent after it)."""
    decided: list[Json] = part(situation, "decision").get("votes", [])
    put: list[Json] = situation.get("votes", [])
    later = {each["person"] for each in put}
    return [*(each for each in decided if each["person"] not in later), *put]
