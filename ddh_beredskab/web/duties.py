"""What waits for one person in a crisis: the next duty first, each with its clock and the page where it is done.

Pure. Rule kept: a duty is named only to somebody who has the role for it; the screens ask the deciders whether it may
be done now. What has no clock comes after what has one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.people.identity import InCrisis, Standing
from ddh_beredskab.projections.checklist import steps_done
from ddh_beredskab.projections.phase import RUNNING
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.reading import CrisisRead
from schemas.base import StaffRole

DECIDING = ("reported", "under_assessment", "warned", "provisional")
_CALLS_BACK: frozenset[Standing] = frozenset({"steering_group", "project_leader", "secretariat"})
_AUTHORITY: frozenset[Standing] = frozenset({"local_leader", "local_information_lead"})


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do: `key` names its sentence, `page` where it is done (below the crisis)."""

    key: str
    page: str
    due: datetime | None = None
    late: bool = False
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


def duties(
    read: CrisisRead, person: str, there: Collection[Standing], crisis: InCrisis, playbooks: Playbooks
) -> list[Duty]:
    """Everything that waits for this person, what is late first, then by the clock."""
    now, me = read.clock.now, set(there)
    found = [
        *_offers(person, crisis, playbooks),
        *_deciding(read, person, me, crisis),
        *_running(read, me),
        *_staff(read, person, crisis, playbooks),
        *_steps(read, me, playbooks),
    ]
    found = [_timed(each, now) for each in found]
    return sorted(found, key=lambda d: (not d.late, d.due is None, d.due or now))


def _timed(duty: Duty, now: datetime) -> Duty:
    late = duty.late or (duty.due is not None and duty.due < now)
    return Duty(duty.key, duty.page, duty.due, late, duty.facts)


def _offers(person: str, crisis: InCrisis, playbooks: Playbooks) -> Iterator[Duty]:
    for role in crisis.asked.get(person, ()):
        yield Duty("answer", "stab", facts={"role": playbooks.roles.name(role)})  # type: ignore[arg-type]


def _deciding(read: CrisisRead, person: str, me: set[Standing], crisis: InCrisis) -> Iterator[Duty]:
    s = read.situation
    if s["phase"] not in DECIDING:
        return
    if s.get("unconfirmed") and me & _CALLS_BACK:
        yield Duty("call_back", "beslutning")
    if "steering_group" not in me or person == crisis.asked_by:
        return
    asked = next((each for each in s.get("asked", []) if each["person"] == person), None)
    if asked is not None and asked["barred"]:
        return
    provisional = s["phase"] == "provisional"
    decision: Json = s.get("decision") or {}
    confirm = decision.get("confirm_before") if provisional else None
    due = _at(confirm) or _at(s.get("decision_due_at") if s["phase"] != "warned" else None)
    if s.get("proposal"):
        if not any(vote["person"] == person for vote in s.get("votes", [])):
            yield Duty("vote", "beslutning", due)
    elif provisional:
        yield Duty("confirm", "beslutning", due)
    elif s["phase"] != "warned":
        yield Duty("propose", "beslutning", due)


def _running(read: CrisisRead, me: set[Standing]) -> Iterator[Duty]:
    """What the running crisis asks of the roles for guide, pictures, minutes and reports."""
    if read.situation["phase"] not in RUNNING:
        return
    guide: Json = read.guide or {"state": "none", "versions": [], "deadlines": {}}
    draft = guide.get("draft")
    if "crisis_leader" in me:
        if guide.get("version") is None and guide.get("first_message_before"):
            yield Duty("first_message", "guide", _at(guide["first_message_before"]))
        for meeting in _part(read, "meetings", "meetings"):
            if not meeting["approved"]:
                yield Duty("minutes", "moeder", facts={"number": meeting["number"]})
        status = read.room.get("statuses") or {"latest": 0, "approved": None, "overdue_at": None}
        if status["latest"] and status["latest"] != status["approved"]:
            yield Duty("approve_status", "situation", late=bool(status["overdue_at"]))
    if draft and not draft["facts_approved"] and me & _AUTHORITY:
        yield Duty("approve_facts", "guide", facts={"number": draft["draft"]})
    if draft and draft["facts_approved"] and "communications_lead" in me:
        yield Duty("release", "guide", facts={"number": draft["draft"]})
    if me & _AUTHORITY:
        yield from _authority(read, guide)
    for step in read.situation.get("step_down", []):
        if not step["agreed_at"] and not step["reversed_at"] and me & {"crisis_leader", "local_leader"}:
            yield Duty("step_down", "nedtrapning")


