"""From what was read to what is shown: one plain dict per part of a crisis page, in keys and instants, no sentences.

Pure. What changes with the hour alone (a step overdue, doors open) is worked out here from the environment's clock;
ages ("for 4 min siden") are not, so that a part only changes when something happened. Equal dicts, equal HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ddh_beredskab.core.feedback.outside import shown
from ddh_beredskab.core.opening_hours import NeverStaffedError, closes_next, is_open, opens_next
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.projections.checklist import steps_done
from ddh_beredskab.projections.feedback_reports import counts, open_gaps
from ddh_beredskab.projections.phase import OVER, RUNNING
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.reading import CrisisRead, Waiting
from schemas.base import StaffRole

View = dict[str, Any]
ANSWERS = ("coming", "late", "cannot", "no_answer", "awaiting")


def overview(read: CrisisRead, playbooks: Playbooks) -> View:
    """The top of the page: how it stands, and what is due next."""
    s, guide = read.situation, read.guide
    running = s["phase"] in RUNNING
    return {
        "phase": s["phase"],
        "phase_since": s["phase_since"],
        "reopened": s["reopened"],
        "level": s["level"],
        "authority": s["authority"]["name"] if s["authority"] else "",
        "fictional": bool(s["authority"] and s["authority"]["fictional"]),
        "kind": kind_title(playbooks, s["kind"]),
        "reported_at": s["reported_at"],
        "activated_at": s["activated_at"],
        "closed_at": s["closed_at"],
        "hours_active": _part(s, "closing").get("hours_active"),
        "not_active_because": s["not_active_because"],
        "running": running,
        "decision_due_at": s.get("decision_due_at") if s["phase"] in ("reported", "under_assessment") else None,
        "confirm_before": _part(s, "decision").get("confirm_before") if s["phase"] == "provisional" else None,
        "confirmation_overdue": bool(s.get("confirmation_overdue_at")) and s["phase"] == "provisional",
        "channels": _part(s, "terms").get("channels", []),
        "target": _part(s, "terms").get("service_target") or "",
        "calls": _calls(read) if running else None,
        "opening": _opening(read, playbooks) if running else None,
        "guide": _guide_line(guide) if guide and running else None,
        "first_message_before": guide.get("first_message_before") if guide and running else None,
        "report_due": next_report(read.reports) if running else None,
        "reports": counts(read.reports),
        "staff": _staff(read, playbooks) if running else None,
        "established": s.get("established"),
        "meeting": _meeting(read),
        "picture": _picture(read) if running else None,
        "status": _status(read, playbooks) if running else None,
        "waiting": {"n": read.waiting.count, "since": read.waiting.since} if read.waiting else None,
        "behind": read.lagging,
    }


def background(read: CrisisRead, _playbooks: Playbooks) -> View:
    """What was reported, judged, proposed and decided, and how it is to end: read when one wants to know why."""
    s = read.situation
    undecided = s["phase"] in ("reported", "under_assessment", "provisional")
    return {
        "phase": s["phase"],
        "reported_at": s["reported_at"],
        "report": s.get("report"),
        "score": s.get("score"),
        "proposal": s.get("proposal") if undecided else None,
        "votes": s.get("votes", []),
        "decision": s.get("decision"),
        "step_down": s.get("step_down", []),
        "closing": s.get("closing"),
        "evaluation": s.get("evaluation"),
    }


def pinned(read: CrisisRead, _playbooks: Playbooks) -> View:
    """Entries that are held up for everybody who may read them."""
    lines = [
        {
            "number": entry["number"],
            "kind": entry["kind"],
            "text": entry["text"],
            "happened_at": entry["happened_at"],
            "corrected_by": entry["corrected_by"],
        }
        for entry in read.pinned
    ]
    return {"lines": lines}


def steps(read: CrisisRead, playbooks: Playbooks) -> View:
    """Aktiveringsforløbet: the fourteen steps."""
    lines = [
        {
            "no": line.step.no,
            "text": line.step.text,
            "owner": playbooks.roles.name(line.step.owner),
            "status": line.status if line.status != "overdue" or read.situation["phase"] not in OVER else "open",
            "target_at": line.target_at,
            "done_at": line.done_at,
            "by": line.by,
            "role": role_name(playbooks, line.role),
            "note": line.note,
            "manual": line.manual,
        }
        for line in steps_done(read.checklist, playbooks.steps.steps, read.clock.now)
    ]
    done = sum(1 for line in lines if line["status"] in ("done", "done_late"))
    return {"lines": lines, "done": done, "all": len(lines)}


def guide(read: CrisisRead, playbooks: Playbooks) -> View:
    """The guide in force, what is on its way, and the versions before it."""
    g = read.guide or {"state": "none", "versions": []}
    content = g.get("content")
    recalled = next((v["recalled"] for v in g["versions"] if v["version"] == g.get("version") and v["recalled"]), None)
    return {
        "state": g["state"],
        "line": _guide_line(g) if g.get("version") is not None else None,
        "first_message_before": g.get("first_message_before"),
        "first_message_overdue": g.get("first_message_overdue", False),
        "first_message": g.get("first_message") if g["state"] == "first_message" else None,
        "replace_before": g.get("replace_before") if g["state"] == "first_message" else None,
        "replacement_overdue": g.get("replacement_overdue", False),
        "recalled": recalled,
        "answers": _answers(content, playbooks) if content else [],
        "content": content,
        "by_topic": _by_topic(content, read, playbooks) if content else [],
        "changed": g.get("changed", []),
        "reason": g.get("reason", ""),
        "alone": g.get("alone", False),
        "second_look": g.get("second_look"),
        "released_by": g.get("released_by"),
        "confirmed_by": g.get("confirmed_by"),
        "escalations": [_escalation(e, playbooks) for e in g.get("escalations", [])],
        "draft": g.get("draft"),
        "live": g.get("live", {}),
        "channels": g.get("channels", []),
        "versions": [*reversed(g["versions"])],
    }


def roster(read: CrisisRead, playbooks: Playbooks) -> View:
    """Krisestaben, and Hvem kommer?"""
    doc = read.roster or {"roles": {}, "resting": [], "established": None, "called_out_at": None}
    lines = [_role_line(role, doc["roles"].get(role), playbooks) for role in playbooks.roles.to_fill()]
    latest: dict[tuple[str, str], Json] = {}
    for line in lines:
        for offer in line["offers"]:
            latest[line["name"], offer["person"]] = offer
    answers = dict.fromkeys(ANSWERS, 0)
    for offer in latest.values():
        answers[offer["answer"] or "awaiting"] += 1
    now = read.clock.now
    return {
        "called_out_at": doc["called_out_at"],
        "established": doc["established"],
        "stood_down_at": doc.get("stood_down_at"),
        "lines": lines,
        "answers": answers,
        "asked": len(latest),
        "resting": [rest for rest in doc["resting"] if instant(rest["until"]) > now],
    }


def topics(read: CrisisRead, playbooks: Playbooks) -> View:
    """Borgernes spørgsmål, counted, with bars as shares of the most asked."""
    most = max((t.total or 0 for t in read.topics), default=0)
    lines = [
        {
            "label": topic_label(playbooks, read.situation["kind"], t.topic),
            "hidden": t.hidden,
            "total": t.total,
            "recent": t.recent,
            "unanswered": t.answered_no,
            "transferred": t.transferred,
            "urgent": t.urgent,
            "bar": round(100 * (t.total or 0) / most) if most else 0,
        }
        for t in read.topics
    ]
    least = playbooks.limits.hide_counts_under
    gaps = [
        (topic_label(playbooks, read.situation["kind"], topic), shown(asked, least))
        for topic, asked in open_gaps(read.reports)
    ]
    return {
        "lines": lines,
        "total": sum(t.total or 0 for t in read.topics),
        "gaps": gaps,
        "looked_for_gaps": counts(read.reports)[0] > 0,
    }


def reports(read: CrisisRead, playbooks: Playbooks) -> View:
    """Tilbagemeldinger til kommunen, newest first."""
    doc = read.reports or {"reports": [], "interval_minutes": None, "urgent": []}
    kind, least = read.situation["kind"], playbooks.limits.hide_counts_under
    lines = [
        {
            "number": report["number"],
            "at": report["at"],
            "from": report["period_from"],
            "to": report["period_to"],
            "total": shown(report["total"], least),
            "previous_total": shown(report["previous_total"], least),
            "final": report["final"],
            "gaps": [topic_label(playbooks, kind, topic) for topic in report["gaps"]],
            "received": report["received"],
        }
        for report in reversed(doc["reports"])
    ]
    issued, acknowledged = counts(read.reports)
    return {
        "interval": doc["interval_minutes"],
        "due": next_report(read.reports) if read.situation["phase"] in RUNNING else None,
        "issued": issued,
        "acknowledged": acknowledged,
        "lines": lines,
        "urgent": [u | {"label": topic_label(playbooks, kind, u["topic"])} for u in doc["urgent"]],
    }


FRAGMENTS: Mapping[str, Callable[[CrisisRead, Playbooks], View]] = {
    "overview": overview,
    "pinned": pinned,
    "steps": steps,
    "guide": guide,
    "roster": roster,
    "topics": topics,
    "reports": reports,
    "background": background,
}
"""The live parts of a crisis page, and what each is made of."""


def log_entry(entry: Json, playbooks: Playbooks, base: str = "") -> View:
    """One line of the crisis log; `base`, the path of its crisis, is what its menu leads to (without: no menu)."""
    return entry | {"author_role_name": role_name(playbooks, entry["author_role"]), "base": base}


def crisis_line(environment: str, line: Json, playbooks: Playbooks) -> View:
    """One crisis in the list."""
    return {
        "environment": environment,
        "drill": environment != "drift",
        "drill_name": environment.partition(".")[2],
        "crisis": line["crisis"],
        "title": line["title"],
        "kind": kind_title(playbooks, line["kind"]),
        "authority": line["authority"]["name"] if line["authority"] else "",
        "phase": line["phase"],
        "level": line["level"] if line["phase"] in RUNNING else None,
        "running": line["phase"] in RUNNING,
        "over": line["phase"] in OVER,
        "since": line["activated_at"] or line["reported_at"],
        "reported_at": line["reported_at"],
        "activated_at": line["activated_at"],
        "closed_at": line["closed_at"],
    }


def waiting_line(environment: str, waiting: Waiting) -> View:
    """What waits to be decided in an environment."""
    return {
        "drill": environment != "drift",
        "drill_name": environment.partition(".")[2],
        "n": waiting.count,
        "since": waiting.since,
    }


def kind_title(playbooks: Playbooks, kind: str | None) -> str:
    """What that kind of crisis is called; a kind without a playbook is told by its key."""
    found = next((playbook for name, playbook in playbooks.kinds.items() if name == kind), None)
    return found.title if found else (kind or "")


def topic_label(playbooks: Playbooks, kind: str | None, key: str) -> str:
    """What a topic is called in the playbook of that kind."""
    found = next((playbook for name, playbook in playbooks.kinds.items() if name == kind), None)
    topic = found.topic(key) if found else None
    return topic.label if topic else key.replace("_", " ").replace("-", " ")


def role_name(playbooks: Playbooks, role: str | None) -> str:
    """A role's name on the screen."""
    card = next((card for name, card in playbooks.roles.roles.items() if name == role), None)
    return card.name if card else (role or "")


