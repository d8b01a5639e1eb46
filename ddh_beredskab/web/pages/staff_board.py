"""Hvem kommer? The board of the staff, worked out of the roster and the pool: role by role, and one's own part.

Rule kept: one answer never hides another; what nobody has answered is said to be so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ddh_beredskab.core.crisis_staff.search import candidates_for
from ddh_beredskab.core.crisis_staff.states import Pool
from ddh_beredskab.core.playbook import Limits, Playbooks
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.staff_room.relief_plan import Hole, Stretch, holes, stretches
from ddh_beredskab.web.words import local
from schemas.base import Ref, StaffRole

ANSWERS = ("coming", "late", "cannot", "no_answer", "awaiting")
NEWS = timedelta(hours=2)
View = dict[str, Any]
ROLE: Json = {"holder": None, "offers": [], "passed": [], "history": [], "relief": None, "uncovered_at": None}


def board(roster: Json | None, pool: Pool, playbooks: Playbooks, now: datetime) -> View:
    """The roles in the order they are filled, and how many answered what."""
    doc = roster or {"roles": {}, "resting": [], "established": None, "called_out_at": None, "escalations": 0}
    over = bool(doc.get("stood_down_at"))
    since = doc["called_out_at"] or ""
    lines = [
        _line(role, _this_time(doc["roles"].get(role) or ROLE, since), pool, playbooks, now, over=over)
        for role in playbooks.roles.to_fill()
    ]
    counts = dict.fromkeys(ANSWERS, 0)
    for line in lines:
        for offer in line["offers"]:
            counts[offer["answer"] or "awaiting"] += 1
    return {
        "called_out_at": doc["called_out_at"],
        "stood_down_at": doc.get("stood_down_at"),
        "established": doc["established"],
        "escalations": doc["escalations"],
        "lines": lines,
        "counts": counts,
        "asked": sum(counts.values()),
        "uncovered": [] if over else [line for line in lines if line["uncovered"]],
        "open": [] if over else [line for line in lines if line["must_cover"] and not line["holder"]],
        "covered": sum(1 for line in lines if line["must_cover"] and line["holder"]),
        "must_cover": sum(1 for line in lines if line["must_cover"]),
        "resting": [rest for rest in doc["resting"] if instant(rest["until"]) > now],
    }


def _this_time(role: Json, since: str) -> Json:
    """Of a crisis that was reopened, what has happened since the staff was called out again."""
    return role | {
        "offers": [offer for offer in role["offers"] if offer["at"] >= since],
        "passed": [past for past in role["passed"] if past["at"] >= since],
        "uncovered_at": role["uncovered_at"] if (role["uncovered_at"] or "") >= since else None,
    }


def _line(role: StaffRole, doc: Json, pool: Pool, playbooks: Playbooks, now: datetime, *, over: bool) -> View:
    card, held = playbooks.roles.roles[role], doc["holder"]
    candidates = candidates_for(pool, role)
    latest: dict[str, Json] = {}
    for offer in doc["offers"]:
        latest.pop(offer["person"], None)
        latest[offer["person"]] = offer
    asked = latest.keys() | {past["person"] for past in doc["passed"]}
    return {
        "role": role,
        "name": card.name,
        "task": card.task,
        "authority": card.group == "authority",
        "must_cover": card.must_cover,
        "holder": held,
        "arrives": _arrives(held, latest, now),
        "relief": relief_clock(held["since"], playbooks.limits, now) if held else None,
        "handed_over_at": doc.get("handed_over_at"),
        "over": over,
        "last": doc["history"][-1]["person"] if not held and doc["history"] else None,
        "held_before": {each["person"] for each in doc["history"]},
        "uncovered": bool(doc["uncovered_at"]) and not held,
        "offers": list(latest.values()),
        "waits": None if held else next((o for o in reversed(list(latest.values())) if o["answer"] is None), None),
        "passed": [past for past in doc["passed"] if past["because"] not in ("cannot", "no_answer")],
        "next": [each.person for each in candidates if each.reachable and each.person not in asked and not held],
        "unreachable": [each.person for each in candidates if not each.reachable],
    }


def _arrives(held: Json | None, offers: dict[str, Json], now: datetime) -> str | None:
    """When somebody who said he would be late is expected; null: he is here by now."""
    offer = offers.get(held["person"]) if held else None
    if offer is None or offer["answer"] != "late" or not offer["expected_at"]:
        return None
    return offer["expected_at"] if instant(offer["expected_at"]) > now else None


def relief_clock(since: str, limits: Limits, now: datetime) -> View:
    """When relief is due and when it must be done, and how that stands now."""
    due = instant(since) + timedelta(hours=limits.relief_due_hours)
    done = instant(since) + timedelta(hours=limits.relief_done_hours)
    state = "overdue" if now >= done else "due" if now >= due else "later"
    return {"due": due, "done": done, "state": state, "hours": limits.relief_done_hours}


def own_offers(lines: Sequence[View], person: Ref) -> list[View]:
    """The roles a person has been asked to take and nobody has taken: what he answered last may be changed."""
    return [
        {"line": line, "offer": offer}
        for line in lines
        for offer in line["offers"]
        if offer["person"] == person and not line["holder"] and not line["over"]
    ]


def own_answers(lines: Sequence[View], person: Ref, now: datetime) -> list[View]:
    """What a person answered for roles that somebody else has taken meanwhile: told for some hours, then it is old."""
    return [
        {"line": line, "offer": offer}
        for line in lines
        if line["holder"] and line["holder"]["person"] != person and person not in line["held_before"]
        for offer in line["offers"]
        if offer["person"] == person and offer["answer"] and now - instant(line["holder"]["since"]) < NEWS
    ]


# -- the relief plan ------------------------------------------------------------------------------

LABEL, HOUR, ROW, HEAD, MARGIN = 190, 15, 30, 26, 60
"""Measures of the drawing."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One role of the relief plan: who is there when, where nobody is, and the same as bars to be drawn."""

    role: StaffRole
    name: str
    stretches: list[Stretch]
    holes: list[Hole]
    bars: list[View]
    y: int


