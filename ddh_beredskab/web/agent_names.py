"""Whose names one may see behind receipts, shifts and briefs.

Rules kept: the personnel lead sees all, an own leader those of the own municipality, everybody else counts only; and
nobody sees any when the crisis is over.
"""

from __future__ import annotations

from collections.abc import Mapping

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.briefing import IN_FORCE, ongoing
from ddh_beredskab.projections.documents import documents
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.web.visit import Visit


def goes_on(situation: Json | None, guide: Json | None) -> bool:
    """Whether the crisis goes on, and agents use its guide."""
    return bool(situation and not situation["closed_at"] and guide and guide["state"] in IN_FORCE)


def may_name(visit: Visit, guide: Json | None, municipality: str) -> bool:
    """Whether one may see the names of a municipality's agents in this crisis."""
    if not goes_on(visit.situation, guide):
        return False
    return "personnel_lead" in visit.standings or municipality in own_municipalities(visit)


def own_municipalities(visit: Visit) -> frozenset[str]:
    """The municipalities whose agents one leads."""
    held = visit.who.held if visit.who else ()
    return frozenset(each.municipality for each in held if each.role == "own_leader" and each.municipality)


def named_place(visit: Visit, names: Mapping[str, str], code: str) -> str:
    """What a municipality is called; some agents belong to none."""
    return names.get(code) or code or visit.words.t("seen.no_municipality")


async def leads_personnel(visit: Visit) -> bool:
    """Whether one is personnel lead of a crisis that goes on in the path's environment."""
    who = visit.who

    def look(conn: Conn) -> bool:
        crises = ongoing(conn)
        rosters = documents(conn, ROSTER, list(crises))
        holders = [doc["roles"].get("personnel_lead", {}).get("holder") for doc in rosters.values()]
        return any(holder and who and holder["person"] == who.person for holder in holders)

    return await visit.environment.read(look)
