"""Who was trained by a drill: the participants, in the roles they had in it, from the moment they took over.

Rules kept: only who did something himself counts, and in a role that was his while he did; what the recording played
trains nobody; nothing is written in the operation before somebody has said so (`write_down`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ddh_beredskab.clock import to_micros
from ddh_beredskab.drills.environment import progress
from ddh_beredskab.drills.plan import Plan, planned
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.register import persons, positions
from ddh_beredskab.people.training import Done, day_of, note_training
from ddh_beredskab.playbooks.training import TrainingRules
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.projections.situation import ALL, SITUATION
from schemas.base import Actor

_DID = Statement("SELECT DISTINCT actor FROM messages WHERE stream IS NULL AND time >= :since")
_ASKED = Statement("SELECT DISTINCT agent FROM feedback_items WHERE agent IS NOT NULL AND time >= :since")
_SAW = Statement("SELECT DISTINCT agent FROM guide_receipts WHERE seen_at >= :since")
AGENT = "call_agent"


@dataclass(frozen=True, slots=True)
class Taken:
    """One role a participant had in a drill."""

    person: str
    role: str


@dataclass(frozen=True, slots=True)
class FinishedDrill:
    """A drill for people that is over."""

    environment: str
    title: str
    held_on: date
    leader: str
    taken: tuple[Taken, ...]


def finished_drill(conn: Conn, environment: str, rules: TrainingRules) -> FinishedDrill | None:
    """This environment's drill with who had which role in it; null while it goes on, and where none was planned."""
    plan, how_far = planned(conn), progress(conn)
    if plan is None or how_far is None or how_far.finished_at is None:
        return None
    return FinishedDrill(environment, plan.title, day_of(how_far.finished_at), plan.leader, _taken(conn, plan, rules))


def write_down(conn: Conn, drill: FinishedDrill, *, by: str) -> int:
    """Note the drill in the operation's register; how many lines are new. Whoever it does not know is left out."""
    known = {each.ref: each.municipality for each in persons(conn)}
    where = {(each.person, each.role): each.municipality for each in positions(conn)}
    return sum(
        note_training(
            conn,
            Done(
                each.person, "drill", drill.held_on, each.role,
                where.get((each.person, each.role), "") or known[each.person], drill.environment,
            ),
            "drill",
            by=by,
        )
        for each in drill.taken
        if each.person in known
    )  # fmt: skip


def _taken(conn: Conn, plan: Plan, rules: TrainingRules) -> tuple[Taken, ...]:
    since = 0 if plan.starts_at is None else to_micros(plan.starts_at)
    found: set[tuple[str, str]] = set()
    for (text,) in conn.all(_DID, since=since):
        actor = Actor.model_validate_json(text)
        found.add((actor.person, actor.role))
    for statement in (_ASKED, _SAW):
        found |= {(str(agent), AGENT) for (agent,) in conn.all(statement, since=since)}
    busy = {person for person, _ in found}
    found |= {(person, role) for person, role in _holders(conn, plan.starts_at) if person in busy}
    counted = {*rules.roles, AGENT}
    return tuple(
        Taken(person, role) for person, role in sorted(found) if person in plan.participants and role in counted
    )


def _holders(conn: Conn, since: datetime | None) -> Iterable[tuple[str, str]]:
    """Everybody who held a staff role from then on, in any of the drill's crises."""
    listed = document(conn, SITUATION, ALL) or {"crises": {}}
    for crisis in listed["crises"]:
        roster = document(conn, ROSTER, crisis) or {"roles": {}}
        for role, doc in roster["roles"].items():
            for held in [*doc["history"], *([doc["holder"]] if doc["holder"] else [])]:
                until = held.get("until")
                if since is None or until is None or datetime.fromisoformat(until) > since:
                    yield str(held["person"]), str(role)