def relief_plan(doc: Json | None, playbooks: Playbooks, now: datetime) -> View:
    """Role by role for the hours to come."""
    limits = playbooks.limits
    hours = limits.round_the_clock_plan_hours
    until = now + timedelta(hours=hours)
    covered = [each for each in stretches(doc, limits) if each.ends_at > now and each.begins_at < until]
    empty = holes(doc, playbooks.roles.to_fill(), limits, now)
    rows: list[PlanRow] = []
    for number, role in enumerate(playbooks.roles.to_fill()):
        mine = sorted((each for each in covered if each.role == role), key=lambda each: each.begins_at)
        gaps = [hole for hole in empty if hole.role == role]
        y = HEAD + number * ROW
        bars = [_bar(x.begins_at, x.ends_at, now, until, x.person, "planned" if x.number else "now") for x in mine]
        bars += [_bar(hole.begins_at, hole.ends_at, now, until, None, "hole") for hole in gaps]
        rows.append(PlanRow(role, playbooks.roles.name(role), mine, gaps, bars, y))
    first = min(empty, key=lambda hole: hole.begins_at, default=None)
    return {
        "rows": rows,
        "hours": hours,
        "first_hole": first,
        "first_hole_name": playbooks.roles.name(first.role) if first else "",
        "holes": len(empty),
        "marks": _marks(now, until),
        "label": LABEL,
        "width": LABEL + hours * HOUR + MARGIN,
        "height": HEAD + len(rows) * ROW,
        "row": ROW,
    }


def _marks(now: datetime, until: datetime) -> list[tuple[float, datetime]]:
    """Every sixth hour of the Danish clock, and where it lies."""
    at = (local(now) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    marks: list[tuple[float, datetime]] = []
    while at < until:
        if at.hour % 6 == 0:
            marks.append((round(LABEL + (at - now).total_seconds() / 3600 * HOUR, 1), at))
        at += timedelta(hours=1)
    return marks


def _bar(begins: datetime, ends: datetime, now: datetime, until: datetime, person: Ref | None, kind: str) -> View:
    start, end = max(begins, now), min(ends, until)
    x = LABEL + (start - now).total_seconds() / 3600 * HOUR
    width = (end - start).total_seconds() / 3600 * HOUR
    return {"x": round(x, 1), "width": round(width, 1), "person": person, "kind": kind}