def next_report(doc: Json | None) -> str | None:
    """When the next report is due, from the deadlines feedback waits for."""
    deadlines: Json = doc["deadlines"] if doc and not doc["closed_at"] else {}
    due = [deadline["due_at"] for name, deadline in deadlines.items() if name in ("report", "report_due")]
    return min(due, default=None)


def _part(doc: Json, name: str) -> Json:
    """A part that may not be there yet."""
    return doc.get(name) or {}


def _opening(read: CrisisRead, playbooks: Playbooks) -> Json:
    """Is anybody there, and until or from when?"""
    openings: list[Json] = read.guide["opening"] if read.guide else _part(read.situation, "terms").get("opening", [])
    extra = [(instant(opening["opens_at"]), instant(opening["closes_at"])) for opening in openings]
    hours, now = playbooks.opening_hours, read.clock.now
    try:
        if is_open(hours, now, extra):
            return {"open": True, "at": closes_next(hours, now, extra)}
        return {"open": False, "at": opens_next(hours, now, extra)}
    except NeverStaffedError:
        return {"open": is_open(hours, now, extra), "at": None}


def _guide_line(doc: Json) -> Json:
    """Version, age and what is due."""
    deadline = doc["deadlines"].get("guide_update")
    return {
        "version": doc["version"],
        "state": doc["state"],
        "released_at": doc["released_at"],
        "confirmed_at": doc["confirmed_at"],
        "fresh_at": doc["fresh_at"],
        "due_at": deadline["due_at"] if deadline and not doc["overdue_since"] else None,
        "overdue_since": doc["overdue_since"],
        "night": doc["night"],
        "interval": doc["interval_minutes"],
    }


