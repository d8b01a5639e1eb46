"""Who has seen a version of the guide, measured against who is on shift now; and who is reminded of it.

Rules kept: somebody counts once; only whoever is on shift counts; a reminder is for those who have not seen it and
were at work when it was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.shifts import OnShift, on_shift_now
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json, instant

_SEEN = Statement(
    "SELECT agent, min(seen_at) FROM guide_receipts WHERE crisis = :crisis AND version = :version GROUP BY agent"
)
_MINE = Statement("SELECT seen_at FROM guide_receipts WHERE crisis = :crisis AND version = :version AND agent = :agent")


@dataclass(frozen=True, slots=True)
class SeenIn:
    """One municipality's agents on shift, and who of them has not seen the version."""

    municipality: str
    on_shift: int
    missing: tuple[OnShift, ...]

    @property
    def seen(self) -> int:
        return self.on_shift - len(self.missing)


@dataclass(frozen=True, slots=True)
class Seen:
    """A version's receipts at one moment."""

    version: int
    lines: tuple[SeenIn, ...]

    @property
    def on_shift(self) -> int:
        return sum(line.on_shift for line in self.lines)

    @property
    def seen(self) -> int:
        return sum(line.seen for line in self.lines)

    @property
    def missing(self) -> int:
        return self.on_shift - self.seen


def seen_now(conn: Conn, crisis: str, version: int, at: datetime) -> Seen:
    """Who on shift has seen it, by municipality."""
    receipts = {str(agent): int(seen) for agent, seen in conn.all(_SEEN, crisis=crisis, version=version)}
    limit = to_micros(at)
    there: dict[str, list[OnShift]] = {}
    for each in on_shift_now(conn, at):
        there.setdefault(each.municipality, []).append(each)
    return Seen(
        version,
        tuple(
            SeenIn(code, len(agents), tuple(each for each in agents if receipts.get(each.agent, limit + 1) > limit))
            for code, agents in sorted(there.items())
        ),
    )


def has_seen(conn: Conn, crisis: str, version: int, agent: str) -> bool:
    """Whether somebody has the version's receipt."""
    return conn.one(_MINE, crisis=crisis, version=version, agent=agent) is not None


def nudged(conn: Conn, crisis: str, version: int, agent: str) -> datetime | None:
    """When the agent was last reminded of a version he has not seen; null: he need not be told."""
    if (at := last_nudge(conn, crisis, version)) is None or has_seen(conn, crisis, version, agent):
        return None
    return at if any(each.agent == agent for each in on_shift_now(conn, at)) else None


def last_nudge(conn: Conn, crisis: str, version: int) -> datetime | None:
    """When those who had not seen the version were last reminded."""
    doc = document(conn, GUIDE_IN_FORCE, crisis)
    versions: list[Json] = doc["versions"] if doc else []
    this: Json = next((each for each in versions if each["version"] == version), Json())
    return instant(this["nudged"]["at"]) if this.get("nudged") else None


def when_seen(conn: Conn, crisis: str, version: int) -> dict[str, datetime]:
    """Agent -> when he saw it."""
    return {str(a): from_micros(seen) for a, seen in conn.all(_SEEN, crisis=crisis, version=version)}