def _authority(read: CrisisRead, guide: Json) -> Iterator[Duty]:
    update = guide["deadlines"].get("guide_update") if guide.get("version") is not None else None
    if update:
        yield Duty("freshen", "guide", _at(update["due_at"]), late=bool(guide.get("overdue_since")))
    pictures = read.room.get("pictures")
    if pictures:
        requested: Json = pictures["requested"] or {}
        due = requested.get("due_at") or pictures["next_due_at"]
        if due:
            yield Duty("picture", "situation", _at(due), late=bool(pictures["overdue_at"]))
    yield from _reports(read)


def _reports(read: CrisisRead) -> Iterator[Duty]:
    """What citizens ask that the guide does not answer, and reports that nobody has received."""
    doc = read.reports or {"reports": [], "gaps": {}}
    open_gaps = [gap for gap in doc["gaps"].values() if not gap["closed_at"] and gap["rejected"] is None]
    if open_gaps:
        due = min((gap["answer_before"] for gap in open_gaps if gap["answer_before"]), default=None)
        yield Duty("gaps", "spoergsmaal", _at(due), facts={"number": len(open_gaps)})
    for report in doc["reports"]:
        if not report["received"] and not report["final"]:
            yield Duty("report", "spoergsmaal", _at(report.get("receipt_before")), facts={"number": report["number"]})


def _staff(read: CrisisRead, person: str, crisis: InCrisis, playbooks: Playbooks) -> Iterator[Duty]:
    """What somebody has who holds a role: relief, own tasks, own card, the next meeting."""
    limits, now = playbooks.limits, read.clock.now
    held: list[StaffRole] = [role for role, who in crisis.holders.items() if who == person]  # type: ignore[misc]
    for action in _part(read, "actions", "actions"):
        if action["owner"] == person and action["status"] != "done":
            yield Duty("action", "opgaver", _at(action["due_at"]), facts={"text": action["text"]})
    if not held:
        return
    for role in held:
        card = playbooks.roles.roles[role]
        roles: Json = (read.roster or {"roles": {}})["roles"]
        line = roles.get(role)
        if line and line["holder"] and card.group != "authority":
            since = instant(line["holder"]["since"])
            if since + timedelta(hours=limits.relief_due_hours) - now < timedelta(hours=2):
                yield Duty("relief", "stab", since + timedelta(hours=limits.relief_done_hours))
        ticks: Json = (read.room.get("cards") or {"roles": {}})["roles"].get(role, {})
        done = sum(1 for tick in ticks.values() if tick["done"])
        if card.action_card and done < len(card.action_card):
            facts = {"role": card.name, "done": done, "all": len(card.action_card)}
            yield Duty("card", "opgaver", facts=facts)
    meetings, latest = read.room.get("meetings"), read.situation.get("meeting")
    meeting = (meetings or latest or {"next_at": None})["next_at"]
    if meeting:
        yield Duty("meeting", "moeder", _at(meeting))


def _steps(read: CrisisRead, me: set[Standing], playbooks: Playbooks) -> Iterator[Duty]:
    """Steps of aktiveringsforløbet that this role owns and that only a person can tick."""
    if read.situation["phase"] not in RUNNING:
        return
    for line in steps_done(read.checklist, playbooks.steps.steps, read.clock.now):
        if line.step.manual and line.status in ("open", "overdue") and line.step.owner in me:
            facts = {"no": line.step.no, "text": line.step.text}
            yield Duty("step", "#trin", line.target_at, facts=facts)


def _part(read: CrisisRead, part: Any, name: str) -> list[Json]:
    document = read.room.get(part)
    return document[name] if document else []


def _at(when: str | None) -> datetime | None:
    return instant(when) if when else None