def _picture(read: CrisisRead) -> Json | None:
    """The authority's latest picture, and when its next is due."""
    doc = read.room.get("pictures")
    if not doc:
        return None
    latest = doc["pictures"][-1] if doc["pictures"] else None
    requested: Json = doc["requested"] or {}
    due = requested.get("due_at") or doc["next_due_at"]
    return {
        "number": latest["number"] if latest else None,
        "at": latest["at"] if latest else None,
        "due_at": due,
        "overdue": bool(doc["overdue_at"]) or bool(due and instant(due) < read.clock.now),
    }


def _status(read: CrisisRead, playbooks: Playbooks) -> Json:
    """DDH-status: the version that is approved, whether another waits, and when the next is due."""
    doc = read.room.get("statuses") or {"latest": 0, "approved": None, "overdue_at": None, "versions": []}
    approved = next((each for each in doc["versions"] if each["version"] == doc["approved"]), None)
    meeting = (read.room.get("meetings") or {}).get("next_at")
    before = timedelta(minutes=playbooks.limits.ddh_status_before_meeting_minutes)
    return {
        "version": doc["approved"],
        "at": approved["at"] if approved else None,
        "waits": doc["latest"] if doc["latest"] != (doc["approved"] or 0) else None,
        "due_at": (instant(meeting) - before).isoformat() if meeting else None,
        "overdue": bool(doc["overdue_at"]),
    }


