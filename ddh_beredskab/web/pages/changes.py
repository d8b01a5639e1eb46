"""Ændr undervejs: level, service target, channels, opening, priorities, scope and links of a crisis that is decided.

Rule kept: what holds now stands beside each form, so that nobody changes it without seeing it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.situation import ALL, SITUATION
from ddh_beredskab.web.acting import CRISIS, Action
from ddh_beredskab.web.pages.around import Asked, why_nots
from ddh_beredskab.web.pages.decision_view import Desk, municipality_names, part
from ddh_beredskab.web.site import Handler
from ddh_beredskab.web.visit import Visit
from schemas import activation as a
from schemas.base import Command

SCOPES: tuple[a.Scope, ...] = ("municipality", "municipalities", "region", "country")
RELATIONS: tuple[a.Relation, ...] = ("related", "duplicate_of", "local_supplement_of")
COMMANDS: dict[str, type[Command]] = {
    "niveau": a.ChangeLevel,
    "servicemaal": a.SetServiceTarget,
    "kanaler": a.ChangeChannels,
    "aabning": a.DecideOpening,
    "prioritering": a.PrioritiseCapacity,
    "omfang": a.ExtendScope,
    "tilknyt": a.LinkCrises,
}
BEFORE = ("omfang", "tilknyt")
"""What can be changed before anything is decided."""


def actions(page: Handler) -> tuple[Action, ...]:
    """The doors of these moves; the decision's page shows a form again."""
    return tuple(Action(name, command, page=page, back="/beslutning#aendr") for name, command in COMMANDS.items())


async def view(visit: Visit, desk: Desk) -> dict[str, Any]:
    """What holds now, what one may change, and what there is to choose from."""
    situation: Json = visit.situation or {}
    terms = part(situation, "terms")
    mine = [name for name in COMMANDS if visit.may_do(name) and (terms or name in BEFORE)]
    samples = _samples(visit, desk, terms)
    asked = [Asked(samples[name], f"POST {CRISIS}/{name}") for name in mine] if samples else []
    names = visit.setting.names
    whys = {
        name: names.plain(why) if why else None for name, why in zip(mine, await why_nots(visit, asked), strict=False)
    }
    towns = await municipality_names(visit)
    affected = desk.case.authority.affected if desk.case else ()
    others = await _other_crises(visit)
    return {
        "terms": terms,
        "mine": mine if samples else [],
        "why": whys,
        "any": any(why is None for why in whys.values()),
        "priorities": situation.get("priorities", []),
        "scope": desk.case.authority.scope if desk.case else None,
        "scopes": [(scope, visit.words.t(f"decision.scope.{scope}")) for scope in SCOPES],
        "affected": [towns.get(code, code) for code in affected],
        "towns": _others_hit(desk, towns),
        "scope_changes": situation.get("scope_changes", []),
        "towns_by_code": towns,
        "links": [*situation.get("links", []), *(x | {"named_by": True} for x in situation.get("linked_from", []))],
        "titles": {line["crisis"]: line["title"] for line in others},
        "others": [(line["crisis"], names.plain(line["title"]) or line["crisis"]) for line in others],
        "relations": [(name, visit.words.t(f"decision.relation.{name}")) for name in RELATIONS],
    }


def _samples(visit: Visit, desk: Desk, terms: Json) -> dict[str, Command]:
    """One of each move that is another than what holds, so that only who one is and where the case is can refuse it."""
    if desk.case is None:
        return {}
    now = visit.now
    level: a.Level = "operation" if terms.get("level") != "operation" else "staff"
    channels: tuple[a.Channel, ...] = ("sms",) if terms.get("channels") != ["sms"] else ("chatbot",)
    opening = a.OpeningOutsideHours(
        opens_at=now, closes_at=now + timedelta(hours=1), channels=("contact_centre",), staffed_by="-"
    )
    scope: a.Scope = "municipalities" if desk.case.authority.scope == "municipality" else desk.case.authority.scope
    return {
        "niveau": a.ChangeLevel(level=level, grounds="-"),
        "servicemaal": a.SetServiceTarget(target="-", grounds="-"),
        "kanaler": a.ChangeChannels(channels=channels, grounds="-"),
        "aabning": a.DecideOpening(opening=opening, grounds="-"),
        "prioritering": a.PrioritiseCapacity(decision="-", grounds="-"),
        "omfang": a.ExtendScope(affected=("-",), scope=scope, grounds="-"),
        "tilknyt": a.LinkCrises(other="x", relation="related"),
    }


def _others_hit(desk: Desk, towns: dict[str, str]) -> list[tuple[str, str]]:
    """Municipalities that may be added: fictional ones to a fictional authority, real ones to a real one."""
    if desk.case is None:
        return []
    authority = desk.case.authority
    fitting = {
        code: name
        for code, name in towns.items()
        if code.startswith("9") == authority.fictional and code not in authority.affected and code != "9000"
    }
    return sorted(fitting.items(), key=lambda each: each[1])


async def _other_crises(visit: Visit) -> list[Json]:
    """The other crises of the environment, newest first."""
    crisis = visit.crisis

    def look(conn: Conn) -> list[Json]:
        listed = document(conn, SITUATION, ALL)
        lines: list[Json] = list(listed["crises"].values()) if listed else []
        others = [line for line in lines if line["crisis"] != crisis]
        return sorted(others, key=lambda line: line["reported_at"] or "", reverse=True)

    return await visit.environment.read(look)
