"""The receipt of an incident: what we have, what happens next and by when, and whom to phone.

Rules kept: "modtaget" is said of what is committed, nothing is promised that the engine does not do; phone numbers are
shown to those who must call; whoever came without log-in sees that we ring back, and nothing else about anybody.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.clock import from_micros, monotonic
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.register import positions
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.phase import OVER
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.web.acting import outcome
from ddh_beredskab.web.incident_people import Number, numbers
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit

CALLERS = frozenset({
    "municipal_leader", "local_leader", "local_information_lead", "steering_group", "project_leader", "secretariat",
    "strategic_leadership",
})  # fmt: skip
"""Roles that must be able to phone the steering group."""
FOLD_SECONDS = 2.0
_MESSAGE = Statement("SELECT subject, recorded_at, type FROM messages WHERE id = :id")
_REPORT = "dk.ddh.beredskab.report_incident."


async def receipt(visit: Visit) -> Response:
    """Live: it tells the decision when there is one."""
    id_ = str(visit.request.path_params["message"])
    people = visit.site.people

    def read(conn: Conn) -> tuple[str, int, Json | None, list[Number]] | None:
        row = conn.one(_MESSAGE, id=id_)
        if row is None or not str(row[2]).startswith(_REPORT):
            return None
        situation = document(conn, SITUATION, str(row[0]))
        return str(row[0]), int(row[1]), situation, numbers(conn, _wanted(conn, visit, situation))

    told = await outcome(visit, people.environment, id_)
    until = monotonic() + FOLD_SECONDS
    found = await people.read(read)
    while found and found[2] is None and told["status"] in ("decided", "waiting") and monotonic() < until:
        await asyncio.sleep(0.1)  # decided in a moment, and folded a moment later
        found = await people.read(read)
    if found is None:
        raise HTTPException(404)
    crisis, recorded_at, situation, phones = found
    report: Json = (situation or {}).get("report") or {}
    open_form = report.get("entry") == "open_form"
    if visit.who is None and situation is not None and not open_form:
        return visit.to_login()
    told = await outcome(visit, people.environment, id_)  # as it is now
    received_at = from_micros(recorded_at)
    within = timedelta(minutes=visit.site.playbooks.limits.provisional_within_minutes)
    return visit.page(
        "incident/receipt.html",
        visit.words.t("incident.receipt.heading"),
        told=told,
        received_at=received_at,
        hear_by=instant(due) if (due := (situation or {}).get("decision_due_at")) else received_at + within,
        stage=_stage(told, situation),
        s=situation or {},
        report=report,
        for_others=bool(report and report["asked_by"] != report["entered_by"]),
        crisis=crisis,
        topic=f"{people.environment.name}/{crisis}@0" if visit.who and situation else None,
        phones=[(each, role_name(visit.site.playbooks, each.role)) for each in phones],
        anonymous=visit.who is None,
        limits=visit.site.playbooks.limits,
    )


def _stage(told: dict[str, Any], situation: Json | None) -> str:
    """Which words the receipt has for how it stands."""
    if told["status"] in ("refused", "quarantined"):
        return str(told["status"])
    if situation is None:
        return "waiting"
    phase = str(situation["phase"])
    if phase == "declined":
        return str(situation.get("not_active_because") or "declined")
    if phase in ("reported", "under_assessment"):
        return "unconfirmed" if situation.get("unconfirmed") else "calling"
    return "over" if phase in OVER else phase


def _wanted(conn: Conn, visit: Visit, situation: Json | None) -> list[tuple[str, str]]:
    """(role, person) whom this viewer is to phone, the first to be tried first."""
    held = positions(conn)
    desk = [(p.role, p.person) for role in ("secretariat", "project_leader") for p in held if p.role == role]
    if visit.who is None:
        return [each for each in desk if each[0] == "secretariat"]
    if not visit.standings & CALLERS:
        return []
    asked = [("steering_group", each["person"]) for each in (situation or {}).get("asked", [])]
    duty = [(p.role, p.person) for p in held if p.role == "steering_group" and p.on_duty and not p.absent]
    return [*(asked or duty), *desk]


PAGES = (Page("GET", "/indmeld/kvittering/{message}", receipt),)