def _calls(read: CrisisRead) -> Json | None:
    """What the staff last said about calls and waiting; there is no other source of it here."""
    doc = read.room.get("statuses")
    approved = next((v for v in doc["versions"] if v["version"] == doc["approved"]), None) if doc else None
    said = approved["sections"].get("calls", "") if approved else ""
    return {"text": said, "at": approved["at"]} if approved and said else None


def _meeting(read: CrisisRead) -> Json | None:
    """The last meeting and the next."""
    doc = read.room.get("meetings")
    if not doc or not (doc["meetings"] or doc["next_at"]):
        return read.situation.get("meeting")
    last = doc["meetings"][-1] if doc["meetings"] else None
    return {
        "number": last["number"] if last else None,
        "at": last["held_at"] if last else None,
        "next_at": doc["next_at"],
        "overdue": doc["overdue"],
    }


def _staff(read: CrisisRead, playbooks: Playbooks) -> Json | None:
    """How many roles are covered, and whose relief comes first."""
    doc = read.roster
    if not doc:
        return None
    lines = [_role_line(role, doc["roles"].get(role), playbooks) for role in playbooks.roles.to_fill()]
    to_cover = [line for line in lines if line["must_cover"]]
    held = [line for line in lines if line["holder"] and not line["authority"]]
    first = min(held, key=lambda line: line["relief_due"], default=None)
    return {
        "covered": sum(1 for line in to_cover if line["holder"]),
        "of": len(to_cover),
        "open": [line["name"] for line in to_cover if not line["holder"]],
        "relief": {"person": first["holder"]["person"], "at": first["relief_due"], "state": first["relief"]}
        if first
        else None,
    }


def _answers(content: Json, playbooks: Playbooks) -> list[Json]:
    questions = playbooks.texts.questions
    return [
        {"key": key, "question": question, "answer": content["answers"][key]}
        for key, question in questions.items()
        if key in content["answers"]
    ]


def _by_topic(content: Json, read: CrisisRead, playbooks: Playbooks) -> list[tuple[str, str]]:
    kind = read.situation["kind"]
    return [(topic_label(playbooks, kind, topic), answer) for topic, answer in content["by_topic"].items()]


def _escalation(escalation: Json, playbooks: Playbooks) -> Json:
    role = escalation["role"]
    return escalation | {"role_name": role_name(playbooks, role) if role in playbooks.roles.roles else role}


def _role_line(role: StaffRole, doc: Json | None, playbooks: Playbooks) -> Json:
    card = playbooks.roles.roles[role]
    held = doc["holder"] if doc else None
    relief_due: datetime | None = None
    if held:
        relief_due = instant(held["since"]) + timedelta(hours=playbooks.limits.relief_due_hours)
    return {
        "role": role,
        "name": card.name,
        "authority": card.group == "authority",
        "must_cover": card.must_cover,
        "holder": held,
        "last": doc["history"][-1]["person"] if doc and not held and doc["history"] else None,
        "relief": doc["relief"] if doc else None,
        "relief_due": relief_due,
        "uncovered": bool(doc and doc["uncovered_at"]),
        "offers": doc["offers"] if doc else [],
        "passed": doc["passed"] if doc else [],
    }
