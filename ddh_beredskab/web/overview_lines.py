"""Several crises at once: from each crisis's documents to one line, with what it lacks and what comes next.

Pure, in keys and instants, no sentences. What is late is worked out from the environment's own clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.projections.phase import OVER, RUNNING
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.views import View, kind_title, next_report


@dataclass(frozen=True, slots=True)
class CrisisDocuments:
    """What one line is made of."""

    environment: str
    now: datetime
    situation: Json
    roster: Json | None
    guide: Json | None
    reports: Json | None


def crisis_overview(found: CrisisDocuments, playbooks: Playbooks) -> View:
    """One crisis: how it stands, what waits for somebody, which clocks run, who is missing."""
    s, running = found.situation, found.situation["phase"] in RUNNING
    authority: Json = s["authority"] or {}
    lead = authority.get("code", "")
    return {
        "environment": found.environment,
        "drill": found.environment != "drift",
        "drill_name": found.environment.partition(".")[2],
        "crisis": s["crisis"],
        "title": s["title"],
        "kind": kind_title(playbooks, s["kind"]),
        "phase": s["phase"],
        "phase_since": s["phase_since"],
        "level": s["level"] if running else None,
        "group": "running" if running else "over" if s["phase"] in OVER else "under_way",
        "since": s["activated_at"] or s["reported_at"] or "",
        "authority": authority.get("name", ""),
        "scope": authority.get("scope", "municipality"),
        "affected": [code for code in authority.get("affected", ()) if code != lead],
        "links": [*({**link, "way": "to"} for link in s["links"]), *({**x, "way": "from"} for x in s["linked_from"])],
        "merged_into": s["merged_into"],
        "not_active_because": s["not_active_because"],
        "guide": _guide(found.guide) if running else None,
        "needs": _needs(found) if s["phase"] not in OVER else _after(found),
        "clocks": _clocks(found, playbooks) if s["phase"] not in OVER else [],
        "uncovered": _uncovered(found.roster, playbooks) if running else [],
        "priority": (s.get("priorities") or [None])[-1],
        "now": found.now,
        "alike": [],
    }


def _guide(guide: Json | None) -> Json:
    """Which version, how old, and whether it is too old."""
    if guide is None or guide.get("version") is None:
        return {"version": None, "overdue": bool(guide and guide.get("first_message_overdue"))}
    return {
        "version": guide["version"],
        "first": guide["state"] == "first_message",
        "recalled": guide["state"] == "recalled",
        "fresh_at": guide["fresh_at"],
        "overdue": bool(guide["overdue_since"]),
    }


def _needs(found: CrisisDocuments) -> list[Json]:
    """Decisions that wait for somebody, the oldest rule first."""
    s, now = found.situation, found.now
    needs: list[Json] = []
    if s["unconfirmed"]:
        needs.append({"key": "unconfirmed"})
    if s["phase"] in ("reported", "under_assessment", "warned"):
        if s.get("proposal"):
            needs.append({"key": "votes", "n": len(s.get("votes", []))})
        elif s["phase"] != "warned":
            needs.append({"key": "proposal"})
        if s.get("phone_list_exhausted_at"):
            needs.append({"key": "exhausted", "late": True})
    if s["phase"] == "provisional":
        needs.append({"key": "confirm", "late": bool(s.get("confirmation_overdue_at"))})
    open_steps = [step for step in s.get("step_down", []) if step["agreed_at"] is None and step["reversed_at"] is None]
    needs += [{"key": "step_down"} for _ in open_steps]
    if s.get("picture_overdue"):
        needs.append({"key": "picture", "late": True})
    if (found.guide or {}).get("draft"):
        needs.append({"key": "draft"})
    late = [r for r in (found.reports or {"reports": []})["reports"] if not r["acknowledged"] and not r["final"]]
    if late and now - instant(late[0]["at"]) > timedelta(hours=1):
        needs.append({"key": "reports", "n": len(late)})
    return needs


def _after(found: CrisisDocuments) -> list[Json]:
    """What is left when it is over."""
    s = found.situation
    if s["phase"] != "deactivated" or not s.get("closing"):
        return []
    before = s["closing"]["evaluation_before"]
    return [{"key": "evaluation", "at": before, "late": instant(before) < found.now}]


def _clocks(found: CrisisDocuments, playbooks: Playbooks) -> list[Json]:
    """What is due, the soonest first."""
    s = found.situation
    guide: Json = found.guide or {}
    meeting: Json = s.get("meeting") or {}
    decision: Json = s.get("decision") or {}
    due: dict[str, str | datetime | None] = {}
    if s["phase"] in ("reported", "under_assessment"):
        due["decision"] = s.get("decision_due_at")
    if s["phase"] == "provisional":
        due["confirm"] = decision.get("confirm_before")
    if s["phase"] in RUNNING:
        deadline = guide.get("deadlines", {}).get("guide_update") if guide.get("version") is not None else None
        due["guide"] = deadline["due_at"] if deadline else None
        if guide.get("state") == "first_message":
            due["replace"] = guide.get("replace_before")
        due["report"] = next_report(found.reports)
        due["meeting"] = meeting.get("next_at")
        due["picture"] = s.get("picture_due_at")
        due["relief"] = _first_relief(found.roster, playbooks)
    lines = [{"key": key, "at": _iso(at), "late": _instant(at) < found.now} for key, at in due.items() if at]
    return sorted(lines, key=lambda line: line["at"])


def _first_relief(roster: Json | None, playbooks: Playbooks) -> datetime | None:
    held = [role["holder"] for role in (roster or {"roles": {}})["roles"].values() if role["holder"]]
    if not held:
        return None
    return min(instant(each["since"]) for each in held) + timedelta(hours=playbooks.limits.relief_due_hours)


def _uncovered(roster: Json | None, playbooks: Playbooks) -> list[str]:
    """The roles that must be covered and are not, by name."""
    roles: Mapping[str, Any] = (roster or {"roles": {}})["roles"]
    return [
        playbooks.roles.name(role)
        for role in playbooks.roles.must_cover()
        if not (roles.get(role) and roles[role]["holder"])
    ]


def look_alike(lines: Iterable[View], documents: Mapping[tuple[str, str], Json]) -> None:
    """Say on each line which others may be the same: same environment, same kind, a municipality in common."""
    open_ = [line for line in lines if line["group"] != "over"]
    for line in open_:
        mine = documents[line["environment"], line["crisis"]]
        linked = {link["crisis"] for link in line["links"]}
        line["alike"] = [
            {"crisis": other["crisis"], "title": other["title"]}
            for other in open_
            if other is not line
            and other["environment"] == line["environment"]
            and other["crisis"] not in linked
            and _same(mine, documents[other["environment"], other["crisis"]])
        ]


def _same(one: Json, other: Json) -> bool:
    return one["kind"] == other["kind"] and bool(_affected(one) & _affected(other))


def _affected(situation: Json) -> set[str]:
    authority: Json = situation["authority"] or {}
    return set(authority.get("affected", ()))


def _instant(at: str | datetime) -> datetime:
    return at if isinstance(at, datetime) else instant(at)


def _iso(at: str | datetime) -> str:
    return _instant(at).isoformat()
