"""Who has seen a version of the guide, measured against who is on shift now.

Rules kept: somebody counts once; only whoever is on shift counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.shifts import OnShift, on_shift_now

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
